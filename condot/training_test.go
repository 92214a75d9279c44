package condot

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/internal/safetensors"
	"github.com/gomonge/gomonge/internal/train"
)

// methods are tiny options of every way to train.
func methods() map[string]Options {
	amortised, minimax, primal := tiny(), tiny(), tiny()
	minimax.Refine = -1
	primal.Objective = Primal
	faithful := minimax
	faithful.Preset, faithful.Rate, faithful.EMA = Faithful, 2e-3, .9
	return map[string]Options{"amortised": amortised, "minimax": minimax, "primal": primal, "faithful": faithful}
}

// state reads the training state from the device.
func stateOf(t testing.TB, tr *trainer) []safetensors.Array {
	t.Helper()
	s, err := tr.device.Snapshot()
	check(t, err)
	return s
}

// stepped takes a round at a learning rate of 0 from the given g and f with fresh moments, and
// returns the losses and the gradients of both, which Adam's first moments show.
func stepped(t testing.TB, tr *trainer, g, f []float32) (lossG, lossF float64, gradG, gradF []float32) {
	t.Helper()
	s := stateOf(t, tr)
	for i, v := range map[int][]float32{gNow: g, fNow: f, gFirst: make([]float32, len(g)), gSecond: make([]float32, len(g)), fFirst: make([]float32, len(f)), fSecond: make([]float32, len(f))} {
		s[i].Data = v
	}
	check(t, tr.device.Restore(s))
	check(t, tr.advance(0, 0))
	losses, err := tr.device.Losses()
	check(t, err)
	s = stateOf(t, tr)
	if !slices.Equal(s[gNow].Data, g) || !slices.Equal(s[fNow].Data, f) {
		t.Fatal("a step at rate 0 moved the weights")
	}
	for _, i := range []int{gFirst, fFirst} {
		for k := range s[i].Data {
			s[i].Data[k] /= float32(1 - tr.o.Beta1)
		}
	}
	return losses[0], losses[1], s[gFirst].Data, s[fFirst].Data
}

// TestLossGradients: the gradients that the minimax steps use are those of the losses of
// Makkuva et al. (2020), parameter by parameter array, as differences of the losses show.
func TestLossGradients(t *testing.T) {
	o := tiny()
	o.Refine, o.Inner, o.Architecture.NonNegativity, o.Architecture.Layers = -1, 1, ClampBoth, 3
	o.Encoding.Combinator = DeepSet
	tr, _ := begun(t, setTask(t, "actions:set"), o)
	r := rand.New(rand.NewPCG(1, 1))
	g, f := shaken(tr.g, r), shaken(tr.f, r)
	_, _, gradG, gradF := stepped(t, tr, g, f)
	const h = 3e-3
	for _, c := range []struct {
		name     string
		net      *network
		at, grad []float32
		loss     func(v []float32) float64
	}{
		{"g", tr.g, g, gradG, func(v []float32) float64 { l, _, _, _ := stepped(t, tr, v, f); return l }},
		{"f", tr.f, f, gradF, func(v []float32) float64 { _, l, _, _ := stepped(t, tr, g, v); return l }},
	} {
		total := norm(c.grad)
		for _, p := range c.net.layout.Params {
			// Along the array's own part of the gradient the slope is that part's length.
			part := c.grad[p.Offset : p.Offset+p.Size]
			size := norm(part)
			if size < 1e-3*total {
				continue // below the rounding of differences
			}
			up, down := slices.Clone(c.at), slices.Clone(c.at)
			for i, d := range part {
				up[p.Offset+i] += h * d / float32(size)
				down[p.Offset+i] -= h * d / float32(size)
			}
			slope := (c.loss(up) - c.loss(down)) / (2 * h)
			// Losses ~ 10 are rounded by 1e-6 over h; the rest is curvature.
			if math.Abs(slope-size) > .01*size+2e-3*total {
				t.Errorf("%s, %s: the loss rises by %g along its gradient of length %g", c.name, p.Name, slope, size)
			}
		}
	}
}

func norm(v []float32) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

// TestConditionsMatter: with the conditions' features exchanged, losses change. A training that
// always reads one condition, by a slip of an index, would not notice.
func TestConditionsMatter(t *testing.T) {
	for name, o := range methods() {
		o.Steps = 60
		o.Rate = .02
		tr, _ := begun(t, known(t, synthetic.Dose, 2).Task, o)
		for k := range o.Steps {
			check(t, tr.advance(k, 1))
		}
		check(t, tr.advance(0, 0))
		before, err := tr.device.Losses()
		check(t, err)
		q, n := tr.data.FeatureCount, len(tr.data.Source)
		rows := tr.device.data.Shapes[2].Dimensions[0]
		reversed := make([]float32, rows*q)
		for j := range n {
			copy(reversed[j*q:], tr.data.Features[(n-1-j)*q:(n-j)*q])
		}
		train.Free(tr.device.data.Buffers[2])
		tr.device.data.Buffers[2], err = train.Upload(tr.be, reversed, rows, q)
		check(t, err)
		check(t, tr.advance(0, 0))
		after, err := tr.device.Losses()
		check(t, err)
		last := len(before) - 1
		if math.Abs(after[last]-before[last]) < 1e-3*(1e-3+math.Abs(before[last])) {
			t.Errorf("%s: the loss is %g and %g with the conditions exchanged", name, before[last], after[last])
		}
	}
}

// TestValidationRowsAreNotTrainedOn: rows kept for validation are none of the device's rows.
func TestValidationRowsAreNotTrainedOn(t *testing.T) {
	tr, _ := begun(t, known(t, synthetic.Dose, 2).Task, tiny())
	trained := map[[2]float32]bool{}
	for i := 0; i < len(tr.data.Targets.Values); i += 2 {
		trained[[2]float32(tr.data.Targets.Values[i:])] = true
	}
	points, weights := tr.data.ValidationPoints(tr.data.Target)
	if len(points) != 2*len(weights) || len(weights) != 6*20 { // 5 % of 400 rows of 6 conditions
		t.Fatalf("%d validation rows, %d weights", len(points)/2, len(weights))
	}
	for i := 0; i < len(points); i += 2 {
		if trained[[2]float32(points[i:])] {
			t.Fatalf("row %v is trained on and validated with", points[i:i+2])
		}
	}
}

// TestAverages: the weights that are served are the moving average that the options say.
func TestAverages(t *testing.T) {
	for name, o := range methods() {
		o.Inner, o.EMA = 1, .9
		tr, _ := begun(t, known(t, synthetic.Dose, 2).Task, o)
		s := stateOf(t, tr)
		want := [][]float32{slices.Clone(s[gNow].Data), slices.Clone(s[fNow].Data)}
		for k := range 40 {
			check(t, tr.advance(k, 1))
			s = stateOf(t, tr)
			// At first the memory is a tenth of the steps done.
			decay := float32(math.Min(.9, 1-10/float64(k+10)))
			for i, now := range [][]float32{s[gNow].Data, s[fNow].Data} {
				if i == 1 && name == "primal" {
					continue // which has no f
				}
				for j, x := range now {
					want[i][j] = decay*want[i][j] + (1-decay)*x
				}
			}
		}
		for i, mean := range [][]float32{s[meanG].Data, s[meanF].Data} {
			if e := relative(mean, want[i]); e > 1e-5 {
				t.Errorf("%s: average %d is %.2g off", name, i, e)
			}
		}
	}
}

// TestWeightsStayNonNegative where options clamp them, in f always.
func TestWeightsStayNonNegative(t *testing.T) {
	for _, n := range []NonNegativity{ClampPenalty, ClampBoth} {
		o := tiny()
		o.Architecture.NonNegativity, o.Rate = n, .05
		tr, _ := begun(t, known(t, synthetic.Dose, 2).Task, o)
		for k := range 30 {
			check(t, tr.advance(k, 1))
		}
		s := stateOf(t, tr)
		lowest := func(net *network, states ...int) float32 {
			low := float32(1)
			for _, i := range states {
				for _, p := range net.layout.Params {
					if p.NonNegative {
						low = min(low, slices.Min(s[i].Data[p.Offset:p.Offset+p.Size]))
					}
				}
			}
			return low
		}
		if low := lowest(tr.f, fNow, meanF); low < 0 {
			t.Errorf("%s: f has a weight of %g", n, low)
		}
		if low := lowest(tr.g, gNow, meanG); low < 0 != (n == ClampPenalty) {
			t.Errorf("%s: g's lowest weight is %g", n, low)
		}
	}
}

// TestOptionsMatter: each option that shapes training changes its numbers, also where programs
// of earlier trainings are at hand; and the same options give the same bits.
func TestOptionsMatter(t *testing.T) {
	task := known(t, synthetic.Mix, 2).Task
	variants := map[string]func(o *Options){
		"none": func(*Options) {}, "seed": func(o *Options) { o.Seed = 1 }, "layers": func(o *Options) { o.Architecture.Layers = 3 },
		"activation": func(o *Options) { o.Architecture.Activation = Celu }, "leaky": func(o *Options) { o.Architecture.Activation = LeakyRelu },
		"quadratic": func(o *Options) { o.Architecture.Quadratic = FullQuadratic }, "clamp": func(o *Options) { o.Architecture.NonNegativity = ClampBoth },
		"softplus": func(o *Options) { o.Architecture.NonNegativity = SoftplusWeights }, "scale": func(o *Options) { o.Encoding.Scale = 5 },
		"path of g": func(o *Options) { o.Encoding.Sharing = PathOfG }, "joint path": func(o *Options) { o.Encoding.Sharing = JointPath }, "path's rate": func(o *Options) { o.Encoding.Rate = .001 },
		"gaussian": func(o *Options) { o.Init = GaussianInit }, "vanilla": func(o *Options) { o.Init = VanillaInit },
		"bank": func(o *Options) { o.Architecture.Quadratic = BankQuadratic }, "dot": func(o *Options) { o.Architecture.Quadratic, o.Architecture.Modulator = BankQuadratic, DotModulator },
		"faithful": func(o *Options) { o.Preset, o.Rate, o.Batch, o.EMA = Faithful, 0, 0, 0 }, "primal": func(o *Options) { o.Objective = Primal },
		"inner": func(o *Options) { o.Inner = 3 }, "refine": func(o *Options) { o.Refine = 3 }, "minimax": func(o *Options) { o.Refine = -1 },
		"batch": func(o *Options) { o.Batch = 36 }, "conditions": func(o *Options) { o.Conditions = 3 }, "rate": func(o *Options) { o.Rate = .01 },
		"beta1": func(o *Options) { o.Beta1 = .6 }, "beta2": func(o *Options) { o.Beta2 = .99 }, "penalty": func(o *Options) { o.Penalty = 30 }, "expectile": func(o *Options) { o.ExpectileWeight = .3 },
		"expectile of minimax": func(o *Options) { o.ExpectileWeight, o.Refine = .3, -1 },
		"EMA":                  func(o *Options) { o.EMA = .1 }, "validation": func(o *Options) { o.Validation = .2 },
	}
	numbers := func(name string) string {
		o := tiny()
		o.Backend, o.Rate = "go", .05 // pure Go compiles in no time; weights go below zero within the steps
		variants[name](&o)
		tr, _ := begun(t, task, o)
		for k := range 6 {
			check(t, tr.advance(k, 1))
		}
		s := stateOf(t, tr)
		return fmt.Sprint(s[meanG].Data, s[meanF].Data)
	}
	seen := map[string]string{}
	for name := range variants {
		got := numbers(name)
		if other, ok := seen[got]; ok {
			t.Errorf("%s and %s give the same weights", name, other)
		}
		seen[got] = name
	}
	for name := range variants {
		if seen[numbers(name)] != name {
			t.Errorf("%s: other numbers the second time", name)
		}
	}
}

// TestOneOrderOfActions: A+B is B+A.
func TestOneOrderOfActions(t *testing.T) {
	task := setTask(t, "actions:set")
	o := tiny()
	o.Backend = "go"
	m, _ := unbegun(t, task, o)
	x := task.Train[0].Source
	ab, err := m.Schema().Parse("actions=a+b")
	check(t, err)
	ba, err := m.Schema().Parse("actions=b+a")
	check(t, err)
	one, err := m.Transport(nil, x, ab)
	check(t, err)
	other, err := m.Transport(nil, x, ba)
	check(t, err)
	if relative(flat32(one.RawMatrix().Data), flat32(other.RawMatrix().Data)) != 0 {
		t.Error("a+b and b+a are carried differently")
	}
}

func flat32(v []float64) (w []float32) {
	for _, x := range v {
		w = append(w, float32(x))
	}
	return w
}

package baselines

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/train"
	"gonum.org/v1/gonum/stat"
)

// The training state: parameters and Adam moments of autoencoder and classifier, and the former's average.
const (
	autoNow = iota
	autoFirst
	autoSecond
	adversaryNow
	adversaryFirst
	adversarySecond
	autoMean
)

var cpaState = []string{autoNow: "auto", autoFirst: "auto_first", autoSecond: "auto_second",
	adversaryNow: "adversary", adversaryFirst: "adversary_first", adversarySecond: "adversary_second", autoMean: "auto_mean"}

// cpaInner is the number of steps of the autoencoder in one call.
const cpaInner = 10

// Streams of random numbers beside those of package batches.
const (
	streamAuto      uint64 = 2
	streamAdversary uint64 = 3
)

// cpaTrainer is one training.
type cpaTrainer struct {
	o       CPAOptions
	net     *cpaNetwork
	data    *batches.Data
	size    batches.Sizes
	device  *train.Device
	placed  batches.Placed
	round   *train.Program
	kept    batches.Kept
	carries *train.Program // the kept sources to their conditions
	seconds float64        // that one validation takes
}

// FitCPA trains the networks on the task's training pairs.
//
// When ctx is cancelled, a checkpoint is saved (if the options name one) and the
// map so far is returned without error, with a warning.
func FitCPA(ctx context.Context, task *datasets.Task, o CPAOptions) (*CPA, error) {
	t, err := newTraining("cpa", task)
	if err != nil {
		return nil, err
	}
	o = o.withDefaults()
	m := &CPA{Training: t, Options: o}
	if err := m.settle(task); err != nil {
		return nil, fmt.Errorf("baselines: cpa: %w", err)
	}
	engine, err := backend.Get(o.Backend)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	f, err := newCPATrainer(engine.Backend, task, m)
	if err != nil {
		return nil, fmt.Errorf("baselines: cpa: %w", err)
	}
	defer f.free()
	compile := time.Since(began).Seconds()
	if m.Report, err = f.loop().Run(ctx); err != nil {
		return nil, fmt.Errorf("baselines: cpa: %w", err)
	}
	m.Report.Compile = compile
	for _, w := range m.Report.Warnings {
		m.warn("%s", w)
	}
	if m.Report.Reason == train.Interrupted {
		m.warn("training was interrupted after %d of %d steps", m.Report.Steps, m.Report.Planned)
	}
	if f.carries == nil && o.Validation > 0 {
		m.warn("no cloud has %d rows to spare for validation: nothing watches the training", batches.LeastValidated)
	}
	m.norm, m.params = f.data.Normalisation, make([]float32, f.net.auto.Size)
	if err := train.Download(m.params, f.device.State[autoMean]); err != nil {
		return nil, err
	}
	return m, m.place(engine.Backend)
}

// settle the options and the variables' roles.
func (m *CPA) settle(task *datasets.Task) error {
	if err := m.Options.check(); err != nil {
		return err
	}
	covariates, err := m.Options.covariates(m.schema)
	if err != nil {
		return err
	}
	if m.Options.Covariates == "" {
		covariates = ownSources(task)
	}
	if m.roles, err = newRoles(m.schema, m.Conditions, covariates); err != nil {
		return &NotApplicableError{Method: m.Method, Err: err}
	}
	m.Options.Covariates = m.roles.covariateNames()
	m.net = newCPANetwork(len(m.Features), m.Options, m.roles)
	return nil
}

func newCPATrainer(be compute.Backend, task *datasets.Task, m *CPA) (*cpaTrainer, error) {
	t := &cpaTrainer{o: m.Options, net: m.net}
	features := func(c condition.Value) ([]float32, error) { return m.roles.features(m.schema, c) }
	var err error
	if t.data, err = batches.Prepare(task, features, max(0, t.o.Validation), t.o.Seed); err != nil {
		return nil, err
	}
	t.size.Conditions = min(16, len(task.Train))
	t.size.Points = max(1, t.o.Batch/t.size.Conditions)
	auto, adversary := t.net.auto.Values(rand.NewPCG(t.o.Seed, streamAuto)), t.net.adversary.Values(rand.NewPCG(t.o.Seed, streamAdversary))
	zero, zeroes := make([]float32, len(auto)), make([]float32, len(adversary))
	if t.device, err = train.NewDevice(be, cpaState, [][]float32{auto, zero, zero, adversary, zeroes, zeroes, auto}); err != nil {
		return nil, err
	}
	if t.placed, err = t.data.Upload(be); err == nil {
		t.round, err = t.program()
	}
	if err == nil && t.data.ValidationRows > 0 {
		err = t.watch()
	}
	if err != nil {
		t.free()
		return nil, err
	}
	return t, nil
}

// free gives the device's memory back; maps have buffers of their own.
func (t *cpaTrainer) free() {
	t.device.KeepLosses()
	train.Free(t.device.State...)
	train.Free(t.placed.Buffers[:]...)
}

// program takes cpaInner steps of the autoencoder, each after its steps of the classifier on the same points.
func (t *cpaTrainer) program() (*train.Program, error) {
	s, auto, adversary := t.size, train.Vector(t.net.auto.Size), train.Vector(t.net.adversary.Size)
	rows := train.Ints(cpaInner, s.Conditions*s.Points)
	in := []shapes.Shape{auto, auto, auto, adversary, adversary, adversary, auto, t.placed.Shapes[0], t.placed.Shapes[1], t.placed.Shapes[2],
		train.Ints(cpaInner, s.Conditions), rows, rows, train.Vector(4)}
	key := fmt.Sprint(t.net.key(), s, t.placed.Shapes, t.o.AdversarySteps, t.o.Adversary, t.o.Penalty)
	return train.Cached(t.device.Backend, key, "cpa round", func(g *graph.Graph) []*graph.Node {
		return train.Rounds(g, cpaInner, 7, 2, train.Parameters(g, in), t.step)
	})
}

// step is one step of the autoencoder and those of the classifier before it.
func (t *cpaTrainer) step(i *graph.Node, in []*graph.Node) (out, losses []*graph.Node) {
	adam := train.Adam{Beta1: .5, Beta2: .999, Epsilon: 1e-8}
	x, y := graph.Gather(in[7], train.Row(in[11], i)), graph.Gather(in[8], train.Row(in[12], i))
	v := graph.Gather(in[9], train.Row(in[10], i))
	all, labels := graph.Concatenate([]*graph.Node{x, y}, 0), t.net.labels(v, t.size.Points)
	rate, adversaryRate, decay := train.Entry(in[13], 0), train.Entry(in[13], 1), train.Entry(in[13], 2)
	step := graph.Add(train.Entry(in[13], 3), graph.ConvertDType(i, dtypes.Float32))
	w := t.net.auto.Split(in[0])
	basal := t.net.basal(w, all)
	foe := train.State{Params: in[3], First: in[4], Second: in[5]}
	seen := standardised(basal)
	fixed := graph.StopGradient(seen)
	if t.o.Adversary > 0 {
		for k := range t.o.AdversarySteps {
			a := t.net.adversary.Split(foe.Params)
			loss, slope := t.net.verdict(a, fixed, labels)
			if t.o.Penalty > 0 {
				loss = graph.Add(loss, graph.MulScalar(slope, t.o.Penalty))
			}
			count := graph.AddScalar(graph.MulScalar(step, float64(t.o.AdversarySteps)), float64(k+1))
			foe = adam.Update(foe, a.Gradient(loss), count, adversaryRate)
		}
	}
	perturbed, covariate := t.net.shifts(w, v)
	n := t.size.Conditions * t.size.Points
	of := func(from int, shift *graph.Node) *graph.Node {
		z := graph.Slice(basal, graph.AxisRange(from, from+n), graph.AxisRange())
		if shift != nil {
			z = moved(z, shift)
		}
		if covariate != nil {
			z = moved(z, covariate)
		}
		return z
	}
	mean, variance := t.net.decode(w, graph.Concatenate([]*graph.Node{of(0, nil), of(n, perturbed)}, 0))
	fit, objective := surprise(all, mean, variance)
	known, _ := t.net.verdict(t.net.adversary.Split(foe.Params), seen, labels)
	if t.o.Adversary > 0 {
		objective = graph.Sub(objective, graph.MulScalar(known, t.o.Adversary))
	}
	auto := adam.Update(train.State{Params: in[0], First: in[1], Second: in[2]}, w.Gradient(objective), graph.AddScalar(step, 1), rate)
	return []*graph.Node{auto.Params, auto.First, auto.Second, foe.Params, foe.First, foe.Second, train.Mix(decay, in[6], auto.Params)}, []*graph.Node{fit, known}
}

// advance takes round k.
func (t *cpaTrainer) advance() func(k int, rate float64) error {
	c, n := t.size.Conditions, t.size.Conditions*t.size.Points
	ids, xRows, yRows := make([]int32, c*cpaInner), make([]int32, n*cpaInner), make([]int32, n*cpaInner)
	return func(k int, rate float64) error {
		for i := range cpaInner {
			t.data.Batch(t.o.Seed, k*cpaInner+i, t.size, ids[i*c:(i+1)*c], nil, xRows[i*n:(i+1)*n], yRows[i*n:(i+1)*n])
		}
		u := train.NewUploads(t.device.Backend)
		u.Ints(ids, cpaInner, c)
		u.Ints(xRows, cpaInner, n)
		u.Ints(yRows, cpaInner, n)
		// The classifier keeps its pace until the end of the schedule: it has to follow the encoder.
		u.Floats([]float32{float32(rate * t.o.Rate), float32(min(1, 5*rate) * t.o.AdversaryRate), train.Decay(t.o.EMA, k*cpaInner), float32(k * cpaInner)}, 4)
		losses, err := t.device.Call(t.round, []int{autoNow, autoFirst, autoSecond, adversaryNow, adversaryFirst, adversarySecond, autoMean}, t.placed.Buffers[:], u)
		if err != nil {
			return err
		}
		t.device.KeepLosses(losses...)
		return nil
	}
}

// watch compiles what validation needs, and takes its time.
func (t *cpaTrainer) watch() (err error) {
	t.kept = t.data.Kept()
	if t.carries, err = t.net.carries(t.device.Backend, t.kept.Conditions, t.kept.Rows, t.data.FeatureCount); err != nil {
		return err
	}
	if _, err = t.validate(); err != nil {
		return err
	}
	began := time.Now()
	_, err = t.validate()
	t.seconds = time.Since(began).Seconds()
	return err
}

// validate is the mean energy distance of counterfactual kept sources to kept targets.
func (t *cpaTrainer) validate() (float64, error) {
	y, err := t.net.run(t.device.Backend, t.carries, t.kept.Features, t.kept.Sources, t.kept.Conditions, t.device.State[autoMean])
	if err != nil {
		return 0, err
	}
	return stat.Mean(t.kept.Energies(y), nil), nil
}

func (t *cpaTrainer) loop() *train.Loop {
	l := &train.Loop{Steps: t.o.Steps, Seconds: t.o.Seconds, Advance: t.advance(), Losses: t.device.Losses, LossNames: []string{"reconstruction", "adversary"},
		Snapshot: t.device.Snapshot, Restore: t.device.Restore, Patience: t.o.Patience, ServeLast: t.o.Patience == 0, LossLimit: 1e4,
		Checkpoint: t.o.Checkpoint, Fingerprint: t.fingerprint(), Resume: t.o.Resume, Progress: t.o.Progress}
	if t.carries != nil {
		l.ValidationSeconds = t.seconds
		l.Validate = func(int) (float64, bool, error) {
			v, err := t.validate()
			return v, true, err
		}
	}
	return l
}

// fingerprint names the data and the settings that fix a run's numbers.
func (t *cpaTrainer) fingerprint() string {
	o := t.o
	o.Checkpoint, o.Resume, o.Backend = "", false, ""
	h := sha256.New()
	settings, _ := json.Marshal(o) // checked options are finite
	h.Write(settings)
	t.data.Fingerprint(h)
	return hex.EncodeToString(h.Sum(nil))
}

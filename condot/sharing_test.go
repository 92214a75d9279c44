package condot

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomonge/gomonge/internal/safetensors"
)

// sharing are tiny options in pure Go, which compiles in no time.
func sharing(s Sharing, refine int) Options {
	o := tiny()
	o.Backend, o.Refine, o.Inner, o.Encoding.Sharing, o.Encoding.Combinator = "go", refine, 1, s, DeepSet
	return o
}

// afterRound is the state after one round from the given weights, which the trainer's Adam meets anew.
func afterRound(t testing.TB, tr *trainer, g, f []float32) (before, after []safetensors.Array) {
	t.Helper()
	before = stateOf(t, tr)
	for i := range before {
		clear(before[i].Data)
	}
	for i, v := range map[int][]float32{gNow: g, fNow: f, meanG: g, meanF: f} {
		before[i].Data = slices.Clone(v)
	}
	check(t, tr.device.Restore(before))
	check(t, tr.advance(0, 1))
	return before, stateOf(t, tr)
}

// TestSharedPath: from a common path, a joint step is g's and f's steps together, that of g is g's,
// and what is no path moves as with paths of their own.
func TestSharedPath(t *testing.T) {
	task := setTask(t, "actions:set")
	own, _ := begun(t, task, sharing(OwnPaths, 2))
	r := rand.New(rand.NewPCG(4, 1))
	g, f := shaken(own.g, r), shaken(own.f, r)
	size := own.g.pathSize
	if n := own.g.layout.Size; size == 0 || size >= n {
		t.Fatalf("%d of %d weights are the path's", size, n)
	}
	copy(f, g[:size])
	before, want := afterRound(t, own, g, f)
	for _, s := range []Sharing{PathOfG, JointPath} {
		tr, _ := begun(t, task, sharing(s, 2))
		_, got := afterRound(t, tr, g, f)
		for i := range size {
			p := want[gNow].Data[i]
			if s == JointPath {
				p += want[fNow].Data[i] - before[fNow].Data[i]
			}
			if math.Abs(float64(got[gNow].Data[i]-p)) > 1e-6 || got[fNow].Data[i] != got[gNow].Data[i] {
				t.Fatalf("%s: weight %d of the path is %g in g and %g in f, want %g", s, i, got[gNow].Data[i], got[fNow].Data[i], p)
			}
		}
		for _, k := range []int{gNow, fNow} {
			if e := relative(got[k].Data[size:], want[k].Data[size:]); e > 1e-6 {
				t.Errorf("%s: other weights of %s are %g off", s, stateNames[k], e)
			}
		}
	}
}

// TestPathsStayShared over rounds of either training, in the weights and in their averages, and in the
// paper's architecture; with paths of their own they part.
func TestPathsStayShared(t *testing.T) {
	task := setTask(t, "actions:set")
	for _, refine := range []int{2, -1} {
		for _, s := range []Sharing{OwnPaths, PathOfG, JointPath} {
			for _, q := range []Quadratic{DiagonalQuadratic, BankQuadratic} {
				o := sharing(s, refine)
				o.Rate, o.Architecture.Quadratic = .01, q
				if q == BankQuadratic {
					o.Architecture.Modulator = DotModulator // the sharp one's weights are large
				}
				tr, _ := begun(t, task, o)
				start := stateOf(t, tr)
				for k := range 5 {
					check(t, tr.advance(k, 1))
				}
				state, size := stateOf(t, tr), tr.g.pathSize
				for _, pair := range [][2]int{{gNow, fNow}, {meanG, meanF}} {
					a, b := state[pair[0]].Data[:size], state[pair[1]].Data[:size]
					// Averages of minimax rounds see paths that rounding parts in their last bits.
					if e := relative(a, b); e > 1e-6 != (s == OwnPaths) {
						t.Errorf("%s, %s, refine %d: the paths in %s and %s are %g apart", s, q, refine, stateNames[pair[0]], stateNames[pair[1]], e)
					}
				}
				if e := relative(state[gNow].Data[:size], start[gNow].Data[:size]); e < 1e-5 {
					t.Errorf("%s, %s, refine %d: the path moved by %g only", s, q, refine, e)
				}
			}
		}
	}
}

// TestJointGradient: in the minimax training a joint path gets all of the loss's gradient, through g and
// through f, as differences of the loss show.
func TestJointGradient(t *testing.T) {
	tr, _ := begun(t, setTask(t, "actions:set"), sharing(JointPath, -1))
	r := rand.New(rand.NewPCG(1, 1))
	g, f := shaken(tr.g, r), shaken(tr.f, r)
	size := tr.g.pathSize
	copy(f, g[:size])
	_, _, gradient, _ := stepped(t, tr, g, f)
	length := norm(gradient[:size])
	along := func(h float64) float64 {
		g, f := slices.Clone(g), slices.Clone(f)
		for i, d := range gradient[:size] {
			g[i] += float32(h * float64(d) / length)
		}
		copy(f, g[:size])
		loss, _, _, _ := stepped(t, tr, g, f)
		return loss
	}
	const h = 3e-3
	// Losses ~ 10 are rounded by 1e-6 over h; the rest is curvature.
	if slope := (along(h) - along(-h)) / (2 * h); math.Abs(slope-length) > .01*length+1e-3 {
		t.Errorf("the loss rises by %g along its gradient of length %g", slope, length)
	}
}

// TestPathRate: the first Adam step of the path is as much smaller as its rate, and no other.
func TestPathRate(t *testing.T) {
	task := setTask(t, "actions:set")
	for _, refine := range []int{2, -1} {
		var moved [2][]float64
		for i, rate := range []float64{0, 1e-4} {
			o := sharing(OwnPaths, refine)
			o.Rate, o.Encoding.Rate = 1e-3, rate
			tr, _ := begun(t, task, o)
			r := rand.New(rand.NewPCG(4, 1))
			before, after := afterRound(t, tr, shaken(tr.g, r), shaken(tr.f, r))
			for _, k := range []int{gNow, fNow} {
				for _, part := range [][2]int{{0, tr.g.pathSize}, {tr.g.pathSize, tr.g.layout.Size}} {
					step := 0.0
					for j := part[0]; j < part[1]; j++ {
						step = math.Max(step, math.Abs(float64(after[k].Data[j]-before[k].Data[j])))
					}
					moved[i] = append(moved[i], step)
				}
			}
		}
		for k, want := range []float64{.1, 1, .1, 1} {
			// Minimax takes the f-step after g's has moved: it is another step, of the same length.
			if ratio := moved[1][k] / moved[0][k]; math.Abs(ratio-want) > .02*want {
				t.Errorf("refine %d: part %d moves by %g and %g with a tenth of the path's rate", refine, k, moved[0][k], moved[1][k])
			}
		}
	}
}

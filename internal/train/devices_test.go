package train

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gomonge/gomonge/internal/backend"
)

// on is so many devices of XLA, where there are: its CPU plugin shows four virtual ones.
func on(t *testing.T, devices int) compute.Backend {
	t.Helper()
	engine, err := backend.Get("")
	if err != nil {
		t.Fatal(err)
	}
	if engine.Pure || engine.Backend.NumDevices() < devices {
		t.Skipf("%s has %d devices, not %d", engine.Name, engine.Backend.NumDevices(), devices)
	}
	be, err := OnDevices(engine.Backend, devices)
	if err != nil {
		t.Fatal(err)
	}
	return be
}

// values of every copy of a buffer.
func values(t *testing.T, b compute.Buffer, n int) (all [][]float32) {
	t.Helper()
	for _, c := range copiesOf(b) {
		v := make([]float32, n)
		if err := Download(v, c); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

func TestOnDevices(t *testing.T) {
	engine, err := backend.Get("go")
	if err != nil {
		t.Fatal(err)
	}
	for _, count := range []int{0, 1} {
		if be, err := OnDevices(engine.Backend, count); err != nil || be != engine.Backend {
			t.Errorf("devices %d: %v, %v; want the backend as it is", count, be, err)
		}
	}
	for count, says := range map[int]string{-1: "from 1", 2: "pure Go computes on 1"} {
		if _, err := OnDevices(engine.Backend, count); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("devices %d: %v; want %q", count, err, says)
		}
	}
	be := on(t, 1)
	if _, err := OnDevices(be, be.NumDevices()+1); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("has %d", be.NumDevices())) {
		t.Errorf("one device more than there are: %v", err)
	}
}

// TestPartsAndCopies: every device gets its share of every block, and all of what is not shared.
func TestPartsAndCopies(t *testing.T) {
	be := on(t, 2)
	u := NewUploads(be)
	u.FloatParts([]float32{0, 1, 2, 3, 4, 5, 6, 7}, 1, 4)
	u.FloatParts([]float32{0, 1, 2, 3, 4, 5, 6, 7}, 2, 2, 2)
	u.Floats([]float32{8, 9}, 2)
	if u.err != nil {
		t.Fatal(u.err)
	}
	defer u.free()
	for i, want := range [][][]float32{{{0, 1, 2, 3}, {4, 5, 6, 7}}, {{0, 1, 4, 5}, {2, 3, 6, 7}}, {{8, 9}, {8, 9}}} {
		if got := values(t, u.buffers[i], len(want[0])); !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("upload %d: the devices hold %v, want %v", i, got, want)
		}
	}
	uneven := NewUploads(be)
	defer uneven.free()
	if uneven.IntParts([]int32{1, 2, 3}, 1, 1); uneven.err == nil {
		t.Error("three numbers were shared between two devices")
	}
}

// regression are rounds of Adam on the mean of (⟨x,w⟩−1)² over the rows of a batch, eight a step, as [Device] runs them:
// the weights after them, as every device has them, and the last loss.
func regression(t *testing.T, be compute.Backend, steps int) (weights [][]float32, loss float64) {
	t.Helper()
	const rows, dim, batch, rounds = 16, 3, 8, 3
	part := batch / deviceCount(be)
	zero := make([]float32, dim)
	d, err := NewDevice(be, []string{"w", "first", "second"}, [][]float32{{.5, -.2, .1}, zero, zero})
	if err != nil {
		t.Fatal(err)
	}
	points := make([]float32, rows*dim)
	for i := range points {
		points[i] = float32(math.Sin(float64(7 * i)))
	}
	table, err := Upload(be, points, rows, dim)
	if err != nil {
		t.Fatal(err)
	}
	in := []shapes.Shape{Vector(dim), Vector(dim), Vector(dim), shapes.Make(dtypes.Float32, rows, dim), Ints(steps, part), Vector(1)}
	p, err := Compile(be, "regression", func(g *graph.Graph) []*graph.Node {
		return Rounds(g, steps, 3, 1, Parameters(g, in), func(i *graph.Node, in []*graph.Node) (out, loss []*graph.Node) {
			x := graph.Gather(in[3], Row(in[4], i))
			l := graph.ReduceAllMean(graph.Square(graph.AddScalar(graph.ReduceSum(graph.Mul(x, graph.ExpandLeftToRank(in[0], 2)), -1), -1)))
			step := graph.Add(Entry(in[5], 0), graph.ConvertDType(graph.AddScalar(i, 1), dtypes.Float32))
			next := Adam{Beta1: .5, Beta2: .9, Epsilon: 1e-8, Clip: .5}.Update(State{in[0], in[1], in[2]}, graph.Gradient(l, in[0])[0], step, graph.MulScalar(graph.OnesLike(step), .05))
			return []*graph.Node{next.Params, next.First, next.Second}, []*graph.Node{l}
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for k := range rounds {
		drawn := make([]int32, steps*batch)
		for i := range drawn {
			drawn[i] = int32((5*i + k) % rows)
		}
		u := NewUploads(be)
		u.IntParts(drawn, steps, steps, part)
		u.Floats([]float32{float32(k * steps)}, 1)
		losses, err := d.Call(p, []int{0, 1, 2}, []compute.Buffer{table}, u)
		if err != nil {
			t.Fatal(err)
		}
		d.KeepLosses(losses...)
		now, err := d.Snapshot() // and back: what is restored goes on as it was
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Restore(now); err != nil {
			t.Fatal(err)
		}
	}
	all, err := d.Losses()
	if err != nil {
		t.Fatal(err)
	}
	return values(t, d.State[0], dim), all[0]
}

// TestDevicesStepAsOne: a loop of steps and a single step on two and four devices, which hold the same bits afterwards, against
// one device; sums of eight float32 in another order differ by 1e-7 of their size, which nine steps of .05 hardly grow.
func TestDevicesStepAsOne(t *testing.T) {
	for _, steps := range []int{1, 3} {
		want, wantLoss := regression(t, on(t, 1), steps)
		for _, devices := range []int{2, 4} {
			got, loss := regression(t, on(t, devices), steps)
			if len(got) != devices {
				t.Fatalf("the state stands on %d of %d devices", len(got), devices)
			}
			for k, w := range got {
				if !slices.Equal(w, got[0]) {
					t.Errorf("device %d of %d holds %v, the first %v", k, devices, w, got[0])
				}
			}
			for i, w := range want[0] {
				if math.Abs(float64(got[0][i]-w)) > 1e-6 {
					t.Errorf("%d devices end at %v, one at %v", devices, got[0], want[0])
					break
				}
			}
			if math.Abs(loss-wantLoss) > 1e-6 {
				t.Errorf("the last loss is %g on %d devices, %g on one", loss, devices, wantLoss)
			}
		}
	}
}

// TestProgramsOfOneAndAll: a program of one device reads what stands on all, a program of all nothing that stands on one.
func TestProgramsOfOneAndAll(t *testing.T) {
	one, two := on(t, 1), on(t, 2)
	built := 0
	everywhere, err := Upload(two, []float32{1, 2}, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer Free(everywhere)
	out, err := scaled(t, one, "devices", 3, &built).Run([]compute.Buffer{everywhere}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := values(t, out[0], 2); len(got) != 1 || !slices.Equal(got[0], []float32{3, 6}) {
		t.Errorf("three times (1, 2) is %v", got)
	}
	all := scaled(t, two, "devices", 3, &built)
	if built != 2 {
		t.Errorf("one and two devices share a program: %d were built", built)
	}
	if _, err := all.Run(out, nil); err == nil || !strings.Contains(err.Error(), "1 of 2 devices") {
		t.Errorf("a program of two devices on an input of one: %v", err)
	}
}

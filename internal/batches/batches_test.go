package batches

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/sparse"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/train"
	"gonum.org/v1/gonum/mat"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func normal(r *rand.Rand, n, d int, mean float64) *mat.Dense {
	m := mat.NewDense(n, d, nil)
	m.Apply(func(_, _ int, _ float64) float64 { return mean + r.NormFloat64() }, m)
	return m
}

// doses is a task of one source and a target a dose.
func doses(t testing.TB, n int) *datasets.Task {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 5))
	source := normal(r, 100, 2, 0)
	task := &datasets.Task{Schema: condition.Schema{Variables: []condition.Variable{{Name: "dose", Kind: condition.Continuous}}}, Features: []string{"x0", "x1"}}
	for j := range n {
		task.Train = append(task.Train, datasets.Pair{Condition: condition.Value{{Number: float64(j)}}, Source: source, Target: normal(r, 60, 2, float64(j))})
	}
	check(t, task.Schema.Fit(datasets.Conditions(task.Train)))
	return task
}

func prepared(t testing.TB, task *datasets.Task, share float64) *Data {
	t.Helper()
	e := NewEncoder(task.Schema, Encoding{}, datasets.Conditions(task.Train))
	d, err := Prepare(task, func(v condition.Value) ([]float32, error) {
		f, _, err := e.Features(v)
		return f, err
	}, share, 1)
	check(t, err)
	return d
}

// TestBatch: every step draws each of its conditions' own points, and with fewer conditions a
// step than there are, all get their turn.
func TestBatch(t *testing.T) {
	task := doses(t, 6)
	task.Train[1].Source = normal(rand.New(rand.NewPCG(1, 1)), 100, 2, 1)
	d := prepared(t, task, 0)
	seen := make([]int, len(task.Train))
	s := Sizes{Conditions: 4, Points: 6, Inner: 2}
	ids, rows, xRows, yRows := make([]int32, 4), make([]int32, 48), make([]int32, 24), make([]int32, 24)
	for step := range 300 {
		d.Batch(0, step, s, ids, rows, xRows, yRows)
		once := map[int32]bool{}
		for j, id := range ids {
			seen[id]++
			if once[id] {
				t.Fatalf("condition %d stands twice in a batch", id)
			}
			once[id] = true
			x, y := d.Source[id], d.Target[id]
			for p := j * 6; p < (j+1)*6; p++ {
				for _, row := range []int32{rows[p], rows[24+p], xRows[p]} {
					if int(row) < x.offset || int(row) >= x.offset+x.n {
						t.Fatalf("condition %d drew source row %d, its own are %d to %d", id, row, x.offset, x.offset+x.n-1)
					}
				}
				if int(yRows[p]) < y.offset || int(yRows[p]) >= y.offset+y.n {
					t.Fatalf("condition %d drew target row %d, its own are %d to %d", id, yRows[p], y.offset, y.offset+y.n-1)
				}
			}
		}
	}
	for id, n := range seen {
		if n < 150 || n > 250 { // 200 expected, standard deviation 8
			t.Errorf("condition %d was drawn %d times in 300 steps of 4 of 6", id, n)
		}
	}
}

// TestWeightedDraws: points are drawn in proportion to their weights.
func TestWeightedDraws(t *testing.T) {
	c := Cloud{offset: 10, n: 4, cumulative: []float64{1, 1, 4, 10}}
	count := map[int32]float64{}
	r := rand.New(rand.NewPCG(2, 2))
	const n = 40000
	for range n {
		count[c.draw(r)]++
	}
	for i, want := range []float64{.1, 0, .3, .6} {
		if got := count[int32(10+i)] / n; math.Abs(got-want) > .015 || want == 0 && got > 0 {
			t.Errorf("row %d was drawn in a share of %g, want %g", i, got, want)
		}
	}
}

// TestValidationSplit: kept rows are a share of each cloud, none of them is among those of
// training, and a matrix that is source here and target there is split alike.
func TestValidationSplit(t *testing.T) {
	task := doses(t, 3)
	task.Train[2].Target = task.Train[2].Source
	d := prepared(t, task, .2)
	if d.ValidationRows != 12 || !slices.Equal(d.ValidationIndex, []int{0, 1, 2}) {
		t.Fatalf("%d rows of conditions %v are kept, want a fifth of 60 of all", d.ValidationRows, d.ValidationIndex)
	}
	if d.Sources.Count != 80 || d.Targets.Count != 48+48+80 || len(d.Targets.Values) != 2*d.Targets.Count {
		t.Errorf("%d source and %d target rows are left", d.Sources.Count, d.Targets.Count)
	}
	if !slices.Equal(d.Source[2].validation, d.Target[2].validation) {
		t.Error("one matrix is split in two ways")
	}
	points, weights := d.ValidationPoints(d.Target)
	trained := map[[2]float32]bool{}
	for i := range d.Targets.Count {
		trained[[2]float32(d.Targets.Values[2*i:])] = true
	}
	for i, w := range weights {
		if trained[[2]float32(points[2*i:])] || w != 1 {
			t.Errorf("kept row %d is trained on, or weighs %g", i, w)
		}
	}
	var back [2]float64
	d.Normalisation.Out(back[:], points[:2])
	for j, x := range task.Train[0].Target.RawRowView(d.Target[0].validation[0]) {
		if math.Abs(back[j]-x) > 1e-6*(1+math.Abs(x)) { // float32
			t.Errorf("coordinate %d came back as %g, was %g", j, back[j], x)
		}
	}
	if got := d.ValidationFeatures(); !slices.Equal(got, []float32{0, .5, 1}) {
		t.Errorf("features %v of doses 0, 1, 2", got)
	}
}

// TestNormalisation: all clouds together, each of weight one, have mean 0 and coordinate variance 1.
func TestNormalisation(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	clouds := []*mat.Dense{normal(r, 50, 3, 4), normal(r, 200, 3, -2)}
	n, err := newNormalisation([]points{{dense: clouds[0]}, {dense: clouds[1]}})
	check(t, err)
	mean, square := make([]float64, 3), 0.0
	for _, c := range clouds {
		rows, _ := c.Dims()
		var x [3]float32
		for i := range rows {
			n.In(x[:], c.RawRowView(i))
			for j, v := range x {
				mean[j] += float64(v) / float64(2*rows)
				square += float64(v*v) / float64(6*rows)
			}
		}
	}
	for _, m := range mean {
		if math.Abs(m) > 1e-6 || math.Abs(square-1) > 1e-6 { // float32
			t.Errorf("means %v, variance %g", mean, square)
		}
	}
	if _, err := newNormalisation([]points{{dense: mat.NewDense(3, 2, nil)}}); err == nil {
		t.Error("clouds without spread were normalised")
	}
}

// TestFingerprint: the same entries in other rows are other clouds.
func TestFingerprint(t *testing.T) {
	prints := map[string]bool{}
	for _, starts := range [][]int{{0, 1, 2, 3}, {0, 2, 2, 3}} {
		x, err := sparse.New(3, 2, starts, []int32{0, 1, 0}, []float32{1, 2, 3})
		check(t, err)
		d := &Data{Target: []*Cloud{{n: 3, points: points{sparse: x}}}}
		var b bytes.Buffer
		d.Fingerprint(&b)
		prints[b.String()] = true
	}
	if len(prints) != 2 {
		t.Error("other row starts, the same fingerprint")
	}
}

// TestSparse: batches of sparse clouds are those of the same clouds with their
// zeros, in other places.
func TestSparse(t *testing.T) {
	task := doses(t, 3)
	for j := range task.Train { // half of the coordinates are 0
		for _, m := range []*mat.Dense{task.Train[j].Source, task.Train[j].Target} {
			m.Apply(func(i, k int, v float64) float64 { return float64(float32(v)) * float64((i+k)%2) }, m)
		}
	}
	task.Train[1].TargetWeights = make([]float64, 60)
	for i := range task.Train[1].TargetWeights {
		task.Train[1].TargetWeights[i] = float64(i % 4)
	}
	other := *task
	other.Train = slices.Clone(task.Train)
	shared, err := sparse.FromMatrix(task.Train[0].Source)
	check(t, err)
	for j := range other.Train {
		p := &other.Train[j]
		p.Source, p.SparseSource = nil, shared
		p.SparseTarget, err = sparse.FromMatrix(p.Target)
		check(t, err)
		p.Target = nil
	}
	check(t, other.ValidateEither())
	dense, lazy := prepared(t, task, .2), prepared(t, &other, .2)
	if math.Abs(dense.Normalisation.Scale-lazy.Normalisation.Scale) > 1e-12 {
		t.Errorf("scales %g and %g", dense.Normalisation.Scale, lazy.Normalisation.Scale)
	}
	engine, err := backend.Get("go")
	check(t, err)
	s := Sizes{Conditions: 3, Points: 5, Inner: 2}
	lazy.Room = 45
	placed, err := lazy.Upload(engine.Backend)
	check(t, err)
	var read [2][]int32
	for k, d := range []*Data{dense, lazy} {
		ids, rows, xRows, yRows := make([]int32, 3), make([]int32, 30), make([]int32, 15), make([]int32, 15)
		d.Batch(7, 3, s, ids, rows, xRows, yRows)
		if d == lazy {
			check(t, placed.Fetch(engine.Backend, d, [][]int32{rows, xRows}, [][]int32{yRows}))
		}
		read[k] = slices.Concat(rows, xRows, yRows)
	}
	for side, lists := range [][2]int{{0, 45}, {45, 60}} {
		values := make([]float32, placed.Shapes[side].Size())
		check(t, train.Download(values, placed.Buffers[side]))
		from := [][]float32{dense.Sources.Values, dense.Targets.Values}[side]
		for k := lists[0]; k < lists[1]; k++ {
			want, got := from[2*read[0][k]:], values[2*read[1][k]:]
			for j := range 2 {
				if math.Abs(float64(want[j]-got[j])) > 1e-6 { // float32
					t.Fatalf("side %d: row %d is %v, want %v", side, k, got[:2], want[:2])
				}
			}
		}
	}
	for _, of := range [][2][]*Cloud{{dense.Source, lazy.Source}, {dense.Target, lazy.Target}} {
		want, wantWeights := dense.ValidationPoints(of[0])
		got, weights := lazy.ValidationPoints(of[1])
		for i := range want {
			if math.Abs(float64(want[i]-got[i])) > 1e-6 {
				t.Fatalf("kept coordinate %d is %g, want %g", i, got[i], want[i])
			}
		}
		if !slices.Equal(wantWeights, weights) {
			t.Error("weights of kept rows differ")
		}
	}
}

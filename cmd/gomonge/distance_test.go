package main

import (
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets"
	"gonum.org/v1/gonum/mat"
)

func (r distanceResult) metric(t *testing.T, name string) timed {
	t.Helper()
	for _, m := range r.Metrics {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("there is no %s in %+v", name, r.Metrics)
	return timed{}
}

// shifted are two tables of the same 40 points, the second moved by (3, 4), its
// rows and columns in another order.
func shiftedTables() (a, b string) {
	var x, y []string
	for k := range 40 {
		u, v := float64(k*k%17)/4, float64(k%7)
		x = append(x, fmt.Sprintf("p%d,%g,%g", k, u, v))
		y = append([]string{fmt.Sprintf("q%d,%g,%g", k, v+4, u+3)}, y...)
	}
	return "id,x,y\n" + strings.Join(x, "\n") + "\n", "id,y,x\n" + strings.Join(y, "\n") + "\n"
}

// TestDistance has clouds that differ by a shift of length 5: every distance has its closed form.
func TestDistance(t *testing.T) {
	dir := t.TempDir()
	textA, textB := shiftedTables()
	a, b := writeFile(t, dir, "a.csv", textA), writeFile(t, dir, "b.csv", textB)
	r := decode[distanceResult](t, succeeds(t, "distance %s %s --json --epsilon 0.5 --directions 4000", a, b))
	if r.A != a || r.B != b || r.N != 40 || r.M != 40 || r.Dim != 2 || len(r.Metrics) != 7 {
		t.Fatalf("%+v", r)
	}
	for name, want := range map[string]float64{"w2squared": 25, "bures_w2squared": 25, "sinkhorn_divergence": 12.5, "sliced_w2squared": 12.5} {
		m := r.metric(t, name)
		tol := 1e-4 // Sinkhorn stops at a marginal error of 1e-6 of potentials of order 10
		if name == "sliced_w2squared" {
			tol = 4 * 25 * math.Sqrt(1./8/4000) // ⟨θ,δ⟩² has the variance ‖δ‖⁴/8 in the plane
		}
		if math.Abs(m.Value-want) > tol || m.N != 40 || m.Definition == "" || m.Seconds < 0 || !m.HasInterval() {
			t.Errorf("%+v, want %g", m, want)
		}
	}
	if m := r.metric(t, "sinkhorn"); m.Value < 12.5 || !strings.Contains(m.Definition, "ε=0.5") {
		t.Errorf("the entropic cost %+v is below the exact one", m)
	}
	same := decode[distanceResult](t, succeeds(t, "distance %s %s --json --replicates 0 --metric w2,mmd,w2squared", a, a))
	if len(same.Metrics) != 2 || same.metric(t, "w2squared").Value != 0 || same.metric(t, "mmd_squared").HasInterval() {
		t.Errorf("a table with itself: %+v", same)
	}
	text := succeeds(t, "distance %s %s --metric w2 --features x", a, b)
	if !strings.Contains(text, "w2squared  9.00") || !strings.Contains(text, "1 feature") {
		t.Errorf("along x the shift is 3:\n%s", text)
	}
	if m := decode[distanceResult](t, succeeds(t, "distance %s %s --metric w1 --features y --json", a, b)).metric(t, "w1"); math.Abs(m.Value-4) > 1e-12 {
		t.Errorf("along y W₁ is %v, want 4", m.Value)
	}
}

// TestDistanceFiles reads weights, and the plan and its potentials back: marginals, cost and proof.
func TestDistanceFiles(t *testing.T) {
	dir := t.TempDir()
	// ¾ of A at 0 and ¼ at 4; B at 1 and 5 with ½ each. ½ goes 0→1, ¼ 0→5, ¼ 4→5.
	a := writeFile(t, dir, "a.tsv", "x\tw\n0\t3\n4\t1\n7\t0\n")
	b := writeFile(t, dir, "b.csv", "x\n1\n5\n")
	r := decode[distanceResult](t, succeeds(t, "distance %s %s --weight w --metric w2 --json --plan %s/plan.csv --duals %s/duals.tsv.gz", a, b, dir, dir))
	if v := r.metric(t, "w2squared").Value; math.Abs(v-(0.5+0.25*25+0.25)) > 1e-12 {
		t.Errorf("W₂² is %v, want 7", v)
	}
	plan, err := datasets.ReadTable(dir+"/plan.csv", datasets.ReadOptions{Conditions: []string{"a", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	want := mat.NewDense(3, 2, []float64{0.5, 1, 0.25, 25, 0.25, 1})
	if !mat.EqualApprox(plan.X, want, 1e-12) || strings.Join(plan.Columns[0].Cells, "") != "112" || strings.Join(plan.Columns[1].Cells, "") != "122" {
		t.Errorf("the plan is %v of %v", mat.Formatted(plan.X), plan.Columns)
	}
	duals, err := datasets.ReadTable(dir+"/duals.tsv.gz", datasets.ReadOptions{Conditions: []string{"cloud", "point"}})
	if err != nil {
		t.Fatal(err)
	}
	u := mat.Col(nil, 0, duals.X)
	x, y := []float64{0, 4, 7}, []float64{1, 5}
	for i := range x {
		for j := range y {
			if c := (x[i] - y[j]) * (x[i] - y[j]); u[i]+u[3+j] > c+1e-12 {
				t.Errorf("potentials %v of points %g and %g exceed their cost %g", u, x[i], y[j], c)
			}
		}
	}
	if dual := 0.75*u[0] + 0.25*u[1] + 0.5*u[3] + 0.5*u[4]; math.Abs(dual-7) > 1e-12 {
		t.Errorf("the potentials prove %g, want 7", dual)
	}
}

// TestDistanceSubsample says which points were chosen, and chooses the same by the same seed.
func TestDistanceSubsample(t *testing.T) {
	dir := t.TempDir()
	textA, textB := shiftedTables()
	a := writeFile(t, dir, "a.csv", textA)
	zipped, err := os.Create(dir + "/b.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(zipped)
	fmt.Fprint(z, textB)
	z.Close()
	zipped.Close()
	line := "distance %s %s/b.csv.gz --metric w2 --json --subsample 12 --seed %s --plan %s/plan.csv"
	value := func(seed string) (float64, string) {
		r := decode[distanceResult](t, succeeds(t, line, a, dir, seed, dir))
		m := r.metric(t, "w2squared")
		if r.N != 12 || r.M != 12 || !strings.Contains(strings.Join(m.Warnings, "\n"), "12 of 40 points of "+a) {
			t.Errorf("%+v", r)
		}
		return m.Value, filesOf(t, dir)["plan.csv"]
	}
	first, plan := value("1")
	again, _ := value("1")
	other, _ := value("2")
	if first != again || first == other {
		t.Errorf("seeds 1, 1, 2 give %v, %v, %v", first, again, other)
	}
	// The plan names the chosen points by their ids.
	for _, row := range strings.Split(strings.TrimSpace(plan), "\n")[1:] {
		cells := strings.Split(row, ",")
		if mass, err := strconv.ParseFloat(cells[2], 64); err != nil || math.Abs(mass-1./12) > 1e-9 || !strings.HasPrefix(cells[0], "p") || !strings.HasPrefix(cells[1], "q") {
			t.Errorf("a row of the plan is %q", row)
		}
	}
}

// TestDistanceDefaults gives the defaults by name, and a table as an h5ad file.
func TestDistanceDefaults(t *testing.T) {
	dir := t.TempDir()
	textA, textB := shiftedTables()
	a, b := writeFile(t, dir, "a.csv", textA), writeFile(t, dir, "b.csv", textB)
	table, err := datasets.ReadTable(b, datasets.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := datasets.WriteTable(dir+"/b.h5ad", table); err != nil {
		t.Fatal(err)
	}
	line := "distance %s %s --metric w2,sinkhorn --replicates 0 --json"
	plain := decode[distanceResult](t, succeeds(t, line, a, b))
	named := decode[distanceResult](t, succeeds(t, line+" --epsilon 0 --subsample 0", a, dir+"/b.h5ad"))
	for _, name := range []string{"w2squared", "sinkhorn"} {
		if p, n := plain.metric(t, name), named.metric(t, name); p.Value != n.Value || p.Definition != n.Definition || n.N != 40 {
			t.Errorf("%+v with the defaults named, else %+v", n, p)
		}
	}
}

func TestDistanceBadRequests(t *testing.T) {
	dir := t.TempDir()
	good := writeFile(t, dir, "good.csv", "x,y\n0,1\n1,0\n2,2\n")
	for _, c := range []struct {
		b, flags string
		says     []string
	}{
		{"x,y\n0,1\n", "--metric w3", []string{"w3", "nearest: w1, w2"}},
		{"x,y\n0,1\n", "--metric mmd --gamma 0", []string{"--gamma 0"}},
		{"x,y\n0,1\n", "--epsilon -1", []string{"--epsilon -1"}},
		{"x,y\n0,1\n", "--epsilon NaN", []string{"--epsilon NaN"}},
		{"x,y\n0,1\n", "--subsample 1", []string{"--subsample 1"}},
		{"x,y\n0,1\n", "--replicates -1", []string{"--replicates -1"}},
		{"x,y\n0,1\n", "--directions 0", []string{"--directions 0"}},
		{"x,y\n0,1\n", "--plan plan.xlsx", []string{"plan.xlsx", ".csv or .tsv"}},
		{"x,y\n0,1\n", "--metric w1", []string{"one feature", "2"}},
		{"x,y\n1,1\n1,1\n", "--metric sinkhorn", []string{"all points of B are equal", "--epsilon"}},
		{"x,z\n0,1\n", "", []string{"bad.csv", "y", "good.csv"}},
		{"x,y,z\n0,1,1\n", "", []string{"good.csv has no column z"}},
		{"x,y\n0,1\n", "--drop z", []string{"neither", "column z"}},
		{"x,y\n0,1\n", "--weight w", []string{"neither", "column w"}},
		{"x,y\n0,1\n", "--features x,q", []string{"good.csv", "no column q"}},
		{"x,y\n0,NaN\n", "", []string{"bad.csv, row 2, column y", "NaN"}},
		{"x,y\n0,Inf\n", "", []string{"bad.csv, row 2, column y", "Inf"}},
		{"x,y\n0,cell\n", "", []string{"bad.csv, row 2, column y", "cell"}},
		{"x,y\n", "", []string{"bad.csv", "no rows"}},
		{"x,y\n0\n", "", []string{"bad.csv, row 2"}},
		{"x,y,w\n0,1,-2\n", "--weight w", []string{"bad.csv, row 2, column w", "negative"}},
		{"x,y,w\n0,1,0\n", "--weight w", []string{"bad.csv", "zero"}},
	} {
		bad := writeFile(t, dir, "bad.csv", c.b)
		fails(t, exitRequest, c.says, "distance %s %s %s", good, bad, c.flags)
	}
	fails(t, exitRequest, []string{"two tables", "not 1"}, "distance %s", good)
	fails(t, exitRequest, []string{"no such file", "none.csv"}, "distance %s %s/none.csv", good, dir)
	fails(t, exitRequest, []string{"good.txt", ".csv or .tsv"}, "distance good.txt %s", good)
	fails(t, exitRequest, []string{"no flag --metrc", "nearest: --metric"}, "distance %s %s --metrc w2", good, good)
}

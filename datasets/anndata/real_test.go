package anndata

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/datasets/sparse"
)

// matrixNumbers are those that testdata/real.py prints of a matrix.
type matrixNumbers struct {
	Shape         [2]int
	Stored        int
	Sum, Weighted float64
}

type columnNumbers struct {
	Kind   Kind
	Counts map[string]int
	Sum    float64
	Text   string
}

// TestReal reads the files of $GOMONGE_DATA and compares numbers with Python's.
// Sums are of float64 in another order: 1e-9 of the sum of some million terms.
func TestReal(t *testing.T) {
	folder := os.Getenv("GOMONGE_DATA")
	if folder == "" {
		t.Skip("GOMONGE_DATA names no folder of real files")
	}
	b, err := os.ReadFile(filepath.Join("testdata", "real.json"))
	if err != nil {
		t.Fatal(err)
	}
	var files map[string]struct {
		X            matrixNumbers
		Raw          *matrixNumbers
		Obs, Var     map[string]columnNumbers
		Cells, Genes [2]string
		Obsm         map[string]matrixNumbers
	}
	if err := json.Unmarshal(b, &files); err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(folder, "singlecell", name)
			if _, err := os.Stat(path); err != nil {
				t.Skip(err)
			}
			f, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			x, err := f.X()
			if err != nil {
				t.Fatal(err)
			}
			compareMatrix(t, x, want.X)
			if want.Raw != nil {
				raw, _, err := f.Raw()
				if err != nil {
					t.Fatal(err)
				}
				compareMatrix(t, raw, *want.Raw)
			}
			obs, err := f.Obs()
			if err != nil {
				t.Fatal(err)
			}
			genes, err := f.Var()
			if err != nil {
				t.Fatal(err)
			}
			compareFrame(t, obs, want.Obs, want.Cells)
			compareFrame(t, genes, want.Var, want.Genes)
			for name, want := range want.Obsm {
				m, err := f.Obsm(name)
				if err != nil {
					t.Fatal(err)
				}
				sum := 0.0
				for _, v := range m.RawMatrix().Data {
					sum += v
				}
				if rows, cols := m.Dims(); [2]int{rows, cols} != want.Shape || !near(sum, want.Sum) {
					t.Errorf("obsm %s is %d × %d with sum %g, want %+v", name, rows, cols, sum, want)
				}
			}
		})
	}
}

func near(x, want float64) bool { return math.Abs(x-want) <= 1e-9*math.Max(1, math.Abs(want)) }

func compareMatrix(t *testing.T, m *Matrix, want matrixNumbers) {
	t.Helper()
	c, err := m.CSR()
	if err != nil {
		t.Fatal(err)
	}
	compareRows(t, m.Path(), c, 0, want.Shape, &matrixNumbers{}, want)
	var got matrixNumbers
	rows, _ := m.Dims()
	const step = 97
	for from := 0; from < rows; from += step {
		part, err := m.Rows(from, min(from+step, rows))
		if err != nil {
			t.Fatal(err)
		}
		add(&got, part, from)
	}
	if got.Stored != want.Stored || !near(got.Weighted, want.Weighted) {
		t.Errorf("%s in blocks is %+v, want %+v", m.Path(), got, want)
	}
}

func compareRows(t *testing.T, path string, c *sparse.CSR, from int, shape [2]int, got *matrixNumbers, want matrixNumbers) {
	t.Helper()
	add(got, c, from)
	if rows, cols := c.Dims(); [2]int{rows, cols} != shape || got.Stored != want.Stored || !near(got.Sum, want.Sum) || !near(got.Weighted, want.Weighted) {
		t.Errorf("%s is %d × %d, %+v, want %+v", path, rows, cols, *got, want)
	}
}

// add adds the entries of rows, the first of which is row from.
func add(n *matrixNumbers, c *sparse.CSR, from int) {
	rows, _ := c.Dims()
	for i := range rows {
		c.DoRowNonZero(i, func(i, j int, v float64) {
			if v != 0 {
				n.Stored++
				n.Sum += v
				n.Weighted += v * float64(1+(31*(i+from)+17*j)%101)
			}
		})
	}
}

func compareFrame(t *testing.T, f *Frame, want map[string]columnNumbers, ends [2]string) {
	t.Helper()
	if f.Index[0] != ends[0] || f.Index[f.Len()-1] != ends[1] || len(f.Columns) != len(want) {
		t.Errorf("%q to %q with columns %q, want %q and %d", f.Index[0], f.Index[f.Len()-1], f.Names(), ends, len(want))
	}
	for name, want := range want {
		c, err := f.Column(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if c.Kind != want.Kind {
			t.Errorf("%s is %s, want %s", name, c.Kind, want.Kind)
		}
		if want.Kind == String && strings.Join(c.Cells(), "|") != want.Text {
			t.Errorf("%s is %q, want %q", name, strings.Join(c.Cells(), "|"), want.Text)
		}
		counts, _ := c.Counts()
		for i, category := range c.Categories {
			if n, listed := want.Counts[category]; listed && n != counts[i] {
				t.Errorf("%s: %d rows are %s, want %d", name, counts[i], category, n)
			}
		}
		if n, long := want.Counts[""]; long && n != len(c.Categories) || !long && len(want.Counts) != len(c.Categories) {
			t.Errorf("%s has %d categories, want %d", name, len(c.Categories), max(n, len(want.Counts)))
		}
		sum := 0.0
		for i := range c.Len() {
			switch {
			case c.Kind == Integer:
				sum += float64(c.Integers[i])
			case c.Kind == Real && !math.IsNaN(c.Reals[i]):
				sum += c.Reals[i]
			case c.Kind == Bool && c.Bools[i]:
				sum++
			}
		}
		if math.Abs(sum-want.Sum) > 1e-5*math.Max(1, math.Abs(want.Sum)) { // pandas sums float32 columns in float32
			t.Errorf("%s has sum %g, want %g", name, sum, want.Sum)
		}
	}
}

package singlecell

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// Reference values were computed by scanpy (testdata/scanpy_golden.py). Sparse
// matrices are float32 in both programs and may differ by a unit in the last
// place of an entry, 6e-8; figures that are means over cells agree to the
// tolerance 1e-6 relative.
const tolerance = 1e-6

func gunzip(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func table(t *testing.T, path string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(gunzip(t, path))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// column parses a column of a table with a header; empty cells are NaN.
func column(t *testing.T, rows [][]string, name string) []float64 {
	t.Helper()
	k := slices.Index(rows[0], name)
	if k < 0 {
		t.Fatalf("no column %s in %v", name, rows[0])
	}
	var out []float64
	for _, row := range rows[1:] {
		v, err := strconv.ParseFloat(row[k], 64)
		if err != nil {
			v = math.NaN()
		}
		out = append(out, v)
	}
	return out
}

func near(got, want, tolerance float64) bool {
	if math.IsNaN(want) {
		return math.IsNaN(got)
	}
	return got == want || math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))
}

// pbmc is the log-normalised expression of scanpy's pbmc68k_reduced.
func pbmc(t *testing.T) *sparse.CSR {
	t.Helper()
	r := bytes.NewReader(gunzip(t, "testdata/pbmc68k.csr.gz"))
	var size struct{ Rows, Cols, NNZ int32 }
	read := func(v any) {
		if err := binary.Read(r, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	read(&size)
	starts, columns, data := make([]int32, size.Rows+1), make([]uint16, size.NNZ), make([]float32, size.NNZ)
	read(starts)
	read(columns)
	read(data)
	indptr, indices := make([]int, len(starts)), make([]int32, len(columns))
	for i, v := range starts {
		indptr[i] = int(v)
	}
	for i, v := range columns {
		indices[i] = int32(v)
	}
	x, err := sparse.New(int(size.Rows), int(size.Cols), indptr, indices, data)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestVariableGenesOfPBMC: no flag of 765 may differ from Seurat's own table (113
// flagged) and from scanpy's, by cut-offs and of the top 200, in both flavours,
// on a sparse and on a dense matrix.
func TestVariableGenesOfPBMC(t *testing.T) {
	x := pbmc(t)
	if err := NormalizeTotal(x, 1e4); err != nil {
		t.Fatal(err)
	}
	if err := Log1p(x); err != nil {
		t.Fatal(err)
	}
	want := table(t, "testdata/pbmc68k_hvg.csv.gz")
	for _, m := range []mat.Matrix{x, x.Dense()} {
		for _, flavor := range []Flavor{Seurat, CellRanger} {
			genes, err := HighlyVariable(m, VariableOptions{Flavor: flavor})
			if err != nil {
				t.Fatal(err)
			}
			top, err := HighlyVariable(m, VariableOptions{Flavor: flavor, Top: 200})
			if err != nil {
				t.Fatal(err)
			}
			name := string(flavor)
			mean, dispersion := column(t, want, name+"_mean"), column(t, want, name+"_dispersion")
			normalized := column(t, want, name+"_norm")
			for j, g := range genes {
				if !near(g.Mean, mean[j], tolerance) || !near(g.Dispersion, dispersion[j], tolerance) || !near(g.Normalized, normalized[j], tolerance) {
					t.Errorf("%s, %T, gene %d: %+v, want %g, %g, %g", flavor, m, j, g, mean[j], dispersion[j], normalized[j])
				}
			}
			compareFlags(t, name, genes, column(t, want, name+"_flag"))
			compareFlags(t, name+" top 200", top, column(t, want, name+"_top200"))
			if flavor == Seurat {
				compareFlags(t, "Seurat's own table", genes, column(t, want, "seurat_own"))
				if n := len(Flagged(genes)); n != 113 {
					t.Errorf("%d genes flagged, Seurat flags 113", n)
				}
			}
		}
	}
}

func compareFlags(t *testing.T, what string, genes []Variability, want []float64) {
	t.Helper()
	differ := 0
	for j, g := range genes {
		if g.HighlyVariable != (want[j] == 1) {
			differ++
		}
	}
	if differ > 0 {
		t.Errorf("%s: %d flags differ", what, differ)
	}
}

// scanpyResult is what scanpy makes of counts.csv.gz.
type scanpyResult struct {
	Target             float64
	NormalizedRows     [][]float64 `json:"normalized_rows"`
	LogRows            [][]float64 `json:"log_rows"`
	Seurat, CellRanger struct {
		Mean, Dispersion, Normalized []*float64
		Flag, Top                    []bool
	}
	Rank    struct{ Score, P, Fold []float64 }
	Markers []int
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// TestCountsAsScanpy takes a small count matrix, with cells and genes without
// counts, through normalisation, log1p, variable genes and ranking.
func TestCountsAsScanpy(t *testing.T) {
	rows := table(t, "testdata/counts.csv.gz")
	dense := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, row := range rows {
		for j, cell := range row {
			v, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				t.Fatal(err)
			}
			dense.Set(i, j, v)
		}
	}
	compressed, err := sparse.FromMatrix(dense)
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		CSR, Dense scanpyResult
		Group      []int
	}
	text := bytes.ReplaceAll(gunzip(t, "testdata/counts_scanpy.json.gz"), []byte("cell_ranger"), []byte("CellRanger"))
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	var reference []int
	for i := range rows {
		if !slices.Contains(want.Group, i) {
			reference = append(reference, i)
		}
	}
	t.Run("sparse", func(t *testing.T) { compareScanpy(t, compressed, want.CSR, want.Group, reference) })
	t.Run("dense", func(t *testing.T) { compareScanpy(t, dense, want.Dense, want.Group, reference) })
}

// cellsByGenes is an expression matrix that can be read.
type cellsByGenes interface {
	Expression
	mat.Matrix
}

func compareScanpy[E cellsByGenes](t *testing.T, x E, want scanpyResult, group, reference []int) {
	target, err := MedianTotal(x)
	if err != nil || target != want.Target {
		t.Fatalf("median total %g, want %g (%v)", target, want.Target, err)
	}
	if err := NormalizeTotal(x, target); err != nil {
		t.Fatal(err)
	}
	compareRows(t, "normalised", x, want.NormalizedRows)
	if err := Log1p(x); err != nil {
		t.Fatal(err)
	}
	compareRows(t, "log", x, want.LogRows)
	for flavor, w := range map[Flavor]struct {
		Mean, Dispersion, Normalized []*float64
		Flag, Top                    []bool
	}{Seurat: want.Seurat, CellRanger: want.CellRanger} {
		genes, err := HighlyVariable(x, VariableOptions{Flavor: flavor})
		if err != nil {
			t.Fatal(err)
		}
		top, err := HighlyVariable(x, VariableOptions{Flavor: flavor, Top: 50})
		if err != nil {
			t.Fatal(err)
		}
		for j, g := range genes {
			if !near(g.Mean, orNaN(w.Mean[j]), tolerance) || !near(g.Dispersion, orNaN(w.Dispersion[j]), tolerance) ||
				!near(g.Normalized, orNaN(w.Normalized[j]), tolerance) {
				t.Errorf("%s gene %d: %+v, want %g %g %g", flavor, j, g, orNaN(w.Mean[j]), orNaN(w.Dispersion[j]), orNaN(w.Normalized[j]))
			}
			if g.HighlyVariable != w.Flag[j] || top[j].HighlyVariable != w.Top[j] {
				t.Errorf("%s gene %d: flags %v %v, want %v %v", flavor, j, g.HighlyVariable, top[j].HighlyVariable, w.Flag[j], w.Top[j])
			}
		}
	}
	ranks, err := RankGenes(x, group, reference)
	if err != nil {
		t.Fatal(err)
	}
	for j, r := range ranks {
		if !near(r.Score, want.Rank.Score[j], tolerance) || !near(r.PValue, want.Rank.P[j], tolerance) || !near(r.LogFoldChange, want.Rank.Fold[j], tolerance) {
			t.Errorf("gene %d: %+v, want %g %g %g", j, r, want.Rank.Score[j], want.Rank.P[j], want.Rank.Fold[j])
		}
	}
	if markers := MarkerGenes(ranks, 20); !slices.Equal(markers, want.Markers) {
		t.Errorf("markers %v, want %v", markers, want.Markers)
	}
}

// compareRows compares cells 0, 41 (without counts) and 89.
func compareRows(t *testing.T, what string, x mat.Matrix, want [][]float64) {
	t.Helper()
	for k, i := range []int{0, 41, 89} {
		for j, w := range want[k] {
			if math.Abs(x.At(i, j)-w) > 1.2e-7*w { // two units in the last place of a float32
				t.Errorf("%s expression of cell %d, gene %d is %.9g, want %.9g", what, i, j, x.At(i, j), w)
			}
		}
	}
}

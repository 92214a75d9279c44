package singlecell

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// parityTop is how many genes parity.py asks for.
const parityTop = 200

// TestScanpyOnNorman, TestScanpyOnPBMC and TestScanpyOnKang compare with tables
// of scanpy (testdata/parity.py): no flag may differ in the flavours seurat and
// cell_ranger, .5 % in seurat_v3, and values and scores to 1e-6 relative.
func TestScanpyOnNorman(t *testing.T) {
	b, err := os.ReadFile("data/norman.h5ad")
	if err != nil {
		t.Fatal(err)
	}
	f, err := anndata.OpenReader(bytes.NewReader(b), int64(len(b)), "norman.h5ad")
	if err != nil {
		t.Fatal(err)
	}
	x := readX(t, f)
	var expressed []int
	_, cols := x.Dims()
	for j := range cols {
		if mat.Max(x.ColView(j)) > 0 {
			expressed = append(expressed, j)
		}
	}
	logged, err := x.CSR.SelectColumns(expressed)
	if err != nil {
		t.Fatal(err)
	}
	compareParity(t, "norman", logged, nil)
}

func TestScanpyOnPBMC(t *testing.T) {
	logged := pbmc(t)
	counts := logged.Clone()
	for k, v := range counts.Data {
		counts.Data[k] = float32(math.RoundToEven(float64(10 * v)))
	}
	compareParity(t, "pbmc", logged, counts)
}

func TestScanpyOnKang(t *testing.T) {
	folder := os.Getenv("GOMONGE_DATA")
	if folder == "" {
		t.Skip("GOMONGE_DATA names no folder of real files")
	}
	path := filepath.Join(folder, "singlecell", "kang2018_ifnb_subset_1556x1267.h5ad")
	f, err := anndata.Open(path)
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	counts := readX(t, f).CSR
	logged := counts.Clone()
	target, err := MedianTotal(logged)
	if err != nil {
		t.Fatal(err)
	}
	if err := NormalizeTotal(logged, target); err != nil {
		t.Fatal(err)
	}
	if err := Log1p(logged); err != nil {
		t.Fatal(err)
	}
	compareParity(t, "kang", logged, counts)
}

// columns lets a sparse matrix be seen by columns.
type columns struct{ *sparse.CSR }

func (c columns) ColView(j int) mat.Vector {
	rows, _ := c.Dims()
	return mat.NewVecDense(rows, mat.Col(nil, j, c.CSR))
}

func readX(t *testing.T, f *anndata.File) columns {
	t.Helper()
	m, err := f.X()
	if err != nil {
		t.Fatal(err)
	}
	x, err := m.CSR()
	if err != nil {
		t.Fatal(err)
	}
	return columns{x}
}

func compareParity(t *testing.T, name string, logged, counts *sparse.CSR) {
	want := table(t, "testdata/parity_"+name+".csv.gz")
	text, err := os.ReadFile("testdata/parity_groups.json")
	if err != nil {
		t.Fatal(err)
	}
	var groups map[string]struct{ Group, Reference []int }
	if err := json.Unmarshal(text, &groups); err != nil {
		t.Fatal(err)
	}
	for _, flavor := range []Flavor{Seurat, CellRanger} {
		found, err := HighlyVariable(logged, VariableOptions{Flavor: flavor})
		if err != nil {
			t.Fatal(err)
		}
		top, err := HighlyVariable(logged, VariableOptions{Flavor: flavor, Top: parityTop})
		if err != nil {
			t.Fatal(err)
		}
		column3(t, string(flavor), found, column(t, want, string(flavor)+"_mean"), column(t, want, string(flavor)+"_dispersion"), column(t, want, string(flavor)+"_norm"))
		compareFlags(t, string(flavor), found, column(t, want, string(flavor)+"_flag"))
		compareFlags(t, string(flavor)+" top", top, column(t, want, string(flavor)+"_top"))
	}
	if counts != nil {
		top, err := HighlyVariable(counts, VariableOptions{Flavor: SeuratV3, Top: parityTop})
		if err != nil {
			t.Fatal(err)
		}
		column3(t, "seurat_v3", top, column(t, want, "v3_mean"), column(t, want, "v3_variance"), column(t, want, "v3_norm"))
		differ, flags := 0, column(t, want, "v3_top")
		for j, g := range top {
			if g.HighlyVariable != (flags[j] == 1) {
				differ++
			}
		}
		if differ > len(top)/200 {
			t.Errorf("seurat_v3: %d of %d flags differ", differ, len(top))
		}
		t.Logf("seurat_v3: %d of %d flags differ", differ, len(top))
	}
	g := groups[name]
	for test, rank := range map[string]func() ([]GeneRank, error){
		"t":        func() ([]GeneRank, error) { return RankGenes(logged, g.Group, g.Reference) },
		"wilcoxon": func() ([]GeneRank, error) { return RankGenesWilcoxon(logged, g.Group, g.Reference, false) },
		"tied":     func() ([]GeneRank, error) { return RankGenesWilcoxon(logged, g.Group, g.Reference, true) },
	} {
		ranks, err := rank()
		if err != nil {
			t.Fatal(err)
		}
		scores, p, fold := column(t, want, test+"_score"), column(t, want, test+"_p"), column(t, want, "fold")
		for j, r := range ranks {
			// p values of 1e-200 lose digits with the score's last ones
			if !near(r.Score, scores[j], tolerance) || !near(r.PValue, p[j], tolerance) || !near(r.LogFoldChange, fold[j], tolerance) {
				t.Errorf("%s, gene %d: %+v, want %g, %g, %g", test, j, r, scores[j], p[j], fold[j])
			}
		}
	}
}

// column3 compares means, dispersions and normalised dispersions.
func column3(t *testing.T, what string, got []Variability, mean, dispersion, normalized []float64) {
	t.Helper()
	for j, g := range got {
		far := math.Abs(g.Mean-mean[j]) > tolerance*mean[j] // means are far below 1
		if far || !near(g.Dispersion, dispersion[j], tolerance) || !near(g.Normalized, normalized[j], tolerance) {
			t.Errorf("%s, gene %d: %+v, want %g, %g, %g", what, j, g, mean[j], dispersion[j], normalized[j])
		}
	}
}

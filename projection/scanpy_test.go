package projection

import (
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/datasets/sparse"
)

// TestScanpyPCA compares with components that scanpy found (testdata/pca_scanpy.py),
// up to sign: it computes in float32, so that shares of variance agree to 1e-5.
func TestScanpyPCA(t *testing.T) {
	t.Run("norman", func(t *testing.T) {
		comparePCA(t, "norman", expressionOf(t, filepath.Join("..", "datasets", "singlecell", "data", "norman.h5ad")))
	})
	t.Run("kang", func(t *testing.T) {
		folder := os.Getenv("GOMONGE_DATA")
		if folder == "" {
			t.Skip("GOMONGE_DATA names no folder of real files")
		}
		path := filepath.Join(folder, "singlecell", "kang2018_ifnb_subset_1556x1267.h5ad")
		if _, err := os.Stat(path); err != nil {
			t.Skip(err)
		}
		x := expressionOf(t, path)
		target, err := singlecell.MedianTotal(x)
		if err != nil {
			t.Fatal(err)
		}
		if err := singlecell.NormalizeTotal(x, target); err != nil {
			t.Fatal(err)
		}
		if err := singlecell.Log1p(x); err != nil {
			t.Fatal(err)
		}
		comparePCA(t, "kang", x)
	})
}

func expressionOf(t *testing.T, path string) *sparse.CSR {
	t.Helper()
	f, err := anndata.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := f.X()
	if err != nil {
		t.Fatal(err)
	}
	x, err := m.CSR()
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func comparePCA(t *testing.T, name string, x *sparse.CSR) {
	f, err := os.Open(filepath.Join("testdata", "pca_"+name+".json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Components      [][]float64
		Ratio, Variance []float64
	}
	if err := json.NewDecoder(z).Decode(&want); err != nil {
		t.Fatal(err)
	}
	p, err := FitPCA(x, len(want.Ratio))
	if err != nil {
		t.Fatal(err)
	}
	if !near(p.ExplainedRatio(), want.Ratio, 1e-5) {
		t.Errorf("shares of variance %v, want %v", p.ExplainedRatio(), want.Ratio)
	}
	for k, v := range p.ExplainedVariance() {
		if math.Abs(v-want.Variance[k]) > 1e-5*want.Variance[k] {
			t.Errorf("variance %d is %g, want %g", k, v, want.Variance[k])
		}
	}
	components, least := p.Components(), 1.0
	for k, w := range want.Components {
		least = min(least, math.Abs(dot(components.RawRowView(k), w)))
	}
	if least < 0.99999 {
		t.Errorf("least |cos| of components %.7f", least)
	}
}

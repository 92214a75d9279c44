package singlecell

import (
	"bytes"
	"embed"
	"fmt"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/anndata"
)

// shipped holds the data sets that are part of the package; datasets/SOURCES.md
// names their origin and licence, and the scripts beside them how they were made.
//
//go:embed data/hsmm.csv.gz data/dasatinib.csv data/norman.h5ad
var shipped embed.FS

// HSMM is the differentiation of human skeletal muscle myoblasts (Trapnell et
// al. 2014): 271 cells, log1p of FPKM of 500 variable genes. The source is hour
// 0 (69 cells); the condition is hours: 24, 48 and 72 (74, 79 and 49 cells), all
// in Train. Cells of different hours are different cells.
//
// The 500 genes were chosen over all cells, without regard to their hours: a
// strict hold-out chooses among them again by training cells alone.
func HSMM() (*datasets.Task, error) {
	return shippedTask("hsmm", "data/hsmm.csv.gz", condition.Variable{Name: "hours", Kind: condition.Continuous}, "0")
}

// Dasatinib is a dose series of the kinase inhibitor on MCF10A cells (HMS LINCS
// Center): log10 levels of four proteins in the nucleus, 50 cells a dose. There
// is no vehicle arm: the source is the lowest dose, 0.01 µM; the condition is
// dose on a log scale: 0.031623 and 0.1 µM, both in Train.
func Dasatinib() (*datasets.Task, error) {
	return shippedTask("dasatinib", "data/dasatinib.csv", condition.Variable{Name: "dose", Kind: condition.Continuous, Scale: condition.Log}, "0.01")
}

// shippedTask reads an embedded table whose rows with the value control of its
// one variable are the source.
func shippedTask(name, path string, variable condition.Variable, control string) (*datasets.Task, error) {
	f, err := shipped.Open(path)
	if err != nil {
		return nil, fmt.Errorf("singlecell: %w", err)
	}
	defer f.Close()
	table, err := datasets.ReadTableFrom(f, path, datasets.ReadOptions{Conditions: []string{variable.Name}})
	if err != nil {
		return nil, err
	}
	task, _, err := datasets.NewTask(nil, table, datasets.TaskOptions{
		Name:      name,
		Variables: []condition.Variable{variable},
		Control:   variable.Name + "=" + control,
	})
	return task, err
}

// Norman is a part of the CRISPR activation screen of K562 cells of Norman et
// al. 2019: log1p of normalised counts of 500 genes, 3 375 cells. The source is
// the 100 cells of the control; the condition is the set of genes activated:
// 18 single genes and 15 pairs, 80 to 100 cells each, all in Train. Of five
// pairs both genes are there alone: KLF1+MAP2K6, KLF1+TGFBR2, MAP2K3+MAP2K6,
// MAP2K3+SLC38A2 and MAPK1+TGFBR2 (see [FindCombinations]).
//
// The 500 genes were chosen by the benchmark that the part is from, over all
// cells of this and another screen: 250 of them are expressed in no cell here.
func Norman() (*datasets.Task, error) {
	const path = "data/norman.h5ad"
	b, err := shipped.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("singlecell: %w", err)
	}
	f, err := anndata.OpenReader(bytes.NewReader(b), int64(len(b)), path)
	if err != nil {
		return nil, err
	}
	x, err := f.X()
	if err != nil {
		return nil, err
	}
	cells, _ := f.Dims()
	table := &datasets.Table{File: path}
	if table.X, err = x.Dense(0, cells); err != nil {
		return nil, err
	}
	if table.Features, err = f.Genes(); err != nil {
		return nil, err
	}
	c, err := f.ObsColumn("condition")
	if err != nil {
		return nil, err
	}
	table.Columns = []datasets.Column{{Name: "condition", Cells: c.Cells()}}
	task, _, err := datasets.NewTask(nil, table, datasets.TaskOptions{
		Name:      "norman",
		Variables: []condition.Variable{{Name: "condition", Kind: condition.Set}},
		Control:   "condition=control",
	})
	return task, err
}

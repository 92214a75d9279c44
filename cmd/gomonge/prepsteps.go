package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// preparation is a file on its way through the steps of prep.
type preparation struct {
	*app
	*prepFlags
	x         *sparse.CSR
	obs, vars *anndata.Frame
	obsm      map[string]*mat.Dense
	uns       map[string]any
	varm      map[string]*mat.Dense
	values    singlecell.Values
	// groups are the cells of each condition, in the order in which they are met;
	// controlCells are those of the control.
	groups       []cellGroup
	controlCells []int
	// trains marks the training cells; nil: all.
	trains []bool
	// chosen marks the variable genes; nil: none were chosen.
	chosen []bool
	result prepResult
}

// open reads the file.
func (o *prepFlags) open(in string) (*preparation, error) {
	f, err := anndata.Open(in)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := &preparation{prepFlags: o, obsm: map[string]*mat.Dense{}, varm: map[string]*mat.Dense{}}
	p.result = prepResult{File: in, Out: o.out, Dropped: []dropped{}, Warnings: []string{}}
	if p.obs, err = f.Obs(); err != nil {
		return nil, err
	}
	if err := p.readExpression(f); err != nil {
		return nil, err
	}
	names, err := f.ObsmNames()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if p.obsm[name], err = f.Obsm(name); err != nil {
			return nil, err
		}
	}
	var skipped []string
	if p.uns, skipped, err = f.Uns(); err != nil {
		return nil, err
	}
	if p.uns == nil {
		p.uns = map[string]any{}
	}
	for _, s := range skipped {
		p.result.warn("left out: %s", s)
	}
	for _, bad := range prune(p.uns, "") {
		p.result.warn("left out: %q of uns: names with / are not written", bad)
	}
	p.result.Cells, p.result.Genes = p.x.Dims()
	return p, p.detect(in)
}

// prune takes what no member of a file can be named out of a map of uns, such as a
// field of an older file's records, and says what it was.
func prune(values map[string]any, path string) (bad []string) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if unwritable(name) {
			delete(values, name)
			bad = append(bad, path+name)
			continue
		}
		switch v := values[name].(type) {
		case map[string]any:
			bad = append(bad, prune(v, path+name+", ")...)
		case *anndata.Frame:
			v.Columns = slices.DeleteFunc(v.Columns, func(c anndata.Column) bool {
				if unwritable(c.Name) {
					bad = append(bad, path+name+", "+c.Name)
				}
				return unwritable(c.Name)
			})
		}
	}
	return bad
}

func unwritable(name string) bool { return name == "" || strings.Contains(name, "/") }

// readExpression reads the counts and the table of their genes, and says which
// other matrices are left behind.
func (p *preparation) readExpression(f *anndata.File) error {
	layers, err := f.Layers()
	if err != nil {
		return err
	}
	m, _, err := f.Expression(p.layer)
	if err != nil {
		return err
	}
	if p.vars, err = f.ExpressionVar(p.layer); err != nil {
		return err
	}
	if rows, cols := m.Dims(); rows == 0 || cols == 0 {
		return fmt.Errorf("%s has %d cells and %d genes: there must be some of both", f.Path(), rows, cols)
	}
	if p.x, err = m.CSR(); err != nil {
		return err
	}
	others := slices.DeleteFunc(layers, func(name string) bool { return name == p.layer })
	if p.layer != "" {
		others = append([]string{"X"}, others...)
	}
	if f.HasRaw() && p.layer != "raw" {
		others = append(others, "raw")
	}
	for _, part := range []struct {
		name string
		list func() ([]string, error)
	}{{"varm", f.VarmNames}, {"obsp", f.ObspNames}, {"varp", f.VarpNames}} {
		names, err := part.list()
		if err != nil {
			return err
		}
		for _, name := range names {
			others = append(others, part.name+" "+name)
		}
	}
	p.result.Left = others
	return nil
}

// detect looks whether the numbers are what is to be done to them.
func (p *preparation) detect(in string) (err error) {
	if p.values, err = singlecell.Detect(p.x); err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	p.result.Values = string(p.values)
	where := "X"
	if p.layer != "" {
		where = p.layer
	}
	already := p.values == singlecell.Logged || p.values == singlecell.Scaled
	switch {
	case already && (p.normalize || p.log1p):
		return fmt.Errorf("%s: %s looks log-normalised or scaled already (%s): leave --normalize and --log1p out, or name the counts by --layer (raw stands for the file's raw)", in, where, p.values)
	case (already || p.values == singlecell.Normalized) && p.variable.Flavor == singlecell.SeuratV3:
		return fmt.Errorf("%s: --hvg seurat_v3 compares counts, and %s has %s: name the counts by --layer, or take seurat", in, where, p.values)
	}
	logged := p.values == singlecell.Logged || p.log1p
	if p.values == singlecell.Scaled && (p.markers > 0 || p.hvg != "") {
		return fmt.Errorf("%s: %s has %s, and --markers and --hvg compare logarithms: name those, or the counts, by --layer (raw stands for the file's raw)", in, where, p.values)
	}
	if !logged && p.values != singlecell.Binary && (p.markers > 0 || p.hvg != "" && p.variable.Flavor != singlecell.SeuratV3) {
		return fmt.Errorf("%s: %s has %s, and --markers and --hvg %s compare logarithms: ask for --normalize and --log1p", in, where, p.values, p.variable.Flavor)
	}
	if (p.pca > 0 || p.autoencoder > 0) && !p.log1p && (p.values == singlecell.Counts || p.values == singlecell.Normalized) {
		p.result.warn("%s has %s, which --pca and --autoencoder see as they are: ask for --normalize and --log1p", where, p.values)
	}
	return nil
}

// filter leaves cells and genes out, cells first.
func (p *preparation) filter(context.Context) error {
	if p.limits != (singlecell.Limits{}) {
		rows, left, err := singlecell.FilterCells(p.x, p.limits)
		if err != nil {
			return err
		}
		p.result.drop(left)
		if err := p.keepCells(rows); err != nil {
			return err
		}
	}
	if p.minCells == 0 {
		return nil
	}
	columns, left, err := singlecell.FilterGenes(p.x, singlecell.Limits{MinExpressed: p.minCells})
	if err != nil {
		return err
	}
	p.result.drop(left)
	return p.keepGenes(columns)
}

func (p *preparation) keepCells(rows []int) (err error) {
	if len(rows) == p.obs.Len() {
		return nil
	}
	if p.x, err = p.x.SelectRows(rows); err != nil {
		return err
	}
	for name, m := range p.obsm {
		_, d := m.Dims()
		kept := mat.NewDense(len(rows), d, nil)
		for k, i := range rows {
			kept.SetRow(k, m.RawRowView(i))
		}
		p.obsm[name] = kept
	}
	p.obs, err = p.obs.Select(rows)
	return err
}

func (p *preparation) keepGenes(columns []int) (err error) {
	if len(columns) == p.vars.Len() {
		return nil
	}
	if p.x, err = p.x.SelectColumns(columns); err != nil {
		return err
	}
	p.vars, err = p.vars.Select(columns)
	return err
}

// prepStream of random numbers sets cells aside.
const prepStream = 0x70726570

// split marks the training cells, and writes the column split.
func (p *preparation) split(context.Context) error {
	if p.trained != nil {
		cells, err := p.cells("train", p.trained)
		if err != nil {
			return err
		}
		p.trains = marks(p.obs.Len(), cells)
		return p.trainsEnough()
	}
	if p.test == 0 && len(p.holdout) == 0 {
		return nil
	}
	const train, test, heldout = 0, 1, 2
	part := make([]int32, p.obs.Len())
	for i := range part {
		part[i] = -1
	}
	r := rand.New(rand.NewPCG(p.seed, prepStream))
	sets := p.groups
	if p.controlCells != nil {
		sets = append([]cellGroup{{name: p.control, cells: p.controlCells}}, sets...)
	}
	for _, g := range sets {
		n := min(int(math.Round(p.test*float64(len(g.cells)))), len(g.cells)-1) // one stays to train on
		for k, j := range r.Perm(len(g.cells)) {
			part[g.cells[j]] = train
			if k < n {
				part[g.cells[j]] = test
			}
		}
	}
	held, err := p.holdOut()
	if err != nil {
		return err
	}
	for _, i := range held {
		part[i] = heldout
	}
	p.trains = make([]bool, len(part))
	for i, k := range part {
		p.trains[i] = k == train
	}
	if slices.Contains(p.obs.Names(), "split") {
		p.result.warn("the file has a column split already, which is written over: --train takes the cells to fit on from such a column")
	}
	p.putObs(anndata.Column{Name: "split", Kind: anndata.Categorical, Categories: []string{"train", "test", "heldout"}, Codes: part})
	return p.trainsEnough()
}

func (p *preparation) trainsEnough() error {
	rows := p.trainingRows()
	if len(rows) < 2 {
		return fmt.Errorf("%s: %s to train on: there must be two or more", p.result.File, counted(len(rows), "cell"))
	}
	p.result.Train = len(rows)
	return nil
}

// trainingRows are the numbers of the training cells.
func (p *preparation) trainingRows() []int {
	var rows []int
	for i := range p.obs.Len() {
		if p.trains == nil || p.trains[i] {
			rows = append(rows, i)
		}
	}
	return rows
}

// training is the expression of the training cells.
func (p *preparation) training() (*sparse.CSR, error) {
	if p.trains == nil {
		return p.x, nil
	}
	return p.x.SelectRows(p.trainingRows())
}

// normalise brings cells to one total and takes logarithms.
func (p *preparation) normalise(context.Context) error {
	if p.normalize {
		target := p.target
		if target == 0 {
			x, err := p.training()
			if err == nil {
				target, err = singlecell.MedianTotal(x)
			}
			if err != nil {
				return err
			}
		}
		if err := singlecell.NormalizeTotal(p.x, target); err != nil {
			return err
		}
		p.result.Target = target
	}
	if p.log1p {
		if !p.normalize && p.values == singlecell.Counts {
			p.result.warn("--log1p without --normalize: cells keep their own total counts")
		}
		p.uns["log1p"] = map[string]any{"base": nil}
		return singlecell.Log1p(p.x)
	}
	return nil
}

// marks are true at some numbers below n.
func marks(n int, at []int) []bool {
	is := make([]bool, n)
	for _, i := range at {
		is[i] = true
	}
	return is
}

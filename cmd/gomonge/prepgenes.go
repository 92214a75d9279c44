package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/datasets/sparse"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/projection"
	"gonum.org/v1/gonum/mat"
)

// chooseByCounts chooses genes by the flavour that compares counts.
func (p *preparation) chooseByCounts(context.Context) error {
	if p.hvg == "" || p.variable.Flavor != singlecell.SeuratV3 {
		return nil
	}
	return p.chooseGenes()
}

// choose chooses genes by the flavours that compare logarithms.
func (p *preparation) choose(context.Context) error {
	if p.hvg == "" || p.variable.Flavor == singlecell.SeuratV3 {
		return nil
	}
	return p.chooseGenes()
}

// chooseGenes marks the variable genes of the training cells under scanpy's names.
func (p *preparation) chooseGenes() error {
	x, err := p.training()
	if err != nil {
		return err
	}
	if _, genes := x.Dims(); p.variable.Top > genes {
		return fmt.Errorf("--hvg %d: there are %d genes", p.variable.Top, genes)
	}
	found, err := singlecell.HighlyVariable(x, p.variable)
	if err != nil {
		return err
	}
	n := len(found)
	flags, means, spread, normalised := make([]bool, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for j, g := range found {
		flags[j], means[j], spread[j], normalised[j] = g.HighlyVariable, g.Mean, g.Dispersion, g.Normalized
		if g.HighlyVariable {
			p.result.Variable++
		}
	}
	spreadName, normalisedName := "dispersions", "dispersions_norm"
	if p.variable.Flavor == singlecell.SeuratV3 {
		spreadName, normalisedName = "variances", "variances_norm"
	}
	p.chosen = flags
	p.putVar(anndata.Column{Name: "highly_variable", Kind: anndata.Bool, Bools: flags})
	p.putVar(anndata.Column{Name: "means", Kind: anndata.Real, Reals: means})
	p.putVar(anndata.Column{Name: spreadName, Kind: anndata.Real, Reals: spread})
	p.putVar(anndata.Column{Name: normalisedName, Kind: anndata.Real, Reals: normalised})
	p.uns["hvg"] = map[string]any{"flavor": string(p.variable.Flavor)}
	return nil
}

func (p *preparation) putVar(c anndata.Column) { put(p.vars, c) }
func (p *preparation) putObs(c anndata.Column) { put(p.obs, c) }

// put replaces the column of that name, or adds it.
func put(t *anndata.Frame, c anndata.Column) {
	if at := slices.Index(t.Names(), c.Name); at >= 0 {
		t.Columns[at] = c
		return
	}
	t.Columns = append(t.Columns, c)
}

// keepChosen leaves the genes out that are not variable.
func (p *preparation) keepChosen(context.Context) error {
	if p.chosen == nil { // as the file says
		if c, err := p.vars.Column("highly_variable"); err == nil && c.Kind == anndata.Bool {
			p.chosen = c.Bools
		}
		if p.chosen != nil && p.trains != nil && (p.subset || p.pca > 0 || p.autoencoder > 0) {
			p.result.warn("the genes are those of the file's highly_variable, which may have been chosen by cells that are not trained on: --hvg chooses by the training cells")
		}
	}
	if !p.subset {
		return nil
	}
	columns := p.chosenGenes()
	if p.chosen == nil || len(columns) == 0 {
		return fmt.Errorf("--subset: no gene of %s is marked as highly variable: ask for --hvg", p.result.File)
	}
	p.result.Dropped = append(p.result.Dropped, dropped{"genes that are not highly variable", len(p.chosen) - len(columns)})
	p.chosen = nil
	return p.keepGenes(columns)
}

// chosenGenes are the numbers of the variable genes; all where none were chosen.
func (p *preparation) chosenGenes() []int {
	var columns []int
	for j := range p.vars.Len() {
		if p.chosen == nil || p.chosen[j] {
			columns = append(columns, j)
		}
	}
	return columns
}

// findMarkers ranks the genes of each condition's training cells against the
// control cells that share what control cells have in the condition's columns.
func (p *preparation) findMarkers(context.Context) error {
	if p.markers == 0 {
		return nil
	}
	t := &anndata.Frame{}
	condition, gene := anndata.Column{Name: "condition", Kind: anndata.String}, anndata.Column{Name: "gene", Kind: anndata.String}
	score, pvalue := anndata.Column{Name: "score", Kind: anndata.Real}, anndata.Column{Name: "pvalue", Kind: anndata.Real}
	fold := anndata.Column{Name: "logfoldchange", Kind: anndata.Real}
	for _, g := range p.groups {
		controls, err := p.controlsOf(g)
		if err != nil {
			return err
		}
		cells, reference := p.onlyTraining(g.cells), p.onlyTraining(controls)
		if len(cells) < 2 || len(reference) < 2 {
			p.result.warn("no markers of %s: %s and %s of control to train on", g.name, counted(len(cells), "cell"), counted(len(reference), "cell"))
			continue
		}
		ranks, err := singlecell.RankGenesWilcoxon(p.x, cells, reference, true)
		if err != nil {
			return fmt.Errorf("--markers: %s: %w", g.name, err)
		}
		for _, j := range singlecell.MarkerGenes(ranks, p.markers) {
			t.Index = append(t.Index, fmt.Sprint(len(t.Index)))
			condition.Strings, gene.Strings = append(condition.Strings, g.name), append(gene.Strings, p.vars.Index[j])
			score.Reals, pvalue.Reals = append(score.Reals, ranks[j].Score), append(pvalue.Reals, ranks[j].PValue)
			fold.Reals = append(fold.Reals, ranks[j].LogFoldChange)
		}
		p.result.Markers++
	}
	if len(t.Index) == 0 {
		return fmt.Errorf("--markers: no condition has two training cells, with two of control, to be compared")
	}
	t.Columns = []anndata.Column{condition, gene, score, pvalue, fold}
	p.uns["markers"] = t
	return nil
}

func (p *preparation) onlyTraining(cells []int) []int {
	return slices.DeleteFunc(slices.Clone(cells), func(i int) bool { return p.trains != nil && !p.trains[i] })
}

// controlsOf are the control cells of the same values as a condition, in those
// of its columns in which control cells have that value at all.
func (p *preparation) controlsOf(g cellGroup) ([]int, error) {
	columns, err := p.conditionColumns()
	if err != nil {
		return nil, err
	}
	kept := p.controlCells
	for _, c := range columns {
		holds := p.holds(c.Name, c.Cell(g.cells[0]))
		same := slices.DeleteFunc(slices.Clone(kept), func(i int) bool { return !holds(c.Cell(i)) })
		if len(same) > 0 {
			kept = same
		}
	}
	return kept, nil
}

// project fits the projections on the training cells and applies them to all.
func (p *preparation) project(ctx context.Context) error {
	if p.pca == 0 && p.autoencoder == 0 {
		return nil
	}
	columns := p.chosenGenes()
	x, err := p.x.SelectColumns(columns)
	if err != nil {
		return err
	}
	fitted, err := x.SelectRows(p.trainingRows())
	if err != nil {
		return err
	}
	if p.pca > 0 {
		if err := p.projectPCA(x, fitted, columns); err != nil {
			return err
		}
	}
	if p.autoencoder > 0 {
		return p.projectAutoencoder(ctx, x, fitted)
	}
	return nil
}

func (p *preparation) projectPCA(x, fitted *sparse.CSR, columns []int) error {
	pca, err := projection.FitPCA(fitted, p.pca)
	if err != nil {
		return fmt.Errorf("--pca: %w", err)
	}
	if p.obsm["X_pca"], err = pca.Transform(nil, x); err != nil {
		return err
	}
	loadings := mat.NewDense(p.vars.Len(), p.pca, nil)
	components := pca.Components()
	for k, j := range columns {
		loadings.SetRow(j, mat.Col(nil, k, components))
	}
	p.varm["PCs"] = loadings
	ratio := pca.ExplainedRatio()
	p.uns["pca"] = map[string]any{"variance": pca.ExplainedVariance(), "variance_ratio": ratio,
		"params": map[string]any{"use_highly_variable": p.chosen != nil, "zero_center": true}}
	for _, r := range ratio {
		p.result.Explained += r
	}
	return p.save(pca)
}

func (p *preparation) projectAutoencoder(ctx context.Context, x, fitted *sparse.CSR) error {
	bar := p.meter("autoencoder")
	ae, report, err := projection.FitAutoencoder(ctx, fitted, projection.AutoencoderOptions{Components: p.autoencoder, Steps: p.steps, Seed: p.seed,
		Backend: p.backend, Progress: bar.show})
	bar.end()
	if err != nil {
		return fmt.Errorf("--autoencoder: %w", err)
	}
	if report.Reason == train.Interrupted {
		return interrupted("interrupted; nothing is written")
	}
	p.result.Warnings = append(p.result.Warnings, report.Warnings...)
	if p.obsm["X_autoencoder"], err = ae.Transform(nil, x); err != nil {
		return err
	}
	return p.save(ae)
}

func (p *preparation) save(what projection.Projection) error {
	if p.projection == "" {
		return nil
	}
	return what.Save(p.projection)
}

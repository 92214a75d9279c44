package experiments

import (
	"fmt"
	"slices"

	"github.com/gomonge/gomonge/plots"
	"gonum.org/v1/gonum/mat"
)

// portraitMethods are the methods of figure 9.
var portraitMethods = []string{"condot-gaussian", "condot-identity", "icnn", "affine"}

// portrait is what figure 9 draws of a data set: the densities of three features at one condition, in sample above
// held out.
type portrait struct {
	data      string
	condition int
	features  []int    // of the ruler
	trials    []*trial // in sample and, where the condition is held out in one, that
}

// portrays chooses what to draw of a data set: the first trial, and the first of the same cells that holds a condition out.
func (d *dosage) portrays(data string) (*portrait, error) {
	trials := d.of(data)
	first := trials[0]
	p := &portrait{data: data, condition: (len(first.conditions) - 1) / 2, trials: []*trial{first}}
	for _, t := range trials {
		if t.heldOut >= 0 && t.series == first.series && t.split.name == first.split.name {
			p.condition = t.heldOut
			p.trials = append(p.trials, t)
			break
		}
	}
	var err error
	p.features, err = first.mostAffected(p.condition, 3)
	return p, err
}

// portray notes what figure 9 draws of a cloud that was predicted for condition c.
func (j *judgement) portray(p *portrait, c int, y *mat.Dense) {
	if c != p.condition || !slices.Contains(p.trials, j.trial) {
		return
	}
	for _, f := range p.features {
		j.Marginals = append(j.Marginals, mat.Col(nil, f, y))
	}
}

// figure draws it, and says what is seen.
func (p *portrait) figure(d *dosage) (*plots.Figure, string, error) {
	var list []plots.DensityRow
	for _, t := range p.trials {
		row, err := p.row(d, t)
		if err != nil {
			return nil, "", err
		}
		list = append(list, row)
	}
	f, err := plots.Densities(list...)
	first := p.trials[0]
	caption := fmt.Sprintf("Marginal densities of the three marker genes most affected at %s of %s (the paper's figure 9): measured source and target cells, and what each method makes of the source.", first.key(p.condition), first.label())
	if first.pca != nil {
		caption += " Predictions come out of principal components, which leave out the noise of measuring single genes; so do the target cells that went through them (projected)."
	}
	return f, caption, err
}

// row is one trial's densities.
func (p *portrait) row(d *dosage, t *trial) (plots.DensityRow, error) {
	row := plots.DensityRow{Label: settingTitles[t.setting(p.condition)]}
	compared := t.compared[p.condition]
	through, err := t.decode(takeRows(t.latent, compared.target))
	if err != nil {
		return row, err
	}
	names, source, target := t.rulerNames(), t.observed(compared.source), t.observed(compared.target)
	for k, f := range p.features {
		panel := plots.DensityPanel{Title: names[f], X: plots.Axis{Label: "log-expression"}}
		if !t.isExpression() {
			panel.X.Label = "value"
		}
		add := func(name string, values []float64) {
			panel.Samples = append(panel.Samples, plots.Sample{Name: name, Values: values})
		}
		add("source", mat.Col(nil, f, source))
		add("target", mat.Col(nil, f, target))
		if t.pca != nil {
			add("target (projected)", mat.Col(nil, f, through))
		}
		for _, key := range portraitMethods {
			for _, j := range d.judged {
				if j.trial == t && j.method == key && j.Marginals != nil {
					add(shortName(key), j.Marginals[k])
				}
			}
		}
		row.Panels = append(row.Panels, panel)
	}
	return row, nil
}

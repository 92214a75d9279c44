package experiments

import (
	"fmt"

	"github.com/gomonge/gomonge/plots"
	"gonum.org/v1/gonum/mat"
)

// portrait is what a figure draws of a data set: marginal densities of features under conditions, in rows of panels.
type portrait struct {
	caption string
	methods []string // drawn, in order
	rows    []portraitRow
}

// portraitRow is a row of panels, with a label at its side.
type portraitRow struct {
	label string
	cells []portraitCell
}

// portraitCell is one panel: a trial, a condition and a feature of those that metrics compare there.
type portraitCell struct {
	trial *trial
	marginal
	title string
}

// marginal names a feature under a condition.
type marginal struct{ Condition, Feature int }

// portrays chooses what to draw of a data set, as the paper's figure 9 does: three features at one condition, in sample
// above held out; the first trial, and the first of the same cells that holds a condition out.
func (d *dosage) portrays(data string) (*portrait, error) {
	trials := d.of(data)
	first := trials[0]
	c, chosen := (len(first.conditions)-1)/2, []*trial{first}
	for _, t := range trials {
		if t.heldOut != nil && t.series == first.series && t.split.name == first.split.name {
			c = t.heldOut[0]
			chosen = append(chosen, t)
			break
		}
	}
	features, err := first.mostAffected(c, 3)
	if err != nil {
		return nil, err
	}
	p := &portrait{methods: []string{"condot-gaussian", "condot-identity", "icnn", "affine"}}
	for _, t := range chosen {
		row := portraitRow{label: settingTitles[t.setting(c)]}
		for _, f := range features {
			row.cells = append(row.cells, portraitCell{t, marginal{c, f}, t.rulerNames(c)[f]})
		}
		p.rows = append(p.rows, row)
	}
	p.caption = fmt.Sprintf("Marginal densities of the three marker genes most affected at %s of %s (the paper's figure 9): measured source and target cells, and what each method makes of the source.", first.key(c), first.label())
	if first.latentSpace != nil {
		p.caption += projectedCaption
	}
	return p, nil
}

// projectedCaption says why predictions are narrower than measurements.
const projectedCaption = " Predictions come out of the projection, which leaves out the noise of measuring single genes; so do the target cells that went through it (projected)."

// portray notes what the portrait draws of a cloud that was predicted for condition c.
func (j *judgement) portray(p *portrait, c int, y *mat.Dense) {
	if p == nil {
		return
	}
	for _, row := range p.rows {
		for _, cell := range row.cells {
			if cell.trial != j.trial || cell.Condition != c {
				continue
			}
			if j.Marginals == nil {
				j.Marginals = map[marginal][]float64{}
			}
			j.Marginals[cell.marginal] = mat.Col(nil, cell.Feature, y)
		}
	}
}

// figure draws it.
func (p *portrait) figure(judged []*judgement) (*plots.Figure, error) {
	var list []plots.DensityRow
	for _, r := range p.rows {
		row := plots.DensityRow{Label: r.label}
		for _, cell := range r.cells {
			panel, err := cell.panel(p.methods, judged)
			if err != nil {
				return nil, err
			}
			row.Panels = append(row.Panels, panel)
		}
		list = append(list, row)
	}
	return plots.Densities(list...)
}

// panel is one feature's densities.
func (cell portraitCell) panel(methods []string, judged []*judgement) (plots.DensityPanel, error) {
	t, c := cell.trial, cell.Condition
	panel := plots.DensityPanel{Title: cell.title, X: plots.Axis{Label: "log-expression"}}
	if !t.isExpression() {
		panel.X.Label = "value"
	}
	add := func(name string, values []float64) {
		panel.Samples = append(panel.Samples, plots.Sample{Name: name, Values: values})
	}
	compared := t.compared[c]
	add("source", mat.Col(nil, cell.Feature, t.observed(compared.source, c)))
	add("target", mat.Col(nil, cell.Feature, t.observed(compared.target, c)))
	if t.latentSpace != nil {
		through, err := t.decode(takeRows(t.latent, compared.target), c)
		if err != nil {
			return panel, err
		}
		add("target (projected)", mat.Col(nil, cell.Feature, through))
	}
	for _, key := range methods {
		for _, j := range judged {
			if values, drawn := j.Marginals[cell.marginal]; drawn && j.trial == t && j.method == key {
				add(shortName(key), values)
			}
		}
	}
	return panel, nil
}

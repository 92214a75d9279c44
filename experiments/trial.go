package experiments

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/datasets/sparse"
	"github.com/gomonge/gomonge/projection"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// trial is a series with one split of its cells, one choice of the condition that is held out,
// and all that training cells fix: normalisation, genes, projection. What methods see is task.
type trial struct {
	*series
	split
	// heldOut are the numbers of the conditions that no method sees, asked of those that methods are judged on.
	heldOut, asked []int

	prepare     *singlecell.Preprocessor // of counts
	columns     []int                    // the features that are kept
	latentSpace latentSpace              // nil where methods work on the features themselves
	projection  string                   // its sort; "" is pca
	latent      *mat.Dense               // of all cells
	kept        mat.Matrix               // the columns of all cells, as observed
	rulers      [][]int                  // positions in columns of the features that metrics compare, of each condition
	task        *datasets.Task
	// embedded is the task with coordinates of actions; nil where no method asks for them.
	embedded *datasets.Task
	// pictured conditions are drawn in the plane.
	pictured []int
	// compared are the cells of each condition that metrics look at.
	compared []comparison
	// warnings of making it.
	warnings []warning
}

// holds says whether no method sees condition c.
func (t *trial) holds(c int) bool { return slices.Contains(t.heldOut, c) }

// latentSpace is a projection fitted on training cells, and back.
type latentSpace interface {
	Dims() (features, components int)
	Transform(dst *mat.Dense, x mat.Matrix) (*mat.Dense, error)
	Inverse(dst, z *mat.Dense) (*mat.Dense, error)
}

// setting of a condition in this trial.
func (t *trial) setting(c int) string {
	if t.conditions[c].unseen {
		return NewSource
	}
	if t.holds(c) {
		return HeldOut
	}
	return InSample
}

// label of the trial in messages.
func (t *trial) label() string {
	text := t.series.label()
	if t.split.name != "" {
		text += ", " + t.split.name
	}
	switch len(t.heldOut) {
	case 0:
	case 1:
		text += ", " + t.schema.Key(t.conditions[t.heldOut[0]].value) + " held out"
	default:
		text += fmt.Sprintf(", %d conditions held out", len(t.heldOut))
	}
	return text
}

// replicate of the trial in the table.
func (t *trial) replica() string {
	if t.split.name != "" {
		return t.split.name
	}
	return t.replicate
}

// trainingRows are the cells that may fix something: sources and conditions that are not held out.
func (t *trial) trainingRows() []int {
	var rows []int
	for i, r := range t.sourceTrain {
		if !slices.ContainsFunc(t.conditions, func(m measured) bool { return m.unseen && m.source == i }) {
			rows = append(rows, r...)
		}
	}
	for c, r := range t.train {
		if !t.holds(c) {
			rows = append(rows, r...)
		}
	}
	slices.Sort(rows)
	return rows
}

// choose fixes the features by the training cells: for counts, normalisation and highly variable genes; for sparse
// log-expression those genes.
func (t *trial) choose(genes int) error {
	if logged, is := t.points.(*sparse.CSR); is && genes < len(t.features) {
		trained, err := logged.SelectRows(t.trainingRows())
		if err != nil {
			return err
		}
		found, err := singlecell.HighlyVariable(trained, singlecell.VariableOptions{Top: genes})
		t.columns = singlecell.Flagged(found)
		return err
	}
	if t.counts == nil {
		t.columns = make([]int, len(t.features))
		for j := range t.columns {
			t.columns[j] = j
		}
		return nil
	}
	trained, err := t.counts.SelectRows(t.trainingRows())
	if err != nil {
		return err
	}
	if t.prepare, err = singlecell.FitPreprocessor(trained, t.features, singlecell.VariableOptions{Top: min(genes, len(t.features))}); err != nil {
		return err
	}
	t.columns = t.prepare.Genes
	return nil
}

// project makes the expression of the kept features and its projection on components, if there
// are more features than those.
func (t *trial) project(ctx context.Context, components int, auto projection.AutoencoderOptions) error {
	if t.counts == nil {
		t.kept = t.points
		if logged, is := t.points.(*sparse.CSR); is {
			var err error
			if t.kept, err = logged.SelectColumns(t.columns); err != nil {
				return err
			}
		}
	} else {
		expression, err := t.prepare.Apply(t.counts)
		if err != nil {
			return err
		}
		t.kept = expression
	}
	rows := t.trainingRows()
	if len(t.columns) <= components {
		t.latent = dense(t.kept)
		return nil
	}
	if most := len(rows) - 1; components > most {
		t.warnings = append(t.warnings, warning{t.label(), fmt.Sprintf("%d training cells give %d principal components, not %d", len(rows), most, components)})
		components = most
	}
	trained := rowsOf(t.kept, rows)
	if t.projection == autoProjection {
		auto.Components = components
		fitted, report, err := projection.FitAutoencoder(ctx, trained, auto)
		if err != nil {
			return err
		}
		t.warnings = append(t.warnings, warningsOf(t.label(), report.Warnings...)...)
		t.latentSpace = fitted
	} else {
		fitted, err := projection.FitPCA(trained, components)
		if err != nil {
			return err
		}
		t.latentSpace = fitted
	}
	var err error
	t.latent, err = t.latentSpace.Transform(nil, t.kept)
	return err
}

// buildTask pairs the training cells.
func (t *trial) buildTask() error {
	_, d := t.latent.Dims()
	features := make([]string, d)
	for j := range features {
		switch {
		case t.latentSpace == nil:
			features[j] = t.features[t.columns[j]]
		case t.projection == autoProjection:
			features[j] = fmt.Sprintf("latent%d", j+1)
		default:
			features[j] = fmt.Sprintf("PC%d", j+1)
		}
	}
	sources := make([]*mat.Dense, len(t.sources))
	for i, rows := range t.sourceTrain {
		sources[i] = takeRows(t.latent, rows)
	}
	t.task = &datasets.Task{Name: t.label(), Features: features, Schema: t.schema}
	for c, m := range t.conditions {
		if !t.holds(c) {
			t.task.Train = append(t.task.Train, datasets.Pair{Condition: m.value, Source: sources[m.source], Target: takeRows(t.latent, t.train[c])})
		}
	}
	if err := t.task.Schema.Fit(datasets.Conditions(t.task.Train)); err != nil {
		return err
	}
	for _, c := range t.heldOut {
		warnings, err := t.task.Schema.Check(t.conditions[c].value)
		if err != nil {
			t.warnings = append(t.warnings, warning{t.label(), fmt.Sprintf("methods without coordinates of it have no answer: %v", err)})
		}
		t.warnings = append(t.warnings, warningsOf(t.label(), warnings...)...)
	}
	return nil
}

// decode brings latent points to the features that metrics compare of condition c.
func (t *trial) decode(z *mat.Dense, c int) (*mat.Dense, error) {
	full := z
	if t.latentSpace != nil {
		var err error
		if full, err = t.latentSpace.Inverse(nil, z); err != nil {
			return nil, err
		}
	}
	return takeColumns(full, t.rulers[c]), nil
}

// observed is those features of some cells, as measured.
func (t *trial) observed(rows []int, c int) *mat.Dense {
	return takeColumns(dense(rowsOf(t.kept, rows)), t.rulers[c])
}

// rulerNames are the features that metrics compare of condition c.
func (t *trial) rulerNames(c int) []string {
	names := make([]string, len(t.rulers[c]))
	for i, k := range t.rulers[c] {
		names[i] = t.features[t.columns[k]]
	}
	return names
}

// setRuler gives trials of one split the features that metrics compare: of those that all of them
// keep, the markers most affected by the conditions. Markers are ranked over the training cells of all
// conditions, held-out ones too, for they belong to the yardstick and not to a method: no method sees them.
func setRuler(trials []*trial, markers int) error {
	common := slices.Clone(trials[0].columns)
	for _, t := range trials[1:] {
		common = slices.DeleteFunc(common, func(j int) bool { return !slices.Contains(t.columns, j) })
	}
	if len(common) == 0 {
		return errors.New("experiments: the folds of a series have no feature in common")
	}
	t := trials[0]
	chosen := common
	if len(common) > markers {
		ranks, err := rank(t.kept, slices.Concat(t.train...), slices.Concat(t.sourceTrain...))
		if err != nil {
			return err
		}
		ranks = slices.DeleteFunc(ranks, func(r singlecell.GeneRank) bool { return !slices.Contains(common, t.columns[r.Gene]) })
		chosen = nil
		for _, k := range singlecell.MarkerGenes(ranks, markers) {
			chosen = append(chosen, t.columns[k])
		}
	}
	for _, t := range trials {
		var ruler []int
		for _, j := range chosen {
			ruler = append(ruler, slices.Index(t.columns, j))
		}
		t.rulers = nil
		for range t.conditions {
			t.rulers = append(t.rulers, ruler)
		}
	}
	return nil
}

// setRulers gives each condition the features that metrics compare there: the markers most affected by it, ranked by
// training cells and, of held-out conditions, by the half that is not judged by. They belong to the yardstick: no method sees them.
func (t *trial) setRulers(markers int) error {
	t.rulers = make([][]int, len(t.conditions))
	for c, m := range t.conditions {
		ranks, err := rank(t.kept, t.train[c], t.sourceTrain[m.source])
		if err != nil {
			return err
		}
		t.rulers[c] = singlecell.MarkerGenes(ranks, markers)
	}
	return nil
}

// folder of the trial's models in that of a method.
func (t *trial) folder() string {
	return asFile(t.label())
}

// asFile is a text as a name of a file.
func asFile(text string) string {
	parts := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".+", r)
	})
	return strings.Join(parts, "-")
}

// mostAffected are the n features of the ruler that a condition moves most, by its training cells.
func (t *trial) mostAffected(c, n int) ([]int, error) {
	source, target := t.observed(t.sourceTrain[t.conditions[c].source], c), t.observed(t.train[c], c)
	var both mat.Dense
	both.Stack(target, source)
	rows := make([]int, both.RawMatrix().Rows)
	for i := range rows {
		rows[i] = i
	}
	k, _ := target.Dims()
	ranks, err := rank(&both, rows[:k], rows[k:])
	if err != nil {
		return nil, err
	}
	return singlecell.MarkerGenes(ranks, n), nil
}

// rank compares two groups of rows feature by feature: as single-cell analysis does where the features can be
// log-expression, else by the difference of means over its standard error.
func rank(m mat.Matrix, group, reference []int) ([]singlecell.GeneRank, error) {
	x, isDense := m.(*mat.Dense)
	if !isDense || singlecell.CheckLogged(x) == nil {
		return singlecell.RankGenes(m, group, reference)
	}
	_, d := x.Dims()
	ranks := make([]singlecell.GeneRank, d)
	for j := range ranks {
		a, b := column(x, j, group), column(x, j, reference)
		meanA, sdA := stat.MeanStdDev(a, nil)
		meanB, sdB := stat.MeanStdDev(b, nil)
		ranks[j].Gene = j
		if e := math.Sqrt(sdA*sdA/float64(len(a)) + sdB*sdB/float64(len(b))); e > 0 {
			ranks[j].Score = (meanA - meanB) / e
		}
	}
	return ranks, nil
}

// column j of some rows.
func column(x *mat.Dense, j int, rows []int) []float64 {
	v := make([]float64, len(rows))
	for i, r := range rows {
		v[i] = x.At(r, j)
	}
	return v
}

// dense copies a matrix unless it is dense.
func dense(m mat.Matrix) *mat.Dense {
	switch m := m.(type) {
	case *mat.Dense:
		return m
	case *sparse.CSR:
		return m.Dense()
	}
	return mat.DenseCopyOf(m)
}

// rowsOf copies rows of a sparse or dense matrix.
func rowsOf(m mat.Matrix, rows []int) mat.Matrix {
	if s, ok := m.(*sparse.CSR); ok {
		chosen, err := s.SelectRows(rows)
		if err != nil {
			panic(err) // rows are those of the matrix
		}
		return chosen
	}
	return takeRows(m.(*mat.Dense), rows)
}

func takeRows(m *mat.Dense, rows []int) *mat.Dense {
	_, d := m.Dims()
	out := mat.NewDense(len(rows), d, nil)
	for i, r := range rows {
		out.SetRow(i, m.RawRowView(r))
	}
	return out
}

func takeColumns(m *mat.Dense, columns []int) *mat.Dense {
	n, _ := m.Dims()
	out := mat.NewDense(n, len(columns), nil)
	for i := range n {
		from, to := m.RawRowView(i), out.RawRowView(i)
		for k, j := range columns {
			to[k] = from[j]
		}
	}
	return out
}

package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/ot"
	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
)

type distanceFlags struct {
	columnFlags
	metric      []string
	epsilon     float64
	gamma       []float64
	directions  int
	subsample   int
	seed        uint64
	replicates  int
	plan, duals string
}

func (a *app) distanceCommand() *cobra.Command {
	var o distanceFlags
	cmd := &cobra.Command{
		Use:   "distance A B",
		Short: "Optimal transport and other distances between two clouds",
		Long: `distance reads two tables, whose rows are points, and says how far one cloud is from the
other: each figure with a 95 % interval, what it is exactly, and the seconds that it took.

Tables are .csv, .tsv (also .gz), .parquet or .h5ad files. Features are matched by name, in any order; columns
that are no features are left out by --drop, or by naming the --features.

Metrics (--metric, several by commas):
` + distanceHelp() + `

Everything is computed on all points unless --subsample says how many to choose at random: exact
transport between 4000 points and 4000 takes seconds and its interval about as long again.

--plan writes the exact optimal plan of ‖x−y‖², a row for each pair of points that mass goes between;
--duals the potentials u of A and v of B that prove it optimal: u + v ≤ ‖x−y‖². Points are named by
their ids, or else by their number, 1 being the first row below the header.`,
		Example: `  gomonge distance task/source.csv task/truth.csv --drop dose
  gomonge distance task/source.csv task/train.csv --drop dose --metric w2,mmd --subsample 200 --seed 1 --json
  gomonge distance task/source.csv task/truth.csv --features x0,x1 --metric w2 --plan plan.csv --duals duals.tsv.gz
  gomonge distance task/source.csv task/train.csv --features x0 --metric w1,sinkhorn --epsilon 0.1`,
		Args: twoTables,
		RunE: func(cmd *cobra.Command, args []string) error { return a.distance(cmd, &o, args) },
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.metric, "metric", []string{"all"}, "what to compute: all, "+strings.Join(distanceNames(), ", "))
	f.Float64Var(&o.epsilon, "epsilon", 0, "entropy of Sinkhorn, in units of the cost ½‖x−y‖² (0: .05 of the mean cost between points of B)")
	f.Float64SliceVar(&o.gamma, "gamma", metrics.PaperRBF.Gammas, "bandwidths γ of mmd")
	f.IntVar(&o.directions, "directions", 200, "directions of sliced")
	f.IntVar(&o.subsample, "subsample", 0, "points of each cloud, chosen at random (0: all)")
	f.Uint64Var(&o.seed, "seed", 0, "seed of everything that is drawn")
	f.IntVar(&o.replicates, "replicates", 200, "bootstrap replicates of an interval (0: no intervals; under 20: none of mmd and energy)")
	f.StringVar(&o.plan, "plan", "", "table to write the exact plan to")
	f.StringVar(&o.duals, "duals", "", "table to write its potentials to")
	o.columnFlags.add(f)
	completeFrom(cmd, "metric", append([]string{"all"}, distanceNames()...))
	return cmd
}

// twoTables is the Args of distance.
func twoTables(cmd *cobra.Command, args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("name two tables, A and B, not %d; see %s --help", len(args), cmd.CommandPath())
	}
	return nil
}

// distanceMetric is a distance that can be asked for.
type distanceMetric struct {
	name, full string // the full name is that of the figure, unless it is the short one
	about      string
	line       bool // needs one feature
	measure    func(ctx context.Context, x, y ot.Measure, d *distances) (metrics.Figure, error)
}

// distances is what figures are computed with.
type distances struct {
	*distanceFlags
	options metrics.Options
	// coupling that w2 leaves behind
	coupling *ot.Coupling
}

// entropy is epsilon, from the points of B where none is given; it has no
// default where all of these are equal.
func (d *distances) entropy(y ot.Measure) (float64, error) {
	if d.epsilon == 0 {
		mean, err := y.MeanHalfSquared()
		if err != nil {
			return 0, err
		}
		d.epsilon = 0.05 * mean
	}
	if d.epsilon == 0 {
		return 0, fmt.Errorf("all points of B are equal: no epsilon follows from them; name one by --epsilon")
	}
	return d.epsilon, nil
}

func distanceMetrics() []distanceMetric {
	return []distanceMetric{
		{"w2", "w2squared", "exact W₂², without ½, by the network simplex", false,
			func(ctx context.Context, x, y ot.Measure, d *distances) (f metrics.Figure, err error) {
				f, d.coupling, err = metrics.W2SquaredCoupling(ctx, x, y, d.options)
				return f, err
			}},
		{"w1", "", "exact W₁ of clouds of one feature", true,
			func(_ context.Context, x, y ot.Measure, d *distances) (metrics.Figure, error) {
				return metrics.W1(x, y, d.options)
			}},
		{"sinkhorn", "", "entropic transport cost, ½‖x−y‖² with ε·KL: not 0 between equal clouds", false,
			func(ctx context.Context, x, y ot.Measure, d *distances) (metrics.Figure, error) {
				epsilon, err := d.entropy(y)
				if err != nil {
					return metrics.Figure{}, err
				}
				f, err := metrics.EntropicCost(ctx, x, y, ot.HalfSquaredEuclidean, epsilon, d.options)
				f.Name = "sinkhorn"
				return f, err
			}},
		{"sinkhorn_divergence", "", "that, debiased: 0 between equal clouds", false,
			func(ctx context.Context, x, y ot.Measure, d *distances) (metrics.Figure, error) {
				epsilon, err := d.entropy(y)
				if err != nil {
					return metrics.Figure{}, err
				}
				return metrics.SinkhornDivergence(ctx, x, y, ot.HalfSquaredEuclidean, epsilon, d.options)
			}},
		{"mmd", "mmd_squared", "squared maximum mean discrepancy, Gaussian kernels, unbiased", false,
			func(_ context.Context, x, y ot.Measure, d *distances) (metrics.Figure, error) {
				return metrics.MMDSquared(x, y, metrics.RBF{Gammas: d.gamma}, d.options)
			}},
		{"energy", "energy_squared", "squared energy distance, Euclidean norms, unbiased", false,
			func(_ context.Context, x, y ot.Measure, d *distances) (metrics.Figure, error) {
				return metrics.EnergySquared(x, y, d.options)
			}},
		{"bures", "bures_w2squared", "W₂² of the Gaussians with the clouds' means and covariances", false,
			func(_ context.Context, x, y ot.Measure, d *distances) (metrics.Figure, error) {
				return metrics.BuresW2Squared(x, y, d.options)
			}},
		{"sliced", "sliced_w2squared", "mean W₂² of projections on random directions", false,
			func(_ context.Context, x, y ot.Measure, d *distances) (metrics.Figure, error) {
				return metrics.SlicedW2Squared(x, y, d.directions, d.options)
			}},
	}
}

func distanceNames() (names []string) {
	for _, m := range distanceMetrics() {
		names = append(names, m.name)
	}
	return names
}

func distanceHelp() string {
	var b strings.Builder
	for _, m := range distanceMetrics() {
		fmt.Fprintf(&b, "  %-20s %s\n", m.name, m.about)
	}
	return b.String() + "  all                  all of them, w1 where it applies"
}

// asked are the metrics of --metric for clouds of d features.
func (o *distanceFlags) asked(d int) ([]distanceMetric, error) {
	var list []distanceMetric
	taken := map[string]bool{}
	for _, name := range o.metric {
		found := false
		for _, m := range distanceMetrics() {
			match := name == m.name || name == m.full && name != ""
			if match && m.line && d != 1 {
				return nil, fmt.Errorf("--metric %s is for clouds of one feature, and these have %d: choose one by --features", name, d)
			}
			if match = match || name == "all" && !(m.line && d != 1); !match {
				continue
			}
			if found = true; !taken[m.name] {
				taken[m.name] = true
				list = append(list, m)
			}
		}
		if !found {
			return nil, fmt.Errorf("--metric %q is no metric (%s)", name, spell.Suggest(name, append([]string{"all"}, distanceNames()...)))
		}
	}
	return list, nil
}

// check says which flags have values that they cannot have.
func (o *distanceFlags) check() error {
	if _, err := o.asked(1); err != nil {
		return err
	}
	switch {
	case !(o.epsilon >= 0):
		return fmt.Errorf("--epsilon %g: want a positive number, or 0 for one that follows from B", o.epsilon)
	case o.directions < 1:
		return fmt.Errorf("--directions %d: want a positive number", o.directions)
	case o.subsample < 0 || o.subsample == 1:
		return fmt.Errorf("--subsample %d: a cloud has two points or more; 0 is all", o.subsample)
	case o.replicates < 0:
		return fmt.Errorf("--replicates %d: a number of replicates, or 0 for no intervals", o.replicates)
	}
	for _, g := range o.gamma {
		if !(g > 0) {
			return fmt.Errorf("--gamma %g: want positive numbers", g)
		}
	}
	for _, path := range []string{o.plan, o.duals} {
		if err := writable(path); err != nil {
			return err
		}
	}
	return nil
}

// sample is a table's cloud and the rows that it has of it.
type sample struct {
	table *datasets.Table
	rows  []int
	cloud ot.Measure
}

// samples reads both tables, matches their features and chooses points.
func (o *distanceFlags) samples(files []string) (x, y *sample, err error) {
	a, b, err := o.tables(files)
	if err != nil {
		return nil, nil, err
	}
	src := rand.NewPCG(o.seed, 0x64697374)
	if x, err = o.sample(a, src); err != nil {
		return nil, nil, err
	}
	y, err = o.sample(b, src)
	return x, y, err
}

// tables reads both tables; the second has the features of the first, in its order.
func (o *distanceFlags) tables(files []string) (a, b *datasets.Table, err error) {
	if a, err = o.readSource(files[0], nil); err != nil {
		return nil, nil, err
	}
	if b, err = o.readSource(files[1], nil); err != nil {
		return nil, nil, err
	}
	for _, column := range append(o.drop, o.weight, o.id) {
		inA, inB := hasColumn(a, column), hasColumn(b, column)
		if column != "" && !inA && !inB {
			return nil, nil, fmt.Errorf("neither %s nor %s has a column %s", files[0], files[1], column)
		}
	}
	b, extra, err := b.Select(a.Features)
	if err != nil {
		return nil, nil, fmt.Errorf("%w; %s has it: clouds are compared in the same features, see --features and --drop", err, files[0])
	}
	if len(extra) > 0 {
		return nil, nil, fmt.Errorf("%s has no column %s, which %s has: clouds are compared in the same features, see --features and --drop", files[0], extra[0], files[1])
	}
	return a, b, nil
}

// hasColumn says whether a table has a column that is no feature.
func hasColumn(t *datasets.Table, name string) bool {
	if name == t.WeightName && t.Weights != nil || name == t.IDName && t.IDs != nil {
		return true
	}
	for _, c := range t.Columns {
		if c.Name == name {
			return true
		}
	}
	return false
}

// sample chooses the points of a table that are used.
func (o *distanceFlags) sample(t *datasets.Table, src rand.Source) (*sample, error) {
	whole := ot.Measure{Points: t.X, Weights: t.Weights}
	if err := whole.Check(t.File); err != nil {
		return nil, err
	}
	n := t.Len()
	if o.subsample > 0 {
		n = min(n, o.subsample)
	}
	cloud, rows, err := ot.Subsample(whole, n, src)
	return &sample{t, rows, cloud}, err
}

// name of the k-th point: its row's id or number.
func (s *sample) name(k int) string {
	if s.table.IDs != nil {
		return s.table.IDs[s.rows[k]]
	}
	return fmt.Sprint(s.rows[k] + 1)
}

// chosen says that not all rows are used; "" where they are.
func (s *sample) chosen() string {
	if len(s.rows) == s.table.Len() {
		return ""
	}
	return fmt.Sprintf("%d of %d points of %s, chosen at random", len(s.rows), s.table.Len(), s.table.File)
}

// distances are the flags as figures are computed with them.
func (o *distanceFlags) distances(workers int) *distances {
	d := &distances{distanceFlags: o, options: metrics.Options{MaxPoints: -1, Replicates: o.replicates, Seed: o.seed, Workers: workers}}
	if o.replicates == 0 {
		d.options.Replicates = -1
	}
	return d
}

// writeTables writes the plan and its potentials where they are asked for.
func (o *distanceFlags) writeTables(c *ot.Coupling, x, y *sample) error {
	if o.plan != "" {
		t := &datasets.Table{Columns: []datasets.Column{{Name: "a"}, {Name: "b"}}, Features: []string{"mass", "cost"}, X: mat.NewDense(len(c.Mass), 2, nil)}
		cost, err := ot.SquaredEuclidean.Between(x.cloud.Points, y.cloud.Points)
		if err != nil {
			return err
		}
		for k, mass := range c.Mass {
			i, j := int(c.Source[k]), int(c.Target[k])
			t.Columns[0].Cells, t.Columns[1].Cells = append(t.Columns[0].Cells, x.name(i)), append(t.Columns[1].Cells, y.name(j))
			t.X.SetRow(k, []float64{mass, cost.At(i, j)})
		}
		if err := datasets.WriteTable(o.plan, t); err != nil {
			return err
		}
	}
	if o.duals == "" {
		return nil
	}
	t := &datasets.Table{Columns: []datasets.Column{{Name: "cloud"}, {Name: "point"}}, Features: []string{"potential"}, X: mat.NewDense(len(c.U)+len(c.V), 1, nil)}
	add := func(cloud, point string, v float64) {
		t.X.Set(len(t.Columns[0].Cells), 0, v)
		t.Columns[0].Cells, t.Columns[1].Cells = append(t.Columns[0].Cells, cloud), append(t.Columns[1].Cells, point)
	}
	for i, u := range c.U {
		add("a", x.name(i), u)
	}
	for j, v := range c.V {
		add("b", y.name(j), v)
	}
	return datasets.WriteTable(o.duals, t)
}

// distanceText is the result as text.
func (r *distanceResult) text(w io.Writer) {
	fmt.Fprintf(w, "%s: %s\n%s: %s\n%s\n\n", r.A, counted(r.N, "point"), r.B, counted(r.M, "point"), counted(r.Dim, "feature"))
	t := newTable("metric", "value", "95 % interval", "seconds")
	var notes []string
	for _, m := range r.Metrics {
		interval := "none"
		if m.HasInterval() {
			interval = valueText(m.Low) + " to " + valueText(m.High)
		}
		t.AppendRow([]any{m.Name, valueText(m.Value), interval, fmt.Sprintf("%.2g", m.Seconds)})
		notes = append(notes, m.Name+": "+m.Definition)
	}
	fmt.Fprintf(w, "%s\n\n%s\n", t.Render(), strings.Join(notes, "\n"))
}

package experiments

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/ncmt"
	"github.com/gomonge/gomonge/ot"
	"github.com/gomonge/gomonge/plots"
	"gonum.org/v1/gonum/mat"
)

// PicturesOptions of [Pictures]; the zero value is a sound default.
type PicturesOptions struct {
	// Pictures by name, in this order; nil means all of [synthetic.PictureNames], with Quick two.
	Pictures []string
	// Steps of training (see [ncmt.Options]); 0 means 1500, with Quick 20, on the pure-Go engine 10.
	Steps int
	// Seeds is how many networks are trained of each variant, from Seed on; 0 means 3, with Quick 1.
	Seeds int
	Seed  uint64
	// Quick is a small and short run of the same code.
	Quick bool
	// Backend, Checkpoint, Resume and Progress are as in [AblationOptions].
	Backend    string
	Checkpoint string
	Resume     bool
	Progress   func(Progress)
}

// pictureVariants are the columns: the map without z, the stochastic one, and each part of the networks left out.
var pictureVariants = []variant{
	{name: "deterministic", change: func(*ncmt.Options) {}},
	{name: "stochastic", change: func(o *ncmt.Options) { o.Cost, o.Gamma = ncmt.KernelCost, 1 }},
	ablationVariant("not orthogonal"),
	ablationVariant("no residual"),
	ablationVariant("no layer norm"),
}

func ablationVariant(name string) variant { return variants[slices.Index(AblationVariants(), name)] }

func (o PicturesOptions) withDefaults(pure bool) (PicturesOptions, error) {
	if o.Steps < 0 || o.Seeds < 0 {
		return o, fmt.Errorf("experiments: %d steps, %d seeds: none is negative", o.Steps, o.Seeds)
	}
	steps, seeds, pictures := 1500, 3, synthetic.PictureNames()
	if o.Quick {
		steps, seeds, pictures = 20, 1, []string{"swiss-roll", "black-hole"}
	}
	if pure {
		steps = 10
	}
	setDefault(&o.Steps, steps)
	setDefault(&o.Seeds, seeds)
	if o.Pictures == nil {
		o.Pictures = pictures
	}
	for i, name := range o.Pictures {
		if !slices.Contains(synthetic.PictureNames(), name) {
			return o, fmt.Errorf("experiments: there is no picture %q; known: %q", name, synthetic.PictureNames())
		}
		if slices.Contains(o.Pictures[:i], name) {
			return o, fmt.Errorf("experiments: the picture %q is asked for twice", name)
		}
	}
	return o, nil
}

// painted is what was found of one picture, variant and seed.
type painted struct {
	Rows     []Row
	Points   []float64 // where the test cloud is carried, row by row
	Warnings []warning
}

// pictures is the state of the experiment.
type pictures struct {
	o    PicturesOptions
	task *synthetic.Task
	// observed are fresh points of each picture, as many as the test cloud has.
	observed []*mat.Dense
	variants []variant
}

// Pictures trains NCTM without conditions from a Gaussian to planar pictures, with and without noise z, and with orthogonal starts,
// residual connections and layer normalisation each left out, and measures the exact W₂² between where it carries
// test points and fresh points of the picture, beside that of two fresh clouds; where the optimal map is known (black-hole, rings),
// its L2-UVP too.
func Pictures(ctx context.Context, o PicturesOptions) (*Result, error) {
	engine, err := backend.Get(o.Backend)
	if err != nil {
		return nil, err
	}
	if o, err = o.withDefaults(engine.Pure); err != nil {
		return nil, err
	}
	p := &pictures{o: o, variants: pictureVariants}
	sizes := synthetic.Options{Dim: 2, Seed: o.Seed, TestPoints: 1000}
	if o.Quick {
		sizes.SourcePoints, sizes.TargetPoints, sizes.TestPoints = 500, 500, 300
		p.variants = pictureVariants[:2] // each takes its time to compile
	}
	if p.task, err = synthetic.New(synthetic.Pictures, sizes); err != nil {
		return nil, err
	}
	n, _ := p.task.TestCloud.Dims()
	for i, name := range o.Pictures {
		cloud, err := synthetic.Picture(name, n, rand.NewPCG(o.Seed, uint64(1000+i)))
		if err != nil {
			return nil, err
		}
		p.observed = append(p.observed, cloud)
	}
	found := make([]painted, len(o.Pictures)*len(p.variants)*o.Seeds)
	var fits []fit
	for k := range found {
		picture, v, seed := p.of(k)
		fits = append(fits, fit{fmt.Sprintf("%s, %s, seed %d", o.Pictures[picture], v.name, seed), o.Steps, func(ctx context.Context, kept *drawer, progress func(train.Progress)) error {
			return p.train(ctx, picture, v, seed, kept, progress, &found[k])
		}, &found[k]})
	}
	settings := o
	settings.Progress, settings.Backend, settings.Checkpoint, settings.Resume = nil, "", "", false
	seconds, err := runKept(ctx, engine, o.Progress, o.Checkpoint, o.Resume, fingerprintOf(engine.Description, settings, p.task.TestCloud), fits)
	if err != nil {
		return nil, err
	}
	r := &Result{Experiment: "pictures", Engine: engine.Description}
	if err := p.report(ctx, r, found); err != nil {
		return nil, err
	}
	r.Seconds = seconds
	return r, nil
}

// of is the picture, the variant and the seed of a fit.
func (p *pictures) of(k int) (picture int, v variant, seed uint64) {
	perPicture := len(p.variants) * p.o.Seeds
	return k / perPicture, p.variants[k%perPicture/p.o.Seeds], p.o.Seed + uint64(k%p.o.Seeds)
}

// pair is the training pair of a picture.
func (p *pictures) pair(picture int) datasets.Pair {
	i := slices.IndexFunc(p.task.Train, func(q datasets.Pair) bool { return q.Condition[0].Labels[0] == p.o.Pictures[picture] })
	return p.task.Train[i]
}

// train fits one map and judges it.
func (p *pictures) train(ctx context.Context, picture int, v variant, seed uint64, kept *drawer, progress func(train.Progress), into *painted) error {
	task, pair := *p.task.Task, p.pair(picture)
	task.Train = []datasets.Pair{pair}
	o := ncmt.Options{Steps: p.o.Steps, Seed: seed, Backend: p.o.Backend, Progress: progress}
	if p.o.Quick {
		o = smallNCTM(o)
	}
	v.change(&o)
	var err error
	if o.Checkpoint, o.Resume, err = kept.state(0); err != nil {
		return err
	}
	m, report, err := ncmt.Fit(ctx, &task, o)
	warnings, err := lenient(m != nil, err)
	if err != nil || ctx.Err() != nil {
		return err
	}
	*into = painted{Warnings: warningsOf(fmt.Sprintf("%s, %s, seed %d", p.o.Pictures[picture], v.name, seed), append(warnings, report.Warnings...)...)}
	return p.judge(ctx, picture, v, seed, m, pair, into)
}

// judge measures where the test cloud is carried; a stochastic map draws one z a point.
func (p *pictures) judge(ctx context.Context, picture int, v variant, seed uint64, m *ncmt.Model, pair datasets.Pair, into *painted) error {
	carried, err := m.Transport(nil, p.task.TestCloud, pair.Condition)
	if err != nil {
		return err
	}
	add := func(f metrics.Figure) {
		into.Rows = append(into.Rows, Row{Data: p.o.Pictures[picture], Replicate: fmt.Sprint(seed), Method: v.name, Setting: InSample,
			Condition: p.task.Schema.Format(pair.Condition), Metric: f})
	}
	if truth, err := p.task.Map(nil, p.task.TestCloud, pair.Condition); err == nil {
		f, err := metrics.L2UVP(carried, truth, nil, metrics.Options{Seed: seed})
		if err != nil {
			return err
		}
		add(f)
	}
	if m.Stochastic() {
		clouds, err := m.Sample(p.task.TestCloud, pair.Condition, 1, rand.NewPCG(seed, 1))
		if err != nil {
			return err
		}
		carried = clouds[0]
	}
	f, err := metrics.W2Squared(ctx, ot.Measure{Points: carried}, ot.Measure{Points: p.observed[picture]}, metrics.Options{Seed: seed})
	if err != nil {
		return err
	}
	add(f)
	into.Points = mat.DenseCopyOf(carried).RawMatrix().Data
	return nil
}

// floor is the W₂² between two fresh clouds of a picture.
func (p *pictures) floor(ctx context.Context, picture int) (metrics.Figure, error) {
	n, _ := p.task.TestCloud.Dims()
	other, err := synthetic.Picture(p.o.Pictures[picture], n, rand.NewPCG(p.o.Seed, uint64(2000+picture)))
	if err != nil {
		return metrics.Figure{}, err
	}
	return metrics.W2Squared(ctx, ot.Measure{Points: other}, ot.Measure{Points: p.observed[picture]}, metrics.Options{Seed: p.o.Seed})
}

// report fills the result.
func (p *pictures) report(ctx context.Context, r *Result, found []painted) error {
	o := p.o
	r.Notes = append(r.Notes, fmt.Sprintf("NCTM without conditions from a standard Gaussian; %d rounds of training, seeds %d to %d; engine %s", o.Steps, o.Seed, o.Seed+uint64(o.Seeds)-1, r.Engine))
	if o.Quick {
		r.warn("", "a quick run: few rounds of small networks; its numbers show that everything works, not how well")
	}
	for _, f := range found {
		r.Table = append(r.Table, f.Rows...)
		r.warned(f.Warnings...)
	}
	r.Summary = summarise(r.Table)
	distances := Sheet{Title: "W₂² between carried test points and fresh points of the picture", Header: []string{"picture", "two fresh clouds"},
		Notes: []string{fmt.Sprintf("Exact W₂² of the clouds; mean ± half of its 95 %% t interval over %d seeds of the networks. The stochastic map (kernel cost, γ = 1) draws one z a point.", o.Seeds)}}
	errors := Sheet{Title: "L2-UVP (%) where the optimal map is known", Header: []string{"picture"},
		Notes: []string{"100·E‖T̂−T‖² over the variance of the target; of the stochastic map, the mean over z."}}
	for _, v := range p.variants {
		distances.Header, errors.Header = append(distances.Header, v.name), append(errors.Header, v.name)
	}
	var panels []plots.CloudsPanel
	for i, name := range o.Pictures {
		least, err := p.floor(ctx, i)
		if err != nil {
			return err
		}
		distance, unexplained := []string{name, digits(least.Value)}, []string{name}
		panels = append(panels, plots.CloudsPanel{Title: name, Clouds: []plots.Cloud{{Name: "target", Points: p.observed[i]}}})
		for k, v := range p.variants {
			of := found[(i*len(p.variants)+k)*o.Seeds:][:o.Seeds]
			distance = append(distance, overSeeds(of, "w2squared"))
			unexplained = append(unexplained, overSeeds(of, uvp))
			points := of[0].Points
			panels = append(panels, plots.CloudsPanel{Title: v.name, Clouds: []plots.Cloud{{Name: "transported", Points: mat.NewDense(len(points)/2, 2, points)}}})
		}
		distances.Rows = append(distances.Rows, distance)
		if slices.ContainsFunc(unexplained[1:], func(s string) bool { return s != missing }) {
			errors.Rows = append(errors.Rows, unexplained)
		}
	}
	r.Sheets = append(r.Sheets, distances)
	if errors.Rows != nil {
		r.Sheets = append(r.Sheets, errors)
	}
	figure, err := plots.Clouds(plots.Axis{Label: "x"}, plots.Axis{Label: "y"}, len(p.variants)+1, panels...)
	if err != nil {
		return err
	}
	r.Drawings = append(r.Drawings, Drawing{"pictures", "Planar pictures and where NCTM carries a Gaussian's test points: without and with noise z, and with orthogonal starts, residual connections and layer normalisation each left out (first seed).", figure})
	return nil
}

// overSeeds is a metric's mean over seeds with its interval, or that there is none.
func overSeeds(of []painted, metric string) string {
	var values []float64
	for _, f := range of {
		for _, row := range f.Rows {
			if row.Metric.Name == metric {
				values = append(values, row.Metric.Value)
			}
		}
	}
	if values == nil {
		return missing
	}
	return plusMinus(meanInterval(values))
}

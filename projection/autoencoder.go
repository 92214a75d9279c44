package projection

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/train"
	"gonum.org/v1/gonum/mat"
)

// Autoencoder is a projection to a latent space and back by two networks with
// ReLUs, x ↦ z = e(x) and z ↦ d(z): that of the CondOT paper (appendix E.3.4)
// has hidden layers of 512 and 512 units and a latent space of 50.
//
// The networks read features less their mean over one common scale; the latent
// space has no units of its own. It is safe for use by several goroutines.
type Autoencoder struct {
	// Options with what was settled.
	Options AutoencoderOptions
	// Report of the training. After loading, its curve of losses has the last point only.
	Report *train.Report

	norm   batches.Normalisation
	net    coder
	params []float32
	be     compute.Backend
	placed compute.Buffer
}

// AutoencoderOptions of [FitAutoencoder]; the zero value means the defaults.
type AutoencoderOptions struct {
	// Components is the dimension k of the latent space; 0 means 50.
	Components int
	// Hidden are the widths of the encoder's hidden layers, which the decoder has in
	// reverse; nil means 512 and 512.
	Hidden []int
	// Steps of Adam (0: 3000), or Seconds, from which the measured rate fixes the steps.
	Steps   int
	Seconds float64
	// Batch is the number of points a step; 0 means 256.
	Batch int
	// Rate is Adam's learning rate; 0 means 1e-3.
	Rate float64
	// HalveAfter is the number of steps after which the rate halves, again and
	// again, as in the paper's code, which has 100 000 there; 0: a warm-up and a cosine over all steps.
	HalveAfter int
	// Decay is the weight λ of the penalty ½λ‖w‖² on the networks' weights; 0 means 1e-5, negative none.
	Decay float64
	// EMA is the decay a step of the moving average of weights that is served; 0 means 0.998, negative none.
	EMA float64
	// Validation is the share of points, at most 1000 of them, that training
	// never sees: the weights with the least error on them are served. 0 means 0.1, negative none.
	Validation float64
	// Patience is how many validations, of which a run has 20, without a smaller
	// error end training; 0 means 5, negative none.
	Patience int
	// Seed fixes weights, batches and the points kept for validation.
	Seed uint64
	// Backend names the engine: "" or "auto", "xla:cpu", "xla:cuda", "xla:PATH", "go".
	Backend string
	// Checkpoint is a file that training writes now and then and when it is
	// cancelled; with Resume it goes on from there, to the same bits.
	Checkpoint string
	Resume     bool
	// Progress is told about the run, at most a few times a second.
	Progress func(train.Progress) `json:"-"`
}

// FitAutoencoder trains the networks on the rows of x (n×d), which is read by its stored
// entries where it is a mat.RowNonZeroDoer, a batch at a time: a sparse matrix is never made dense. The
// loss is E‖d(e(x)) − x‖²/d in units of the points' mean variance.
//
// When ctx is cancelled, a checkpoint is saved (if the options name one) and the
// autoencoder so far is returned without error; the report's Reason says so.
// Training that leaves the finite numbers for good is an error.
func FitAutoencoder(ctx context.Context, x mat.Matrix, o AutoencoderOptions) (*Autoencoder, *train.Report, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, nil, fmt.Errorf("projection: autoencoder: %w", err)
	}
	engine, err := backend.Get(o.Backend)
	if err != nil {
		return nil, nil, err
	}
	began := time.Now()
	f, err := newFitting(engine.Backend, x, o)
	if err != nil {
		return nil, nil, fmt.Errorf("projection: autoencoder: %w", err)
	}
	defer f.free()
	compile := time.Since(began).Seconds()
	report, err := f.loop().Run(ctx)
	if err != nil {
		return nil, report, fmt.Errorf("projection: autoencoder: %w", err)
	}
	report.Compile = compile
	if f.kept == nil && o.Validation > 0 {
		report.Warnings = append(report.Warnings, fmt.Sprintf("%d points are too few to spare any for validation: the last weights are served", f.rows.n))
	}
	a := &Autoencoder{Options: o, Report: report, norm: f.norm, net: f.net, params: make([]float32, f.net.layout.Size), be: engine.Backend}
	if err := train.Download(a.params, f.device.State[meanWeights]); err != nil {
		return nil, report, err
	}
	return a, report, a.place()
}

// withDefaults fills in what zero values stand for.
func (o AutoencoderOptions) withDefaults() AutoencoderOptions {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	setReal := func(v *float64, d float64) {
		if *v == 0 {
			*v = d
		}
	}
	set(&o.Components, 50)
	if o.Hidden == nil {
		o.Hidden = []int{512, 512}
	}
	if o.Seconds == 0 {
		set(&o.Steps, 3000)
	}
	set(&o.Batch, 256)
	set(&o.Patience, 5)
	setReal(&o.Rate, 1e-3)
	setReal(&o.Decay, 1e-5)
	setReal(&o.EMA, .998)
	setReal(&o.Validation, .1)
	return o
}

// check says what cannot be trained.
func (o AutoencoderOptions) check() error {
	const most = 1 << 20
	for _, w := range append(slices.Clone(o.Hidden), o.Components, o.Batch) {
		if w < 1 || w > most {
			return fmt.Errorf("%d components, hidden layers %v, batches of %d: from 1 to %d is possible", o.Components, o.Hidden, o.Batch, most)
		}
	}
	switch {
	case o.Steps < 0 || o.HalveAfter < 0:
		return fmt.Errorf("%d steps, halving after %d: neither may be negative", o.Steps, o.HalveAfter)
	case o.Steps > 0 && o.Seconds > 0:
		return fmt.Errorf("steps %d and seconds %g: give one of the two", o.Steps, o.Seconds)
	case o.Resume && o.Checkpoint == "":
		return fmt.Errorf("resume needs the checkpoint's file")
	}
	for _, v := range []struct {
		name             string
		value, low, high float64
	}{{"rate", o.Rate, 0, math.Inf(1)}, {"seconds", o.Seconds, 0, math.Inf(1)}, {"decay", o.Decay, -math.MaxFloat64, math.Inf(1)},
		{"EMA", o.EMA, -math.MaxFloat64, 1}, {"validation", o.Validation, -math.MaxFloat64, 1}} {
		if !(v.value >= v.low && v.value < v.high) {
			return fmt.Errorf("%s is %g; it must be in [%g, %g)", v.name, v.value, v.low, v.high)
		}
	}
	return nil
}

// Dims is the number of features d and of latent dimensions k.
func (a *Autoencoder) Dims() (features, components int) {
	return len(a.norm.Mean), a.Options.Components
}

// place puts the weights on the device.
func (a *Autoencoder) place() (err error) {
	a.placed, err = train.Upload(a.be, a.params, len(a.params))
	return err
}

// Transform encodes the rows of x (n×d) into dst (n×k), which is allocated if nil.
func (a *Autoencoder) Transform(dst *mat.Dense, x mat.Matrix) (*mat.Dense, error) {
	n, d := x.Dims()
	if d != len(a.norm.Mean) || n == 0 {
		return nil, fmt.Errorf("projection: a cloud of %d×%d to encode, the autoencoder has %d features", n, d, len(a.norm.Mean))
	}
	z, err := shaped(dst, n, a.Options.Components)
	if err != nil {
		return nil, err
	}
	r := normalised{rowsOf(x), a.norm}
	return z, a.chunks(encodes, n, r.read, func(i int, v []float32) {
		for j, u := range v {
			z.Set(i, j, float64(u))
		}
	})
}

// Inverse decodes the rows of z (n×k) into dst (n×d), which is allocated if nil.
func (a *Autoencoder) Inverse(dst *mat.Dense, z *mat.Dense) (*mat.Dense, error) {
	n, k := z.Dims()
	if k != a.Options.Components || n == 0 {
		return nil, fmt.Errorf("projection: latent points of %d×%d, the autoencoder has %d dimensions", n, k, a.Options.Components)
	}
	x, err := shaped(dst, n, len(a.norm.Mean))
	if err != nil {
		return nil, err
	}
	read := func(dst []float32, i int) error {
		for j, v := range z.RawRowView(i) {
			dst[j] = float32(v)
		}
		return finite(dst, i)
	}
	return x, a.chunks(decodes, n, read, func(i int, v []float32) { a.norm.Out(x.RawRowView(i), v) })
}

// finite says where a row of numbers is not.
func finite(row []float32, i int) error {
	for j, v := range row {
		if v-v != 0 {
			return fmt.Errorf("projection: %g in row %d, column %d: points are finite", v, i, j)
		}
	}
	return nil
}

// chunks runs one half of the network on n rows, batches.Chunk at a time.
func (a *Autoencoder) chunks(h half, n int, read func(dst []float32, i int) error, write func(i int, v []float32)) error {
	p, err := a.net.half(a.be, h)
	if err != nil {
		return err
	}
	in, out := a.net.ends(h)
	points := make([]float32, batches.Chunk*in)
	for from := 0; from < n; from += batches.Chunk {
		for i := range batches.Chunk {
			row := points[i*in : (i+1)*in]
			if from+i >= n { // padding
				copy(row, points[:in])
			} else if err := read(row, from+i); err != nil {
				return err
			}
		}
		u := train.NewUploads(a.be)
		u.Floats(points, batches.Chunk, in)
		v, err := train.Evaluate(p, u, a.placed)
		if err != nil {
			return fmt.Errorf("projection: autoencoder: %w", err)
		}
		for i := range min(batches.Chunk, n-from) {
			write(from+i, v[i*out:(i+1)*out])
		}
	}
	return nil
}

// normalised reads rows in the units of the networks.
type normalised struct {
	rows
	norm batches.Normalisation
}

func (r normalised) read(dst []float32, i int) error {
	for j, m := range r.norm.Mean {
		dst[j] = float32(-m / r.norm.Scale)
	}
	r.each(i, func(j int, v float64) { dst[j] = float32((v - r.norm.Mean[j]) / r.norm.Scale) })
	return finite(dst, i)
}

// splitRows are the points that training sees and those that it is validated on.
func splitRows(n int, share float64, seed uint64) (kept, rest []int) {
	order := rand.New(rand.NewPCG(seed, streamKept)).Perm(n)
	k := min(1000, int(share*float64(n)))
	if k < batches.LeastValidated {
		k = 0
	}
	return order[:k], order[k:]
}

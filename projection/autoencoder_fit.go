package projection

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/internal/train"
	"gonum.org/v1/gonum/mat"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// Streams of random numbers that follow from one seed; the steps' are those from streamSteps on.
const (
	streamKept    uint64 = 1
	streamWeights uint64 = 2
	streamSteps   uint64 = 4
)

// coder is the two networks of an autoencoder.
type coder struct {
	layout *nn.Layout
	widths []int // of the encoder's layers, from the features to the latent space
}

func newCoder(features int, o AutoencoderOptions) coder {
	c := coder{layout: &nn.Layout{}}
	c.widths = append(append(append(c.widths, features), o.Hidden...), o.Components)
	for _, h := range []half{encodes, decodes} {
		w := c.of(h)
		for i := range len(w) - 1 {
			gain := 2. // He et al. (2015), of layers before ReLUs
			if i == len(w)-2 {
				gain = 1
			}
			nn.AddAffine(c.layout, h.layer(i), w[i], w[i+1], nn.Normal(math.Sqrt(gain/float64(w[i]))), nn.Zero)
		}
	}
	return c
}

// half of an autoencoder.
type half string

const (
	encodes half = "encoder"
	decodes half = "decoder"
)

func (h half) layer(i int) string { return fmt.Sprintf("%s%d", h, i) }

// of are the widths of a half's layers.
func (c coder) of(h half) []int {
	w := append([]int{}, c.widths...)
	if h == decodes {
		for i, j := 0, len(w)-1; i < j; i, j = i+1, j-1 {
			w[i], w[j] = w[j], w[i]
		}
	}
	return w
}

// ends are the widths that a half reads and gives.
func (c coder) ends(h half) (in, out int) {
	w := c.of(h)
	return w[0], w[len(w)-1]
}

// apply a half to points [n, in].
func (c coder) apply(h half, w nn.Weights, x *Node) *Node {
	layers := len(c.widths) - 1
	for i := range layers {
		if x = nn.Affine(w, h.layer(i), x); i < layers-1 {
			x = nn.Relu(x)
		}
	}
	return x
}

// half is the program of one half on batches.Chunk points.
func (c coder) half(be compute.Backend, h half) (*train.Program, error) {
	in, _ := c.ends(h)
	return train.Cached(be, fmt.Sprint("autoencoder ", h, c.widths), "autoencoder "+string(h), func(g *Graph) []*Node {
		x := Parameter(g, "x", shapes.Make(dtypes.Float32, batches.Chunk, in))
		return []*Node{c.apply(h, c.layout.Split(Parameter(g, "w", train.Vector(c.layout.Size))), x)}
	})
}

// The training state.
const (
	nowWeights = iota
	firstMoment
	secondMoment
	meanWeights
)

// fitting is one training.
type fitting struct {
	normalised
	o       AutoencoderOptions
	net     coder
	device  *train.Device
	rest    []int     // rows of training
	kept    []float32 // points of validation
	step    *train.Program
	errors  *train.Program // of the kept points
	seconds float64        // that one validation takes
}

func newFitting(be compute.Backend, x mat.Matrix, o AutoencoderOptions) (*fitting, error) {
	f := &fitting{normalised: normalised{rows: rowsOf(x)}, o: o}
	if f.n < 2 || f.d == 0 {
		return nil, fmt.Errorf("%d points with %d features: at least 2 points and 1 feature", f.n, f.d)
	}
	mean, total, err := f.moments()
	if err != nil {
		return nil, err
	}
	if total == 0 {
		return nil, errors.New("all points are equal: there is nothing to encode")
	}
	f.norm = batches.Normalisation{Mean: mean, Scale: math.Sqrt(total / float64(f.d))}
	f.net = newCoder(f.d, o)
	var kept []int
	kept, f.rest = splitRows(f.n, o.Validation, o.Seed)
	for _, i := range kept {
		row := make([]float32, f.d)
		if err := f.read(row, i); err != nil {
			return nil, err
		}
		f.kept = append(f.kept, row...)
	}
	start := f.net.layout.Values(rand.NewPCG(o.Seed, streamWeights))
	zero := make([]float32, len(start))
	if f.device, err = train.NewDevice(be, []string{"w", "w_first", "w_second", "w_mean"}, [][]float32{start, zero, zero, start}); err != nil {
		return nil, err
	}
	if err := f.compile(); err != nil {
		f.free()
		return nil, err
	}
	return f, nil
}

// free gives the device's memory back.
func (f *fitting) free() {
	f.device.KeepLosses()
	train.Free(f.device.State...)
}

// compile the programs, before any clock starts.
func (f *fitting) compile() (err error) {
	o, n := f.o, train.Vector(f.net.layout.Size)
	key := fmt.Sprint("autoencoder ", f.net.widths, o.Batch, o.Decay)
	f.step, err = train.Cached(f.device.Backend, key+" step", "autoencoder step", func(g *Graph) []*Node {
		p := train.Parameters(g, []shapes.Shape{n, n, n, n, shapes.Make(dtypes.Float32, o.Batch, f.d), train.Vector(3)})
		w := f.net.layout.Split(p[0])
		loss := f.loss(w, p[4])
		gradient := w.Gradient(loss)
		if o.Decay > 0 { // of the penalty, which Adam scales with the rest
			gradient = Add(gradient, MulScalar(p[0], o.Decay))
		}
		adam := train.Adam{Beta1: .9, Beta2: .999, Epsilon: 1e-8}
		s := adam.Update(train.State{Params: p[0], First: p[1], Second: p[2]}, gradient, AddScalar(train.Entry(p[5], 1), 1), train.Entry(p[5], 0))
		return []*Node{s.Params, s.First, s.Second, train.Mix(train.Entry(p[5], 2), p[3], s.Params), loss}
	})
	if err != nil || f.kept == nil {
		return err
	}
	rows := len(f.kept) / f.d
	f.errors, err = train.Cached(f.device.Backend, fmt.Sprint("autoencoder ", f.net.widths, rows, " errors"), "autoencoder validation", func(g *Graph) []*Node {
		x := Parameter(g, "x", shapes.Make(dtypes.Float32, rows, f.d))
		return []*Node{f.loss(f.net.layout.Split(Parameter(g, "w", n)), x)}
	})
	if err != nil {
		return err
	}
	if _, err = f.validate(); err != nil {
		return err
	}
	began := time.Now()
	_, err = f.validate()
	f.seconds = time.Since(began).Seconds()
	return err
}

// loss is the mean squared error of points.
func (f *fitting) loss(w nn.Weights, x *Node) *Node {
	return ReduceAllMean(Square(Sub(f.net.apply(decodes, w, f.net.apply(encodes, w, x)), x)))
}

// validate is the averaged weights' error on the points kept.
func (f *fitting) validate() (float64, error) {
	u := train.NewUploads(f.device.Backend)
	u.Floats(f.kept, len(f.kept)/f.d, f.d)
	v, err := train.Evaluate(f.errors, u, f.device.State[meanWeights])
	if err != nil {
		return 0, err
	}
	return float64(v[0]), nil
}

// advance takes step k.
func (f *fitting) advance(points []float32) func(k int, rate float64) error {
	return func(k int, rate float64) error {
		r := rand.New(rand.NewPCG(f.o.Seed, streamSteps+uint64(k)))
		for i := range f.o.Batch {
			if err := f.read(points[i*f.d:(i+1)*f.d], f.rest[r.IntN(len(f.rest))]); err != nil {
				return err
			}
		}
		u := train.NewUploads(f.device.Backend)
		u.Floats(points, f.o.Batch, f.d)
		u.Floats([]float32{float32(rate * f.o.Rate), float32(k), train.Decay(f.o.EMA, k)}, 3)
		loss, err := f.device.Call(f.step, []int{nowWeights, firstMoment, secondMoment, meanWeights}, nil, u)
		if err != nil {
			return err
		}
		f.device.KeepLosses(loss...)
		return nil
	}
}

func (f *fitting) loop() *train.Loop {
	o := f.o
	l := &train.Loop{Steps: o.Steps, Seconds: o.Seconds, Advance: f.advance(make([]float32, o.Batch*f.d)), Losses: f.device.Losses,
		LossNames: []string{"error"}, Snapshot: f.device.Snapshot, Restore: f.device.Restore, LossLimit: 1e6,
		Patience: max(0, o.Patience), Checkpoint: o.Checkpoint, Fingerprint: f.fingerprint(), Resume: o.Resume, Progress: o.Progress}
	if o.HalveAfter > 0 {
		l.Schedule = func(k, _ int) float64 { return math.Pow(.5, float64(k/o.HalveAfter)) }
	}
	if f.kept != nil {
		l.ValidationSeconds = f.seconds
		l.Validate = func(int) (float64, bool, error) {
			v, err := f.validate()
			return v, true, err
		}
	}
	return l
}

// fingerprint names the data and the settings that fix a run's numbers.
func (f *fitting) fingerprint() string {
	o := f.o
	o.Checkpoint, o.Resume, o.Backend = "", false, ""
	h := sha256.New()
	settings, _ := json.Marshal(o) // checked options are finite
	h.Write(settings)
	var row []byte
	for i := range f.n {
		row = binary.LittleEndian.AppendUint64(row[:0], uint64(i))
		f.each(i, func(j int, v float64) {
			row = binary.LittleEndian.AppendUint64(row, uint64(j))
			row = binary.LittleEndian.AppendUint64(row, math.Float64bits(v))
		})
		h.Write(row)
	}
	return hex.EncodeToString(h.Sum(nil))
}

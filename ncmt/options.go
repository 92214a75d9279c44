package ncmt

import (
	"fmt"
	"math"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/train"
)

// Cost is the cost k(x, T(x,·,c)) of carrying a point to where its images are.
type Cost string

const (
	// StrongCost is ½‖x−T(x,c)‖²; there is no z, the map is deterministic.
	StrongCost Cost = "strong"
	// WeakCost is ½E_z‖x−T‖² − (γ/2)·Var_z T, by the unbiased estimate over the z drawn
	// (Korotin et al. 2023, Neural Optimal Transport).
	WeakCost Cost = "weak"
	// KernelCost is ½E_z‖x−T‖ − (γ/4)·E_{z,z'}‖T−T'‖: the weak cost in the space of the distance
	// kernel. With γ > 0 the weak quadratic cost has saddle points whose map is not optimal; this one has
	// not (Korotin et al. 2023, Kernel Neural Optimal Transport).
	KernelCost Cost = "kernel"
)

// Module is how the condition modulates a network.
type Module string

const (
	// Hypernetwork makes the weights W(c) and bias b(c) of the layer behind the encoder, h ← h·W(c) + b(c).
	Hypernetwork Module = "hypernetwork"
	// LowRank is a hypernetwork of W₀ + U(c)·V(c) with W₀ free and U, V of rank [Architecture.Rank].
	LowRank Module = "low-rank"
	// FiLM scales and shifts the units of every block by functions of c (Perez et al. 2018).
	FiLM Module = "film"
	// AdaIN scales and shifts the normalised input of every block by functions of c, as adaptive instance
	// normalisation does with channels (Huang & Belongie 2017).
	AdaIN Module = "adain"
	// Concatenation appends c to the point.
	Concatenation Module = "concatenation"
	// Attention lets the encoded point attend over tokens made from c.
	Attention Module = "attention"
)

// Encoding is how a continuous variable of a condition, scaled to [0,1], is written.
type Encoding string

const (
	// ScalarEncoding is the number itself.
	ScalarEncoding Encoding = "scalar"
	// PositionalEncoding is sin/cos(scale·t/10000^{2i/n}), the paper's.
	PositionalEncoding Encoding = "positional"
	// FourierEncoding is sin/cos(2πf·t) with frequencies f drawn from N(0, scale²).
	FourierEncoding Encoding = "fourier"
)

// Combinator joins the actions of a set.
type Combinator string

const (
	// MultiHot sums the actions' codes.
	MultiHot Combinator = "multi-hot"
	// DeepSet learns ρ(Σφ(action)).
	DeepSet Combinator = "deep-set"
)

// Architecture of T and f.
type Architecture struct {
	// Width of all layers; 0 means 64, and 128 from 32 dimensions on, or from 8 on where training has 2500 steps or 120 seconds.
	Width int
	// Encoder blocks of both, Decoder of T and CriticDecoder of f; 0 means 2, 4 and 3 (the paper's
	// decoders have 8 and 3).
	Encoder, Decoder, CriticDecoder int
	// Module; "" means Hypernetwork.
	Module Module
	// Hidden width of the hypernetwork; 0 means 32: 128 are as near after as many rounds, which take half as long again (width 64).
	Hidden int
	// Rank of LowRank; 0 means 8.
	Rank int
	// Tokens of Attention; 0 means 4.
	Tokens int
	// NoOrthogonal, NoResidual and NoNorm leave out, for comparison, orthogonal starts, residual
	// connections and layer normalisation.
	NoOrthogonal, NoResidual, NoNorm bool
}

// Conditions says how a condition becomes the vector that modulates the networks.
type Conditions struct {
	// Encoding of continuous variables; "" means ScalarEncoding: on smooth doses the positional encoding
	// does not beat it.
	Encoding Encoding
	// Scale of the encoding; 0 means 10 for PositionalEncoding (ten radians over the range) and 1 for FourierEncoding.
	Scale float64
	// Frequencies is the length of the encoding; 0 means 64.
	Frequencies int
	// Hidden and Width of the network behind it; 0 means 64 and 32.
	Hidden, Width int
	// Combinator of sets; "" means MultiHot. CombinatorWidth of a deep set; 0 means 32.
	Combinator      Combinator
	CombinatorWidth int
	// Shared lets f read T's embedding of the condition, trained by T alone; else each has its own.
	Shared bool
}

// Options of [Fit]; the zero value is a sound default.
type Options struct {
	Cost Cost
	// Gamma γ of the weak costs, in [0, 1]; with a weak cost 0 means 0: no reward for spread.
	Gamma float64
	// NoiseDim and NoiseSigma: z ~ N(0, σ²I) in that many dimensions; 0 means the dimension of the data, and 1.
	// Draws is how many z a point of a batch has; 0 means 4. All three count with weak costs only.
	NoiseDim   int
	NoiseSigma float64
	Draws      int

	Architecture Architecture
	Conditions   Conditions

	// Steps is the number of rounds, of Inner steps of T and one of f. 0 means 1000, unless Seconds is given.
	Steps int
	// Seconds asks for about that much training time: after a short warm-up
	// the measured rate fixes Steps. Compilation is extra.
	Seconds float64
	// Inner is K_T, the steps of T before one of f; 0 means 5.
	Inner int
	// Batch is the number of points a step, in equal parts over its conditions, at least one of each; 0 means 512.
	Batch int
	// PerBatch is how many conditions a batch holds; 0 means all of them, up to 16.
	PerBatch int
	// Rate is the learning rate of T at its peak; 0 means 3e-3. CriticRate is that of f; 0 means Rate.
	Rate, CriticRate float64
	// Beta1, Beta2 of AdamW; 0 means .5 and .999.
	Beta1, Beta2 float64
	// Decay of the weights (AdamW); 0 means .03, negative none. Clip is the largest norm of a
	// gradient; 0 means 1, negative: none.
	Decay, Clip float64
	// Expectile τ and its weight ExpectileWeight regularise the critic (Buzun et al. 2024, ENOT) with
	// the strong cost: τ 0 means .99 and the weight 0 means .3; a negative weight leaves it out. The
	// gradient flows through f at the images of T too.
	Expectile, ExpectileWeight float64
	// Pretrain is the number of steps that bring T to the identity before training; 0 means 500,
	// negative none.
	Pretrain int
	// PretrainCritic steps make f smooth, bounded and positively related to the objective before
	// training; 0: none, since it cost accuracy on every task measured.
	PretrainCritic int
	// EMA is the decay of the moving average of weights that is served, a round; 0 means .998.
	EMA float64
	// Validation is the share of rows kept out of training to watch the energy distance; 0 means .05, at
	// most 500 rows a cloud. Negative: none.
	Validation float64
	// Patience is how many validations without a better value end training, and the best
	// weights are served; 0: never, and the last ones are.
	Patience int

	// Seed fixes weights, batches, noise and splits.
	Seed uint64
	// Backend names the engine: "" or "auto", "xla:cpu", "xla:cuda", "xla:PATH", "go".
	Backend string
	// Devices is how many devices of the backend share every batch: its conditions where their number allows, else the
	// points of each. 0 means 1. The weights are those of one device, but for rounding: a checkpoint goes on
	// with another number too.
	Devices int `json:",omitempty"`
	// Checkpoint is a file that training writes now and then and when it is
	// cancelled; with Resume it goes on from there, to the same bits.
	Checkpoint string
	Resume     bool
	// Watch, where set, sees the model at step 0, pre-trained (not when a run is resumed), and at every
	// validation; an error ends training.
	Watch func(step int, m *Model) error `json:"-"`
	// Progress is told about the run, at most a few times a second.
	Progress func(Progress) `json:"-"`
}

// withDefaults fills in what zero values stand for.
func (o Options) withDefaults(t *datasets.Task) (Options, error) {
	if o.Steps > 0 && o.Seconds > 0 {
		return o, fmt.Errorf("steps %d and seconds %g: give one of the two", o.Steps, o.Seconds)
	}
	if o.Resume && o.Checkpoint == "" {
		return o, fmt.Errorf("resume needs the checkpoint's file")
	}
	setDefault(&o.Cost, StrongCost)
	if o.Cost != StrongCost {
		setDefault(&o.NoiseDim, t.Dim())
		setDefault(&o.NoiseSigma, 1)
		setDefault(&o.Draws, 4)
	}
	o.Architecture.setDefaults(t.Dim(), o.Steps >= longSteps || o.Seconds >= longSeconds)
	o.Conditions.setDefaults()
	if o.Seconds == 0 {
		setDefault(&o.Steps, 1000)
	}
	setDefault(&o.Inner, 5)
	setDefault(&o.Batch, 512)
	setDefault(&o.PerBatch, 16)
	o.PerBatch = min(o.PerBatch, len(t.Train))
	setDefault(&o.Rate, 3e-3)
	setDefault(&o.CriticRate, o.Rate)
	setDefault(&o.Beta1, .5)
	setDefault(&o.Beta2, .999)
	setDefault(&o.Decay, .03)
	setDefault(&o.Clip, 1)
	setDefault(&o.Expectile, .99)
	setDefault(&o.ExpectileWeight, .3)
	setDefault(&o.Pretrain, 500)
	setDefault(&o.EMA, .998)
	setDefault(&o.Validation, .05)
	return o, o.check()
}

// From wideFrom dimensions on networks are 128 units wide, and from wideLong on in trainings of longSteps or longSeconds. At 50 dimensions wide ones
// were at an L2-UVP of 5.4 % after three minutes, those of 64 at 8.5 %. At 16 the narrow ones, whose steps are shorter, are as near after a minute; after
// three (all with 128 hidden units of the hypernetwork) they stood at 1.36 % (6700 rounds), wide ones on a busier machine at 1.2 (1600 rounds), and after 3000 rounds at 1.0.
const (
	wideFrom, wideLong     = 32, 8
	longSteps, longSeconds = 2500, 120
)

func (a *Architecture) setDefaults(d int, long bool) {
	width := 64
	if d >= wideFrom || d >= wideLong && long {
		width = 128
	}
	setDefault(&a.Width, width)
	setDefault(&a.Encoder, 2)
	setDefault(&a.Decoder, 4)
	setDefault(&a.CriticDecoder, 3)
	setDefault(&a.Module, Hypernetwork)
	setDefault(&a.Hidden, 32)
	setDefault(&a.Rank, 8)
	setDefault(&a.Tokens, 4)
}

func (c *Conditions) setDefaults() {
	setDefault(&c.Encoding, ScalarEncoding)
	switch c.Encoding {
	case PositionalEncoding:
		setDefault(&c.Scale, 10)
	case FourierEncoding:
		setDefault(&c.Scale, 1)
	}
	setDefault(&c.Frequencies, 64)
	setDefault(&c.Hidden, 64)
	setDefault(&c.Width, 32)
	setDefault(&c.Combinator, MultiHot)
	setDefault(&c.CombinatorWidth, 32)
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// check says what no network can be built or trained with.
func (o Options) check() error {
	if err := o.checkSizes(); err != nil {
		return err
	}
	for _, x := range []struct {
		name      string
		value     float64
		low, high float64 // high excluded
	}{
		{"noise sigma", o.NoiseSigma, 0, math.Inf(1)}, {"seconds", o.Seconds, 0, math.Inf(1)},
		{"rate", o.Rate, 0, math.Inf(1)}, {"critic rate", o.CriticRate, 0, math.Inf(1)}, {"beta1", o.Beta1, 0, 1}, {"beta2", o.Beta2, 0, 1},
		{"decay", o.Decay, -math.MaxFloat64, math.Inf(1)}, {"clip", o.Clip, -math.MaxFloat64, math.Inf(1)},
		{"expectile", o.Expectile, .5, 1}, {"expectile weight", o.ExpectileWeight, -math.MaxFloat64, math.Inf(1)},
		{"EMA", o.EMA, 0, 1}, {"validation", o.Validation, -math.MaxFloat64, 1}, {"scale", o.Conditions.Scale, 0, math.Inf(1)},
	} {
		if math.IsNaN(x.value) || x.value < x.low || x.value >= x.high {
			return fmt.Errorf("%s is %g; it must be in [%g, %g)", x.name, x.value, x.low, x.high)
		}
	}
	if !(o.Gamma >= 0 && o.Gamma <= 1) {
		return fmt.Errorf("gamma is %g; it must be in [0, 1]", o.Gamma)
	}
	if o.Cost == StrongCost && (o.Gamma != 0 || o.NoiseDim != 0 || o.NoiseSigma != 0 || o.Draws != 0) {
		return fmt.Errorf("gamma %g, noise of %d dimensions and deviation %g, %d draws with the strong cost, whose map has one image of a point: choose cost %q or %q", o.Gamma, o.NoiseDim, o.NoiseSigma, o.Draws, WeakCost, KernelCost)
	}
	if o.Cost != StrongCost && o.Draws < 2 {
		return fmt.Errorf("a %s cost with %d draw of z: the spread of one image is not known; at least 2 are needed", o.Cost, o.Draws)
	}
	for _, c := range []struct {
		name, value string
		known       []string
	}{
		{"cost", string(o.Cost), []string{string(StrongCost), string(WeakCost), string(KernelCost)}},
		{"module", string(o.Architecture.Module), []string{string(Hypernetwork), string(LowRank), string(FiLM), string(AdaIN), string(Concatenation), string(Attention)}},
		{"encoding", string(o.Conditions.Encoding), []string{string(ScalarEncoding), string(PositionalEncoding), string(FourierEncoding)}},
		{"combinator", string(o.Conditions.Combinator), []string{string(MultiHot), string(DeepSet)}},
	} {
		if err := oneOf(c.name, c.value, c.known); err != nil {
			return err
		}
	}
	return nil
}

// checkSizes says whether the networks and batches have sizes at all.
func (o Options) checkSizes() error {
	a, c := o.Architecture, o.Conditions
	for _, n := range []struct {
		name       string
		value, low int
	}{
		{"width", a.Width, 1}, {"encoder", a.Encoder, 1}, {"decoder", a.Decoder, 1}, {"critic decoder", a.CriticDecoder, 1},
		{"hidden", a.Hidden, 1}, {"rank", a.Rank, 1}, {"tokens", a.Tokens, 1}, {"conditions' hidden", c.Hidden, 1},
		{"conditions' width", c.Width, 1}, {"frequencies", c.Frequencies, 2}, {"combinator width", c.CombinatorWidth, 1},
		{"steps", o.Steps, 0}, {"inner", o.Inner, 1}, {"batch", o.Batch, 1}, {"conditions a batch", o.PerBatch, 1}, {"pretrain critic", o.PretrainCritic, 0},
		{"patience", o.Patience, 0}, {"noise dimension", o.NoiseDim, 0}, {"draws", o.Draws, 0},
	} {
		if n.value < n.low || n.value > 1<<20 {
			return fmt.Errorf("%s is %d; from %d to %d is possible", n.name, n.value, n.low, 1<<20)
		}
	}
	if c.Frequencies%2 != 0 {
		return fmt.Errorf("frequencies is %d; it must be even, a sine and a cosine each", c.Frequencies)
	}
	return nil
}

func oneOf(name, value string, known []string) error {
	for _, k := range known {
		if value == k {
			return nil
		}
	}
	return fmt.Errorf("unknown %s %q; known: %q", name, value, known)
}

// Names of the training loop's types, for those who cannot import it.
type (
	// Report says how training went.
	Report = train.Report
	// Progress is what training tells now and then.
	Progress = train.Progress
)

// ErrDiverged is wrapped by the error of a [Fit] that left the finite numbers for good.
var ErrDiverged = train.ErrDiverged

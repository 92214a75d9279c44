package condot

import (
	"fmt"
	"math"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/train"
)

// Init is how the two potentials start (section 4 of the paper).
type Init string

const (
	// IdentityInit starts at the identity map for every condition.
	IdentityInit Init = "identity"
	// GaussianInit starts, for each training condition, at the affine map between
	// the Gaussians that have the clouds' means and covariances.
	GaussianInit Init = "gaussian"
	// VanillaInit starts at random weights without a quadratic term: for comparison.
	VanillaInit Init = "vanilla"
)

// NonNegativity is how weights are kept non-negative, so that potentials are convex.
type NonNegativity string

const (
	// ClampPenalty clamps f's weights after each step and adds the penalty
	// λ·Σ‖max(−W, 0)‖ to g's loss, as the paper's reference code has it (its appendix E.3.3 squares
	// the norms): g may leave convexity a little.
	ClampPenalty NonNegativity = "clamp-penalty"
	// ClampBoth clamps both.
	ClampBoth NonNegativity = "clamp"
	// SoftplusWeights uses softplus of free matrices in both.
	SoftplusWeights NonNegativity = "softplus"
)

// Objective is the loss that is trained.
type Objective string

const (
	// Dual is the minimax dual of eqs. 10 and 11 in the form of Makkuva et al. (2020).
	Dual Objective = "dual"
	// Primal trains one potential with the debiased Sinkhorn divergence between
	// the transported and the target cloud; eq. 12 has the Sinkhorn distance itself.
	Primal Objective = "primal"
)

// Activation is the convex, non-decreasing unit of the potentials.
type Activation string

const (
	// SmoothRelu is log(1+eᵃ).
	SmoothRelu Activation = "softplus"
	// LeakyRelu is max(a, 0.2a), the paper's.
	LeakyRelu Activation = "leaky-relu"
	// Celu is max(a, 0) + min(eᵃ−1, 0).
	Celu Activation = "celu"
)

// Combinator joins the actions of a set (section 3.3).
type Combinator string

const (
	// MultiHot sums the actions' codes.
	MultiHot Combinator = "multi-hot"
	// DeepSet learns ρ(Σφ(action)).
	DeepSet Combinator = "deep-set"
)

// Quadratic is the form of the conditional quadratic term beside the network.
type Quadratic string

const (
	// DiagonalQuadratic is ½Σ_j softplus(s_j(c))·x_j².
	DiagonalQuadratic Quadratic = "diagonal"
	// NoQuadratic leaves the term out, as a plain PICNN does.
	NoQuadratic Quadratic = "none"
	// FullQuadratic adds ½‖B(c)ᵀx‖² with a free d×d matrix B(c).
	FullQuadratic Quadratic = "full"
	// BankQuadratic is the paper's architecture instead: a term ½‖M_j(x−m_j)‖² for each training
	// condition, mixed by the [Modulator] under the first layer (section 4). On tasks with known
	// answers it comes to the error of affine maps and stays there, at budgets at which the
	// others come much nearer.
	BankQuadratic Quadratic = "bank"
)

// Modulator is how a [BankQuadratic] weighs the training conditions' terms: u_0 of the paper, the
// softmax of an affine map of the condition's code c that starts from the codes c_j of training.
type Modulator string

const (
	// SharpModulator starts at softmax_j(−β‖c−c_j‖²/2), with a β that gives a training condition's
	// own term a weight of .999 or more.
	SharpModulator Modulator = "sharp"
	// DotModulator starts at the paper's softmax(cᵀc_j), which mixes terms that have nothing to do
	// with c: of six doses in [0,1] a dose's own term has a weight of about .2.
	DotModulator Modulator = "dot"
)

// Sharing says whose training moves the path from a condition to the potentials: its embedding
// and combinator.
//
// On tasks with known maps in 16 dimensions, one seed each, the L2-UVP of trained and held-out
// conditions was 3.2 and 3.4 % (own), 3.8 and 4.0 (g), 3.4 and 3.6 (joint) for six doses after 100
// rounds, 2.0 and 4.4, 2.3 and 4.7, 2.1 and 4.3 for categories with doses, and 9.0 and 8.9, 11.5 and
// 11.2, 8.9 and 9.7 for combinations after 50: differences that seeds alone can make. Of a [BankQuadratic] the
// modulator counts as part of the path. The f-step of a joint path leaves out the way through ∇g.
type Sharing string

const (
	// OwnPaths give f and g a path each.
	OwnPaths Sharing = "own"
	// PathOfG is one path that g's training moves; f reads it.
	PathOfG Sharing = "g"
	// JointPath is one path that both move, each by an Adam of its own, as in the paper's
	// algorithm 1 and its reference code.
	JointPath Sharing = "joint"
)

// Architecture of the two potentials.
type Architecture struct {
	// Layers and Width of the convex network; 0 means 4 and 64.
	Layers, Width int
	// Activation; "" means SmoothRelu.
	Activation Activation
	// Quadratic term; "" means DiagonalQuadratic, or NoQuadratic with VanillaInit.
	Quadratic Quadratic
	// Modulator of a BankQuadratic; "" means SharpModulator there.
	Modulator Modulator
	// NonNegativity; "" means ClampPenalty.
	NonNegativity NonNegativity
}

// Encoding says how a condition becomes the vector that drives the potentials.
type Encoding struct {
	// Scale of the positional encoding sin/cos(Scale·t/10000^{2i/Frequencies}) of
	// continuous variables t in [0,1]; 0 means the bare number t, which held-out doses
	// prefer where the response is smooth.
	Scale float64
	// Frequencies is the length of the positional encoding; 0 means 64.
	Frequencies int
	// Hidden and Width of the two-layer network behind it; 0 means 64 and 32.
	Hidden, Width int
	// Combinator of sets; "" means MultiHot.
	Combinator Combinator
	// CombinatorWidth of a deep set's layers; 0 means 32.
	CombinatorWidth int
	// Sharing of the path from a condition to the potentials; "" means OwnPaths.
	Sharing Sharing
	// Rate is the learning rate of that path, the embedding and the combinator, at its peak;
	// 0 means Options.Rate.
	Rate float64
	// Bank is set by GaussianInit: a quadratic term for each training condition. (A BankQuadratic
	// has terms of its own.)
	Bank bool
}

// Options of [Fit]; the zero value is a sound default.
type Options struct {
	// Preset fills in what is not given below; "" means the defaults that stand there.
	Preset       Preset
	Init         Init
	Objective    Objective
	Architecture Architecture
	Encoding     Encoding

	// Steps is the number of rounds. 0 means 1000, unless Seconds is given.
	Steps int
	// Seconds asks for about that much training time: after a short warm-up
	// the measured rate fixes Steps. Compilation and the start are extra.
	Seconds float64
	// Inner is the number of steps a round: of f and g together, or, with the paper's
	// minimax (Refine < 0), g-steps before one f-step. 0 means 10.
	Inner int
	// Refine is how many times f's gradient is evaluated to improve ∇g's proposal before
	// each f-step, by Barzilai–Borwein steps (Amos 2023); g then learns the improved
	// points. 0 means 5; negative means the paper's minimax.
	Refine int
	// Batch is the number of points a step, over all its conditions; 0 means 512.
	Batch int
	// Conditions is how many conditions a batch holds; 0 means all of them, up to 16.
	Conditions int
	// Rate is the learning rate of both potentials at its peak; 0 means by
	// dimension: 2e-3 at d ≤ 2, growing to 5e-3 at d ≥ 16.
	Rate float64
	// Beta1, Beta2 of Adam; 0 means .5 and .9, the paper's.
	Beta1, Beta2 float64
	// Penalty λ on g's negative weights, with ClampPenalty; 0 means 1.
	Penalty float64
	// ExpectileWeight is the weight λ of the expectile regularisation of f (ENOT, Buzun et al. 2024);
	// 0 means none. With improved conjugates (Refine) a weight of .3 changed next to nothing: held-out
	// L2-UVP 3.4 to 3.3 % for six doses in 16 dimensions, 4.4 to 4.4 for categories with doses.
	ExpectileWeight float64
	// EMA is the decay of the moving average of weights that is served, a step of f; 0 means .998,
	// negative no average.
	EMA float64
	// Validation is the share of rows kept out of training to watch the dual
	// value; 0 means .05, at most 500 rows a cloud. Negative: none.
	Validation float64
	// Patience is how many validations without a better value end training; 0: never.
	Patience int

	// Seed fixes weights, batches and splits.
	Seed uint64
	// Backend names the engine: "" or "auto", "xla:cpu", "xla:cuda", "xla:PATH", "go".
	Backend string
	// Devices is how many devices of the backend share every batch: its conditions where their number allows, else the
	// points of each. 0 means 1. The weights are those of one device, but for rounding: a checkpoint goes on
	// with another number too.
	Devices int `json:",omitempty"`
	// Checkpoint is a file that training writes now and then and when it is
	// cancelled; with Resume it goes on from there, to the same bits. A training that
	// diverged goes on from its last good state, with a smaller rate.
	Checkpoint string
	Resume     bool
	// Watch, where set, sees the model at step 0 and at every validation; an error ends training.
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
	if o.Preset == Faithful {
		o.fillFaithful()
	}
	setDefault(&o.Init, IdentityInit)
	setDefault(&o.Objective, Dual)
	a, e := &o.Architecture, &o.Encoding
	setDefault(&a.Layers, 4)
	setDefault(&a.Width, 64)
	setDefault(&a.Activation, SmoothRelu)
	if o.Init == VanillaInit {
		setDefault(&a.Quadratic, NoQuadratic)
	}
	setDefault(&a.Quadratic, DiagonalQuadratic)
	if a.Quadratic == BankQuadratic {
		setDefault(&a.Modulator, SharpModulator)
	}
	e.Bank = o.Init == GaussianInit && a.Quadratic != BankQuadratic
	setDefault(&a.NonNegativity, ClampPenalty)
	setDefault(&e.Frequencies, 64)
	setDefault(&e.Hidden, 64)
	setDefault(&e.Width, 32)
	setDefault(&e.Combinator, MultiHot)
	setDefault(&e.CombinatorWidth, 32)
	if o.Seconds == 0 {
		setDefault(&o.Steps, 1000)
	}
	setDefault(&o.Inner, 10)
	setDefault(&o.Refine, 5)
	setDefault(&o.Batch, 512)
	setDefault(&o.Conditions, 16)
	o.Conditions = min(o.Conditions, len(t.Train))
	setDefault(&o.Rate, defaultRate(t.Dim()))
	setDefault(&e.Sharing, OwnPaths)
	setDefault(&e.Rate, o.Rate)
	setDefault(&o.Beta1, .5)
	setDefault(&o.Beta2, .9)
	setDefault(&o.Penalty, 1)
	setDefault(&o.EMA, .998)
	setDefault(&o.Validation, .05)
	return o, o.check()
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// defaultRate grows from 2e-3 at d = 2 to 5e-3 at d = 16, by a power of d.
func defaultRate(d int) float64 {
	f := math.Log(float64(d)/2) / math.Log(8)
	return 2e-3 * math.Pow(2.5, math.Max(0, math.Min(1, f)))
}

func (o Options) check() error {
	if err := o.checkSizes(); err != nil {
		return err
	}
	if o.Steps < 0 || o.Seconds < 0 || o.Inner < 1 || o.Batch < 1 || o.Conditions < 1 {
		return fmt.Errorf("steps %d, seconds %g, inner %d, batch %d, conditions %d: none may be negative, the last three not zero", o.Steps, o.Seconds, o.Inner, o.Batch, o.Conditions)
	}
	if !(o.Rate > 0) || !(o.Encoding.Rate > 0) || o.EMA >= 1 || o.Validation >= 1 {
		return fmt.Errorf("rates %g and %g must be positive, EMA %g and validation %g below 1", o.Rate, o.Encoding.Rate, o.EMA, o.Validation)
	}
	for _, x := range []float64{o.Seconds, o.Rate, o.Beta1, o.Beta2, o.Penalty, o.EMA, o.Validation, o.Encoding.Scale, o.Encoding.Rate, o.ExpectileWeight} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("an option is %g; all must be finite", x)
		}
	}
	if o.Beta1 < 0 || o.Beta1 >= 1 || o.Beta2 < 0 || o.Beta2 >= 1 || o.Penalty < 0 || o.ExpectileWeight < 0 || o.Encoding.Scale < 0 || o.Patience < 0 {
		return fmt.Errorf("betas %g and %g must be in [0, 1); penalty %g, expectile weight %g, encoding scale %g and patience %d not negative", o.Beta1, o.Beta2, o.Penalty, o.ExpectileWeight, o.Encoding.Scale, o.Patience)
	}
	if o.Refine == 1 {
		return fmt.Errorf("refine 1 evaluates ∇g's proposal and takes no step: give 2 or more, or a negative number for the paper's minimax")
	}
	modulators := []string{""} // which only a bank has
	if o.Architecture.Quadratic == BankQuadratic {
		modulators = []string{string(SharpModulator), string(DotModulator)}
	}
	for _, c := range []struct {
		name, value string
		known       []string
	}{
		{"init", string(o.Init), []string{string(IdentityInit), string(GaussianInit), string(VanillaInit)}},
		{"objective", string(o.Objective), []string{string(Dual), string(Primal)}},
		{"activation", string(o.Architecture.Activation), []string{string(SmoothRelu), string(LeakyRelu), string(Celu)}},
		{"quadratic", string(o.Architecture.Quadratic), []string{string(NoQuadratic), string(DiagonalQuadratic), string(FullQuadratic), string(BankQuadratic)}},
		{"modulator", string(o.Architecture.Modulator), modulators},
		{"preset", string(o.Preset), []string{"", string(Faithful)}},
		{"non-negativity", string(o.Architecture.NonNegativity), []string{string(ClampPenalty), string(ClampBoth), string(SoftplusWeights)}},
		{"sharing", string(o.Encoding.Sharing), []string{string(OwnPaths), string(PathOfG), string(JointPath)}},
		{"combinator", string(o.Encoding.Combinator), []string{string(MultiHot), string(DeepSet)}},
	} {
		if err := oneOf(c.name, c.value, c.known); err != nil {
			return err
		}
	}
	if none := o.Architecture.Quadratic == NoQuadratic; none != (o.Init == VanillaInit) {
		return fmt.Errorf("init %q with quadratic %q: the vanilla start is that without a quadratic term, and the others need one", o.Init, o.Architecture.Quadratic)
	}
	if o.Objective == Primal && o.ExpectileWeight > 0 {
		return fmt.Errorf("the primal training has no f: expectile weight %g has nothing to regularise", o.ExpectileWeight)
	}
	if o.Objective == Primal && o.Patience > 0 {
		return fmt.Errorf("the primal training is not validated: patience %d has nothing to watch", o.Patience)
	}
	return nil
}

// checkSizes says whether the networks have sizes at all.
func (o Options) checkSizes() error {
	a, e := o.Architecture, o.Encoding
	for _, n := range []struct {
		name  string
		value int
	}{{"layers", a.Layers}, {"width", a.Width}, {"encoding hidden", e.Hidden}, {"encoding width", e.Width}, {"frequencies", e.Frequencies}, {"combinator width", e.CombinatorWidth}} {
		if n.value < 1 || n.value > 1<<16 {
			return fmt.Errorf("%s is %d; from 1 to %d can be built", n.name, n.value, 1<<16)
		}
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

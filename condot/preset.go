package condot

// Preset fills in options that are not given.
type Preset string

// Faithful is the paper's method where the package's own defaults differ from it: BankQuadratic with
// DotModulator, leaky ReLU, a JointPath, its minimax steps, one condition of 256 points a step, a learning rate
// of 1e-4, deep sets of width 8 and no average of weights. The paper names no number of steps; its reference
// code takes 100 000 rounds. What stays this package's own: the normalisation of points, the cosine schedule, that the
// weights of the best validation are served, and a deep set without a last sigmoid.
const Faithful Preset = "faithful"

// fillFaithful is the preset of the paper.
func (o *Options) fillFaithful() {
	if o.Init != VanillaInit {
		setDefault(&o.Architecture.Quadratic, BankQuadratic)
	}
	if o.Architecture.Quadratic == BankQuadratic {
		setDefault(&o.Architecture.Modulator, DotModulator)
	}
	setDefault(&o.Architecture.Activation, LeakyRelu)
	setDefault(&o.Encoding.Sharing, JointPath)
	setDefault(&o.Encoding.CombinatorWidth, 8)
	setDefault(&o.Refine, -1)
	setDefault(&o.Conditions, 1)
	setDefault(&o.Batch, 256)
	setDefault(&o.Rate, 1e-4)
	setDefault(&o.EMA, -1)
}

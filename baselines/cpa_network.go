package baselines

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomonge/gomonge/internal/nn"
)

// cpaNetwork is the autoencoder of a CPA with its embeddings, and the classifier, each in
// a flat vector of its own.
type cpaNetwork struct {
	auto, adversary      *nn.Layout
	dim, latent          int
	units, doses         int
	covariates           []int
	depth, doserDepth    int
	adversaryDepth       int
	width, adversaryWide int
	doserWidth           int
}

func newCPANetwork(dim int, o CPAOptions, r roles) *cpaNetwork {
	c := &cpaNetwork{auto: &nn.Layout{}, adversary: &nn.Layout{}, dim: dim, latent: o.Latent, depth: o.Depth, doserDepth: max(0, o.DoserDepth),
		adversaryDepth: o.AdversaryDepth, width: o.Width, adversaryWide: o.AdversaryWidth, doserWidth: o.DoserWidth}
	c.units, c.doses, c.covariates = r.sizes()
	addLayers(c.auto, "encoder", dim, o.Width, o.Depth, o.Latent)
	addLayers(c.auto, "decoder", o.Latent, o.Width, o.Depth, 2*dim)
	c.auto.Add("units", nn.Normal(1/math.Sqrt(float64(o.Latent))), c.units, o.Latent)
	in := c.doses
	for i := 0; c.doses > 0 && i <= c.doserDepth; i++ {
		out := o.DoserWidth
		if i == c.doserDepth {
			out = 1
		}
		name := fmt.Sprint("doser", i)
		c.auto.Add(name+"_w", nn.Normal(math.Sqrt(2/float64(in))), c.units, in, out)
		c.auto.Add(name+"_b", nn.Zero, c.units, 1, out)
		in = out
	}
	outputs := c.units
	for k, levels := range c.covariates {
		c.auto.Add(fmt.Sprint("covariate", k), nn.Normal(1/math.Sqrt(float64(o.Latent))), levels, o.Latent)
		outputs += levels
	}
	addLayers(c.adversary, "adversary", o.Latent, o.AdversaryWidth, o.AdversaryDepth, outputs)
	return c
}

// key names the network in keys of programs.
func (c *cpaNetwork) key() string {
	return fmt.Sprint("cpa ", c.dim, c.latent, c.units, c.doses, c.covariates, c.depth, c.doserDepth, c.adversaryDepth, c.width, c.adversaryWide, c.doserWidth)
}

// addLayers adds depth hidden layers of that width, with ReLUs, and a linear one.
func addLayers(l *nn.Layout, name string, in, width, depth, out int) {
	for i := range depth {
		nn.AddAffine(l, fmt.Sprint(name, i), in, width, nn.Normal(math.Sqrt(2/float64(in))), nn.Zero)
		in = width
	}
	nn.AddAffine(l, fmt.Sprint(name, depth), in, out, nn.Normal(1/math.Sqrt(float64(in))), nn.Zero)
}

func applyLayers(w nn.Weights, name string, depth int, x *graph.Node) *graph.Node {
	for i := range depth {
		x = nn.Relu(nn.Affine(w, fmt.Sprint(name, i), x))
	}
	return nn.Affine(w, fmt.Sprint(name, depth), x)
}

// parts of the features of conditions v [C, …]: perturbations [C, A], doses [C, Q] or nil, and covariates.
func (c *cpaNetwork) parts(v *graph.Node) (present, doses *graph.Node, covariates []*graph.Node) {
	at := 0
	take := func(n int) *graph.Node {
		part := graph.Slice(v, graph.AxisRange(), graph.AxisRange(at, at+n))
		at += n
		return part
	}
	present = take(c.units)
	if c.doses > 0 {
		doses = take(c.doses)
	}
	for _, levels := range c.covariates {
		covariates = append(covariates, take(levels))
	}
	return present, doses, covariates
}

// basal is the latent of points [n, d] without what was done to them, [n, L].
func (c *cpaNetwork) basal(w nn.Weights, x *graph.Node) *graph.Node {
	return applyLayers(w, "encoder", c.depth, x)
}

// shifts of the latent under conditions v: Σ_a f_a(s)V_a over the perturbations there,
// and Σ E_k of the covariates, each [C, L]; the second is nil without covariates.
func (c *cpaNetwork) shifts(w nn.Weights, v *graph.Node) (perturbed, covariate *graph.Node) {
	present, doses, covariates := c.parts(v)
	if doses != nil {
		present = graph.Mul(present, c.responses(w, doses))
	}
	perturbed = graph.Dot(present, w.Get("units")).Product()
	for k, part := range covariates {
		e := graph.Dot(part, w.Get(fmt.Sprint("covariate", k))).Product()
		if covariate == nil {
			covariate = e
		} else {
			covariate = graph.Add(covariate, e)
		}
	}
	return perturbed, covariate
}

// responses f_a(s) [C, A] in (0, 1) of every perturbation to the doses s [C, Q].
func (c *cpaNetwork) responses(w nn.Weights, s *graph.Node) *graph.Node {
	n := s.Shape().Dimensions[0]
	h := graph.BroadcastToDims(graph.ExpandAxes(s, 0), c.units, n, c.doses)
	for i := range c.doserDepth + 1 {
		name := fmt.Sprint("doser", i)
		b := w.Get(name + "_b")
		h = graph.Einsum("anq,aqw->anw", h, w.Get(name+"_w"))
		h = graph.Add(h, graph.BroadcastToDims(b, h.Shape().Dimensions...))
		if i < c.doserDepth {
			h = nn.Relu(h)
		}
	}
	return graph.Transpose(graph.Reshape(graph.Sigmoid(h), c.units, n), 0, 1)
}

// leastVariance of the decoder.
const leastVariance = 1e-3

// decode gives the mean and the variance of points with the latents z [n, L].
func (c *cpaNetwork) decode(w nn.Weights, z *graph.Node) (mean, variance *graph.Node) {
	y := applyLayers(w, "decoder", c.depth, z)
	mean = graph.Slice(y, graph.AxisRange(), graph.AxisRange(0, c.dim))
	return mean, graph.AddScalar(nn.SmoothRelu(graph.Slice(y, graph.AxisRange(), graph.AxisRange(c.dim, 2*c.dim))), leastVariance)
}

// surprise is the Gaussian negative log-likelihood of points, a number a feature,
// without its constant, and the same with each term weighted by its variance, which is held
// fixed there (Seitzer et al. 2022, β = 1): the mean then follows from squared errors, however
// small the variance, and what is reconstructed ever more precisely does not outweigh the adversary.
func surprise(x, mean, variance *graph.Node) (likelihood, weighted *graph.Node) {
	terms := graph.MulScalar(graph.Add(graph.Log(variance), graph.Div(graph.Square(graph.Sub(x, mean)), variance)), .5)
	return graph.ReduceAllMean(terms), graph.ReduceAllMean(graph.Mul(graph.StopGradient(variance), terms))
}

// moved adds the shifts [C, L] of conditions to latents [C·n, L] of n points each.
func moved(z, shift *graph.Node) *graph.Node {
	dims := z.Shape().Dimensions
	c := shift.Shape().Dimensions[0]
	return graph.Reshape(graph.Add(graph.Reshape(z, c, dims[0]/c, dims[1]), graph.ExpandAxes(shift, 1)), dims[0], dims[1])
}

// counterfactual is the mean of points x [C·n, d] of the source under conditions v.
func (c *cpaNetwork) counterfactual(w nn.Weights, v, x *graph.Node) *graph.Node {
	z := c.basal(w, x)
	perturbed, covariate := c.shifts(w, v)
	if covariate != nil {
		perturbed = graph.Add(perturbed, covariate)
	}
	mean, _ := c.decode(w, moved(z, perturbed))
	return mean
}

// standardised is latents z [n, L] less their mean over their deviation, each dimension
// apart and both held fixed: what the classifier reads, so that it sees what is there
// however small the encoder makes it.
func standardised(z *graph.Node) *graph.Node {
	fixed := graph.StopGradient(z)
	mean := graph.ReduceAndKeep(fixed, graph.ReduceMean, 0)
	variance := graph.ReduceAndKeep(graph.Square(graph.Sub(fixed, mean)), graph.ReduceMean, 0)
	return graph.Div(graph.Sub(z, mean), graph.Sqrt(graph.AddScalar(variance, 1e-4)))
}

// judgement is the classifier's logits for basal latents z [n, L], and the gradient of their
// sum in z: written out, for it is itself differentiated, and the steps of ReLUs are constants there.
func (c *cpaNetwork) judgement(w nn.Weights, z *graph.Node) (logits, gradient *graph.Node) {
	var steps []*graph.Node
	h := z
	for i := range c.adversaryDepth {
		a := nn.Affine(w, fmt.Sprint("adversary", i), h)
		step := graph.StopGradient(graph.Where(graph.GreaterThan(a, graph.ZerosLike(a)), graph.OnesLike(a), graph.ZerosLike(a)))
		h, steps = graph.Mul(a, step), append(steps, step)
	}
	last := fmt.Sprint("adversary", c.adversaryDepth)
	gradient = graph.ExpandAxes(graph.ReduceSum(w.Get(last+"_w"), 1), 0)
	for i := c.adversaryDepth - 1; i >= 0; i-- {
		gradient = graph.DotGeneral(graph.Mul(steps[i], gradient), []int{1}, nil, w.Get(fmt.Sprint("adversary", i, "_w")), []int{1}, nil)
	}
	return nn.Affine(w, last, h), gradient
}

// verdict is the classifier's loss on basal latents z [n, L]: binary cross-entropy of the
// perturbations and cross-entropy of each covariate, whose labels stand side by side; and
// the squared norm of the gradient of its answers' sum, a number a latent dimension.
func (c *cpaNetwork) verdict(w nn.Weights, z, labels *graph.Node) (loss, slope *graph.Node) {
	logits, gradient := c.judgement(w, z)
	slope = graph.ReduceAllMean(graph.Square(gradient))
	take := func(x *graph.Node, from, n int) *graph.Node {
		return graph.Slice(x, graph.AxisRange(), graph.AxisRange(from, from+n))
	}
	l, t := take(logits, 0, c.units), take(labels, 0, c.units)
	loss = graph.ReduceAllMean(graph.Sub(nn.SmoothRelu(l), graph.Mul(l, t)))
	at := c.units
	for _, levels := range c.covariates {
		l, t := take(logits, at, levels), take(labels, at, levels)
		loss = graph.Sub(loss, graph.ReduceAllMean(graph.ReduceSum(graph.Mul(t, graph.LogSoftmax(l)), -1)))
		at += levels
	}
	return loss, slope
}

// labels of the classifier for n source points and n target points of each of the conditions v.
func (c *cpaNetwork) labels(v *graph.Node, n int) *graph.Node {
	present, _, covariates := c.parts(v)
	rows := v.Shape().Dimensions[0]
	repeated := func(x *graph.Node) *graph.Node {
		k := x.Shape().Dimensions[1]
		return graph.Reshape(graph.BroadcastToDims(graph.ExpandAxes(x, 1), rows, n, k), rows*n, k)
	}
	targets := repeated(present)
	both := []*graph.Node{graph.Concatenate([]*graph.Node{graph.ZerosLike(targets), targets}, 0)}
	for _, x := range covariates {
		r := repeated(x)
		both = append(both, graph.Concatenate([]*graph.Node{r, r}, 0))
	}
	return graph.Concatenate(both, -1)
}

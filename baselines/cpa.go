package baselines

import (
	"fmt"
	"path/filepath"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/modelfolder"
	"github.com/gomonge/gomonge/internal/train"
	"gonum.org/v1/gonum/mat"
)

// CPA is the compositional perturbation autoencoder (Lotfollahi et al. 2023). An
// encoder brings a point to a basal latent z, which a classifier (the adversary,
// with a penalty on its gradient) shall not be able to tell the point's perturbations and covariates from;
//
//	z + Σ_a f_a(s) V_a + Σ_k E_k
//
// adds an embedding V_a of each perturbation a, scaled by its learnt response
// f_a ∈ (0, 1) to the doses s, and one of each covariate; a decoder gives the mean
// and the variance of every feature. Encoder, embeddings and decoder minimise the
// Gaussian negative log-likelihood of source and target points less the classifier's loss.
// A combination is the sum over its actions.
//
// Transport answers what a source point would have been under a condition: the decoder's
// mean at the point's basal latent with that condition's embeddings. It
// is no optimal map, and the spread of its images is that of the means alone.
//
// A perturbation or a label of a covariate that training never saw has no
// embedding: a [NotApplicableError]. Coordinates of actions are not used.
//
// Where this is not the authors' code: no layer has batch normalisation, but the
// classifier reads latents that are standardised over the batch, so that
// what was done to a point cannot hide in small numbers; terms of the likelihood are
// weighted by their variance, so that precision does not outweigh the adversary; and all of the autoencoder has
// one learning rate. Directions of next to no variance, which the penalty keeps the
// classifier from, may still tell treated points from others.
type CPA struct {
	Training
	// Options with what was settled.
	Options CPAOptions
	// Report of the training. After [Load] its curve of losses has the last point only.
	Report *train.Report

	roles  roles
	net    *cpaNetwork
	norm   batches.Normalisation
	params []float32
	be     compute.Backend
	placed compute.Buffer
}

// place puts the weights on the device.
func (m *CPA) place(be compute.Backend) (err error) {
	m.be = be
	m.placed, err = train.Upload(be, m.params, len(m.params))
	return err
}

// carries is the program that gives n source points a condition's counterfactuals.
func (c *cpaNetwork) carries(be compute.Backend, conditions, n, features int) (*train.Program, error) {
	return train.Cached(be, fmt.Sprint(c.key(), "counterfactual ", conditions, n), "cpa counterfactual", func(g *graph.Graph) []*graph.Node {
		v := graph.Parameter(g, "v", shapes.Make(dtypes.Float32, conditions, features))
		x := graph.Parameter(g, "x", shapes.Make(dtypes.Float32, conditions*n, c.dim))
		return []*graph.Node{c.counterfactual(c.auto.Split(graph.Parameter(g, "w", train.Vector(c.auto.Size))), v, x)}
	})
}

// run that program.
func (c *cpaNetwork) run(be compute.Backend, p *train.Program, v, x []float32, conditions int, w compute.Buffer) ([]float32, error) {
	u := train.NewUploads(be)
	u.Floats(v, conditions, len(v)/conditions)
	u.Floats(x, len(x)/c.dim, c.dim)
	return train.Evaluate(p, u, w)
}

// Transport gives the counterfactual means of the points of x, an n×d cloud of the source; dst may be nil or x.
func (m *CPA) Transport(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error) {
	if err := m.checkClouds(dst, x); err != nil {
		return nil, err
	}
	v, err := m.features(c)
	if err != nil {
		return nil, err
	}
	p, err := m.net.carries(m.be, 1, batches.Chunk, len(v))
	if err != nil {
		return nil, err
	}
	n, d := x.Dims()
	y := mat.NewDense(n, d, nil)
	err = batches.Chunks(m.norm, x, func(from, n int, points []float32) error {
		out, err := m.net.run(m.be, p, v, points, 1, m.placed)
		if err != nil {
			return err
		}
		for i := range n {
			m.norm.Out(y.RawRowView(from+i), out[i*d:(i+1)*d])
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("baselines: cpa: %w", err)
	}
	return into(dst, y), nil
}

// Basal gives the basal latents of points (n×d), whatever was done to them: n×Latent.
func (m *CPA) Basal(x *mat.Dense) (*mat.Dense, error) {
	if err := m.checkClouds(nil, x); err != nil {
		return nil, err
	}
	p, err := train.Cached(m.be, m.net.key()+" basal", "cpa basal latent", func(g *graph.Graph) []*graph.Node {
		x := graph.Parameter(g, "x", shapes.Make(dtypes.Float32, batches.Chunk, m.net.dim))
		return []*graph.Node{m.net.basal(m.net.auto.Split(graph.Parameter(g, "w", train.Vector(m.net.auto.Size))), x)}
	})
	if err != nil {
		return nil, err
	}
	n, _ := x.Dims()
	z := mat.NewDense(n, m.net.latent, nil)
	err = batches.Chunks(m.norm, x, func(from, n int, points []float32) error {
		u := train.NewUploads(m.be)
		u.Floats(points, batches.Chunk, m.net.dim)
		out, err := train.Evaluate(p, u, m.placed)
		if err != nil {
			return err
		}
		for i := range n * m.net.latent {
			z.Set(from+i/m.net.latent, i%m.net.latent, float64(out[i]))
		}
		return nil
	})
	return z, err
}

// features of a condition that has an answer.
func (m *CPA) features(c condition.Value) ([]float32, error) {
	if _, err := m.index(c); err != nil {
		return nil, err
	}
	v, err := m.roles.features(m.schema, c)
	if err != nil {
		return nil, m.notApplicable(c, err)
	}
	return v, nil
}

// Check says what Transport would say of c, and warns of numbers beyond the training range.
func (m *CPA) Check(c condition.Value) (warnings []string, err error) {
	if _, err := m.features(c); err != nil {
		return nil, err
	}
	return m.schema.Check(c)
}

// cpaDescription is a CPA in JSON, but for its weights.
type cpaDescription struct {
	Options CPAOptions            `json:"options"`
	Norm    batches.Normalisation `json:"normalisation"`
	Report  *train.Report         `json:"report,omitempty"`
}

// Save writes the networks to a folder; the classifier, which Transport has no use for, is not kept.
func (m *CPA) Save(folder string) error {
	o := m.Options // what belongs to one run on one machine is not part of a model
	o.Backend, o.Checkpoint, o.Resume = "", "", false
	return m.save(folder, parts{maps: cpaDescription{o, m.norm, m.Report.Summary()}, network: &modelfolder.Network{Layout: m.net.auto, Values: m.params}})
}

func loadCPA(s *saved) (*CPA, error) {
	var d cpaDescription
	if err := s.decode(&d); err != nil {
		return nil, err
	}
	if err := d.Norm.Check(len(s.Features)); err != nil {
		return nil, err
	}
	m := &CPA{Training: s.Training, Options: d.Options, Report: d.Report, norm: d.Norm}
	if d.Options.Covariates == "" {
		return nil, fmt.Errorf("%s does not say which variables are covariates", modelfolder.Description)
	}
	if err := m.settle(nil); err != nil {
		return nil, err
	}
	m.Options.Backend = s.backend
	n := modelfolder.Network{Layout: m.net.auto}
	if err := modelfolder.ReadWeights(filepath.Join(s.folder, modelfolder.Weights), s.sha, &n); err != nil {
		return nil, err
	}
	m.params = n.Values
	engine, err := backend.Get(s.backend)
	if err != nil {
		return nil, err
	}
	return m, m.place(engine.Backend)
}

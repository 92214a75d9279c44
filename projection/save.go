package projection

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gomonge/gomonge/internal/atomicfile"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/modelfolder"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/internal/train"
	"gonum.org/v1/gonum/mat"
)

// Projection goes to a latent space and back: a [PCA] or an [Autoencoder].
type Projection interface {
	// Dims is the number of features d and of latent dimensions k.
	Dims() (features, components int)
	// Transform brings the rows of x (n×d) to the latent space, into dst (n×k), which is allocated if nil.
	Transform(dst *mat.Dense, x mat.Matrix) (*mat.Dense, error)
	// Inverse brings the rows of z (n×k) back, into dst (n×d), which is allocated if nil.
	Inverse(dst *mat.Dense, z *mat.Dense) (*mat.Dense, error)
	// Save writes the projection to a folder, from which [Load] reads it.
	Save(folder string) error
}

const (
	pcaMethod         = "pca"
	autoencoderMethod = "autoencoder"
	// formatVersion changes when older programs could misread a newer folder.
	formatVersion = 1
)

// savedProjection is model.json: PCA is set, or the rest.
type savedProjection struct {
	Method        string                 `json:"method"`
	Version       int                    `json:"version"`
	PCA           *PCA                   `json:"pca,omitempty"`
	Options       *AutoencoderOptions    `json:"options,omitempty"`
	Norm          *batches.Normalisation `json:"normalisation,omitempty"`
	Report        *train.Report          `json:"report,omitempty"`
	WeightsSHA256 string                 `json:"weights_sha256,omitempty"`
}

// write is model.json in a folder.
func (s savedProjection) write(folder string) error {
	return atomicfile.Write(filepath.Join(folder, modelfolder.Description), func(w io.Writer) error {
		return json.NewEncoder(w).Encode(s)
	})
}

// saved writes a folder in one piece; it replaces one of a projection and nothing else.
func saved(folder string, fill func(folder string) error) error {
	if err := modelfolder.Write(folder, []string{modelfolder.Description, modelfolder.Weights}, fill); err != nil {
		return fmt.Errorf("projection: saving to %s: %w", folder, err)
	}
	return nil
}

// Save writes the projection to a folder; the folder that it is in must exist.
func (p *PCA) Save(folder string) error {
	return saved(folder, savedProjection{Method: pcaMethod, Version: formatVersion, PCA: p}.write)
}

// Save writes the networks to a folder: model.json with the options, the normalisation and the report, and
// the weights by name in weights.safetensors. The folder that it is in must exist.
func (a *Autoencoder) Save(folder string) error {
	return saved(folder, func(fresh string) error {
		sha, err := modelfolder.WriteWeights(filepath.Join(fresh, modelfolder.Weights), autoencoderMethod,
			modelfolder.Network{Layout: a.net.layout, Values: a.params})
		if err != nil {
			return err
		}
		o := a.Options // what belongs to one run on one machine is not part of a model
		o.Backend, o.Checkpoint, o.Resume = "", "", false
		return savedProjection{Method: autoencoderMethod, Version: formatVersion, Options: &o, Norm: &a.norm,
			Report: a.Report.Summary(), WeightsSHA256: sha}.write(fresh)
	})
}

// Load reads the projection that Save wrote. backendSpec names the engine that an autoencoder runs
// on, as AutoencoderOptions.Backend does.
func Load(folder, backendSpec string) (Projection, error) {
	p, err := load(folder, backendSpec)
	if err != nil {
		return nil, fmt.Errorf("projection: reading %s: %w", folder, err)
	}
	return p, nil
}

func load(folder, backendSpec string) (Projection, error) {
	text, err := os.ReadFile(filepath.Join(folder, modelfolder.Description))
	if err != nil {
		return nil, err
	}
	var head struct{ Method string }
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("%s is cut short or damaged: %w", modelfolder.Description, err)
	}
	if head.Method != pcaMethod && head.Method != autoencoderMethod {
		return nil, fmt.Errorf("%s describes a model of method %q, which is no projection (%s)", modelfolder.Description, head.Method,
			spell.Suggest(head.Method, []string{pcaMethod, autoencoderMethod}))
	}
	var s savedProjection
	if err := modelfolder.ReadDescription(folder, head.Method, formatVersion, &s); err != nil {
		return nil, err
	}
	if head.Method == autoencoderMethod {
		return s.autoencoder(folder, backendSpec)
	}
	if s.PCA == nil {
		return nil, fmt.Errorf("%s has no components", modelfolder.Description)
	}
	return s.PCA, nil
}

func (s savedProjection) autoencoder(folder, backendSpec string) (*Autoencoder, error) {
	if s.Options == nil || s.Norm == nil {
		return nil, fmt.Errorf("%s lacks options or normalisation", modelfolder.Description)
	}
	if err := s.Options.check(); err != nil {
		return nil, err
	}
	if err := s.Norm.Check(len(s.Norm.Mean)); err != nil {
		return nil, err
	}
	if len(s.Norm.Mean) == 0 {
		return nil, fmt.Errorf("%s has no features", modelfolder.Description)
	}
	a := &Autoencoder{Options: *s.Options, Report: s.Report, norm: *s.Norm, net: newCoder(len(s.Norm.Mean), *s.Options)}
	n := modelfolder.Network{Layout: a.net.layout}
	if err := modelfolder.ReadWeights(filepath.Join(folder, modelfolder.Weights), s.WeightsSHA256, &n); err != nil {
		return nil, err
	}
	engine, err := backend.Get(backendSpec)
	if err != nil {
		return nil, err
	}
	a.Options.Backend = backendSpec
	a.params, a.be = n.Values, engine.Backend
	return a, a.place()
}

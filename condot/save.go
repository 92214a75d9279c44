package condot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/atomicfile"
	"github.com/gomonge/gomonge/internal/safetensors"
	"github.com/gomonge/gomonge/internal/train"
)

// Method is the name that a saved model's folder gives to the method that made it.
const Method = "condot"

// formatVersion of a model's folder; it changes when older programs could misread a newer one.
const formatVersion = 1

// Names of the files in a model's folder.
const (
	descriptionFile = "model.json"
	weightsFile     = "weights.safetensors"
)

// saved is the content of model.json.
type saved struct {
	Method       string             `json:"method"`
	Version      int                `json:"version"`
	Features     []string           `json:"features"`
	Space        string             `json:"space,omitempty"`
	Schema       condition.Schema   `json:"schema"`
	Conditions   []json.RawMessage  `json:"conditions"`
	Refined      bool               `json:"refined"`
	Options      Options            `json:"options"`
	Norm         normalisation      `json:"normalisation"`
	Report       *train.Report      `json:"report,omitempty"`
	Certificates []savedCertificate `json:"certificates,omitempty"`
	// WeightsSHA256 ties the file of weights to this description.
	WeightsSHA256 string `json:"weights_sha256"`
}

type savedCertificate struct {
	Condition json.RawMessage `json:"condition"`
	Certificate
}

// Save writes the model to a folder that needs no data set to be loaded: model.json with
// the schema, the conditions of training, the options, the normalisation, the report and
// the certificates, and the weights of both potentials by name in weights.safetensors.
//
// The folder is written under a temporary name beside dir and renamed, so that dir never
// holds half a model. A model that is already there is replaced; a folder that holds
// anything else is an error. The folder that dir is in must exist.
func (m *Model) Save(dir string) error {
	dir = filepath.Clean(dir)
	if err := replaceable(dir); err != nil {
		return err
	}
	fresh := hiddenName(dir, "tmp")
	if err := os.Mkdir(fresh, 0o777); err != nil {
		return fmt.Errorf("condot: saving a model to %s: %w", dir, err)
	}
	defer os.RemoveAll(fresh) // gone already where all went well
	if err := m.write(fresh); err != nil {
		return fmt.Errorf("condot: saving a model to %s: %w", dir, err)
	}
	if err := swap(fresh, dir); err != nil {
		return fmt.Errorf("condot: saving a model to %s: %w", dir, err)
	}
	return nil
}

// hiddenName is a new name in the folder that dir is in.
func hiddenName(dir, what string) string {
	return filepath.Join(filepath.Dir(dir), fmt.Sprintf(".%s.%s-%d", filepath.Base(dir), what, rand.Uint64()))
}

// replaceable says whether a model may take the place of what is at dir.
func replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("condot: saving a model to %s: %w", dir, err)
	}
	for _, e := range entries {
		if e.Name() != descriptionFile && e.Name() != weightsFile {
			return fmt.Errorf("condot: saving a model to %s: the folder holds %s, which is no part of a model; name a new folder", dir, e.Name())
		}
	}
	return nil
}

// swap gives fresh the name dir, by way of a third name where dir exists.
func swap(fresh, dir string) error {
	old := hiddenName(dir, "old")
	err := os.Rename(dir, old)
	if errors.Is(err, fs.ErrNotExist) {
		return os.Rename(fresh, dir)
	}
	if err != nil {
		return err
	}
	if err := os.Rename(fresh, dir); err != nil {
		return errors.Join(err, os.Rename(old, dir))
	}
	return os.RemoveAll(old)
}

func (m *Model) write(folder string) error {
	path := filepath.Join(folder, weightsFile)
	arrays := append(named("g/", m.potentials.g, m.gParams), named("f/", m.potentials.f, m.fParams)...)
	if err := safetensors.Write(path, arrays, map[string]string{"method": Method}); err != nil {
		return err
	}
	weights, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	s := saved{Method: Method, Version: formatVersion, Features: m.Features, Space: m.Space, Schema: m.encoder.schema, Refined: m.Refined,
		Options: m.Options, Norm: m.norm, Report: summary(m.Report), WeightsSHA256: hash(weights)}
	// What belongs to one run on one machine is not part of a model.
	s.Options.Backend, s.Options.Checkpoint, s.Options.Resume = "", "", false
	for _, c := range m.Conditions {
		text, err := s.Schema.MarshalValue(c)
		if err != nil {
			return err
		}
		s.Conditions = append(s.Conditions, text)
	}
	for _, c := range m.Certificates {
		text, err := s.Schema.MarshalValue(c.Condition)
		if err != nil {
			return fmt.Errorf("a certificate: %w", err)
		}
		s.Certificates = append(s.Certificates, savedCertificate{text, c})
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(folder, descriptionFile), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// summary is the report without the middle of its loss curve.
func summary(r *train.Report) *train.Report {
	if r == nil {
		return nil
	}
	s := *r
	s.Losses = s.Losses[max(0, len(s.Losses)-1):]
	return &s
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// named cuts a network's flat vector into its parameters.
func named(prefix string, n *network, flat []float32) (arrays []safetensors.Array) {
	for _, p := range n.layout.Params {
		arrays = append(arrays, safetensors.Array{Name: prefix + p.Name, Dims: p.Dims, Data: flat[p.Offset : p.Offset+p.Size]})
	}
	return arrays
}

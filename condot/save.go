package condot

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/atomicfile"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/modelfolder"
	"github.com/gomonge/gomonge/internal/train"
)

// Method is the name that a saved model's folder gives to the method that made it.
const Method = "condot"

// formatVersion of a model's folder; it changes when older programs could misread a newer one.
const formatVersion = 2

// saved is the content of model.json.
type saved struct {
	Method       string                `json:"method"`
	Version      int                   `json:"version"`
	Features     []string              `json:"features"`
	Space        string                `json:"space,omitempty"`
	Schema       condition.Schema      `json:"schema"`
	Conditions   []json.RawMessage     `json:"conditions"`
	Refined      bool                  `json:"refined"`
	Options      Options               `json:"options"`
	Norm         batches.Normalisation `json:"normalisation"`
	Report       *train.Report         `json:"report,omitempty"`
	Certificates []savedCertificate    `json:"certificates,omitempty"`
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
	if err := modelfolder.Write(dir, []string{modelfolder.Description, modelfolder.Weights}, m.write); err != nil {
		return fmt.Errorf("condot: saving a model to %s: %w", dir, err)
	}
	return nil
}

func (m *Model) write(folder string) error {
	sha, err := modelfolder.WriteWeights(filepath.Join(folder, modelfolder.Weights), Method,
		modelfolder.Network{Prefix: "g/", Layout: m.potentials.g.layout, Values: m.gParams},
		modelfolder.Network{Prefix: "f/", Layout: m.potentials.f.layout, Values: m.fParams})
	if err != nil {
		return err
	}
	s := saved{Method: Method, Version: formatVersion, Features: m.Features, Space: m.Space, Schema: m.encoder.Schema, Refined: m.Refined,
		Options: m.Options, Norm: m.norm, Report: m.Report.Summary(), WeightsSHA256: sha}
	// What belongs to one run on one machine is not part of a model.
	s.Options.Backend, s.Options.Devices, s.Options.Checkpoint, s.Options.Resume = "", 0, "", false
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
	return atomicfile.Write(filepath.Join(folder, modelfolder.Description), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

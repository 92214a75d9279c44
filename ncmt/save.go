package ncmt

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/atomicfile"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/modelfolder"
	"github.com/gomonge/gomonge/internal/train"
)

// Method is the name that a saved model's folder gives to the method that made it.
const Method = "ncmt"

// formatVersion of a model's folder; it changes when older programs could misread a newer one.
const formatVersion = 1

// saved is the content of model.json.
type saved struct {
	Method     string                `json:"method"`
	Version    int                   `json:"version"`
	Features   []string              `json:"features"`
	Space      string                `json:"space,omitempty"`
	Schema     condition.Schema      `json:"schema"`
	Conditions []json.RawMessage     `json:"conditions"`
	Options    Options               `json:"options"`
	Norm       batches.Normalisation `json:"normalisation"`
	Report     *train.Report         `json:"report,omitempty"`
	// WeightsSHA256 ties the file of weights to this description.
	WeightsSHA256 string `json:"weights_sha256"`
}

// Save writes the model to a folder that needs no data set to be loaded: model.json with
// the schema, the conditions of training, the options, the normalisation and the report, and the
// weights of map and critic by name in weights.safetensors.
//
// The folder is written under a temporary name beside dir and renamed, so that dir never
// holds half a model. A model that is already there is replaced; a folder that holds
// anything else is an error. The folder that dir is in must exist.
func (m *Model) Save(dir string) error {
	if err := modelfolder.Write(dir, []string{modelfolder.Description, modelfolder.Weights}, m.write); err != nil {
		return fmt.Errorf("ncmt: saving a model to %s: %w", dir, err)
	}
	return nil
}

func (m *Model) write(folder string) error {
	sha, err := modelfolder.WriteWeights(filepath.Join(folder, modelfolder.Weights), Method,
		modelfolder.Network{Prefix: "t/", Layout: m.nets.t.layout, Values: m.tParams},
		modelfolder.Network{Prefix: "f/", Layout: m.nets.f.layout, Values: m.fParams})
	if err != nil {
		return err
	}
	s := saved{Method: Method, Version: formatVersion, Features: m.Features, Space: m.Space, Schema: m.encoder.Schema,
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
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(folder, modelfolder.Description), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// Load reads a model that [Model.Save] wrote. backendSpec says what computes, as
// Options.Backend does; on the kind of machine that it was saved on, a loaded model carries
// points to the same bits.
//
// Errors say which file is missing, cut short, damaged or of another version, and what in
// it does not fit.
func Load(dir, backendSpec string) (*Model, error) {
	path := filepath.Join(dir, modelfolder.Description)
	s, err := readDescription(dir)
	if err != nil {
		return nil, err
	}
	m := &Model{Features: s.Features, Space: s.Space, Options: s.Options, Report: s.Report, norm: s.Norm}
	m.Options.Backend = backendSpec
	for _, text := range s.Conditions {
		c, err := s.Schema.UnmarshalValue(text)
		if err != nil {
			return nil, fmt.Errorf("ncmt: %s: %w", path, err)
		}
		m.Conditions = append(m.Conditions, c)
	}
	m.encoder = newEncoder(s.Schema, s.Options.Conditions, m.Conditions)
	t, f := newNetworks(len(s.Features), s.Options, m.encoder)
	tn, fn := modelfolder.Network{Prefix: "t/", Layout: t.layout}, modelfolder.Network{Prefix: "f/", Layout: f.layout}
	if err := modelfolder.ReadWeights(filepath.Join(dir, modelfolder.Weights), s.WeightsSHA256, &tn, &fn); err != nil {
		return nil, fmt.Errorf("ncmt: the model in %s: %w", dir, err)
	}
	engine, err := backend.Get(backendSpec)
	if err != nil {
		return nil, err
	}
	if err := m.place(engine.Backend, t, f, tn.Values, fn.Values); err != nil {
		return nil, fmt.Errorf("ncmt: the model in %s: %w", dir, err)
	}
	return m, nil
}

// readDescription reads and checks model.json.
func readDescription(dir string) (*saved, error) {
	var s saved
	if err := modelfolder.ReadDescription(dir, Method, formatVersion, &s); err != nil {
		return nil, fmt.Errorf("ncmt: %w", err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("ncmt: %s: %w", filepath.Join(dir, modelfolder.Description), err)
	}
	return &s, nil
}

// check says what is wrong with a description that can be read.
func (s *saved) check() error {
	if len(s.Features) == 0 {
		return fmt.Errorf("there are no features")
	}
	if err := s.Norm.Check(len(s.Features)); err != nil {
		return err
	}
	if len(s.Conditions) == 0 {
		return fmt.Errorf("there are no conditions of training")
	}
	if err := s.Options.check(); err != nil {
		return fmt.Errorf("options: %w", err)
	}
	return nil
}

package ncmt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
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
	s.Options.Backend, s.Options.Checkpoint, s.Options.Resume = "", "", false
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
	s, err := readDescription(path)
	if err != nil {
		return nil, fmt.Errorf("ncmt: the model in %s: %w", dir, err)
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

// readDescription reads model.json. Whether it is one of ours comes first, so that the error
// for another version says just that.
func readDescription(path string) (*saved, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var head struct {
		Method  string
		Version int
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("%s is cut short or damaged: %w", path, err)
	}
	if head.Method != Method || head.Version != formatVersion {
		return nil, fmt.Errorf("%s describes a model of method %q, version %d; this reads %q, version %d", path, head.Method, head.Version, Method, formatVersion)
	}
	var s saved
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &s, nil
}

// check says what is wrong with a description that can be read.
func (s *saved) check() error {
	if len(s.Features) == 0 || len(s.Norm.Mean) != len(s.Features) {
		return fmt.Errorf("there are %d features and the normalisation has %d means", len(s.Features), len(s.Norm.Mean))
	}
	for _, x := range append([]float64{s.Norm.Scale}, s.Norm.Mean...) {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("the normalisation holds %g", x)
		}
	}
	if !(s.Norm.Scale > 0) {
		return fmt.Errorf("the normalisation's scale is %g; it is positive", s.Norm.Scale)
	}
	if len(s.Conditions) == 0 {
		return fmt.Errorf("there are no conditions of training")
	}
	if err := s.Options.check(); err != nil {
		return fmt.Errorf("options: %w", err)
	}
	return nil
}

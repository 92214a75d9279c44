package condot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/modelfolder"
)

// Load reads a model that [Model.Save] wrote. backendSpec says what computes, as
// Options.Backend does; on the kind of machine that it was saved on, a loaded model carries
// points to the same bits.
//
// Errors say which file is missing, cut short, damaged or of another version, and what in
// it does not fit.
func Load(dir, backendSpec string) (*Model, error) {
	s, err := readDescription(dir)
	if err != nil {
		return nil, err
	}
	m := &Model{Features: s.Features, Space: s.Space, Options: s.Options, Refined: s.Refined, Report: s.Report, norm: s.Norm}
	m.Options.Backend = backendSpec
	for _, text := range s.Conditions {
		c, err := s.Schema.UnmarshalValue(text)
		if err != nil {
			return nil, fmt.Errorf("condot: %s: %w", filepath.Join(dir, modelfolder.Description), err)
		}
		m.Conditions = append(m.Conditions, c)
	}
	for _, c := range s.Certificates {
		if c.Certificate.Condition, err = s.Schema.UnmarshalValue(c.Condition); err != nil {
			return nil, fmt.Errorf("condot: %s: a certificate: %w", filepath.Join(dir, modelfolder.Description), err)
		}
		m.Certificates = append(m.Certificates, c.Certificate)
	}
	if m.encoder, err = newEncoder(s.Schema, s.Options.Encoding, m.Conditions); err != nil {
		return nil, fmt.Errorf("condot: %s: %w", filepath.Join(dir, modelfolder.Description), err)
	}
	g, f := m.encoder.networks(len(s.Features), s.Options.Architecture)
	if err := m.readWeights(dir, s.WeightsSHA256, g, f); err != nil {
		return nil, err
	}
	if err := m.place(g, f, backendSpec); err != nil {
		return nil, err
	}
	return m, nil
}

// place puts the weights on the device.
func (m *Model) place(g, f *network, backendSpec string) error {
	engine, err := backend.Get(backendSpec)
	if err != nil {
		return err
	}
	m.potentials = newPotentials(engine.Backend, g, f)
	return m.potentials.place(m.gParams, m.fParams)
}

func (m *Model) readWeights(dir, sha string, g, f *network) error {
	gn, fn := modelfolder.Network{Prefix: "g/", Layout: g.layout}, modelfolder.Network{Prefix: "f/", Layout: f.layout}
	if err := modelfolder.ReadWeights(filepath.Join(dir, modelfolder.Weights), sha, &gn, &fn); err != nil {
		return fmt.Errorf("condot: the model in %s: %w", dir, err)
	}
	m.gParams, m.fParams = gn.Values, fn.Values
	return nil
}

// readDescription reads model.json. Whether it is one of ours comes first, so that the error
// for another version says just that.
func readDescription(dir string) (*saved, error) {
	path := filepath.Join(dir, modelfolder.Description)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("condot: there is no model in %s: %w", dir, err)
	}
	var head struct {
		Method  string
		Version int
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("condot: %s is cut short or damaged: %w", path, err)
	}
	if head.Method != Method {
		return nil, fmt.Errorf("condot: %s describes a model of method %q; this reads %q", path, head.Method, Method)
	}
	if head.Version != formatVersion {
		return nil, fmt.Errorf("condot: %s has version %d; this program reads version %d", path, head.Version, formatVersion)
	}
	var s saved
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("condot: %s: %w", path, err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("condot: %s: %w", path, err)
	}
	return &s, nil
}

// check says what is wrong with a description that can be read.
func (s *saved) check() error {
	d := len(s.Features)
	if d == 0 {
		return fmt.Errorf("there are no features")
	}
	if len(s.Norm.Mean) != d {
		return fmt.Errorf("the normalisation has %d means for %d features", len(s.Norm.Mean), d)
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

package condot

import (
	"fmt"
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

// readDescription reads and checks model.json.
func readDescription(dir string) (*saved, error) {
	var s saved
	if err := modelfolder.ReadDescription(dir, Method, formatVersion, &s); err != nil {
		return nil, fmt.Errorf("condot: %w", err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("condot: %s: %w", filepath.Join(dir, modelfolder.Description), err)
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

package condot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/safetensors"
	"github.com/gomonge/gomonge/internal/train"
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
			return nil, fmt.Errorf("condot: %s: %w", filepath.Join(dir, descriptionFile), err)
		}
		m.Conditions = append(m.Conditions, c)
	}
	for _, c := range s.Certificates {
		if c.Certificate.Condition, err = s.Schema.UnmarshalValue(c.Condition); err != nil {
			return nil, fmt.Errorf("condot: %s: a certificate: %w", filepath.Join(dir, descriptionFile), err)
		}
		m.Certificates = append(m.Certificates, c.Certificate)
	}
	if m.encoder, err = newEncoder(s.Schema, s.Options.Encoding, m.Conditions); err != nil {
		return nil, fmt.Errorf("condot: %s: %w", filepath.Join(dir, descriptionFile), err)
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
	if m.potentials.gw, err = train.Upload(engine.Backend, m.gParams, len(m.gParams)); err != nil {
		return err
	}
	m.potentials.fw, err = train.Upload(engine.Backend, m.fParams, len(m.fParams))
	return err
}

func (m *Model) readWeights(dir, sha string, g, f *network) error {
	path := filepath.Join(dir, weightsFile)
	arrays, _, err := safetensors.Read(path)
	if err != nil {
		return fmt.Errorf("condot: the model in %s: %w", dir, err)
	}
	byName := map[string]safetensors.Array{}
	for _, a := range arrays {
		byName[a.Name] = a
	}
	if m.gParams, err = flat("g/", g, byName); err != nil {
		return fmt.Errorf("condot: %s: %w", path, err)
	}
	if m.fParams, err = flat("f/", f, byName); err != nil {
		return fmt.Errorf("condot: %s: %w", path, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("condot: the model in %s: %w", dir, err)
	}
	if got := hash(data); got != sha {
		return fmt.Errorf("condot: %s is damaged or belongs to another model: its SHA-256 is %.12s…, %s says %.12s…", path, got, descriptionFile, sha)
	}
	return nil
}

// flat joins a network's parameters to one vector.
func flat(prefix string, n *network, arrays map[string]safetensors.Array) ([]float32, error) {
	for _, p := range n.layout.Params {
		a, ok := arrays[prefix+p.Name]
		if !ok {
			return nil, fmt.Errorf("the weights %s%s are missing", prefix, p.Name)
		}
		if !slices.Equal(a.Dims, p.Dims) {
			return nil, fmt.Errorf("the weights %s%s have shape %v, the architecture of %s wants %v", prefix, p.Name, a.Dims, descriptionFile, p.Dims)
		}
		for _, v := range a.Data {
			if v-v != 0 { // NaN or infinite
				return nil, fmt.Errorf("the weights %s%s hold %g", prefix, p.Name, v)
			}
		}
	}
	v := make([]float32, n.layout.Size)
	for _, p := range n.layout.Params {
		copy(v[p.Offset:], arrays[prefix+p.Name].Data)
	}
	return v, nil
}

// readDescription reads model.json. Whether it is one of ours comes first, so that the error
// for another version says just that.
func readDescription(dir string) (*saved, error) {
	path := filepath.Join(dir, descriptionFile)
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

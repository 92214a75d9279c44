package baselines

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/atomicfile"
	"github.com/gomonge/gomonge/internal/modelfolder"
	"github.com/gomonge/gomonge/internal/safetensors"
	"gonum.org/v1/gonum/mat"
)

const (
	mapsFolder = "maps" // of models within the model
	// formatVersion changes when older programs could misread a newer folder.
	formatVersion = 1
)

// document is model.json. What it shares with CondOT's has the same names there.
type document struct {
	Method     string            `json:"method"`
	Version    int               `json:"version"`
	Features   []string          `json:"features"`
	Space      string            `json:"space,omitempty"`
	Schema     condition.Schema  `json:"schema"`
	Conditions []json.RawMessage `json:"conditions"`
	Warnings   []string          `json:"warnings,omitempty"`
	// Maps of the method, in a form of its own.
	Maps json.RawMessage `json:"maps,omitempty"`
	// WeightsSHA256 ties the file of weights, where there is one, to this description.
	WeightsSHA256 string `json:"weights_sha256,omitempty"`
}

// parts are what a method saves: numbers in model.json, matrices or a network in
// weights.safetensors and models in folders of their own.
type parts struct {
	maps    any
	arrays  []safetensors.Array
	network *modelfolder.Network
	models  []func(folder string) error
}

// save writes the folder under a temporary name beside it and renames it, so
// that folder never holds half a model. A model that is already there is
// replaced; a folder that holds anything else is an error. The folder that
// it is in must exist.
func (t *Training) save(folder string, p parts) error {
	known := []string{modelfolder.Description, modelfolder.Weights, mapsFolder}
	if err := modelfolder.Write(folder, known, func(fresh string) error { return t.write(fresh, p) }); err != nil {
		return fmt.Errorf("baselines: saving %s to %s: %w", t.Method, folder, err)
	}
	return nil
}

// write fills a folder.
func (t *Training) write(folder string, p parts) error {
	if len(p.models) > 0 {
		if err := os.Mkdir(filepath.Join(folder, mapsFolder), 0o777); err != nil {
			return err
		}
	}
	for j, saveModel := range p.models {
		if err := saveModel(modelFolder(folder, j)); err != nil {
			return err
		}
	}
	d := document{Method: t.Method, Version: formatVersion, Features: t.Features, Space: t.Space, Schema: t.schema, Warnings: t.warnings}
	if p.network != nil {
		var err error
		if d.WeightsSHA256, err = modelfolder.WriteWeights(filepath.Join(folder, modelfolder.Weights), t.Method, *p.network); err != nil {
			return err
		}
	}
	if len(p.arrays) > 0 {
		path := filepath.Join(folder, modelfolder.Weights)
		if err := safetensors.Write(path, p.arrays, map[string]string{"method": t.Method}); err != nil {
			return err
		}
		var err error
		if d.WeightsSHA256, err = modelfolder.HashFile(path); err != nil {
			return err
		}
	}
	for _, c := range t.Conditions {
		text, err := t.schema.MarshalValue(c)
		if err != nil {
			return err
		}
		d.Conditions = append(d.Conditions, text)
	}
	if p.maps != nil {
		var err error
		if d.Maps, err = json.Marshal(p.maps); err != nil {
			return err
		}
	}
	return atomicfile.Write(filepath.Join(folder, modelfolder.Description), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(d)
	})
}

// modelFolder of the j-th model within a model.
func modelFolder(folder string, j int) string {
	return filepath.Join(folder, mapsFolder, strconv.Itoa(j))
}

// Save writes the map to a folder.
func (m *Identity) Save(folder string) error { return m.save(folder, parts{}) }

// Save writes the map to a folder.
func (m *Shift) Save(folder string) error { return m.save(folder, parts{maps: m.maps}) }

// effects is an Additive map in JSON: one of the two is set.
type effects struct {
	Singles map[string]shift `json:"singles,omitempty"`
	Main    *mainEffects     `json:"main,omitempty"`
}

// Save writes the map to a folder.
func (m *Additive) Save(folder string) error {
	e := effects{Singles: m.singles}
	if m.singles == nil {
		e.Main = &m.main
	}
	return m.save(folder, parts{maps: e})
}

// ridgeEffects is a Ridge map in JSON.
type ridgeEffects struct {
	RidgeOptions
	Main mainEffects `json:"main"`
}

// Save writes the map to a folder.
func (m *Ridge) Save(folder string) error {
	return m.save(folder, parts{maps: ridgeEffects{m.Options, m.effects}})
}

// affineMeans is an affine map in JSON, but for its matrix.
type affineMeans struct {
	SourceMean  []float64 `json:"source_mean"`
	TargetMean  []float64 `json:"target_mean"`
	SourceRidge float64   `json:"source_ridge,omitempty"`
	TargetRidge float64   `json:"target_ridge,omitempty"`
}

// Save writes the maps to a folder.
func (m *Affine) Save(folder string) error {
	var p parts
	var means []affineMeans
	for j, a := range m.maps {
		means = append(means, affineMeans{a.SourceMean, a.TargetMean, a.SourceRidge, a.TargetRidge})
		p.arrays = append(p.arrays, array(arrayName("a", j), mat.DenseCopyOf(a.A)))
	}
	p.maps = means
	return m.save(folder, p)
}

// Save writes the plans' points and their images to a folder.
func (m *Plan) Save(folder string) error {
	var p parts
	for j, of := range m.maps {
		p.arrays = append(p.arrays, array(arrayName("source", j), of.source), array(arrayName("image", j), of.image))
	}
	return m.save(folder, p)
}

// Save writes the maps to a folder.
func (m *Quantile) Save(folder string) error { return m.save(folder, parts{maps: m.maps}) }

// Save writes the networks of each map to a folder of their own, maps/0 and so on.
func (m *ICNN) Save(folder string) error {
	var p parts
	for _, u := range m.maps {
		p.models = append(p.models, u.Save)
	}
	return m.save(folder, p)
}

// arrayName of a matrix of the j-th map.
func arrayName(what string, j int) string { return what + "/" + strconv.Itoa(j) }

// array is a matrix of float32 numbers as files hold it.
func array(name string, m *mat.Dense) safetensors.Array {
	n, d := m.Dims()
	a := safetensors.Array{Name: name, Dims: []int{n, d}}
	for i := range n {
		for _, v := range m.RawRowView(i) {
			a.Data = append(a.Data, float32(v))
		}
	}
	return a
}

package baselines

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/atomicfile"
	"github.com/gomonge/gomonge/internal/safetensors"
	"gonum.org/v1/gonum/mat"
)

const (
	modelFile   = "model.json"
	weightsFile = "weights.safetensors"
	mapsFolder  = "maps" // of models within the model
	// format changes when old folders can no longer be read.
	format = 1
)

// document is model.json.
type document struct {
	Format     int               `json:"format"`
	Method     string            `json:"method"`
	Features   []string          `json:"features"`
	Schema     condition.Schema  `json:"schema"`
	Conditions []json.RawMessage `json:"conditions"`
	Warnings   []string          `json:"warnings,omitempty"`
	// Maps of the method, in a form of its own.
	Maps json.RawMessage `json:"maps,omitempty"`
}

// parts are what a method saves: numbers in model.json, matrices in
// weights.safetensors and models in folders of their own.
type parts struct {
	maps   any
	arrays []safetensors.Array
	models []func(folder string) error
}

// save writes the folder under a temporary name beside it and renames it, so
// that folder holds the old model or the whole new one. Only a folder that is
// empty or holds a model is replaced.
func (t *Training) save(folder string, p parts) error {
	if err := replaceable(folder); err != nil {
		return fmt.Errorf("baselines: saving %s: %w", t.Method, err)
	}
	folder = filepath.Clean(folder)
	beside := filepath.Join(filepath.Dir(folder), fmt.Sprintf(".%s.tmp-%d", filepath.Base(folder), rand.Uint64()))
	err := os.MkdirAll(beside, 0o777)
	if err == nil {
		err = t.write(beside, p)
	}
	if err == nil {
		err = replace(folder, beside)
	}
	if err != nil {
		os.RemoveAll(beside)
		return fmt.Errorf("baselines: saving %s: %w", t.Method, err)
	}
	return nil
}

// replaceable says why a folder may not be replaced by a model.
func replaceable(folder string) error {
	entries, err := os.ReadDir(folder)
	switch {
	case os.IsNotExist(err):
		return nil
	case err != nil:
		return err
	case len(entries) == 0:
		return nil
	}
	if _, err := os.Stat(filepath.Join(folder, modelFile)); err != nil {
		return fmt.Errorf("%s holds files and no %s: give a folder that is empty, new or a model's", folder, modelFile)
	}
	return nil
}

// replace puts a finished folder in the place of another.
func replace(folder, finished string) error {
	old := finished + ".old"
	err := os.Rename(folder, old)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.Rename(finished, folder); err != nil {
		os.Rename(old, folder) // as it was, as far as can be
		return err
	}
	return os.RemoveAll(old)
}

// write fills a folder.
func (t *Training) write(folder string, p parts) error {
	for j, saveModel := range p.models {
		if err := os.MkdirAll(filepath.Join(folder, mapsFolder), 0o777); err != nil {
			return err
		}
		if err := saveModel(modelFolder(folder, j)); err != nil {
			return err
		}
	}
	if len(p.arrays) > 0 {
		if err := safetensors.Write(filepath.Join(folder, weightsFile), p.arrays, nil); err != nil {
			return err
		}
	}
	d := document{Format: format, Method: t.Method, Features: t.Features, Schema: t.Schema, Conditions: []json.RawMessage{}, Warnings: t.warnings}
	for _, c := range t.Conditions {
		text, err := t.Schema.MarshalValue(c)
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
	return atomicfile.Write(filepath.Join(folder, modelFile), func(w io.Writer) error {
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

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/gomonge/gomonge/ncmt"
	"github.com/gomonge/gomonge/projection"
	"gonum.org/v1/gonum/mat"
)

// modelFile is the file that makes a folder a model's.
const modelFile = "model.json"

// model is a map that was read from its folder.
type model struct {
	fitted
	folder, method string
	features       []string
	schema         condition.Schema
	conditions     []condition.Value
	warnings       []string
	inverse        func(dst, y *mat.Dense, c condition.Value) (*mat.Dense, error) // nil: none
	networks       *condot.Model                                                  // nil for other methods
	stochastic     *ncmt.Model                                                    // nil for other methods
	projection     projection.Projection                                          // to the space that these two work in; nil where it is that of the features
}

// modelFolder is the folder of the model that a folder is or, as a run, holds; "" where there is none.
func modelFolder(folder string) string {
	for _, f := range []string{folder, filepath.Join(folder, "model")} {
		if _, err := os.Stat(filepath.Join(f, modelFile)); err == nil {
			return f
		}
	}
	return ""
}

// openModel reads the model of a folder, or that of a run.
func (a *app) openModel(folder string) (*model, error) {
	at := modelFolder(folder)
	if at == "" {
		return nil, noModel(folder)
	}
	text, err := os.ReadFile(filepath.Join(at, modelFile))
	if err != nil {
		return nil, err
	}
	var kind struct{ Method string }
	if err := json.Unmarshal(text, &kind); err != nil {
		return nil, fmt.Errorf("%s is not whole: %w", filepath.Join(at, modelFile), err)
	}
	if kind.Method == projectedMethod {
		return a.openProjected(at)
	}
	if kind.Method == condot.Method {
		m, err := condot.Load(at, a.backend)
		if err != nil {
			return nil, err
		}
		return modelOf(m, at), nil
	}
	if kind.Method == ncmt.Method {
		m, err := ncmt.Load(at, a.backend)
		if err != nil {
			return nil, err
		}
		return modelOf(m, at), nil
	}
	m, err := baselines.Load(at, a.backend)
	if err != nil {
		return nil, err
	}
	return modelOf(m, at), nil
}

// modelOf is a fitted map as what commands ask of it.
func modelOf(m fitted, folder string) *model {
	switch m := m.(type) {
	case *projected:
		return modelOfProjected(m, folder)
	case *condot.Model:
		loaded := &model{fitted: m, folder: folder, method: condot.Method, features: m.Features, schema: m.Schema(), conditions: m.Conditions,
			inverse: m.Inverse, networks: m}
		if m.Report != nil {
			loaded.warnings = m.Report.Warnings
		}
		return loaded
	case *ncmt.Model:
		loaded := &model{fitted: m, folder: folder, method: ncmt.Method, features: m.Features, schema: m.Schema(), conditions: m.Conditions, stochastic: m}
		if m.Report != nil {
			loaded.warnings = m.Report.Warnings
		}
		return loaded
	case baselines.Map:
		t := m.Trained()
		loaded := &model{fitted: m, folder: folder, method: t.Method, features: t.Features, schema: t.Schema(), conditions: t.Conditions, warnings: m.Warnings()}
		if b, ok := m.(interface {
			Inverse(dst, y *mat.Dense, c condition.Value) (*mat.Dense, error)
		}); ok {
			loaded.inverse = b.Inverse
		}
		return loaded
	}
	panic(fmt.Sprintf("a map of type %T", m))
}

// noModel says what a folder is instead of a model's.
func noModel(folder string) error {
	_, err := os.Stat(folder)
	partial := filepath.Clean(folder) + rundir.Unfinished
	switch _, unfinished := os.Stat(partial); {
	case errors.Is(err, fs.ErrNotExist) && unfinished == nil:
		return fmt.Errorf("the run %s is not finished; go on with it by gomonge fit --resume --out %s", folder, folder)
	case err != nil:
		return fmt.Errorf("there is no model: %w", err)
	}
	return fmt.Errorf("%s is no model: it has no %s", folder, modelFile)
}

// check says which of the conditions the model cannot be asked, and warns of
// those that are beyond its training.
func (m *model) check(values []condition.Value) ([]string, error) {
	var warnings []string
	for _, v := range values {
		w, err := m.Check(v)
		if err != nil {
			return nil, fmt.Errorf("%w; %s was trained on %s", err, m.folder, m.trainedOn())
		}
		for _, text := range w {
			if !slices.Contains(warnings, text) {
				warnings = append(warnings, text)
			}
		}
	}
	return warnings, nil
}

func (m *model) trainedOn() string {
	var names []string
	for _, c := range m.conditions {
		names = append(names, m.schema.Format(c))
	}
	return shortened(names)
}

// variableText is a variable with its kind and what training saw of it.
func variableText(v condition.Variable) string {
	if v.Kind == condition.Continuous {
		return fmt.Sprintf("%s: %v, %v scale, %g to %g", v.Name, v.Kind, v.Scale, v.Min, v.Max)
	}
	coded := "one-hot"
	if v.Vectors != nil {
		coded = "coordinates"
	}
	return fmt.Sprintf("%s: %v by %s, %d levels: %s", v.Name, v.Kind, coded, len(v.Levels), strings.TrimSpace(shortened(v.Levels)))
}

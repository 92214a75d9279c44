package baselines

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/internal/modelfolder"
	"github.com/gomonge/gomonge/internal/safetensors"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/mat"
)

// saved is a model's folder as it was read.
type saved struct {
	Training
	folder string
	// backend names the engine of maps that need one.
	backend string
	maps    json.RawMessage
	sha     string                // of weights.safetensors; "" where there is none
	arrays  map[string]*mat.Dense // nil before the first is asked for
}

// Load reads what [Map.Save] wrote; no data are needed. backend names the
// engine that networks run on, as for condot.Load, and is of no use to other methods. A
// folder of another method, of another version of the format, or one that is
// not whole is an error that says which.
func Load(folder, backend string) (Map, error) {
	s, err := readDescription(folder)
	if err != nil {
		return nil, fmt.Errorf("baselines: reading a model from %s: %w", folder, err)
	}
	s.backend = backend
	methods := Methods()
	at := slices.IndexFunc(methods, func(m Method) bool { return m.Name == s.Method })
	if at < 0 {
		return nil, fmt.Errorf("baselines: %s describes a model of method %q, which is no baseline (%s)", filepath.Join(folder, modelfolder.Description), s.Method, spell.Suggest(s.Method, Names()))
	}
	m, err := methods[at].load(s)
	if err != nil {
		return nil, fmt.Errorf("baselines: reading a model of method %s from %s: %w", s.Method, folder, err)
	}
	return m, nil
}

// readDescription reads model.json but for the method's own part.
func readDescription(folder string) (*saved, error) {
	text, err := os.ReadFile(filepath.Join(folder, modelfolder.Description))
	if err != nil {
		return nil, err
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("%s is cut short or damaged: %w", modelfolder.Description, err)
	}
	if d.Version != formatVersion {
		return nil, fmt.Errorf("%s has version %d; this program reads version %d", modelfolder.Description, d.Version, formatVersion)
	}
	s := &saved{folder: folder, maps: d.Maps, sha: d.WeightsSHA256,
		Training: Training{Method: d.Method, Features: d.Features, Space: d.Space, schema: d.Schema, warnings: d.Warnings}}
	if len(d.Features) == 0 || len(d.Conditions) == 0 {
		return nil, fmt.Errorf("%s names %d features and %d conditions; there is at least one of each", modelfolder.Description, len(d.Features), len(d.Conditions))
	}
	for _, text := range d.Conditions {
		c, err := d.Schema.UnmarshalValue(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", modelfolder.Description, err)
		}
		s.Conditions = append(s.Conditions, c)
	}
	return s, nil
}

// readArrays reads weights.safetensors of a model that has matrices there.
func (s *saved) readArrays() error {
	s.arrays = map[string]*mat.Dense{}
	if s.sha == "" {
		return nil
	}
	path := filepath.Join(s.folder, modelfolder.Weights)
	got, err := modelfolder.HashFile(path)
	if err != nil {
		return err
	}
	if got != s.sha {
		return fmt.Errorf("%s is damaged or belongs to another model: its SHA-256 is %.12s…, %s says %.12s…", modelfolder.Weights, got, modelfolder.Description, s.sha)
	}
	arrays, _, err := safetensors.Read(path)
	if err != nil {
		return err
	}
	for _, a := range arrays {
		if len(a.Dims) != 2 || len(a.Data) == 0 {
			return fmt.Errorf("%s: array %s has the shape %v; it is a matrix", modelfolder.Weights, a.Name, a.Dims)
		}
		m := mat.NewDense(a.Dims[0], a.Dims[1], nil)
		for i, v := range a.Data {
			m.RawMatrix().Data[i] = float64(v)
		}
		s.arrays[a.Name] = m
	}
	return nil
}

// matrix of that name, with the rows given (any number if 0) and d columns.
func (s *saved) matrix(name string, rows int) (*mat.Dense, error) {
	if s.arrays == nil {
		if err := s.readArrays(); err != nil {
			return nil, err
		}
	}
	m, ok := s.arrays[name]
	if !ok {
		return nil, fmt.Errorf("%s has no array %s", modelfolder.Weights, name)
	}
	if n, d := m.Dims(); d != len(s.Features) || rows != 0 && n != rows {
		return nil, fmt.Errorf("%s: array %s is %d×%d, which does not fit %d features", modelfolder.Weights, name, n, d, len(s.Features))
	}
	return m, nil
}

// vector checks the length of one that has a number for each feature.
func (s *saved) vector(v []float64) error {
	if len(v) != len(s.Features) {
		return fmt.Errorf("%s: a vector of %d numbers for %d features", modelfolder.Description, len(v), len(s.Features))
	}
	return nil
}

// decode reads the method's own part of model.json.
func (s *saved) decode(into any) error {
	if err := json.Unmarshal(s.maps, into); err != nil {
		return fmt.Errorf("%s: maps: %w", modelfolder.Description, err)
	}
	return nil
}

// count of the maps of that reach.
func (t *Training) count(reach Reach) int {
	if reach == Pooled {
		return 1
	}
	return len(t.Conditions)
}

// restored is the family of a saved model, its maps read by read.
func restored[M carrier](s *saved, reach Reach, read func(j int) (M, error)) (family[M], error) {
	f := family[M]{Training: s.Training, Reach: reach}
	var err error
	if f.codes, err = f.positions(); err != nil {
		return f, err
	}
	for j := range f.count(reach) {
		m, err := read(j)
		if err != nil {
			return f, err
		}
		f.maps = append(f.maps, m)
	}
	return f, nil
}

// listed reads the maps that model.json has in a list.
func listed[T any](s *saved, reach Reach) ([]T, error) {
	var list []T
	if err := s.decode(&list); err != nil {
		return nil, err
	}
	if want := s.count(reach); len(list) != want {
		return nil, fmt.Errorf("%s has %d maps for %d", modelfolder.Description, len(list), want)
	}
	return list, nil
}

func loadShift(s *saved, reach Reach) (*Shift, error) {
	shifts, err := listed[shift](s, reach)
	if err != nil {
		return nil, err
	}
	f, err := restored(s, reach, func(j int) (shift, error) { return shifts[j], s.vector(shifts[j]) })
	return &Shift{f}, err
}

func loadAdditive(s *saved) (*Additive, error) {
	m := &Additive{Training: s.Training}
	var e effects
	if err := s.decode(&e); err != nil {
		return nil, err
	}
	for _, effect := range e.Singles {
		if err := s.vector(effect); err != nil {
			return nil, err
		}
	}
	if m.sumsSingles() {
		if m.singles = e.Singles; len(e.Singles) == 0 {
			return nil, fmt.Errorf("%s has no effect of a single action", modelfolder.Description)
		}
		return m, nil
	}
	if e.Main == nil {
		e.Main = &mainEffects{}
	}
	m.main = *e.Main
	return m, s.checkEffects(m.main)
}

// checkEffects says why main effects are none of the schema's encoding.
func (s *saved) checkEffects(e mainEffects) error {
	codes, err := s.positions()
	if err != nil {
		return err
	}
	if e.Mean == nil || len(e.Center) != len(codes[0]) || len(e.Slopes) != len(codes[0]) {
		return fmt.Errorf("%s: the main effects do not fit the schema", modelfolder.Description)
	}
	for _, v := range append(slices.Clone(e.Slopes), e.Mean) {
		if err := s.vector(v); err != nil {
			return err
		}
	}
	return nil
}

func loadRidge(s *saved) (*Ridge, error) {
	var e ridgeEffects
	if err := s.decode(&e); err != nil {
		return nil, err
	}
	return &Ridge{Training: s.Training, Options: e.RidgeOptions, effects: e.Main}, s.checkEffects(e.Main)
}

func loadAffine(s *saved, reach Reach) (*Affine, error) {
	list, err := listed[affineMeans](s, reach)
	if err != nil {
		return nil, err
	}
	f, err := restored(s, reach, func(j int) (affine, error) {
		e := list[j]
		for _, v := range [][]float64{e.SourceMean, e.TargetMean} {
			if err := s.vector(v); err != nil {
				return affine{}, err
			}
		}
		a, err := s.matrix(arrayName("a", j), len(s.Features))
		if err != nil {
			return affine{}, err
		}
		return affine{&ot.AffineMap{A: mat.NewSymDense(len(s.Features), a.RawMatrix().Data), SourceMean: e.SourceMean, TargetMean: e.TargetMean,
			SourceRidge: e.SourceRidge, TargetRidge: e.TargetRidge}}, nil
	})
	return &Affine{f}, err
}

func loadPlan(s *saved, reach Reach) (*Plan, error) {
	f, err := restored(s, reach, func(j int) (plan, error) {
		source, err := s.matrix(arrayName("source", j), 0)
		if err != nil {
			return plan{}, err
		}
		n, _ := source.Dims()
		image, err := s.matrix(arrayName("image", j), n)
		return plan{source, image}, err
	})
	return &Plan{f}, err
}

func loadQuantile(s *saved, reach Reach) (*Quantile, error) {
	list, err := listed[monotone](s, reach)
	if err != nil {
		return nil, err
	}
	f, err := restored(s, reach, func(j int) (monotone, error) {
		m := list[j]
		if len(m.From) == 0 || len(m.From) != len(m.To) || !slices.IsSorted(m.From) {
			return m, fmt.Errorf("%s: map %d has %d and %d quantiles, or not in order", modelfolder.Description, j, len(m.From), len(m.To))
		}
		return m, nil
	})
	return &Quantile{f}, err
}

func loadICNN(s *saved, reach Reach) (*ICNN, error) {
	f, err := restored(s, reach, func(j int) (unconditional, error) {
		m, err := condot.Load(modelFolder(s.folder, j), s.backend)
		if err == nil && !slices.Equal(m.Features, s.Features) {
			err = fmt.Errorf("map %d has the features %q, the model %q", j, m.Features, s.Features)
		}
		return unconditional{m}, err
	})
	return &ICNN{family: f}, err
}

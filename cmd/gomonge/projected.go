package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/sparse"
	"github.com/gomonge/gomonge/internal/atomicfile"
	"github.com/gomonge/gomonge/internal/modelfolder"
	"github.com/gomonge/gomonge/ncmt"
	"github.com/gomonge/gomonge/projection"
	"gonum.org/v1/gonum/mat"
)

// projected is a map between latent points as one between points of features: they are encoded, carried and
// decoded.
type projected struct {
	fitted
	projection.Projection
	features []string
}

const (
	// projectedMethod is the method that such a model's description names; the map's own is in latentFolder.
	projectedMethod  = "projected"
	projectedVersion = 1
	projectionFolder = "projection"
	latentFolder     = "latent"
)

// projectedDescription is model.json.
type projectedDescription struct {
	Method   string   `json:"method"`
	Version  int      `json:"version"`
	Features []string `json:"features"`
}

// through carries points of features by a map of latent points.
func (p *projected) through(dst, x *mat.Dense, carry func(z *mat.Dense) (*mat.Dense, error)) (*mat.Dense, error) {
	z, err := p.Projection.Transform(nil, x)
	if err != nil {
		return nil, err
	}
	if z, err = carry(z); err != nil {
		return nil, err
	}
	return p.Projection.Inverse(dst, z)
}

// Transport carries the points of x to condition c; dst may be nil or x.
func (p *projected) Transport(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error) {
	return p.through(dst, x, func(z *mat.Dense) (*mat.Dense, error) { return p.fitted.Transport(nil, z, c) })
}

// Save writes the projection and the map to folders in one.
func (p *projected) Save(folder string) error {
	parts := []string{modelfolder.Description, projectionFolder, latentFolder}
	return modelfolder.Write(folder, parts, func(fresh string) error {
		if err := p.Projection.Save(filepath.Join(fresh, projectionFolder)); err != nil {
			return err
		}
		if err := p.fitted.Save(filepath.Join(fresh, latentFolder)); err != nil {
			return err
		}
		return atomicfile.Write(filepath.Join(fresh, modelfolder.Description), func(w io.Writer) error {
			return json.NewEncoder(w).Encode(projectedDescription{projectedMethod, projectedVersion, p.features})
		})
	})
}

// openProjected reads what projected.Save wrote.
func (a *app) openProjected(folder string) (*model, error) {
	var d projectedDescription
	if err := modelfolder.ReadDescription(folder, projectedMethod, projectedVersion, &d); err != nil {
		return nil, err
	}
	p, err := projection.Load(filepath.Join(folder, projectionFolder), a.backend)
	if err != nil {
		return nil, err
	}
	inner, err := a.openModel(filepath.Join(folder, latentFolder))
	if err != nil {
		return nil, err
	}
	features, latent := p.Dims()
	if len(d.Features) != features || len(inner.features) != latent {
		return nil, fmt.Errorf("%s: a projection of %d features to %d dimensions between %d features and a map of %d dimensions", folder, features, latent, len(d.Features), len(inner.features))
	}
	return modelOf(&projected{inner.fitted, p, d.Features}, folder), nil
}

// modelOfProjected is modelOf a projected map: that of the latent space, between features.
func modelOfProjected(p *projected, folder string) *model {
	m := modelOf(p.fitted, folder)
	if inverse := m.inverse; inverse != nil {
		m.inverse = func(dst, y *mat.Dense, c condition.Value) (*mat.Dense, error) {
			return p.through(dst, y, func(z *mat.Dense) (*mat.Dense, error) { return inverse(nil, z, c) })
		}
	}
	m.fitted, m.features, m.projection = p, p.features, p.Projection
	return m
}

// latent brings points to the space that the map of a model works in.
func (m *model) latent(x *mat.Dense) (*mat.Dense, error) {
	if m.projection == nil || x == nil {
		return x, nil
	}
	return m.projection.Transform(nil, x)
}

// decoded brings points of that space back.
func (m *model) decoded(z *mat.Dense) (*mat.Dense, error) {
	if m.projection == nil {
		return z, nil
	}
	return m.projection.Inverse(nil, z)
}

// projectedTask is the training pairs of a task in the latent space.
func projectedTask(p projection.Projection, task *datasets.Task) (*datasets.Task, error) {
	_, k := p.Dims()
	latent := &datasets.Task{Name: task.Name, Schema: task.Schema}
	for i := range k {
		latent.Features = append(latent.Features, fmt.Sprintf("latent%d", i+1))
	}
	known := map[mat.Matrix]*mat.Dense{}
	encode := func(x mat.Matrix) (*mat.Dense, error) {
		if z := known[x]; z != nil {
			return z, nil
		}
		z, err := p.Transform(nil, x)
		known[x] = z
		return z, err
	}
	for _, pair := range task.Train {
		source, target := cloudsOf(pair)
		var err error
		if pair.Source, err = encode(source); err != nil {
			return nil, err
		}
		if pair.Target, err = encode(target); err != nil {
			return nil, err
		}
		pair.SparseSource, pair.SparseTarget = nil, nil
		latent.Train = append(latent.Train, pair)
	}
	return latent, nil
}

// cloudsOf a pair, dense or sparse.
func cloudsOf(p datasets.Pair) (source, target mat.Matrix) {
	source, target = p.Source, p.Target
	if p.SparseSource != nil {
		source = p.SparseSource
	}
	if p.SparseTarget != nil {
		target = p.SparseTarget
	}
	return source, target
}

// distinctClouds are the clouds of the training pairs, each once.
func distinctClouds(task *datasets.Task) (clouds []mat.Matrix) {
	for _, pair := range task.Train {
		source, target := cloudsOf(pair)
		for _, x := range []mat.Matrix{source, target} {
			if !slices.Contains(clouds, x) {
				clouds = append(clouds, x)
			}
		}
	}
	return clouds
}

// trainingPoints are the points of the training pairs, each cloud once.
func trainingPoints(task *datasets.Task) (mat.Matrix, error) {
	clouds := distinctClouds(task)
	if task.Sparse() {
		parts := make([]*sparse.CSR, len(clouds))
		for i, x := range clouds {
			if rows, ok := x.(*sparse.CSR); ok {
				parts[i] = rows
				continue
			}
			var err error
			if parts[i], err = sparse.FromMatrix(x); err != nil {
				return nil, err
			}
		}
		return sparse.Stack(parts...)
	}
	rows := 0
	for _, x := range clouds {
		n, _ := x.Dims()
		rows += n
	}
	all := mat.NewDense(rows, task.Dim(), nil)
	at := 0
	for _, x := range clouds {
		n, _ := x.Dims()
		all.Slice(at, at+n, 0, task.Dim()).(*mat.Dense).Copy(x)
		at += n
	}
	return all, nil
}

// setSpace says in a model what its features are.
func setSpace(m fitted, space string) {
	switch m := m.(type) {
	case *condot.Model:
		m.Space = space
	case *ncmt.Model:
		m.Space = space
	case baselines.Map:
		m.Trained().Space = space
	}
}

// exists says whether there is a file or folder.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

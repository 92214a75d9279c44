package datasets

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/internal/spell"
	"gonum.org/v1/gonum/mat"
)

// isH5AD tells by a file's name whether it is an h5ad file.
func isH5AD(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".h5ad") }

// readH5AD reads a table from an h5ad file: cells are rows, columns of obs are
// text or weights, and features are the genes of X or of a layer, or the
// coordinates of an obsm, which are named by it and their number.
func readH5AD(path string, o ReadOptions) (*Table, error) {
	f, err := anndata.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t := &Table{File: path, WeightName: o.Weight}
	if t.SHA256, err = hashFile(path); err != nil {
		return nil, err
	}
	if rows, _ := f.Dims(); rows == 0 {
		return nil, fmt.Errorf("datasets: %s has no cells", path)
	}
	if err := t.readObs(f, o); err != nil {
		return nil, err
	}
	if o.Obsm != "" {
		err = t.readObsm(f, o)
	} else {
		err = t.readGenes(f, o)
	}
	if err != nil {
		return nil, err
	}
	return t, t.Validate()
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("datasets: %w", err)
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", fmt.Errorf("datasets: %s: %w", path, err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// readObs reads the columns of obs that are asked for, weights and ids.
func (t *Table) readObs(f *anndata.File, o ReadOptions) error {
	known, err := f.ObsNames()
	if err != nil {
		return err
	}
	names := slices.Clone(o.Conditions)
	for _, name := range o.Optional {
		if slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		c, err := f.ObsColumn(name)
		if err != nil {
			return err
		}
		t.Columns = append(t.Columns, Column{Name: name, Cells: c.Cells()})
	}
	if o.Weight != "" {
		c, err := f.ObsColumn(o.Weight)
		if err != nil {
			return err
		}
		if t.Weights, err = numbersOf(c); err != nil {
			return fmt.Errorf("datasets: %s, column %s of obs: %w", t.File, o.Weight, err)
		}
	}
	if o.ID != "" {
		c, err := f.ObsColumn(o.ID)
		if err != nil {
			return err
		}
		t.IDName, t.IDs = o.ID, c.Cells()
		return nil
	}
	t.IDs, err = f.Cells()
	return err
}

// numbersOf a column, none of which is missing.
func numbersOf(c *anndata.Column) ([]float64, error) {
	numbers := make([]float64, c.Len())
	for i := range numbers {
		var err error
		if numbers[i], err = readNumber(c.Cell(i)); err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return numbers, nil
}

// readObsm reads the coordinates of an obsm as features.
func (t *Table) readObsm(f *anndata.File, o ReadOptions) error {
	if o.Layer != "" {
		return fmt.Errorf("datasets: %s: features are those of layer %s or of obsm %s, not of both", t.File, o.Layer, o.Obsm)
	}
	x, err := f.Obsm(o.Obsm)
	if err != nil {
		return err
	}
	_, n := x.Dims()
	names := make([]string, n)
	for j := range names {
		names[j] = coordinate(o.Obsm, j)
	}
	chosen, err := t.choose(f, names, o)
	if err != nil {
		return err
	}
	t.Features, t.X = names, x
	if len(chosen) == n && o.Features == nil {
		return nil
	}
	t.Features, t.X = nil, mat.NewDense(t.X.RawMatrix().Rows, len(chosen), nil)
	for k, j := range chosen {
		t.Features = append(t.Features, names[j])
		for i := range t.X.RawMatrix().Rows {
			t.X.Set(i, k, x.At(i, j))
		}
	}
	return nil
}

// coordinate names coordinate j of an obsm.
func coordinate(obsm string, j int) string { return fmt.Sprintf("%s%d", obsm, j+1) }

// rowBlock is how many cells are in memory twice while genes are read.
const rowBlock = 1024

// readGenes reads the genes that are features, from X or a layer.
func (t *Table) readGenes(f *anndata.File, o ReadOptions) error {
	m, genes, err := f.Expression(o.Layer)
	if err != nil {
		return err
	}
	chosen, err := t.choose(f, genes, o)
	if err != nil {
		return err
	}
	at := make([]int, len(genes)) // feature of a gene, and one more; 0 for none
	for k, j := range chosen {
		at[j] = k + 1
		t.Features = append(t.Features, genes[j])
	}
	rows, _ := m.Dims()
	if o.DenseLimit > 0 && m.Format != anndata.Dense && 8*rows*len(chosen) > o.DenseLimit {
		return t.readSparse(m, chosen)
	}
	t.X = mat.NewDense(rows, len(chosen), nil)
	step := rowBlock
	if m.Format == anndata.CSC { // which is gone through as a whole each time
		step = rows
	}
	for from := 0; from < rows; from += step {
		to := min(from+step, rows)
		if m.Format == anndata.Dense {
			err = t.takeDense(m, from, to, chosen)
		} else {
			err = t.takeSparse(m, from, to, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readSparse keeps the chosen columns of m sparse.
func (t *Table) readSparse(m *anndata.Matrix, chosen []int) error {
	x, err := m.CSR()
	if err != nil {
		return err
	}
	_, cols := x.Dims()
	inPlace := len(chosen) == cols
	for k, j := range chosen {
		inPlace = inPlace && k == j
	}
	if t.Sparse = x; !inPlace {
		t.Sparse, err = movedColumns(x, chosen)
	}
	return err
}

// takeSparse copies rows of m, gene j to feature at[j]-1 where that is one.
func (t *Table) takeSparse(m *anndata.Matrix, from, to int, at []int) error {
	part, err := m.Rows(from, to)
	if err != nil {
		return err
	}
	for i := range to - from {
		row := t.X.RawRowView(from + i)
		indices, data := part.Row(i)
		for k, j := range indices {
			if at[j] > 0 {
				row[at[j]-1] = float64(data[k])
			}
		}
	}
	return nil
}

// takeDense copies rows of m, which keep the digits of float64.
func (t *Table) takeDense(m *anndata.Matrix, from, to int, chosen []int) error {
	part, err := m.Dense(from, to)
	if err != nil {
		return err
	}
	for i := range to - from {
		row := t.X.RawRowView(from + i)
		for k, j := range chosen {
			row[k] = part.At(i, j)
		}
	}
	return nil
}

// choose settles which of the names are features. What Drop names may be a
// feature or a column of obs, which are left out unless they are asked for.
func (t *Table) choose(f *anndata.File, names []string, o ReadOptions) ([]int, error) {
	columns, err := f.ObsNames()
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(names))
	for j, name := range names {
		at[name] = j
	}
	dropped := map[string]bool{}
	for _, name := range o.Drop {
		if _, ok := at[name]; !ok && !slices.Contains(columns, name) {
			return nil, fmt.Errorf("datasets: %s has no gene and no column of obs %s (%s)", t.File, name, spell.Suggest(name, slices.Concat(columns, names)))
		}
		dropped[name] = true
	}
	var chosen []int
	if o.Features == nil {
		for j, name := range names {
			if !dropped[name] {
				chosen = append(chosen, j)
			}
		}
	}
	seen := map[string]bool{}
	for _, name := range o.Features {
		j, ok := at[name]
		switch {
		case !ok:
			return nil, fmt.Errorf("datasets: %s lacks feature %s (%s); features are matched by name", t.File, name, spell.Suggest(name, names))
		case dropped[name]:
			return nil, fmt.Errorf("datasets: %s: column %s is asked for as a dropped column and as a feature", t.File, name)
		case seen[name]:
			return nil, fmt.Errorf("datasets: %s: feature %s is asked for twice", t.File, name)
		}
		seen[name] = true
		chosen = append(chosen, j)
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("datasets: %s has no features left of %d", t.File, len(names))
	}
	return chosen, nil
}

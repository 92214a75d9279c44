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
		names[j] = fmt.Sprintf("%s%d", o.Obsm, j+1)
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

// rowBlock is how many cells are in memory twice while genes are read.
const rowBlock = 1024

// readGenes reads the genes that are features, from X or a layer.
func (t *Table) readGenes(f *anndata.File, o ReadOptions) error {
	m, genes, err := matrixOf(f, o.Layer)
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

// matrixOf is X, a layer or, under the name raw, what was set aside before
// genes were chosen; and its genes.
func matrixOf(f *anndata.File, layer string) (*anndata.Matrix, []string, error) {
	layers, err := f.Layers()
	if err != nil {
		return nil, nil, err
	}
	if layer == "raw" && f.HasRaw() && !slices.Contains(layers, layer) {
		m, genes, err := f.Raw()
		if err != nil {
			return nil, nil, err
		}
		return m, genes.Index, nil
	}
	m, err := f.X()
	if layer != "" {
		m, err = f.Layer(layer)
	}
	if err != nil {
		return nil, nil, err
	}
	genes, err := f.Genes()
	return m, genes, err
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

// writeH5AD writes a table as an h5ad file: features as genes, text columns
// and weights in obs; text that is all numbers as numbers.
func writeH5AD(path string, t *Table) error {
	if err := t.Validate(); err != nil {
		return err
	}
	obs := &anndata.Frame{IndexName: t.IDName, Index: t.IDs}
	if obs.Index == nil {
		for i := range t.Len() {
			obs.Index = append(obs.Index, fmt.Sprint(i))
		}
	}
	for _, c := range t.Columns {
		obs.Columns = append(obs.Columns, obsColumn(c))
	}
	if t.Weights != nil {
		obs.Columns = append(obs.Columns, anndata.Column{Name: t.weightName(), Kind: anndata.Real, Reals: t.Weights})
	}
	return anndata.Write(path, &anndata.Data{X: t.X, Obs: obs, Var: &anndata.Frame{Index: t.Features}}, anndata.WriteOptions{Gzip: 4})
}

// obsColumn is a column of text as one of numbers, where all cells are, or of
// categories in the order of the alphabet; empty cells have none.
func obsColumn(c Column) anndata.Column {
	numbers := make([]float64, len(c.Cells))
	var err error
	for i := range numbers {
		if numbers[i], err = readNumber(c.Cells[i]); err != nil {
			break
		}
	}
	if err == nil {
		return anndata.Column{Name: c.Name, Kind: anndata.Real, Reals: numbers}
	}
	made := anndata.Column{Name: c.Name, Kind: anndata.Categorical, Codes: make([]int32, len(c.Cells))}
	made.Categories = slices.Clone(c.Cells)
	slices.Sort(made.Categories)
	made.Categories = slices.Compact(made.Categories)
	made.Categories = slices.DeleteFunc(made.Categories, func(s string) bool { return s == "" })
	for i, cell := range c.Cells {
		at, found := slices.BinarySearch(made.Categories, cell)
		if !found {
			at = -1
		}
		made.Codes[i] = int32(at)
	}
	return made
}

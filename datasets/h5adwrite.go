package datasets

import (
	"fmt"
	"slices"

	"github.com/gomonge/gomonge/datasets/anndata"
	"gonum.org/v1/gonum/mat"
)

// writeH5AD writes a table as an h5ad file: features as genes, text columns
// and weights in obs; text that cellNumbers takes as numbers.
func writeH5AD(path string, t *Table) error {
	obs := &anndata.Frame{IndexName: t.IDName, Index: t.IDs}
	if obs.Index == nil {
		for i := range t.Len() {
			obs.Index = append(obs.Index, fmt.Sprint(i))
		}
	}
	t.addColumns(obs)
	return anndata.Write(path, &anndata.Data{X: t.X, Obs: obs, Var: &anndata.Frame{Index: t.Features}}, anndata.WriteOptions{Gzip: 4})
}

// cellNumbers are the cells as numbers; not ok where one is none, or is not spelled as it
// would be read back: 007, 1E1 and 1.50 are names of something as often as numbers.
func cellNumbers(cells []string) (numbers []float64, ok bool) {
	numbers = make([]float64, len(cells))
	for i, cell := range cells {
		x, err := readNumber(cell)
		if err != nil || number(x) != cell {
			return nil, false
		}
		numbers[i] = x
	}
	return numbers, true
}

// obsColumn is a column of text as one of numbers, where cellNumbers takes it, or of
// categories in the order of the alphabet; empty cells have none.
func obsColumn(c Column) anndata.Column {
	if numbers, ok := cellNumbers(c.Cells); ok {
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

// addColumns puts the table's text columns and weights into obs, in the place
// of those of the same names.
func (t *Table) addColumns(obs *anndata.Frame) {
	put := func(c anndata.Column) {
		if i := slices.Index(obs.Names(), c.Name); i >= 0 {
			obs.Columns[i] = c
			return
		}
		obs.Columns = append(obs.Columns, c)
	}
	for _, c := range t.Columns {
		put(obsColumn(c))
	}
	if t.Weights != nil {
		put(anndata.Column{Name: t.weightName(), Kind: anndata.Real, Reals: t.Weights})
	}
}

// WriteTableLike writes a table as an h5ad file whose cells are those of the
// h5ad file that like was read from, row i of the table being row rows[i] of like, so that all that obs says
// of them is kept; the table's text columns and weights replace or join it.
// Cells that are there more than once get -1, -2, … behind their names.
// Features are those that ReadTable took by the Layer or Obsm of o: genes become X,
// with what var says of them; all coordinates of an obsm stand in that obsm again,
// beside var and without X. The file is whole or not there.
func WriteTableLike(path string, t, like *Table, rows []int, o ReadOptions) error {
	if err := t.Validate(); err != nil {
		return err
	}
	if !isH5AD(path) || !isH5AD(like.File) || len(rows) != t.Len() {
		return fmt.Errorf("datasets: %s cannot be written like %s with %d of %d rows: both are .h5ad files", path, like.File, len(rows), t.Len())
	}
	if like.rows != nil {
		if rows = slices.Clone(rows); slices.ContainsFunc(rows, func(row int) bool { return row < 0 || row >= len(like.rows) }) {
			return fmt.Errorf("datasets: %s: rows beyond the %d that were read", like.File, len(like.rows))
		}
		for i, row := range rows {
			rows[i] = like.rows[row]
		}
	}
	f, err := anndata.Open(like.File)
	if err != nil {
		return err
	}
	defer f.Close()
	obs, err := f.Obs()
	if err != nil {
		return err
	}
	if obs, err = obs.Select(rows); err != nil {
		return fmt.Errorf("datasets: %s: %w", like.File, err)
	}
	numberRepeated(obs.Index)
	t.addColumns(obs)
	data, err := t.Dense().likeFeatures(f, o)
	if err != nil {
		return err
	}
	data.Obs = obs
	return anndata.Write(path, data, anndata.WriteOptions{Gzip: 4})
}

// numberRepeated puts a number behind names that stood before, as anndata does.
func numberRepeated(names []string) {
	taken := make(map[string]bool, len(names))
	for _, name := range names {
		taken[name] = true
	}
	times := make(map[string]int, len(names))
	for i, name := range names {
		n := times[name]
		times[name]++
		if n == 0 {
			continue
		}
		made := fmt.Sprintf("%s-%d", name, n)
		for taken[made] {
			n++
			made = fmt.Sprintf("%s-%d", name, n)
		}
		times[name] = n + 1
		taken[made] = true
		names[i] = made
	}
}

// likeFeatures puts the table's numbers where those of the file were.
func (t *Table) likeFeatures(f *anndata.File, o ReadOptions) (*anndata.Data, error) {
	genes, err := f.ExpressionVar(o.Layer)
	if err != nil {
		return nil, err
	}
	if o.Obsm != "" {
		for j, name := range t.Features {
			if name != coordinate(o.Obsm, j) {
				return &anndata.Data{X: t.X, Var: &anndata.Frame{Index: t.Features}}, nil
			}
		}
		return &anndata.Data{Var: genes, Obsm: map[string]*mat.Dense{o.Obsm: t.X}}, nil
	}
	at := make(map[string]int, genes.Len())
	for i, name := range genes.Index {
		at[name] = i
	}
	rows := make([]int, len(t.Features))
	for j, name := range t.Features {
		i, ok := at[name]
		if !ok {
			return nil, fmt.Errorf("datasets: %s has no gene %s, which the table has", f.Path(), name)
		}
		rows[j] = i
	}
	if genes, err = genes.Select(rows); err != nil {
		return nil, err
	}
	return &anndata.Data{X: t.X, Var: genes}, nil
}

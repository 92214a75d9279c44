package anndata

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/gomonge/gomonge/datasets/anndata/internal/hdf5"
	"gonum.org/v1/gonum/mat"
)

// frame writes a table.
func (p *writing) frame(in *hdf5.WriteGroup, name string, t *Frame) {
	g := p.group(in, name, "dataframe", "0.2.0")
	p.set(g, "_index", t.indexName())
	p.set(g, "column-order", t.Names())
	p.array(g, t.indexName(), t.Index, []int{t.Len()})
	for i := range t.Columns {
		p.column(g, &t.Columns[i])
	}
}

func (p *writing) column(g *hdf5.WriteGroup, c *Column) {
	n := []int{c.Len()}
	switch {
	case c.Kind == Categorical:
		p.categories(g, c)
	case c.Kind == String && c.Missing != nil:
		p.categories(g, c.withCategories())
	case c.Kind == String:
		p.array(g, c.Name, c.Strings, n)
	case c.Kind == Real && c.single:
		short := make([]float32, len(c.Reals))
		for i, x := range c.Reals {
			short[i] = float32(x)
		}
		p.array(g, c.Name, short, n)
	case c.Kind == Real:
		p.array(g, c.Name, c.Reals, n)
	case c.Missing != nil:
		kind := map[Kind]string{Integer: "nullable-integer", Bool: "nullable-boolean"}[c.Kind]
		g = p.group(g, c.Name, kind, "0.1.0")
		p.array(g, "values", c.values(), n)
		p.array(g, "mask", c.Missing, n)
	default:
		p.array(g, c.Name, c.values(), n)
	}
}

// values are the integers or truth values of a column.
func (c *Column) values() any {
	if c.Kind == Integer {
		return c.Integers
	}
	return c.Bools
}

// withCategories is a column of text with missing values as anndata writes it
// for all its releases to read: as categories.
func (c *Column) withCategories() *Column {
	made := &Column{Name: c.Name, Kind: Categorical, Codes: make([]int32, len(c.Strings))}
	for i, s := range c.Strings {
		if !c.Missing[i] {
			made.Categories = append(made.Categories, s)
		}
	}
	slices.Sort(made.Categories)
	made.Categories = slices.Compact(made.Categories)
	for i, s := range c.Strings {
		made.Codes[i] = -1
		if !c.Missing[i] {
			at, _ := slices.BinarySearch(made.Categories, s)
			made.Codes[i] = int32(at)
		}
	}
	return made
}

// categories writes a column of categories, its codes as short as they can be.
func (p *writing) categories(in *hdf5.WriteGroup, c *Column) {
	g := p.group(in, c.Name, "categorical", "0.2.0")
	p.set(g, "ordered", c.Ordered)
	p.array(g, "categories", c.Categories, []int{len(c.Categories)})
	n := []int{len(c.Codes)}
	switch k := len(c.Categories); {
	case k <= math.MaxInt8:
		p.array(g, "codes", narrow[int8](c.Codes), n)
	case k <= math.MaxInt16:
		p.array(g, "codes", narrow[int16](c.Codes), n)
	default:
		p.array(g, "codes", c.Codes, n)
	}
}

func narrow[T int8 | int16](codes []int32) []T {
	short := make([]T, len(codes))
	for i, k := range codes {
		short[i] = T(k)
	}
	return short
}

// values writes a map of values as a group.
func (p *writing) values(in *hdf5.WriteGroup, name string, values map[string]any) {
	g := p.group(in, name, "dict", "0.1.0")
	for _, key := range slices.Sorted(maps.Keys(values)) {
		p.value(g, key, values[key])
	}
}

func (p *writing) value(g *hdf5.WriteGroup, name string, value any) {
	switch v := value.(type) {
	case nil:
		p.array(g, name, nil, nil)
	case map[string]any:
		p.values(g, name, v)
	case *Frame:
		if err := v.Validate(); err != nil && p.err == nil {
			p.err = fmt.Errorf("uns, %s: %w", name, err)
		}
		p.frame(g, name, v)
	case *mat.Dense:
		p.matrix(g, name, v)
	case bool:
		p.array(g, name, []bool{v}, nil)
	case int:
		p.array(g, name, []int64{int64(v)}, nil)
	case int64:
		p.array(g, name, []int64{v}, nil)
	case float64:
		p.array(g, name, []float64{v}, nil)
	case string:
		p.array(g, name, []string{v}, nil)
	case []bool:
		p.array(g, name, v, []int{len(v)})
	case []int64:
		p.array(g, name, v, []int{len(v)})
	case []float64:
		p.array(g, name, v, []int{len(v)})
	case []string:
		p.array(g, name, v, []int{len(v)})
	default:
		if p.err == nil {
			p.err = fmt.Errorf("uns, %s: values of type %T are not written", name, value)
		}
	}
}

package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/sensitivity"
	"github.com/spf13/pflag"
	"gonum.org/v1/gonum/mat"
)

// runsFlags say where runs of a model are.
type runsFlags struct {
	data                         string
	inputs, outputs, categorical []string
}

func (o *runsFlags) add(f *pflag.FlagSet) {
	f.StringVar(&o.data, "data", "", "table of runs, a run a row: .csv or .tsv, also with .gz")
	f.StringSliceVar(&o.inputs, "inputs", nil, "its columns that are inputs")
	f.StringSliceVar(&o.outputs, "outputs", nil, "its columns that are outputs")
	f.StringSliceVar(&o.categorical, "categorical", nil, "inputs that are levels though they are numbers")
}

// read the runs. Cells that hold nothing or NA are not known; other tables of this program must be whole, those of
// models' runs seldom are.
func (o *runsFlags) read(a *app) (*sensitivity.Runs, rundir.DataFile, error) {
	raw, err := os.ReadFile(o.data)
	if err != nil {
		return nil, rundir.DataFile{}, err
	}
	sum := sha256.Sum256(raw)
	file := rundir.DataFile{File: o.data, SHA256: hex.EncodeToString(sum[:])}
	rows, err := o.rows(raw)
	if err != nil {
		return nil, file, fmt.Errorf("%s: %w", o.data, err)
	}
	runs, err := o.runs(a, rows)
	return runs, file, err
}

// rows of the table, the header first.
func (o *runsFlags) rows(raw []byte) ([][]string, error) {
	var in io.Reader = bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff")))
	name := o.data
	if plain, packed := strings.CutSuffix(name, ".gz"); packed {
		unpacked, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		in, name = unpacked, plain
	}
	c := csv.NewReader(in)
	switch {
	case strings.HasSuffix(name, ".tsv"):
		c.Comma = '\t'
	case !strings.HasSuffix(name, ".csv"):
		return nil, fmt.Errorf("runs are .csv or .tsv files, or these with .gz")
	}
	rows, err := c.ReadAll()
	if err == nil && len(rows) < 2 {
		return nil, fmt.Errorf("the table has no runs")
	}
	return rows, err
}

// column of the table, by its name in the header.
func (o *runsFlags) column(rows [][]string, name string) ([]string, error) {
	at := slices.IndexFunc(rows[0], func(h string) bool { return strings.TrimSpace(h) == name })
	if at < 0 {
		return nil, fmt.Errorf("%s has no column %s (%s)", o.data, name, spell.Suggest(name, rows[0]))
	}
	cells := make([]string, len(rows)-1)
	for i, row := range rows[1:] {
		cells[i] = strings.TrimSpace(row[at])
	}
	return cells, nil
}

func (o *runsFlags) runs(a *app, rows [][]string) (*sensitivity.Runs, error) {
	r := &sensitivity.Runs{OutputNames: o.outputs, Outputs: mat.NewDense(len(rows)-1, len(o.outputs), nil)}
	for _, name := range o.categorical {
		if !slices.Contains(o.inputs, name) {
			return nil, fmt.Errorf("--categorical %s is none of --inputs (%s)", name, spell.Suggest(name, o.inputs))
		}
	}
	for k, name := range o.outputs {
		if slices.Contains(o.inputs, name) || slices.Contains(o.outputs[:k], name) {
			return nil, fmt.Errorf("column %s is asked for twice", name)
		}
		cells, err := o.column(rows, name)
		if err != nil {
			return nil, err
		}
		values, bad := numbers(cells)
		if bad >= 0 {
			return nil, fmt.Errorf("%s, row %d, column %s: %q is no number; where an output is not known write NA or nothing", o.data, bad+2, name, cells[bad])
		}
		r.Outputs.SetCol(k, values)
	}
	for _, name := range o.inputs {
		cells, err := o.column(rows, name)
		if err != nil {
			return nil, err
		}
		in := sensitivity.Input{Name: name}
		values, bad := numbers(cells)
		switch {
		case slices.Contains(o.categorical, name):
			in.Labels = labels(cells)
		case bad >= 0:
			in.Labels = labels(cells)
			a.note("%s: %q in row %d is no number: a cell a level", name, cells[bad], bad+2)
		default:
			in.Values = values
		}
		r.Inputs = append(r.Inputs, in)
	}
	return r, nil
}

// unknown are cells that say that a value is not known.
var unknown = []string{"", "na", "nan", "null", "none", "n/a"}

// numbers of cells, NaN where they are not known; bad is the first that is neither, else -1.
func numbers(cells []string) (values []float64, bad int) {
	for i, c := range cells {
		v, err := strconv.ParseFloat(c, 64)
		switch {
		case slices.Contains(unknown, strings.ToLower(c)):
			v = math.NaN()
		case err != nil:
			return nil, i
		}
		values = append(values, v)
	}
	return values, -1
}

// labels of cells, "" where they are not known.
func labels(cells []string) []string {
	list := make([]string, len(cells))
	for i, c := range cells {
		if !slices.Contains(unknown, strings.ToLower(c)) || strings.EqualFold(c, "none") { // none may be a level
			list[i] = c
		}
	}
	return list
}

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/gomonge/gomonge/datasets"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
)

func (a *app) dataCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "data FILE",
		Short: "Say what is in a data file",
		Long: `data says what is in an .h5ad, .parquet, .csv or .tsv file (the latter two also with .gz): its rows and
columns, layers and points beside an h5ad file's matrix, what each column of obs or of the table
holds, and which of them may be conditions. That is a guess by their names and values, in the form
that fit takes it in.`,
		Example: `  gomonge data cells.csv
  gomonge data cells.csv --json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("name one data file")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.describe(args[0]) },
	}
}

// dataResult is what data says.
type dataResult struct {
	File   string      `json:"file"`
	Rows   int         `json:"rows"`
	Cols   int         `json:"cols"`
	Values string      `json:"values,omitempty"`
	Layers []string    `json:"layers"`
	Obsm   []string    `json:"obsm"`
	Raw    bool        `json:"raw"`
	Obs    []obsColumn `json:"obs"`
	Guess  dataGuess   `json:"guess"`
}

type obsColumn struct {
	Name       string         `json:"name"`
	Kind       string         `json:"kind"`
	Categories map[string]int `json:"categories,omitempty"`
	Distinct   int            `json:"distinct"` // -1: very many
	Missing    int            `json:"missing"`
	Low        *float64       `json:"low,omitempty"`
	High       *float64       `json:"high,omitempty"`
}

type dataGuess struct {
	Control    string   `json:"control,omitempty"`
	Conditions []string `json:"conditions"`
}

func (a *app) describe(path string) error {
	d, err := datasets.Describe(path)
	if err != nil {
		return err
	}
	r := dataResult{File: path, Rows: d.Rows, Cols: d.Cols, Values: d.Values, Layers: append([]string{}, d.Layers...), Obsm: append([]string{}, d.Obsm...),
		Raw: d.Raw, Obs: []obsColumn{}, Guess: dataGuess{d.Guess.Control, append([]string{}, d.Guess.Conditions...)}}
	for _, c := range d.Columns {
		o := obsColumn{Name: c.Name, Kind: c.Kind, Distinct: c.Distinct, Missing: c.Missing}
		if c.Kind == "numbers" {
			o.Low, o.High = &c.Low, &c.High
		}
		for i, category := range c.Categories {
			if o.Categories == nil {
				o.Categories = map[string]int{}
			}
			o.Categories[category] = c.Counts[i]
		}
		r.Obs = append(r.Obs, o)
	}
	return a.result(r, func(w io.Writer) { describeText(w, path, d) })
}

// describeText prints a description; of many columns the first.
func describeText(w io.Writer, path string, d *datasets.Description) {
	fmt.Fprintf(w, "%s: %s, %s\n", path, counted(d.Rows, "row"), counted(d.Cols, "column"))
	if d.Values != "" {
		fmt.Fprintf(w, "X: %s\n", d.Values)
	}
	if len(d.Layers) > 0 {
		fmt.Fprintf(w, "layers: %s\n", strings.Join(d.Layers, ", "))
	}
	if len(d.Obsm) > 0 {
		fmt.Fprintf(w, "obsm: %s\n", strings.Join(d.Obsm, ", "))
	}
	if d.Raw {
		fmt.Fprintln(w, "raw: there is one")
	}
	const shown = 40
	t := newTable("column", "holds", "values")
	for _, c := range d.Columns[:min(shown, len(d.Columns))] {
		t.AppendRow(table.Row{c.Name, c.Kind, columnText(c)})
	}
	if len(d.Columns) > 0 {
		fmt.Fprintf(w, "\n%s\n", t.Render())
	}
	if more := len(d.Columns) - shown; more > 0 {
		fmt.Fprintf(w, "and %d more\n", more)
	}
	if len(d.Guess.Conditions) > 0 {
		fmt.Fprintf(w, "\nperhaps: --condition %s", strings.Join(d.Guess.Conditions, " --condition "))
		if d.Guess.Control != "" {
			fmt.Fprintf(w, " --control %s", quoted(d.Guess.Control))
		}
		fmt.Fprintln(w)
	}
}

// quoted is an argument as a shell takes it.
func quoted(text string) string {
	if strings.ContainsAny(text, " \t'\"$&|;<>()*?#") {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return text
}

// columnText lists the first of a column's categories with their rows, or the
// range of its numbers.
func columnText(c datasets.ColumnDescription) string {
	const shown = 6
	var text string
	switch {
	case c.Categories != nil:
		var parts []string
		for i, category := range c.Categories[:min(shown, len(c.Categories))] {
			parts = append(parts, fmt.Sprintf("%s (%d)", category, c.Counts[i]))
		}
		text = strings.Join(parts, ", ")
		if more := len(c.Categories) - shown; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
	case c.Kind == "numbers":
		text = fmt.Sprintf("%.4g to %.4g", c.Low, c.High)
	case c.Distinct < 0:
		text = "very many labels"
	default:
		text = fmt.Sprintf("%d labels", c.Distinct)
	}
	if c.Missing > 0 {
		text += fmt.Sprintf("; %d missing", c.Missing)
	}
	return text
}

package experiments

import (
	"encoding/json"
	"path/filepath"

	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/plots"
)

// Settings of a row.
const (
	InSample = "in-sample" // the condition was trained on; its test rows were not
	HeldOut  = "held-out"  // the condition was never trained on
	// NewSource: the source is of a population of which no cell was trained on.
	NewSource = "new-source"
)

// Row is one figure of a result's table.
type Row struct {
	// Data names the data set, Series the drug or the like in it and Replicate the seed or the fold.
	Data, Series, Replicate string
	Method                  string
	// Setting is InSample, HeldOut or NewSource.
	Setting string
	// Condition in its text form, such as dose=100.
	Condition string
	Metric    metrics.Figure
}

// Summary is the mean of a metric over replicates.
type Summary struct {
	Data, Method, Setting string
	// Condition in its text form; "" is the mean over the setting's conditions.
	Condition string
	// Metric is the name of the figures that were averaged, Definition what they are.
	Metric, Definition string
	// Mean over the N replicates (drugs, seeds, folds), and SD between them (NaN for one).
	Mean, SD float64
	N        int
}

// Drawing is a figure of a result.
type Drawing struct {
	// Name of the file, without folder and extension.
	Name string
	// Caption says what is seen.
	Caption string
	Figure  *plots.Figure
}

// Result is what an experiment found.
type Result struct {
	// Experiment is the name of the command.
	Experiment string
	// Engine that computed, in words.
	Engine string
	// Table has every figure, Summary the means over replicates.
	Table   []Row
	Summary []Summary
	// Sheets are tables made for reading.
	Sheets   []Sheet
	Drawings []Drawing
	// Sensitivity has the indices of a sensitivity experiment by method; nil of others.
	Sensitivity []SensitivityFound
	// Notes say what was done and settled, Warnings what to keep in mind when reading the numbers.
	Notes, Warnings []string
	warnings        []warning // of which Warnings are made
	// Log has the curves of networks' trainings.
	Log []LogLine
	// Seconds the experiment took.
	Seconds float64
	// Command is how the command line makes a chapter; "" of what stands by itself.
	Command string
	// Chapters are the results that this one is made of (see [Chapters]); nil of a single experiment.
	Chapters []*Result
	// Folder that [Result.Write] wrote to; "" before.
	Folder string
}

// Paths of the drawings, in the result's folder, as SVG.
func (r *Result) Paths() []string {
	paths := make([]string, len(r.Drawings))
	for i, d := range r.Drawings {
		paths[i] = filepath.Join(r.Folder, "figures", d.Name+".svg")
	}
	return paths
}

type rowJSON struct {
	Data      string         `json:"data"`
	Series    string         `json:"series,omitempty"`
	Replicate string         `json:"replicate,omitempty"`
	Method    string         `json:"method"`
	Setting   string         `json:"setting"`
	Condition string         `json:"condition"`
	Metric    metrics.Figure `json:"metric"`
}

type summaryJSON struct {
	Data       string   `json:"data"`
	Method     string   `json:"method"`
	Setting    string   `json:"setting"`
	Condition  string   `json:"condition,omitempty"`
	Metric     string   `json:"metric"`
	Definition string   `json:"definition,omitempty"`
	Mean       float64  `json:"mean"`
	SD         *float64 `json:"sd,omitempty"`
	N          int      `json:"n"`
}

// MarshalJSON writes the form that programs read:
//
//	{"experiment", "engine", "table": [{"data", "series", "replicate", "method", "setting", "condition", "metric"}],
//	 "summary": [{"data", "method", "setting", "condition", "metric", "definition", "mean", "sd", "n"}],
//	 "figures": [paths], "sensitivity": [{"method", "bound", "indices"}], "notes", "warnings", "seconds"}
func (r *Result) MarshalJSON() ([]byte, error) {
	table := make([]rowJSON, len(r.Table))
	for i, row := range r.Table {
		table[i] = rowJSON(row)
	}
	summary := make([]summaryJSON, len(r.Summary))
	for i, s := range r.Summary {
		summary[i] = summaryJSON{s.Data, s.Method, s.Setting, s.Condition, s.Metric, s.Definition, s.Mean, nil, s.N}
		if s.N > 1 {
			summary[i].SD = &s.SD
		}
	}
	return json.Marshal(struct {
		Experiment  string             `json:"experiment"`
		Engine      string             `json:"engine"`
		Table       []rowJSON          `json:"table"`
		Summary     []summaryJSON      `json:"summary"`
		Figures     []string           `json:"figures"`
		Sensitivity []SensitivityFound `json:"sensitivity,omitempty"`
		Notes       []string           `json:"notes"`
		Warnings    []string           `json:"warnings"`
		Seconds     float64            `json:"seconds"`
	}{r.Experiment, r.Engine, table, summary, r.Paths(), r.Sensitivity, list(r.Notes), list(r.Warnings), r.Seconds})
}

// list is never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

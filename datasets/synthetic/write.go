package synthetic

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/internal/atomicfile"
	"gonum.org/v1/gonum/mat"
)

// Write writes the task to a folder, which is made if it is not there:
//
//   - source.csv: the source cloud, columns x0, x1, …;
//   - train.csv: the target clouds of the training conditions, the condition's
//     columns (dose, or cat and dose, or perturbation, …) before the features;
//   - test.csv: the test points under each condition, in the columns of train.csv;
//   - truth.csv: the same rows, carried by the exact map;
//   - vectors.csv: of [Vectors] alone, the vectors by label;
//   - task.json: kind, dimension, seed, and for every condition its split and W₂².
//
// Conditions whose map is not known are left out of test.csv and truth.csv and
// have no W₂² in task.json. Numbers are float32 in shortest form. Each file
// is written under a temporary name and renamed; task.json is the last.
func (t *Task) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("synthetic: %w", err)
	}
	known, err := t.knownConditions()
	if err != nil {
		return err
	}
	write := map[string]func(io.Writer) error{
		"source.csv":  t.writeSource,
		"train.csv":   t.writeTrain,
		"test.csv":    func(w io.Writer) error { return t.writeTest(w, known) },
		"truth.csv":   func(w io.Writer) error { return t.writeTruth(w, known) },
		"vectors.csv": func(w io.Writer) error { return csv.NewWriter(w).WriteAll(vectorFile(t.Schema.Variables[0])) },
		"task.json":   func(w io.Writer) error { return t.writeDescription(w, known) },
	}
	for _, name := range t.Kind.Files() {
		if err := atomicfile.Write(filepath.Join(dir, name), write[name]); err != nil {
			return fmt.Errorf("synthetic: %w", err)
		}
	}
	return nil
}

// Files that [Task.Write] writes, in this order.
func (k Kind) Files() []string {
	files := []string{"source.csv", "train.csv", "test.csv", "truth.csv"}
	if k == Vectors {
		files = append(files, "vectors.csv")
	}
	return append(files, "task.json")
}

// knownConditions are the conditions whose map is known.
func (t *Task) knownConditions() ([]condition.Value, error) {
	var out []condition.Value
	for _, c := range t.Conditions {
		_, err := t.at(c.Value)
		if errors.Is(err, ErrUnknownMap) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, c.Value)
	}
	return out, nil
}

func (t *Task) writeSource(w io.Writer) error {
	if err := t.writeHeader(w, nil); err != nil {
		return err
	}
	return writeRows(w, nil, t.Train[0].Source)
}

func (t *Task) writeTrain(w io.Writer) error {
	if err := t.writeHeader(w, t.Schema.Names()); err != nil {
		return err
	}
	for _, p := range t.Train {
		if err := writeRows(w, t.Schema.Cells(p.Condition), p.Target); err != nil {
			return err
		}
	}
	return nil
}

func (t *Task) writeTest(w io.Writer, known []condition.Value) error {
	if err := t.writeHeader(w, t.Schema.Names()); err != nil {
		return err
	}
	for _, c := range known {
		if err := writeRows(w, t.Schema.Cells(c), t.TestCloud); err != nil {
			return err
		}
	}
	return nil
}

func (t *Task) writeTruth(w io.Writer, known []condition.Value) error {
	if err := t.writeHeader(w, t.Schema.Names()); err != nil {
		return err
	}
	images, err := t.family.images(t.TestCloud, known)
	if err != nil {
		return err
	}
	for i, c := range known {
		if err := writeRows(w, t.Schema.Cells(c), images[i]); err != nil {
			return err
		}
	}
	return nil
}

func (t *Task) writeHeader(w io.Writer, variables []string) error {
	_, err := fmt.Fprintln(w, strings.Join(append(variables, t.Features...), ","))
	return err
}

// writeRows writes one line a point: the condition's cells, then the features.
func writeRows(w io.Writer, prefix []string, x *mat.Dense) error {
	head := strings.Join(prefix, ",")
	var line []byte
	for i := range x.RawMatrix().Rows {
		line = append(line[:0], head...)
		for j, v := range x.RawRowView(i) {
			if j > 0 || head != "" {
				line = append(line, ',')
			}
			line = strconv.AppendFloat(line, v, 'g', -1, 32)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// description is the content of task.json.
type description struct {
	Kind       Kind                 `json:"kind"`
	Dim        int                  `json:"dim"`
	Seed       uint64               `json:"seed"`
	Features   []string             `json:"features"`
	Schema     condition.Schema     `json:"schema"`
	Conditions []describedCondition `json:"conditions"`
}

type describedCondition struct {
	Name      string          `json:"name"`
	Split     Split           `json:"split"`
	Condition json.RawMessage `json:"condition"`
	W2Squared *Estimate       `json:"w2squared,omitempty"`
}

// monteCarloPoints from which task.json's W₂² are estimated.
const monteCarloPoints = 100_000

// thinned is a number of points for an estimate in dimension dim: a fifth of n
// where d is large, since the squared norm of a point varies less there.
func thinned(n, dim int) int {
	if dim > 64 {
		return n / 5
	}
	return n
}

func (t *Task) writeDescription(w io.Writer, known []condition.Value) error {
	estimates, err := t.w2Squared(known, thinned(monteCarloPoints, t.Options.Dim))
	if err != nil {
		return err
	}
	distance := map[string]*Estimate{}
	for i, c := range known {
		distance[t.Schema.Key(c)] = &estimates[i]
	}
	d := description{Kind: t.Kind, Dim: t.Options.Dim, Seed: t.Options.Seed, Features: t.Features, Schema: t.Schema}
	for _, c := range t.Conditions {
		value, err := t.Schema.MarshalValue(c.Value)
		if err != nil {
			return err
		}
		name := t.Schema.Key(c.Value)
		d.Conditions = append(d.Conditions, describedCondition{name, c.Split, value, distance[name]})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	return encoder.Encode(d)
}

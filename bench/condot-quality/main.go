// Command condot-quality trains CondOT on a task whose maps are known and tells how good
// its map of conditions between those of training is as time goes on.
//
// It reads the files that gomonge synth --kind dose writes and calls [condot.Fit]. For
// every look at the model it prints a line with the seconds trained so far (compiling and looking are not in them), the
// step, and the mean L2-UVP in percent over the held-out doses of ∇g and of the refined
// map; the last line is about the map that the returned model serves.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gomonge/gomonge/condot"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "condot-quality:", err)
		os.Exit(1)
	}
}

// look at a model during training.
type look struct {
	Seconds  float64 `json:"seconds"`
	Step     int     `json:"step"`
	Gradient float64 `json:"gradient"`
	Refined  float64 `json:"refined"`
}

// end of a run.
type end struct {
	Served  float64 `json:"served"`
	Refined bool    `json:"served_is_refined"`
	Steps   int     `json:"steps"`
	Seconds float64 `json:"seconds"`
	Compile float64 `json:"compile_seconds"`
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("condot-quality", flag.ContinueOnError)
	dir := flags.String("task", "", "`folder` with source.csv, train.csv, test.csv and truth.csv")
	options := flags.String("options", "{}", "condot.Options as `JSON`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var o condot.Options
	if err := json.Unmarshal([]byte(*options), &o); err != nil {
		return fmt.Errorf("options: %w", err)
	}
	t, err := readTask(*dir)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(out)
	var trained time.Duration
	var resumed time.Time
	o.Watch = func(step int, m *condot.Model) error {
		if step > 0 {
			trained += time.Since(resumed)
		}
		l := look{Seconds: trained.Seconds(), Step: step}
		var err error
		if l.Gradient, err = t.heldOutUVP(m, false); err != nil {
			return err
		}
		if l.Refined, err = t.heldOutUVP(m, true); err != nil {
			return err
		}
		err = lines.Encode(l)
		resumed = time.Now()
		return err
	}
	m, report, err := condot.Fit(context.Background(), t.Task, o)
	if err != nil {
		return err
	}
	e := end{Refined: m.Refined, Steps: report.Steps, Seconds: trained.Seconds(), Compile: report.Compile}
	if e.Served, err = t.heldOutUVP(m, m.Refined); err != nil {
		return err
	}
	return lines.Encode(e)
}

// Command fit-round trains CondOT or NCTM at the pace of a driver that times it.
//
// It calls [condot.Fit] or [ncmt.Fit], the functions that users call, with a context that lets rounds
// through block by block: the training loop asks the context before every round, so each
// number in a line of standard input is answered, when that many rounds are done, by a
// line {"seconds": s} with the time that they took. Compilation and the time between
// blocks are not in it. 0 or the end of the input ends training; the last line tells
// about the run: rounds, compile seconds, the curve of losses and the model's L2-UVP on
// the task's test points.
//
// With -state it writes the training state after nine rounds and after ten instead,
// for a comparison of gradients with other programs.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "fit-round:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("fit-round", flag.ContinueOnError)
	method := flags.String("method", "condot", "condot or ncmt")
	path := flags.String("task", "", "task: a safetensors `file` with source, conditions, target0, target1, … and, to score the model, test, truth0, truth1, …")
	options := flags.String("options", "{}", "condot.Options or ncmt.Options as `JSON`")
	state := flags.String("state", "", "write before.safetensors and after.safetensors to this `folder` and end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	start, ok := methods[*method]
	if !ok {
		return fmt.Errorf("unknown method %q; there are condot and ncmt", *method)
	}
	t, err := readTask(*path)
	if err != nil {
		return err
	}
	fit, err := start(t.Task, []byte(*options))
	if err != nil {
		return fmt.Errorf("options: %w", err)
	}
	if *state != "" {
		return writeStates(fit, *state)
	}
	return train(t, fit, in, out)
}

// summary is the last line of a run.
type summary struct {
	Rounds   int          `json:"rounds"`
	Compile  float64      `json:"compile_seconds"`
	Losses   [][3]float64 `json:"losses"` // every ten rounds or oftener: round, loss of the map (or g), loss of f
	UVP      float64      `json:"uvp"`    // percent, mean over the training conditions
	Warnings []string     `json:"warnings"`
}

func train(t *task, fit fitting, in io.Reader, out io.Writer) error {
	p := newPacer(in, out)
	carry, report, err := fit(p, "", false)
	if err != nil {
		return err
	}
	if p.err != nil {
		return p.err
	}
	if !p.over {
		return fmt.Errorf("training ended by itself after %d rounds (%s): Steps must be more than all blocks together", report.Steps, report.Reason)
	}
	if report.Steps != p.taken {
		return fmt.Errorf("%d rounds were let through, training took %d: the blocks' times are wrong", p.taken, report.Steps)
	}
	s := summary{Rounds: report.Steps, Compile: report.Compile, Losses: [][3]float64{}, Warnings: report.Warnings}
	for _, l := range report.Losses {
		s.Losses = append(s.Losses, [3]float64{float64(l.Step), l.Value[0], l.Value[1]})
	}
	if s.UVP, err = t.uvp(carry); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(s)
}

package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gomonge/gomonge/experiments"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
)

// experiment runs an experiment in its run, and shows what it found. prepare
// reads the user's data, if any, before anything is computed; do goes on from the
// checkpoints in its folder, where told to.
func (a *app) experiment(cmd *cobra.Command, o *runFlags, prepare func() ([]rundir.DataFile, error),
	do func(ctx context.Context, checkpoint string, resume bool, progress func(experiments.Progress)) (*experiments.Result, error)) (err error) {
	r, err := a.begins(cmd, o)
	if err != nil || r.done {
		return err
	}
	defer r.endsWith(&err)
	files, err := prepare()
	if err != nil {
		return err
	}
	if err := r.settle(a, files, true); err != nil {
		return err
	}
	bar := a.meter(cmd.Name())
	result, err := do(cmd.Context(), r.run.Path(rundir.CheckpointFolder), r.resumed, bar.stage)
	bar.end()
	r.keep = r.keep || r.savedSome()
	if cmd.Context().Err() != nil {
		return stopped(r, "")
	}
	if err != nil {
		return err
	}
	if err := result.Write(r.run.Path()); err != nil {
		return err
	}
	if err := r.finish(); err != nil {
		return err
	}
	result.Folder = r.run.Dir()
	for _, w := range result.Warnings {
		a.warn("%s", w)
	}
	return a.result(result, func(w io.Writer) { writeExperiment(w, result) })
}

// stage shows what an experiment is at.
func (m *meter) stage(p experiments.Progress) {
	if m.out == nil {
		return
	}
	if p.Message != "" {
		m.end()
		fmt.Fprintf(m.out, "%s: %s\n", m.name, p.Message)
	}
	left := ""
	if p.Left > 0 {
		left = ", " + p.Left.Round(time.Second).String() + " left"
	}
	switch {
	case m.terminal && p.Total > 0:
		if m.bar == nil || m.steps != p.Total {
			m.steps, m.bar = p.Total, newBar(m.out, p.Total)
		}
		m.bar.Describe(p.Stage + left)
		_ = m.bar.Set(p.Done)
	case !m.terminal && time.Since(m.last) >= plainEvery:
		m.last = time.Now()
		fmt.Fprintf(m.out, "%s: %s, %d of %d training rounds%s\n", m.name, p.Stage, p.Done, p.Total, left)
	}
}

// writeExperiment writes the tables made for reading but details, and where the rest is.
func writeExperiment(w io.Writer, r *experiments.Result) {
	for _, n := range r.Notes {
		fmt.Fprintln(w, n)
	}
	for _, s := range r.Sheets {
		if s.Detail {
			continue
		}
		header := make([]any, len(s.Header))
		for i, h := range s.Header {
			header[i] = h
		}
		t := newTable(header...)
		for _, cells := range s.Rows {
			row := make(table.Row, len(cells))
			for i, c := range cells {
				row[i] = c
			}
			t.AppendRow(row)
		}
		fmt.Fprintf(w, "\n%s\n%s\n", s.Title, t.Render())
		for _, n := range s.Notes {
			fmt.Fprintln(w, n)
		}
	}
	fmt.Fprintf(w, "\n%.0f s. Tables and figures are in %s: table.md, table.csv, metrics.json\n%s\n", r.Seconds, r.Folder, strings.Join(r.Paths(), "\n"))
}

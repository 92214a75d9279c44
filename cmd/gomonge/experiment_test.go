package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gomonge/gomonge/internal/rundir"
)

// keeps waits until the run that will be out has so many checkpoints of a sort, such as *.done.
func (w *watched) keeps(t *testing.T, out, sort string, many int) {
	t.Helper()
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(out+rundir.Unfinished, rundir.CheckpointFolder, sort))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) >= many {
			return
		}
	}
	_ = w.Process.Kill()
	t.Fatalf("there are no %d checkpoints %s:\n%s", many, sort, w.said(t))
}

// TestExperimentInterruptAndResume interrupts experiments, kills them when they went on, and goes on again: tables and
// figures are those of a run in one go, to the bit.
func TestExperimentInterruptAndResume(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains several times")
	}
	d := fixture(t)
	for _, c := range []struct{ name, line, first string }{
		{"dosage", "--quick --source " + d + "/dose/source.csv --target " + d + "/dose/train.csv --condition dose --folds none --methods condot-gaussian,mean,identity --steps 120", "*.done"},
		{"initialisation", "--quick --points 40 --steps 40 --seed 5", "*.trace"},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := t.TempDir()
			cut, whole := filepath.Join(base, "cut"), filepath.Join(base, "whole")
			first := start(t, words("%s %s --out %s", c.name, c.line, cut))
			first.keeps(t, cut, c.first, 1)
			_ = first.Process.Signal(os.Interrupt)
			if code, said := first.end(t), first.said(t); code != exitInterrupted || !strings.Contains(said, "gomonge "+c.name+" --resume --out "+cut) {
				t.Fatalf("exit code %d\n%s", code, said)
			}
			if _, err := os.Stat(cut); !os.IsNotExist(err) {
				t.Errorf("%s is there, and not finished", cut)
			}
			fails(t, exitRequest, []string{"--seed differs"}, "%s --resume --seed 77 --out %s", c.name, cut)

			second := start(t, words("%s --resume --out %s", c.name, cut))
			second.keeps(t, cut, "*.done", 2)
			_ = second.Process.Kill()
			second.end(t)

			if !rundir.Finished(cut) { // the second one was not quicker than its killer
				succeeds(t, "%s --resume --out %s", c.name, cut)
			}
			succeeds(t, "%s %s --out %s", c.name, c.line, whole)
			sameResults(t, filesOf(t, cut), filesOf(t, whole))
			if left, err := filepath.Glob(filepath.Join(base, "*"+rundir.Unfinished)); err != nil || len(left) > 0 {
				t.Errorf("at the end there is still %v", left)
			}
		})
	}
}

// clock is what two runs of the same differ in.
var clock = regexp.MustCompile(`"(seconds|compile_seconds|steps_per_second|started)": ?[^\n,]*`)

// sameResults compares the files of two runs, but for the time that they took.
func sameResults(t *testing.T, got, want map[string]string) {
	t.Helper()
	if len(want) < 6 {
		t.Errorf("a run has %d files only", len(want))
	}
	for name, text := range want {
		if clock.ReplaceAllString(got[name], "") != clock.ReplaceAllString(text, "") {
			t.Errorf("%s differs from that of a run in one go", name)
		}
	}
	for name := range got {
		if _, there := want[name]; !there {
			t.Errorf("the resumed run has left %s", name)
		}
	}
}

// TestInterruptedExperimentKeepsNothing where nothing is done yet.
func TestInterruptedExperimentKeepsNothing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	run := start(t, words("dosage --methods mean --out %s", out)) // makes its data first
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if rundir.Finished(out + rundir.Unfinished) {
			break
		}
	}
	_ = run.Process.Signal(os.Interrupt)
	if code, said := run.end(t), run.said(t); code != exitInterrupted || !strings.Contains(said, "nothing is kept") {
		t.Errorf("exit code %d\n%s", code, said)
	}
	for _, left := range []string{out, out + rundir.Unfinished} {
		if _, err := os.Stat(left); !os.IsNotExist(err) {
			t.Errorf("%s is left", left)
		}
	}
}

// TestDosageBadInput says what is wrong with a newcomer's table or request, where, and what would be right.
func TestDosageBadInput(t *testing.T) {
	dir := t.TempDir()
	table := "dose,a,b\n"
	for i := range 24 {
		table += fmt.Sprintf("%d,%d.5,%d\n", i%4, i, i*i%7)
	}
	data := writeFile(t, dir, "cells.csv", table)
	short := writeFile(t, dir, "short.csv", "dose,a,b\n0,1,2\n0,2,1\n0,2,3\n1,5,6\n1,7,6\n")
	for _, c := range []struct {
		line string
		says []string
	}{
		{"--data " + data + " --condition doze --control dose=0", []string{data, "doze", "nearest: dose"}},
		{"--data " + data + " --condition dose --control dose=7", []string{data, "dose=7", "known: 0, 1, 2, 3"}},
		{"--data " + data + " --condition dose", []string{data, "control"}},
		{"--data " + data + " --condition dose --control dose=0 --folds dose=7", []string{"dose=7", "dose=1, dose=2, dose=3"}},
		{"--data " + data + " --condition dose --control dose=0 --folds al", []string{`"al"`, "one, all, none"}},
		{"--data " + data + " --condition dose --control dose=0 --methods men", []string{`"men"`, "nearest: mean"}},
		{"--data " + short + " --condition dose --control dose=0 --folds all", []string{"3 cells", "at least 4"}},
	} {
		out := filepath.Join(dir, "out")
		fails(t, exitRequest, c.says, "dosage %s --out %s", c.line, out)
		if _, err := os.Stat(out + rundir.Unfinished); !os.IsNotExist(err) {
			t.Errorf("%s leaves %s", c.line, out+rundir.Unfinished)
		}
	}
}

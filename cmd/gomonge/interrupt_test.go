package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gomonge/gomonge/internal/rundir"
)

// weights is the file of a model of networks that a run's timing leaves alone.
const weights = "weights.safetensors"

// watched is a child whose standard error can be read while it runs.
type watched struct {
	*exec.Cmd
	stderr *os.File
}

func start(t *testing.T, args []string) *watched {
	t.Helper()
	cmd, _ := child("", args...)
	log, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &watched{cmd, log}
}

func (w *watched) said(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(w.stderr.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// trains waits until the child says that it has taken a step.
func (w *watched) trains(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if strings.Contains(w.said(t), "condot: step ") {
			return
		}
	}
	_ = w.Process.Kill()
	t.Fatalf("the child does not train:\n%s", w.said(t))
}

// end waits for the child and returns its exit code, -1 for a signal's.
func (w *watched) end(t *testing.T) int {
	t.Helper()
	_ = w.Wait()
	return w.ProcessState.ExitCode()
}

// TestInterruptAndResume interrupts a fit, kills it while it saves its checkpoint, kills it
// while it trains, and goes on each time: the model is that of a run in one go, to the bit.
func TestInterruptAndResume(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains several times")
	}
	d := fixture(t)
	base := t.TempDir()
	fit := words("fit --source %s/dose/source.csv --target %s/dose/train.csv --condition dose --steps 150 --opt inner=2 --seed 3 %s --out", d, d, tiny)
	cut, whole := filepath.Join(base, "cut"), filepath.Join(base, "whole")

	first := start(t, append(slices.Clone(fit), cut))
	first.trains(t)
	if err := first.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := first.end(t); code != exitInterrupted {
		t.Fatalf("an interrupted fit ends with %d\n%s", code, first.said(t))
	}
	if said := first.said(t); !strings.Contains(said, "gomonge fit --resume --out "+cut) {
		t.Errorf("it does not say how to go on:\n%s", said)
	}
	if _, err := os.Stat(cut); !os.IsNotExist(err) {
		t.Errorf("%s is there, and not finished", cut)
	}
	fails(t, exitRequest, []string{"unfinished", "--resume"}, "fit --source a --target b --condition c --out %s", cut)
	fails(t, exitRequest, []string{"--steps differs"}, "fit --resume --steps 7 --out %s", cut)
	fails(t, exitRequest, []string{"not finished", "--resume"}, "transport --model %s --data a.csv --out b.csv", cut)

	second := start(t, words("fit --resume --out %s", cut))
	second.trains(t)
	_ = second.Process.Signal(os.Interrupt)
	time.Sleep(time.Millisecond)
	_ = second.Process.Kill()
	second.end(t)

	third := start(t, words("fit --resume --out %s", cut))
	third.trains(t)
	_ = third.Process.Signal(syscall.SIGKILL)
	if code := third.end(t); code != -1 {
		t.Errorf("a killed fit ends with %d\n%s", code, third.said(t))
	}

	succeeds(t, "fit --resume --out %s", cut)
	succeeds(t, "%s", strings.Join(append(fit, whole), " "))
	got, want := filesOf(t, filepath.Join(cut, "model"))[weights], filesOf(t, filepath.Join(whole, "model"))[weights]
	if got != want || got == "" {
		t.Errorf("the resumed model differs from that of one go")
	}
	if left, err := filepath.Glob(filepath.Join(base, "*"+rundir.Unfinished)); err != nil || len(left) > 0 {
		t.Errorf("at the end there is still %v", left)
	}
	if said := succeeds(t, "fit --resume --out %s", cut); !strings.Contains(said, "finished") {
		t.Errorf("resuming what is finished says\n%s", said)
	}
}

// TestKilledSave kills fits at moments between their begin and their end: the run is
// there and whole, or not there and done again.
func TestKilledSave(t *testing.T) {
	d := fixture(t)
	base := t.TempDir()
	fit := words("fit --method affine --source %s/dose/source.csv --target %s/dose/train.csv --condition dose --overwrite --out", d, d)
	whole := filepath.Join(base, "whole")
	succeeds(t, "%s", strings.Join(append(slices.Clone(fit), whole), " "))
	want := filesOf(t, filepath.Join(whole, "model"))
	killed := 0
	for i := range 12 {
		out := filepath.Join(base, "killed")
		run := start(t, append(slices.Clone(fit), out))
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Microsecond) {
			if _, err := os.Stat(out + rundir.Unfinished); err == nil { // it has begun
				break
			}
		}
		time.Sleep(time.Duration(i) * 2 * time.Millisecond)
		_ = run.Process.Kill()
		if run.end(t) == -1 {
			killed++
		}
		if rundir.Finished(out) && !maps.Equal(filesOf(t, filepath.Join(out, "model")), want) {
			t.Fatalf("a killed run is there and not whole: %v", slices.Collect(maps.Keys(filesOf(t, out))))
		}
		if rundir.Finished(out + rundir.Unfinished) {
			succeeds(t, "fit --resume --out %s", out)
		} else {
			succeeds(t, "%s", strings.Join(append(slices.Clone(fit), out), " "))
		}
		if !maps.Equal(filesOf(t, filepath.Join(out, "model")), want) {
			t.Error("the run that was done again differs")
		}
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
	}
	if killed == 0 {
		t.Error("no run was killed before its end")
	}
	if left := filesOf(t, base); len(left) != len(filesOf(t, whole)) {
		t.Errorf("there is left: %v", slices.Sorted(maps.Keys(left)))
	}
}

// TestInterruptedSynth leaves nothing.
func TestInterruptedSynth(t *testing.T) {
	out := filepath.Join(t.TempDir(), "task")
	cmd, stderr := child("", words("synth --dim 64 --out %s", out)...)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if _, err := os.Stat(out); err == nil {
			break
		}
	}
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Errorf("there is left: %v", slices.Sorted(maps.Keys(filesOf(t, out))))
	}
	if stdout.Len() > 0 {
		t.Errorf("the result is %s", stdout.String())
	}
}

// TestInterruptedEvaluate keeps nothing, since it cannot go on.
func TestInterruptedEvaluate(t *testing.T) {
	d := fixture(t)
	out := filepath.Join(t.TempDir(), "out")
	run := start(t, words("evaluate --model %s/affine --data %s/dose/test.csv --truth %s/dose/truth.csv --replicates 20000 --out %s", d, d, d, out))
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if rundir.Finished(out + rundir.Unfinished) { // its configuration is written: it computes
			break
		}
	}
	_ = run.Process.Signal(syscall.SIGTERM)
	if code := run.end(t); code != exitInterrupted || !strings.Contains(run.said(t), "interrupted") {
		t.Errorf("exit code %d\n%s", code, run.said(t))
	}
	for _, left := range []string{out, out + rundir.Unfinished} {
		if _, err := os.Stat(left); !os.IsNotExist(err) {
			t.Errorf("%s is left", left)
		}
	}
}

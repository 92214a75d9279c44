package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/train"
)

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("unknown column"), 2},
		{fmt.Errorf("open: %w", os.ErrNotExist), 2},
		{&os.PathError{Op: "write", Path: "a", Err: syscall.ENOSPC}, 1},
		{machineError(errors.New("the compiler failed")), 1},
		{fmt.Errorf("training: %w", machineError(errors.New("no memory"))), 1},
		{fmt.Errorf("%w at step 3", train.ErrDiverged), 3},
		{fmt.Errorf("%w: xla:cuda", backend.ErrUnavailable), 4},
		{machineError(fmt.Errorf("%w: xla:cuda", backend.ErrUnavailable)), 4},
		{interrupted("after 3 steps"), 130},
		{fmt.Errorf("stopped: %w", context.Canceled), 130},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v ends with %d, want %d", c.err, got, c.want)
		}
	}
	if machineError(nil) != nil {
		t.Error("no error is a machine error")
	}
}

// full is a standard output on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestResultThatCannotBeWritten(t *testing.T) {
	for _, line := range []string{"version", "version --json", "backend list", "completion bash"} {
		var stderr bytes.Buffer
		if code := run(t.Context(), words("%s", line), full{}, &stderr); code != exitMachine || !strings.Contains(stderr.String(), "no space") {
			t.Errorf("gomonge %s on a full disk: exit code %d\n%s", line, code, stderr.String())
		}
	}
}

// TestPanicIsABug ends with the code of a bug and removes what was begun.
func TestPanicIsABug(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	a := &app{}
	o := &runFlags{out: out}
	doing := func() (err error) {
		r, err := a.begins(a.versionCommand(), o)
		if err != nil {
			return err
		}
		defer r.endsWith(&err)
		panic("no such thing")
	}
	err := doing()
	if exitCode(err) != exitMachine || !strings.Contains(err.Error(), "no such thing") || !strings.Contains(err.Error(), "exit_test.go") {
		t.Errorf("a panic is the error %v", err)
	}
	if _, err := os.Stat(out + ".partial"); !os.IsNotExist(err) {
		t.Error("a run that ended in a panic is left behind")
	}
}

// TestDiverged trains at a rate that no network survives.
func TestDiverged(t *testing.T) {
	d := fixture(t)
	out := filepath.Join(t.TempDir(), "out")
	fails(t, exitDiverged, []string{"diverged", "last good model is in " + out + ".partial/checkpoint/last-good"},
		"fit --source %s/dose/source.csv --target %s/dose/train.csv --condition dose --steps 100 --opt rate=1e20 %s --out %s", d, d, tiny, out)
	succeeds(t, "transport --model %s.partial/checkpoint/last-good --data %s/dose/source.csv --condition dose=0.5 --out %s.csv", out, d, out)
}

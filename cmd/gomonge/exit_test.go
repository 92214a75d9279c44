package main

import (
	"context"
	"errors"
	"fmt"
	"os"
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

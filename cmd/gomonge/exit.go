package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"syscall"

	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/train"
)

// Exit codes of every command.
const (
	exitDone        = 0
	exitMachine     = 1   // a bug, or the machine: disk, memory
	exitRequest     = 2   // what was asked or the data is wrong
	exitDiverged    = 3   // training failed
	exitBackend     = 4   // no such backend
	exitInterrupted = 130 // by the user
)

// failure is an error whose exit code is known where it happens.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// machineError marks an error that no other request would have avoided.
func machineError(err error) error {
	if err == nil {
		return nil
	}
	return &failure{exitMachine, err}
}

// interrupted is the error of a run that the user stopped.
func interrupted(format string, args ...any) error {
	return &failure{exitInterrupted, fmt.Errorf(format, args...)}
}

// bug is the error of a panic, with where it came from.
func bug(panicked any) error {
	return machineError(fmt.Errorf("this is a bug, please report it: %v\n%s", panicked, debug.Stack()))
}

// machineErrors are what the operating system says when it can do no more.
var machineErrors = []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EIO, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE}

// exitCode of a command that ended with err. The packages return errors for
// what they were given; whatever is not one of those is marked.
func exitCode(err error) int {
	var f *failure
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, backend.ErrUnavailable):
		return exitBackend
	case errors.Is(err, train.ErrDiverged):
		return exitDiverged
	case errors.As(err, &f):
		return f.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	for _, e := range machineErrors {
		if errors.Is(err, e) {
			return exitMachine
		}
	}
	return exitRequest
}

package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/datasets"
)

// writeStates trains for nine rounds, writes the checkpoint before.safetensors, resumes it
// for one round more and writes after.safetensors. The gradients of the tenth round follow
// from the first moments of Adam in the two: (after − β₁·before)/(1 − β₁).
func writeStates(t *datasets.Task, o condot.Options, dir string) error {
	before, after := filepath.Join(dir, "before.safetensors"), filepath.Join(dir, "after.safetensors")
	o.Checkpoint = before
	if _, _, err := condot.Fit(newPacer(strings.NewReader("9\n"), io.Discard), t, o); err != nil {
		return err
	}
	state, err := os.ReadFile(before)
	if err != nil {
		return err
	}
	if err := os.WriteFile(after, state, 0o644); err != nil {
		return err
	}
	o.Checkpoint, o.Resume = after, true
	_, _, err = condot.Fit(newPacer(strings.NewReader("1\n"), io.Discard), t, o)
	return err
}

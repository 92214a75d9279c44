package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
)

// writeStates trains for nine rounds, writes the checkpoint before.safetensors, resumes it
// for one round more and writes after.safetensors. The gradients of the tenth round follow
// from the first moments of Adam in the two: (after − β₁·before)/(1 − β₁).
func writeStates(fit fitting, dir string) error {
	before, after := filepath.Join(dir, "before.safetensors"), filepath.Join(dir, "after.safetensors")
	if _, _, err := fit(newPacer(strings.NewReader("9\n"), io.Discard), before, false); err != nil {
		return err
	}
	state, err := os.ReadFile(before)
	if err != nil {
		return err
	}
	if err := os.WriteFile(after, state, 0o644); err != nil {
		return err
	}
	_, _, err = fit(newPacer(strings.NewReader("1\n"), io.Discard), after, true)
	return err
}

package train

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gomonge/gomonge/internal/safetensors"
)

// checkpointVersion changes when old checkpoints can no longer be read.
const checkpointVersion = "1"

// saved is the metadata of a checkpoint beside its arrays.
type saved struct {
	state
	BestKnown  bool     `json:"best_known"`
	Losses     []Point  `json:"losses"`
	Validation []Point  `json:"validation"`
	Warnings   []string `json:"warnings"`
}

// save writes the present state, the last good and the best one to the checkpoint file.
func (r *run) save() error {
	if r.loop.Checkpoint == "" {
		return nil
	}
	began := time.Now()
	now, err := r.loop.Snapshot()
	if err != nil {
		return err
	}
	arrays := renamed("", now)
	arrays = append(arrays, renamed("good/", r.good)...)
	s := saved{state: r.state, Losses: r.report.Losses, Validation: r.report.Validation, Warnings: r.report.Warnings}
	if r.best != nil {
		s.BestKnown = true
		arrays = append(arrays, renamed("best/", r.best)...)
	} else {
		s.BestValue = math.MaxFloat64 // JSON has no infinity
	}
	meta, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	err = safetensors.Write(r.loop.Checkpoint, arrays, map[string]string{
		"version": checkpointVersion, "fingerprint": r.loop.Fingerprint, "state": string(meta)})
	r.lastSaved = time.Now()
	r.saveTook = r.lastSaved.Sub(began)
	return err
}

// saveDiverged leaves a checkpoint of the last good state, which is on the device, from which a
// resumed run goes on with a smaller rate than the last one that failed.
func (r *run) saveDiverged() error {
	if r.loop.Checkpoint == "" {
		return nil
	}
	r.Recoveries, r.RateScale = 0, r.RateScale/2
	r.report.Warnings = append(r.report.Warnings, fmt.Sprintf("training diverged; the checkpoint goes on from step %d with the learning rate scaled by %g", r.Step, r.RateScale))
	return r.save()
}

func renamed(prefix string, arrays []safetensors.Array) []safetensors.Array {
	out := make([]safetensors.Array, len(arrays))
	for i, a := range arrays {
		a.Name = prefix + a.Name
		out[i] = a
	}
	return out
}

// load continues from the checkpoint file.
func (r *run) load() error {
	arrays, meta, err := safetensors.Read(r.loop.Checkpoint)
	if err != nil {
		return fmt.Errorf("resuming: %w", err)
	}
	if meta["version"] != checkpointVersion {
		return fmt.Errorf("resuming: %s has version %q, this program reads %s", r.loop.Checkpoint, meta["version"], checkpointVersion)
	}
	if meta["fingerprint"] != r.loop.Fingerprint {
		return fmt.Errorf("resuming: %s was made with other data or settings (%.12s…, now %.12s…): give the same ones, or start anew without resume", r.loop.Checkpoint, meta["fingerprint"], r.loop.Fingerprint)
	}
	var s saved
	if err := json.Unmarshal([]byte(meta["state"]), &s); err != nil {
		return fmt.Errorf("resuming: %s: %w", r.loop.Checkpoint, err)
	}
	r.state = s.state
	r.report.Losses, r.report.Validation, r.report.Warnings = s.Losses, s.Validation, s.Warnings
	r.good = taken("good/", arrays)
	if s.BestKnown {
		r.best = taken("best/", arrays)
	} else {
		r.BestValue = math.Inf(1)
	}
	return r.loop.Restore(taken("", arrays))
}

// taken are the arrays whose names have the prefix and no further folder, without it.
func taken(prefix string, arrays []safetensors.Array) (out []safetensors.Array) {
	for _, a := range arrays {
		if name, ok := strings.CutPrefix(a.Name, prefix); ok && !strings.Contains(name, "/") {
			a.Name = name
			out = append(out, a)
		}
	}
	return out
}

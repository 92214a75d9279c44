package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/ot"
	"github.com/spf13/cobra"
)

// distanceResult is what distance found.
type distanceResult struct {
	A       string  `json:"a"`
	B       string  `json:"b"`
	N       int     `json:"n"`
	M       int     `json:"m"`
	Dim     int     `json:"dim"`
	Metrics []timed `json:"metrics"`
}

// timed is a figure and how long it took.
type timed struct {
	metrics.Figure
	Seconds float64
}

// MarshalJSON is the figure's form with its seconds.
func (t timed) MarshalJSON() ([]byte, error) {
	figure, err := json.Marshal(t.Figure)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(figure[:len(figure)-1], `,"seconds":%.6g}`, t.Seconds), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *timed) UnmarshalJSON(raw []byte) error {
	var s struct{ Seconds float64 }
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	t.Seconds = s.Seconds
	return json.Unmarshal(raw, &t.Figure)
}

// distance is the command.
func (a *app) distance(cmd *cobra.Command, o *distanceFlags, files []string) error {
	if err := o.check(); err != nil {
		return err
	}
	x, y, err := o.samples(files)
	if err != nil {
		return err
	}
	n, dim := x.cloud.Dims()
	m, _ := y.cloud.Dims()
	asked, err := o.asked(dim)
	if err != nil {
		return err
	}
	d := o.distances(a.threads)
	r := &distanceResult{A: files[0], B: files[1], N: n, M: m, Dim: dim}
	var warnings []string
	for _, s := range []*sample{x, y} {
		if text := s.chosen(); text != "" && !slices.Contains(warnings, text) {
			warnings = append(warnings, text)
			a.note("%s", text)
		}
	}
	if err := a.measure(cmd, d, asked, x, y, r, warnings); err != nil {
		return err
	}
	if o.plan != "" || o.duals != "" {
		if d.coupling == nil {
			if d.coupling, err = ot.Transport(cmd.Context(), ot.SquaredEuclidean, x.cloud, y.cloud, ot.ExactOptions{Workers: a.threads}); err != nil {
				if cmd.Context().Err() != nil {
					return interrupted("interrupted; nothing is written")
				}
				return err
			}
		}
		if err := o.writeTables(d.coupling, x, y); err != nil {
			return err
		}
	}
	return a.result(r, r.text)
}

// measure computes one metric after the other and warns of what they warn of, each thing once.
func (a *app) measure(cmd *cobra.Command, d *distances, asked []distanceMetric, x, y *sample, r *distanceResult, warnings []string) error {
	said := slices.Clone(warnings)
	for k, metric := range asked {
		started := time.Now()
		stop := a.watch(fmt.Sprintf("distance: %s, %d of %d metrics, between %d and %d points", metric.name, k+1, len(asked), r.N, r.M))
		f, err := metric.measure(cmd.Context(), x.cloud, y.cloud, d)
		stop()
		if cmd.Context().Err() != nil {
			return interrupted("interrupted; nothing is written")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", metric.name, err)
		}
		f.Warnings = append(slices.Clone(warnings), f.Warnings...)
		for _, w := range f.Warnings {
			if !slices.Contains(said, w) {
				said = append(said, w)
				a.warn("%s: %s", f.Name, w)
			}
		}
		r.Metrics = append(r.Metrics, timed{f, time.Since(started).Seconds()})
	}
	return nil
}

// patience is how long something goes on before the user is told.
const patience = 2 * time.Second

// watch tells the user what goes on once it has taken long, and now and then
// from then on; stop ends that.
func (a *app) watch(what string) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	started := time.Now()
	go func() {
		defer close(ended)
		for wait := patience; ; wait = plainEvery {
			select {
			case <-done:
				return
			case <-time.After(wait):
				a.note("%s: %s so far", what, time.Since(started).Round(time.Second))
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

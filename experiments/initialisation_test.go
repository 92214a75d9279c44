package experiments

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/ot"
)

// quickStarts is a run of a few seconds on the pure-Go engine.
func quickStarts(t *testing.T) *Result {
	t.Helper()
	if testing.Short() {
		t.Skip("trains three networks: half a minute, and minutes under the race detector")
	}
	last := Progress{}
	r, err := Initialisation(context.Background(), InitialisationOptions{Steps: 2, Points: 60, Seeds: 1, Seed: 3, Backend: "go",
		Progress: func(p Progress) { last = p }})
	if err != nil {
		t.Fatal(err)
	}
	if last.Done != last.Total || last.Total != 3*2 {
		t.Errorf("progress ended at %d of %d, of 3 fits of 2 steps", last.Done, last.Total)
	}
	return r
}

// value of one row.
func value(t *testing.T, r *Result, series, method, condition string) float64 {
	t.Helper()
	at := slices.IndexFunc(r.Table, func(row Row) bool { return row.Series == series && row.Method == method && row.Condition == condition })
	if at < 0 {
		t.Fatalf("no row for %s, %s, %s", series, method, condition)
	}
	return r.Table[at].Metric.Value
}

func TestInitialisationStartsWhereItSays(t *testing.T) {
	r := quickStarts(t)
	s := &initialisation{o: InitialisationOptions{Points: 60, Seed: 3}}
	if err := s.draw(); err != nil {
		t.Fatal(err)
	}
	still := 0.0
	for _, c := range s.tests {
		w, err := ot.W2Squared(context.Background(), ot.Uniform(c.source), ot.Uniform(c.target))
		if err != nil {
			t.Fatal(err)
		}
		still += w / testClouds
	}
	for _, direction := range []string{forward, backward} {
		// The identity start is within 1 % of the identity (package condot's own tests), so that
		// distances from points of norm 5 are within a few per cent.
		if got := value(t, r, direction, "condot-identity", "start"); math.Abs(got-still) > .05*still {
			t.Errorf("%s: the identity start is at distance %g, points left in place at %g", direction, got, still)
		}
		floor := value(t, r, direction, "observed", "")
		gaussian := value(t, r, direction, "condot-gaussian", "start")
		if !(floor < gaussian && gaussian < still/2) {
			t.Errorf("%s: the Gaussian start is at distance %g; it should be between two clouds of one law (%g) and half the identity's (%g)", direction, gaussian, floor, still)
		}
	}
	// Over a pair of clouds, the range and the sheet's numbers come from the same table.
	if got, want := r.Sheets[0].Rows[1][1], plusMinus(value(t, r, forward, "condot-identity", "start"), math.NaN()); got != want {
		t.Errorf("the sheet has %s for the identity start, the table %s", got, want)
	}
}

func TestInitialisationFiles(t *testing.T) {
	r := quickStarts(t)
	dir := t.TempDir()
	if err := r.Write(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"table.csv", "table.md", "metrics.json", "figures/initialisation-points.svg", "figures/initialisation-points.png", "figures/initialisation-distance.svg"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if got := r.Paths(); len(got) != 2 || got[0] != filepath.Join(dir, "figures", "initialisation-points.svg") {
		t.Errorf("paths are %v", got)
	}
	var read struct {
		Table []struct {
			Method, Setting, Condition string
			Metric                     struct{ Name string }
		}
		Warnings []string
	}
	raw, err := os.ReadFile(filepath.Join(dir, "metrics.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &read); err != nil || len(read.Table) != len(r.Table) || read.Table[0].Metric.Name != "w2squared" {
		t.Errorf("metrics.json has %d rows of %d, error %v", len(read.Table), len(r.Table), err)
	}
	if !slices.ContainsFunc(read.Warnings, func(w string) bool { return strings.Contains(w, "pure-Go") }) {
		t.Errorf("no warning says that the pure-Go engine takes fewer steps: %q", read.Warnings)
	}
}

func TestInitialisationRefuses(t *testing.T) {
	for _, o := range []InitialisationOptions{{Steps: -1}, {Points: 1}, {Seeds: -2}} {
		o.Backend = "go"
		if _, err := Initialisation(context.Background(), o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Initialisation(ctx, InitialisationOptions{Steps: 2, Points: 20, Seeds: 1, Backend: "go"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run ends with %v", err)
	}
}

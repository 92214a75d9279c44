package train

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gomonge/gomonge/internal/safetensors"
)

// problem is a training whose device is a slice: weights go to 1 by noisy gradient steps.
type problem struct {
	w       []float32
	rates   []float64
	calls   int
	loss    float64
	poison  func(k int, rate float64) bool // steps that leave the finite numbers
	observe func(k int)                    // told before each step
}

func newProblem() *problem { return &problem{w: []float32{-1, 3, 0}} }

func (p *problem) advance(k int, rate float64) error {
	if p.observe != nil {
		p.observe(k)
	}
	p.calls++
	p.rates = append(p.rates, rate)
	r := rand.New(rand.NewPCG(7, uint64(k)))
	p.loss = 0
	for i, w := range p.w {
		p.loss += float64(w-1) * float64(w-1)
		p.w[i] -= float32(.2 * rate * (float64(w-1) + .5*r.NormFloat64()))
	}
	if p.poison != nil && p.poison(k, rate) {
		p.loss = math.NaN()
		p.w[0] = float32(math.NaN())
	}
	return nil
}

func (p *problem) snapshot() ([]safetensors.Array, error) {
	return []safetensors.Array{{Name: "w", Dims: []int{len(p.w)}, Data: append([]float32{}, p.w...)}}, nil
}

func (p *problem) restore(a []safetensors.Array) error {
	copy(p.w, a[0].Data)
	return nil
}

// value is the distance from the goal, which the noise makes jump about.
func (p *problem) value(int) (float64, bool, error) {
	sum := 0.0
	for _, w := range p.w {
		sum += float64(w-1) * float64(w-1)
	}
	return sum, true, nil
}

func (p *problem) loop(steps int) *Loop {
	return &Loop{Steps: steps, Advance: p.advance, Losses: func() ([]float64, error) { return []float64{p.loss}, nil }, LossNames: []string{"loss"},
		Snapshot: p.snapshot, Restore: p.restore, Validate: p.value, LossLimit: 1e6, Fingerprint: "problem"}
}

// outcome is all of a report that does not depend on the clock.
func outcome(r *Report) Report {
	c := *r
	c.Seconds, c.PerSecond, c.Compile = 0, 0, 0
	return c
}

func trained(t *testing.T, ctx context.Context, l *Loop) *Report {
	t.Helper()
	r, err := l.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRates: the learning rate rises over the first 2 % of the steps, falls along a cosine to
// 1 %, and nothing kills it on the way; what Advance is given is just that.
func TestRates(t *testing.T) {
	const n = 500
	p := newProblem()
	trained(t, context.Background(), p.loop(n))
	if len(p.rates) != n {
		t.Fatalf("%d steps were taken", len(p.rates))
	}
	mean := 0.0
	for k, r := range p.rates {
		want := .01 + .99*(1+math.Cos(math.Pi*float64(k)/n))/2
		if k < n/50-1 {
			want *= float64(k+1) / (n / 50)
		}
		if math.Abs(r-want) > 1e-12 {
			t.Fatalf("step %d has the rate %g, want %g", k, r, want)
		}
		mean += r / n
	}
	// The cosine's mean is .505; the warm-up takes 1 % of the steps' worth.
	if math.Abs(mean-.495) > .005 {
		t.Errorf("the mean rate is %g", mean)
	}
}

// TestResume: a run that is cancelled, at any step, and resumed ends in the same bits and with
// the same curves as one that was not; also one that had to go back to a good state.
func TestResume(t *testing.T) {
	for name, poison := range map[string]func(int, float64) bool{"smooth": nil, "with recoveries": func(k int, rate float64) bool { return k > 40 && rate > .15 }} {
		resumes(t, name, poison)
	}
}

func resumes(t *testing.T, name string, poison func(int, float64) bool) {
	const n = 87
	begin := func() (*problem, *Loop) {
		p := newProblem()
		p.poison = poison
		return p, p.loop(n)
	}
	whole, l := begin()
	want := trained(t, context.Background(), l)
	if want.Best == n || want.Best == 0 || (poison != nil) != (len(want.Warnings) > 0) {
		t.Fatalf("%s: this task tests too little: %+v", name, want)
	}
	for _, at := range []int{1, 2, 10, 11, 44, 45, 58, whole.calls - 1} {
		path := filepath.Join(t.TempDir(), "checkpoint")
		first, l := begin()
		ctx, cancel := context.WithCancel(context.Background())
		first.observe = func(int) {
			if first.calls == at-1 {
				cancel()
			}
		}
		l.Checkpoint = path
		if r := trained(t, ctx, l); r.Reason != Interrupted || first.calls != at {
			t.Fatalf("%s, cancelled during call %d: %q after %d calls", name, at, r.Reason, first.calls)
		}
		cancel()
		second, l := begin()
		second.w = []float32{9, 9, 9} // of no account
		l.Checkpoint, l.Resume = path, true
		got := trained(t, context.Background(), l)
		if !reflect.DeepEqual(second.w, whole.w) || !reflect.DeepEqual(outcome(got), outcome(want)) {
			t.Errorf("%s, cancelled during call %d: %v and %+v, want %v and %+v", name, at, second.w, outcome(got), whole.w, outcome(want))
		}
		if first.calls+second.calls != whole.calls {
			t.Errorf("%s, cancelled during call %d: %d steps were taken, %d without", name, at, first.calls+second.calls, whole.calls)
		}
	}
}

// TestKilled: a run that ends without notice goes on from its last checkpoint, to the same bits.
func TestKilled(t *testing.T) {
	defer func(d, n time.Duration) { saveEvery, saveShare = d, n }(saveEvery, saveShare)
	saveEvery, saveShare = 0, 0 // a checkpoint after every step
	const n = 60
	whole := newProblem()
	want := trained(t, context.Background(), whole.loop(n))
	for _, at := range []int{1, 17, n - 1} {
		dir := t.TempDir()
		path, kept := filepath.Join(dir, "checkpoint"), filepath.Join(dir, "kept")
		p := newProblem()
		p.observe = func(k int) {
			if k != at {
				return
			}
			data, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(kept, data, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		l := p.loop(n)
		l.Checkpoint = path
		trained(t, context.Background(), l) // all that it does after the copy is lost
		again := newProblem()
		l = again.loop(n)
		l.Checkpoint, l.Resume = kept, true
		got := trained(t, context.Background(), l)
		if !reflect.DeepEqual(again.w, whole.w) || !reflect.DeepEqual(outcome(got), outcome(want)) {
			t.Errorf("killed in step %d: %v and %+v, want %v and %+v", at, again.w, got, whole.w, want)
		}
	}
}

// TestCheckpointRefused: what is no checkpoint of this run is an error that says why.
func TestCheckpointRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "checkpoint")
	ctx, cancel := context.WithCancel(context.Background())
	p := newProblem()
	p.observe = func(k int) {
		if k == 20 {
			cancel()
		}
	}
	l := p.loop(50)
	l.Checkpoint = path
	trained(t, ctx, l)
	resume := func(path string) error {
		l := newProblem().loop(50)
		l.Checkpoint, l.Resume = path, true
		_, err := l.Run(context.Background())
		return err
	}
	if err := resume(path); err != nil {
		t.Fatal(err)
	}
	if err := resume(filepath.Join(dir, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "cut")
	for n := range len(whole) {
		if err := os.WriteFile(cut, whole[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if err := resume(cut); err == nil || !strings.Contains(err.Error(), cut) {
			t.Fatalf("cut to %d of %d bytes: %v", n, len(whole), err)
		}
	}
	arrays, meta, err := safetensors.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{"version": "99", "fingerprint": "another", "state": "{"} {
		changed := map[string]string{}
		for k, v := range meta {
			changed[k] = v
		}
		changed[key] = value
		if err := safetensors.Write(cut, arrays, changed); err != nil {
			t.Fatal(err)
		}
		if err := resume(cut); err == nil || !strings.Contains(err.Error(), "resuming") {
			t.Errorf("another %s: %v", key, err)
		}
	}
}

// TestRecovers: where losses leave the finite numbers the run goes back, with a smaller rate,
// and says so.
func TestRecovers(t *testing.T) {
	p := newProblem()
	p.poison = func(k int, rate float64) bool { return k > 30 && rate > .3 }
	r := trained(t, context.Background(), p.loop(100))
	if r.Reason != Finished || r.Steps != 100 || len(r.Warnings) == 0 || !strings.Contains(r.Warnings[0], "back to step") {
		t.Errorf("%+v", outcome(r))
	}
	for _, w := range p.w {
		if math.Abs(float64(w)-1) > .5 {
			t.Errorf("ended at %v, want near 1", p.w)
		}
	}
	for i, c := range r.Losses {
		if i > 0 && c.Step <= r.Losses[i-1].Step {
			t.Errorf("the loss curve goes back: %v", r.Losses)
		}
	}
}

// TestWeightsMustBeFinite: weights that leave the finite numbers where losses do not are seen too.
func TestWeightsMustBeFinite(t *testing.T) {
	p := newProblem()
	once := true
	p.observe = func(k int) {
		if k == 47 && once {
			p.w[2], once = float32(math.Inf(1)), false
		}
	}
	l := p.loop(100)
	l.Losses = func() ([]float64, error) { return []float64{0}, nil }
	l.Validate = nil
	r := trained(t, context.Background(), l)
	if len(r.Warnings) != 1 || math.IsInf(float64(p.w[2]), 0) || math.IsNaN(float64(p.w[2])) {
		t.Errorf("weights %v with warnings %q", p.w, r.Warnings)
	}
}

// TestDiverges: training that cannot be saved ends with ErrDiverged and the last good state.
func TestDiverges(t *testing.T) {
	p := newProblem()
	p.poison = func(k int, rate float64) bool { return k >= 33 }
	var good []float32
	p.observe = func(k int) {
		if k == 30 && good == nil {
			good = append(good, p.w...)
		}
	}
	r, err := p.loop(100).Run(context.Background())
	if !errors.Is(err, ErrDiverged) || r == nil || r.Reason != Diverged {
		t.Fatalf("%v, %+v", err, r)
	}
	if !reflect.DeepEqual(p.w, good) || r.Steps != 30 {
		t.Errorf("the state is %v at step %d, the last good one was %v at 30", p.w, r.Steps, good)
	}
	if len(r.Warnings) != maxRecoveries {
		t.Errorf("%d warnings of %d recoveries", len(r.Warnings), maxRecoveries)
	}
}

// TestResumesAfterDivergence: the checkpoint of a training that diverged goes on from its last good
// state with smaller steps than those that failed.
func TestResumesAfterDivergence(t *testing.T) {
	begin := func() (*problem, *Loop) {
		p := newProblem()
		p.poison = func(k int, rate float64) bool { return k >= 33 && rate > .004 }
		l := p.loop(100)
		l.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
		return p, l
	}
	_, l := begin()
	r, err := l.Run(context.Background())
	if last := len(r.Warnings) - 1; !errors.Is(err, ErrDiverged) || r.Steps != 30 || !strings.Contains(r.Warnings[last], "goes on from step 30") {
		t.Fatalf("%v, %+v", err, outcome(r))
	}
	if n := len(r.Losses); r.Losses[n-1].Step != 30 {
		t.Errorf("the loss curve ends at step %d, the state is of step 30", r.Losses[n-1].Step)
	}
	p, again := begin()
	again.Checkpoint, again.Resume = l.Checkpoint, true
	p.observe = func(k int) {
		if k < 30 {
			t.Fatalf("step %d was taken again", k)
		}
	}
	r = trained(t, context.Background(), again)
	// Rates up to 2⁻⁶ failed before, and 2⁻⁷ of a schedule at .76 fails now.
	if first, want := p.rates[0], schedule(30, 100)/128; math.Abs(first-want) > 1e-12 || r.Reason != Finished || r.Steps != 100 {
		t.Errorf("began again with the rate %g, want %g: %+v", first, want, outcome(r))
	}
}

// TestCheckpointsAreNotTooMany: they are as far apart as saveEvery says, and as what they take allows.
func TestCheckpointsAreNotTooMany(t *testing.T) {
	defer func(d, n time.Duration) { saveEvery, saveShare = d, n }(saveEvery, saveShare)
	for _, c := range []struct {
		every, share time.Duration
		saves        int
	}{{0, 0, 30}, {time.Hour, 0, 0}, {0, 1 << 20, 1}} {
		saveEvery, saveShare = c.every, c.share
		p := newProblem()
		l := p.loop(30)
		l.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
		snapshots, validated := 0, 0
		l.Validate = func(int) (float64, bool, error) { validated++; return 0, true, nil }
		l.Snapshot = func() ([]safetensors.Array, error) { snapshots++; return p.snapshot() }
		trained(t, context.Background(), l)
		if saves := snapshots - validated - 1; saves != c.saves { // one at the start, one a validation
			t.Errorf("%d checkpoints, want %d with %+v", saves, c.saves, c)
		}
	}
}

// TestBestIsServed: the state with the lowest validation value is left in place, and patience
// ends a run that does not improve.
func TestBestIsServed(t *testing.T) {
	p := newProblem()
	at := map[int][]float32{}
	l := p.loop(200)
	l.Patience = 3
	l.Validate = func(step int) (float64, bool, error) {
		at[step] = append([]float32{}, p.w...)
		return math.Abs(float64(step) - 60), true, nil
	}
	r := trained(t, context.Background(), l)
	if r.Reason != NoImprovement || r.Best != 60 || r.Steps != 90 {
		t.Errorf("%q at step %d, best %d; validations are every 10 steps", r.Reason, r.Steps, r.Best)
	}
	if !reflect.DeepEqual(p.w, at[60]) {
		t.Errorf("left %v, the best was %v", p.w, at[60])
	}
}

// TestSeconds: the number of steps follows from the measured rate, once.
func TestSeconds(t *testing.T) {
	p := newProblem()
	p.observe = func(int) { time.Sleep(2 * time.Millisecond) }
	l := p.loop(0)
	l.Seconds = .6
	start := time.Now()
	r := trained(t, context.Background(), l)
	took := time.Since(start).Seconds()
	// The clock of a busy machine: steps are planned from a sample of it.
	if r.Reason != Finished || r.Steps != r.Planned || r.Planned < 20 || r.Planned > 320 || took > 6 {
		t.Errorf("%+v in %.2g s, want about 250 steps in .6 s", outcome(r), took)
	}
}

// TestFailures of what the loop calls end it with their error.
func TestFailures(t *testing.T) {
	broken := errors.New("broken")
	for name, change := range map[string]func(l *Loop){
		"advance":  func(l *Loop) { l.Advance = func(int, float64) error { return broken } },
		"losses":   func(l *Loop) { l.Losses = func() ([]float64, error) { return nil, broken } },
		"validate": func(l *Loop) { l.Validate = func(int) (float64, bool, error) { return 0, false, broken } },
		"snapshot": func(l *Loop) { l.Snapshot = func() ([]safetensors.Array, error) { return nil, broken } },
	} {
		l := newProblem().loop(30)
		change(l)
		if _, err := l.Run(context.Background()); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	l := newProblem().loop(30)
	l.Checkpoint = filepath.Join(t.TempDir(), "no", "such", "folder")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.Run(ctx); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a checkpoint that cannot be written: %v", err)
	}
}

// TestProgress tells the steps in order and the last one for certain.
func TestProgress(t *testing.T) {
	p := newProblem()
	l := p.loop(40)
	var last Progress
	l.Progress = func(q Progress) {
		if q.Step < last.Step || q.Steps != 40 {
			t.Errorf("step %d of %d after %d", q.Step, q.Steps, last.Step)
		}
		last = q
	}
	trained(t, context.Background(), l)
	if last.Step != 40 || last.Left != 0 || math.IsNaN(last.Validation) || len(last.Losses) != 1 {
		t.Errorf("the last word was %+v", last)
	}
}

// TestKilledAtAnEarlyStop: the checkpoint of the very step that ended training for want of improvement resumes to the same
// end, and not further.
func TestKilledAtAnEarlyStop(t *testing.T) {
	defer func(d, n time.Duration) { saveEvery, saveShare = d, n }(saveEvery, saveShare)
	saveEvery, saveShare = 0, 0
	path := filepath.Join(t.TempDir(), "checkpoint")
	run := func(resume bool) (*problem, *Report) {
		p := newProblem()
		l := p.loop(200)
		l.Patience, l.Checkpoint, l.Resume = 3, path, resume
		l.Validate = func(step int) (float64, bool, error) { return math.Abs(float64(step) - 60), true, nil }
		return p, trained(t, context.Background(), l)
	}
	whole, want := run(false)
	again, got := run(true)
	if again.calls != 0 || !reflect.DeepEqual(again.w, whole.w) || got.Reason != want.Reason || got.Best != want.Best || got.Steps != want.Steps {
		t.Errorf("%d more steps, to %v and %+v; want %v and %+v", again.calls, again.w, got, whole.w, want)
	}
}

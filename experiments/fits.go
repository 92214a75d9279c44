package experiments

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/train"
)

// fit is one training run of an experiment.
type fit struct {
	// name says what is trained, for progress and warnings.
	name string
	// rounds that will be trained; 0 of what has a closed form.
	rounds int
	// run trains, keeping in the drawer what it needs to go on from, and fills what found points to.
	run   func(ctx context.Context, d *drawer, progress func(train.Progress)) error
	found any
}

// runFits runs fits side by side, as many at a time as pay: XLA compiles on one core and small
// steps use little more than one, so that two cores do two fits; the pure-Go engine has all cores busy
// with one. What is done is kept, and not done again. The first error, in the order of the list, is returned.
func runFits(ctx context.Context, t *teller, engine *backend.Engine, k *keeper, fits []fit) error {
	workers := 1
	if !engine.Pure {
		workers = min(4, runtime.GOMAXPROCS(0))
	}
	for _, f := range fits {
		t.expect(f.rounds)
	}
	errs := make([]error, len(fits))
	next := make(chan int)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for i := range next {
				if errs[i] = fits[i].guarded(ctx, t, k.drawer(i, fits[i].name)); errs[i] != nil {
					stop()
				}
			}
		})
	}
	for i := range fits {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wait.Wait()
	return firstError(ctx, errs)
}

// runKept is runFits of an experiment that keeps its things in a folder and tells its progress; the seconds that it took.
func runKept(ctx context.Context, engine *backend.Engine, tell func(Progress), folder string, resume bool, fingerprint string, fits []fit) (seconds float64, err error) {
	t := newTeller(tell)
	keep, err := newKeeper(folder, resume, fingerprint)
	if err != nil {
		return 0, err
	}
	err = runFits(ctx, t, engine, keep, fits)
	return t.seconds(), err
}

// firstError prefers an error that is not the cancellation that another one caused.
func firstError(ctx context.Context, errs []error) error {
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	return context.Cause(ctx)
}

// guarded runs the fit, unless it is in the drawer, and reports its progress. A fit that was interrupted is an error.
func (f fit) guarded(ctx context.Context, t *teller, d *drawer) error {
	known, err := d.load(doneFile, f.found)
	if err != nil {
		return err
	}
	if known {
		t.skipped(f.rounds)
		return nil
	}
	t.stageIs(f.name)
	err = f.run(ctx, d, func(p train.Progress) {
		t.trained(f.name, min(p.Step, f.rounds))
		if p.Message != "" {
			t.message(f.name + ": " + p.Message)
		}
	})
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	t.trained(f.name, f.rounds)
	return d.finish(f.found)
}

// lenient passes over the end of a training that diverged but left a good state behind, and says so.
func lenient(usable bool, err error) (warnings []string, _ error) {
	if usable && errors.Is(err, train.ErrDiverged) {
		return []string{fmt.Sprintf("%v; the last good state is used", err)}, nil
	}
	return nil, err
}

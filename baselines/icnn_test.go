package baselines_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/baselines"
	"github.com/gomonge/gomonge/internal/train"
	"gonum.org/v1/gonum/mat"
)

// A network for each condition is what CondOT makes of that condition's clouds
// alone, and its report is kept, also in the saved model.
func TestICNNPerCondition(t *testing.T) {
	task := weightedTask(t)
	m, err := baselines.FitICNN(context.Background(), task, baselines.PerCondition, briefly)
	if err != nil {
		t.Fatal(err)
	}
	x := task.Train[0].Source
	first, second := carry(t, m, x, task.Train[0].Condition), carry(t, m, x, task.Train[1].Condition)
	if mat.Equal(first, second) {
		t.Error("two conditions have the same map")
	}
	alone := *task
	alone.Train = task.Train[1:]
	single, err := baselines.FitICNN(context.Background(), &alone, baselines.Pooled, briefly)
	if err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(second, carry(t, single, x, task.Train[1].Condition)) {
		t.Error("a condition's network differs from the one that is trained on it alone")
	}
	folder := filepath.Join(t.TempDir(), "model")
	if err := m.Save(folder); err != nil {
		t.Fatal(err)
	}
	loaded, err := baselines.Load(folder, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, reports := range map[string][]*train.Report{"fitted": m.Reports(), "loaded": loaded.(*baselines.ICNN).Reports()} {
		if len(reports) != 2 || reports[1].Steps != briefly.Steps || reports[1].Reason != train.Finished {
			t.Errorf("%s: reports %+v", name, reports)
		}
	}
	if err := os.RemoveAll(filepath.Join(folder, "maps", "1")); err != nil {
		t.Fatal(err)
	}
	if _, err := baselines.Load(folder, ""); err == nil || !strings.Contains(err.Error(), filepath.Join(folder, "maps", "1")) {
		t.Errorf("a network is missing: %v", err)
	}
}

// A cancelled training: the pooled map as far as it got, with a warning; an
// error where other maps never started; and both go on to what an undisturbed
// training ends in.
func TestICNNInterrupted(t *testing.T) {
	task := weightedTask(t)
	for _, reach := range []baselines.Reach{baselines.Pooled, baselines.PerCondition} {
		whole, err := baselines.FitICNN(context.Background(), task, reach, briefly)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		o := briefly
		o.Checkpoint = filepath.Join(t.TempDir(), "checkpoint")
		o.Progress = func(p train.Progress) {
			if p.Step > 0 {
				cancel()
			}
		}
		cut, err := baselines.FitICNN(ctx, task, reach, o)
		switch {
		case reach == baselines.PerCondition && !errors.Is(err, context.Canceled):
			t.Errorf("%s: error %v, want one of the cancelled context", reach, err)
		case reach == baselines.Pooled && err != nil:
			t.Errorf("%s: %v", reach, err)
		case reach == baselines.Pooled && (len(cut.Warnings()) == 0 || !strings.Contains(cut.Warnings()[0], "interrupted")):
			t.Errorf("%s: warnings %q, want one of the interruption", reach, cut.Warnings())
		}
		o.Progress, o.Resume = nil, true
		resumed, err := baselines.FitICNN(context.Background(), task, reach, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range task.Train {
			if !mat.Equal(carry(t, whole, p.Source, p.Condition), carry(t, resumed, p.Source, p.Condition)) {
				t.Errorf("%s: resumed training ends elsewhere", reach)
			}
		}
	}
}

// One map for all conditions carries their sources together to their targets
// together, weights counted: the mean of its images is the mean shift's. 300
// steps bring it within .02 of shifts of 2; .2 leaves room for other engines.
func TestICNNPooledLearnsTheMixture(t *testing.T) {
	task := weightedTask(t)
	o := briefly
	o.Steps = 300
	m, err := baselines.FitICNN(context.Background(), task, baselines.Pooled, o)
	if err != nil {
		t.Fatal(err)
	}
	shift := fit(t, "mean", task)
	off, weight := make([]float64, task.Dim()), 0.0
	for _, p := range task.Train {
		y, want := carry(t, m, p.Source, p.Condition), carry(t, shift, p.Source, p.Condition)
		for i, w := range p.SourceWeights {
			weight += w
			for k := range off {
				off[k] += w * (y.At(i, k) - want.At(i, k))
			}
		}
	}
	for k, sum := range off {
		if math.Abs(sum/weight) > .2 {
			t.Errorf("feature %s: the images' mean is off by %g", task.Features[k], sum/weight)
		}
	}
}

package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gomonge/gomonge/internal/safetensors"
)

// Progress is what a run tells now and then.
type Progress struct {
	// Step done and Steps in all; Steps is 0 while the rate is still measured.
	Step, Steps int
	// Losses are the latest, in the order of [Report.LossNames].
	Losses []float64
	// Validation is the latest validation value, NaN before the first.
	Validation float64
	// PerSecond steps, Elapsed time and time Left.
	PerSecond     float64
	Elapsed, Left time.Duration
	// Message is set when something happened that the user should read.
	Message string
}

// Point is one value of a curve.
type Point struct {
	Step  int       `json:"step"`
	Value []float64 `json:"value"`
}

// Report says how a run went.
type Report struct {
	// Steps taken, and Planned.
	Steps   int `json:"steps"`
	Planned int `json:"planned"`
	// LossNames and the curve of Losses; Validation curve (lower is better).
	LossNames  []string `json:"loss_names"`
	Losses     []Point  `json:"losses"`
	Validation []Point  `json:"validation"`
	// Best is the step whose weights are served.
	Best int `json:"best"`
	// Seconds of training, without compilation, of this process; Compile seconds.
	Seconds float64 `json:"seconds"`
	Compile float64 `json:"compile_seconds"`
	// PerSecond is the rate of steps.
	PerSecond float64 `json:"steps_per_second"`
	// Reason training ended: "finished", "no improvement", "interrupted", "diverged".
	Reason string `json:"reason"`
	// Warnings travel with the numbers.
	Warnings []string `json:"warnings,omitempty"`
}

// Summary is the report without the middle of its loss curve; nil of nil.
func (r *Report) Summary() *Report {
	if r == nil {
		return nil
	}
	s := *r
	s.Losses = s.Losses[max(0, len(s.Losses)-1):]
	return &s
}

// Reasons why training ended.
const (
	Finished      = "finished"
	NoImprovement = "no improvement"
	Interrupted   = "interrupted"
	Diverged      = "diverged"
)

// ErrDiverged is returned when training left the finite numbers again and again.
var ErrDiverged = errors.New("training diverged")

// Loop runs the steps of a method: the schedule, the clock, divergence,
// validation, checkpoints and interruption are here, once for all methods.
type Loop struct {
	// Steps to take, or Seconds that fix Steps after a warm-up.
	Steps   int
	Seconds float64
	// Advance takes step k (from 0) with the learning rate's multiplier. All its
	// random numbers must follow from k and a seed: a resumed run repeats them.
	Advance func(k int, rate float64) error
	// Schedule is the learning rate's multiplier at step k of n; nil: a warm-up and a cosine.
	Schedule func(k, n int) float64
	// Losses reads the latest losses from the device.
	Losses    func() ([]float64, error)
	LossNames []string
	// Snapshot copies the whole training state from the device, Restore puts it back.
	Snapshot func() ([]safetensors.Array, error)
	Restore  func([]safetensors.Array) error
	// Validate is the value (lower is better) of the weights that would be served after a
	// step; known is false where there is nothing to judge by. Nil: no validation.
	// ValidationSeconds is what one takes, for the reckoning of Seconds.
	Validate          func(step int) (value float64, known bool, err error)
	ValidationSeconds float64
	// Patience is how many validations without improvement end the run; 0: never.
	Patience int
	// ServeLast serves the last state, else that of the best validation.
	ServeLast bool
	// LossLimit is the magnitude of a loss that counts as divergence.
	LossLimit float64
	// Checkpoint is a file written every ten seconds, less often where that would take more
	// than a fiftieth of the time, on interruption, and when training has diverged: then to go
	// on from the last good state with a smaller rate. "" for none. Fingerprint names the task and the settings: another one's checkpoint is refused.
	Checkpoint, Fingerprint string
	Resume                  bool
	Progress                func(Progress)
}

const (
	lossEvery      = 10 // steps between looks at the losses
	validations    = 20 // a run
	maxRecoveries  = 6
	progressEvery  = 200 * time.Millisecond
	calibrateAfter = 5 // steps before the clock starts that fixes Steps
)

// saveEvery is the least time between checkpoints, and saveShare how many times what writing one
// took. What a killed run loses is bounded, and so is what checkpoints cost.
var (
	saveEvery               = 10 * time.Second
	saveShare time.Duration = 50
)

// run is the state of a loop that a checkpoint keeps.
type run struct {
	loop *Loop
	state
	report    *Report
	good      []safetensors.Array // the last state with finite losses
	best      []safetensors.Array // the state with the best validation value
	started   time.Time
	from      int // the first step of this process
	lastSaved time.Time
	saveTook  time.Duration
	lastTold  time.Time
	lastLoss  []float64
	message   string
}

// state is the part of a run that goes into the checkpoint's metadata.
type state struct {
	Step       int     `json:"step"`
	Steps      int     `json:"steps"`
	RateScale  float64 `json:"rate_scale"`
	Recoveries int     `json:"recoveries"`
	GoodStep   int     `json:"good_step"`
	BestStep   int     `json:"best_step"`
	BestValue  float64 `json:"best_value"`
	Stale      int     `json:"stale"`
}

// Run trains until the steps are done, the context is cancelled (a checkpoint is
// saved, no error), validation stops improving, or training diverges for good
// ([ErrDiverged]; the last good state is restored). On return the device holds the
// state to serve.
func (l *Loop) Run(ctx context.Context) (*Report, error) {
	r := &run{loop: l, report: &Report{LossNames: l.LossNames}, state: state{Steps: l.Steps, RateScale: 1, BestValue: math.Inf(1)}}
	if l.Resume {
		if err := r.load(); err != nil {
			return nil, err
		}
	}
	if r.good == nil {
		if _, err := r.keepGood(); err != nil {
			return nil, err
		}
	}
	r.from, r.started, r.lastSaved = r.Step, time.Now(), time.Now()
	err := r.train(ctx)
	r.finish()
	if errors.Is(err, ErrDiverged) {
		return r.report, errors.Join(err, r.saveDiverged())
	}
	if err != nil {
		return r.report, err
	}
	if r.report.Reason == Interrupted {
		return r.report, r.save()
	}
	return r.report, r.serveBest()
}

func (r *run) train(ctx context.Context) error {
	for {
		if r.Step == r.Steps && r.Steps > 0 {
			r.report.Reason = Finished
			return nil
		}
		if p := r.loop.Patience; p > 0 && r.Stale >= p { // resumed from the checkpoint of its last step
			r.report.Reason = NoImprovement
			return nil
		}
		if ctx.Err() != nil {
			r.report.Reason = Interrupted
			return nil
		}
		if err := r.loop.Advance(r.Step, r.rate()*r.RateScale); err != nil {
			return err
		}
		r.Step++
		if err := r.afterStep(); err != nil {
			return err
		}
		if r.report.Reason != "" {
			return nil
		}
	}
}

// rate is the schedule's multiplier; while Steps is not yet fixed it is that of the warm-up.
func (r *run) rate() float64 {
	switch {
	case r.loop.Schedule != nil:
		return r.loop.Schedule(r.Step, r.Steps)
	case r.Steps == 0:
		return math.Min(1, float64(r.Step+1)/20)
	}
	return schedule(r.Step, r.Steps)
}

func (r *run) afterStep() error {
	if r.Steps == 0 {
		r.calibrate()
	}
	last := r.Step == r.Steps
	if r.Step%lossEvery == 0 || last {
		ok, err := r.lookAtLosses()
		if err != nil || !ok {
			return err
		}
	}
	if r.Steps > 0 && (last || r.Step%max(1, r.Steps/validations) == 0) {
		if err := r.validate(); err != nil {
			return err
		}
	}
	r.tell(last)
	if r.loop.Checkpoint != "" && time.Since(r.lastSaved) > max(saveEvery, saveShare*r.saveTook) {
		return r.save()
	}
	return nil
}

// calibrate fixes the number of steps from the measured rate.
func (r *run) calibrate() {
	switch {
	case r.Step <= calibrateAfter:
		r.started, r.from = time.Now(), r.Step
	case time.Since(r.started).Seconds() > math.Min(2, .05*r.loop.Seconds) && r.Step-r.from >= 5:
		perStep := time.Since(r.started).Seconds() / float64(r.Step-r.from)
		r.Steps = max(r.Step+1, int((r.loop.Seconds-validations*r.loop.ValidationSeconds)/perStep))
	}
}

// lookAtLosses records the losses, or goes back to the last good state when they
// are not finite or out of bounds.
func (r *run) lookAtLosses() (ok bool, err error) {
	losses, err := r.loop.Losses()
	if err != nil {
		return false, err
	}
	for _, v := range losses {
		if math.IsNaN(v) || math.Abs(v) > r.loop.LossLimit {
			return false, r.recover(losses)
		}
	}
	r.lastLoss = losses
	r.report.Losses = append(r.report.Losses, Point{r.Step, losses})
	return true, nil
}

func (r *run) recover(losses []float64) error {
	at := r.Step
	r.Recoveries++
	r.Step = r.GoodStep
	r.report.Losses = upTo(r.report.Losses, r.Step)
	r.report.Validation = upTo(r.report.Validation, r.Step)
	if r.Recoveries > maxRecoveries {
		r.report.Reason = Diverged
		return errors.Join(fmt.Errorf("%w at step %d with losses %v, %d times back to a good state with a smaller rate", ErrDiverged, at, losses, maxRecoveries), r.loop.Restore(r.good))
	}
	r.RateScale /= 2
	r.message = fmt.Sprintf("losses %.3g at step %d: back to step %d with the learning rate scaled by %g", losses, at, r.Step, r.RateScale)
	r.report.Warnings = append(r.report.Warnings, r.message)
	r.tell(true)
	return r.loop.Restore(r.good)
}

func upTo(points []Point, step int) []Point {
	for len(points) > 0 && points[len(points)-1].Step > step {
		points = points[:len(points)-1]
	}
	return points
}

// keepGood keeps the present state as the last good one, or goes back to it where an
// update has left the finite numbers since the losses were computed.
func (r *run) keepGood() (ok bool, err error) {
	now, err := r.loop.Snapshot()
	if err != nil {
		return false, err
	}
	for _, a := range now {
		for _, x := range a.Data {
			if x-x != 0 {
				if r.good == nil {
					return false, fmt.Errorf("the start of training is not finite: %s holds %g", a.Name, x)
				}
				return false, r.recover([]float64{float64(x)})
			}
		}
	}
	r.good, r.GoodStep = now, r.Step
	return true, nil
}

func (r *run) validate() error {
	if len(r.report.Losses) == 0 || r.report.Losses[len(r.report.Losses)-1].Step != r.Step {
		if ok, err := r.lookAtLosses(); err != nil || !ok {
			return err
		}
	}
	v, known := 0.0, false
	if r.loop.Validate != nil {
		var err error
		if v, known, err = r.loop.Validate(r.Step); err != nil {
			return err
		}
	}
	if v-v != 0 { // the weights served, or their conjugates, are not finite
		return r.recover([]float64{v})
	}
	if ok, err := r.keepGood(); err != nil || !ok || !known {
		return err
	}
	r.report.Validation = append(r.report.Validation, Point{r.Step, []float64{v}})
	if v < r.BestValue {
		r.BestValue, r.BestStep, r.best, r.Stale = v, r.Step, r.good, 0
		return nil
	}
	r.Stale++
	if r.loop.Patience > 0 && r.Stale >= r.loop.Patience {
		r.report.Reason = NoImprovement
	}
	return nil
}

// serveBest leaves the state with the best validation value on the device.
func (r *run) serveBest() error {
	if r.loop.ServeLast || r.best == nil || r.BestStep == r.Step {
		return nil
	}
	r.report.Best = r.BestStep
	return r.loop.Restore(r.best)
}

func (r *run) finish() {
	r.report.Steps, r.report.Planned, r.report.Best = r.Step, r.Steps, r.Step
	r.report.Seconds = time.Since(r.started).Seconds()
	r.report.PerSecond = float64(max(0, r.Step-r.from)) / r.report.Seconds
	r.tell(true)
}

func (r *run) tell(now bool) {
	if r.loop.Progress == nil || (!now && time.Since(r.lastTold) < progressEvery) {
		return
	}
	r.lastTold = time.Now()
	p := Progress{Step: r.Step, Steps: r.Steps, Losses: r.lastLoss, Validation: math.NaN(), Elapsed: time.Since(r.started), Message: r.message}
	r.message = ""
	if n := len(r.report.Validation); n > 0 {
		p.Validation = r.report.Validation[n-1].Value[0]
	}
	if r.Step > r.from {
		p.PerSecond = float64(r.Step-r.from) / p.Elapsed.Seconds()
		p.Left = time.Duration(float64(max(0, r.Steps-r.Step)) / p.PerSecond * float64(time.Second))
	}
	r.loop.Progress(p)
}

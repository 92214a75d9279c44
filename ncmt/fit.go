package ncmt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/train"
)

// Fit trains the map and the critic on the task's training pairs.
//
// When ctx is cancelled, a checkpoint is saved (if the options name one, and pre-training is over) and the
// model so far is returned without error; the report's Reason says so. A task that cannot be
// trained on, an unknown option or backend is an error; [ErrDiverged] is wrapped
// when training left the finite numbers for good, and the last good model is returned too.
// Warnings of the report say what went wrong otherwise, and what helps.
func Fit(ctx context.Context, task *datasets.Task, o Options) (*Model, *Report, error) {
	if err := task.ValidateEither(); err != nil {
		return nil, nil, err
	}
	o, err := o.withDefaults(task)
	if err != nil {
		return nil, nil, fmt.Errorf("ncmt: %w", err)
	}
	engine, err := backend.Get(o.Backend)
	if err != nil {
		return nil, nil, err
	}
	start := time.Now()
	t, err := newTrainer(engine.Backend, task, o)
	if err != nil {
		return nil, nil, fmt.Errorf("ncmt: %w", err)
	}
	defer t.free()
	compile := time.Since(start).Seconds()
	if !o.Resume {
		if err := t.begin(ctx, task); err != nil {
			return nil, nil, fmt.Errorf("ncmt: %w", err)
		}
		if len(t.phases) > 0 && ctx.Err() != nil { // what is half pre-trained is not worth going on from
			m, err := t.model(task)
			return m, &Report{Reason: train.Interrupted, Seconds: t.begun, Compile: compile, Warnings: t.warnings}, err
		}
	}
	report, err := t.loop(task).Run(ctx)
	if report == nil {
		return nil, nil, err
	}
	report.Compile = compile
	report.Seconds += t.begun
	report.Warnings = append(t.warnings, report.Warnings...)
	m, merr := t.model(task)
	if merr == nil {
		m.Report = report
		merr = t.diagnose(m, report)
	}
	if err == nil {
		err = merr
	}
	return m, report, err
}

// The training state: parameters and Adam moments of T and f, and their averages.
const (
	tNow = iota
	tFirst
	tSecond
	fNow
	fFirst
	fSecond
	meanT
	meanF
)

var stateNames = []string{tNow: "t", tFirst: "t_first", tSecond: "t_second", fNow: "f", fFirst: "f_first", fSecond: "f_second", meanT: "t_mean", meanF: "f_mean"}

// Streams of random numbers beside those of package batches, whose steps count from 4 on.
const (
	streamT      uint64 = 2
	streamF      uint64 = 3
	streamNoise  uint64 = 2 << 40 // + the step
	pretrainSeed uint64 = 1 << 40 // turns a run's seed into that of its pre-training
)

// trainer holds one run: the data, the networks and their state on the device.
type trainer struct {
	be       compute.Backend // one device, where models are evaluated
	on       compute.Backend // the devices that train: be, or several of it
	o        Options
	e        *encoder
	data     *batches.Data
	t, f     *network
	division batches.Division
	size     batches.Sizes // of what a device takes of a batch
	device   *train.Device
	placed   batches.Placed
	adam     train.Adam
	advance  func(k int, rate float64) error // one round
	phases   []phase
	validate *validation
	begun    float64 // seconds of pre-training
	warnings []string
}

func newTrainer(be compute.Backend, task *datasets.Task, o Options) (t *trainer, err error) {
	t = &trainer{be: be, o: o, adam: train.Adam{Beta1: o.Beta1, Beta2: o.Beta2, Epsilon: 1e-8, Decay: max(0, o.Decay), Clip: max(0, o.Clip)}}
	if t.on, err = train.OnDevices(be, o.Devices); err != nil {
		return nil, err
	}
	batch := batches.Sizes{Conditions: o.PerBatch, Points: max(1, o.Batch/o.PerBatch), Inner: o.Inner}
	if t.division, err = batches.Divide(batch, o.Devices, false); err != nil {
		return nil, err
	}
	t.size = t.division.Part
	t.e = newEncoder(task.Schema, o.Conditions, datasets.Conditions(task.Train))
	if t.data, err = batches.Prepare(task, t.e.features, o.Validation, o.Seed); err != nil {
		return nil, err
	}
	t.t, t.f = newNetworks(task.Dim(), o, t.e)
	t.data.Room = batch.Conditions * batch.Points * max(batch.Inner+1, pretrainLoop)
	if err := t.place(); err != nil {
		return nil, err
	}
	if err := t.compile(); err != nil {
		t.free()
		return nil, err
	}
	if t.data.ValidationRows > 0 {
		t.validate, err = newValidation(t)
	} else if o.Validation > 0 {
		t.warnings = append(t.warnings, fmt.Sprintf("no cloud has %d rows to spare for validation: nothing watches the training", batches.LeastValidated))
	}
	return t, err
}

// compile the programs of training, before any clock starts.
func (t *trainer) compile() (err error) {
	if t.advance, err = t.minimax(); err == nil && !t.o.Resume {
		t.phases, err = t.pretraining()
	}
	return err
}

// free gives the device's memory back; models have buffers of their own.
func (t *trainer) free() {
	t.device.KeepLosses()
	train.Free(t.device.State...)
	train.Free(t.placed.Buffers[:]...)
}

// newNetworks are T and f for d features.
func newNetworks(d int, o Options, e *encoder) (t, f *network) {
	in := d
	if o.Cost != StrongCost {
		in += o.NoiseDim
	}
	return newNetwork(in, d, o.Architecture.Decoder, o.Architecture, e.path(), true),
		newNetwork(d, 1, o.Architecture.CriticDecoder, o.Architecture, e.path(), !o.Conditions.Shared)
}

// place draws the initial weights and puts them and the data on the device.
func (t *trainer) place() (err error) {
	tp := t.t.layout.Values(rand.NewPCG(t.o.Seed, streamT))
	fp := t.f.layout.Values(rand.NewPCG(t.o.Seed, streamF))
	zeroT, zeroF := make([]float32, len(tp)), make([]float32, len(fp))
	start := [][]float32{tNow: tp, tFirst: zeroT, tSecond: zeroT, fNow: fp, fFirst: zeroF, fSecond: zeroF, meanT: tp, meanF: fp}
	if t.device, err = train.NewDevice(t.on, stateNames, start); err != nil {
		return err
	}
	t.placed, err = t.data.Upload(t.on)
	return err
}

// begin trains the networks' starts and shows the model at step 0.
func (t *trainer) begin(ctx context.Context, task *datasets.Task) error {
	start := time.Now()
	if err := t.pretrain(ctx); err != nil {
		return err
	}
	t.begun = time.Since(start).Seconds()
	return t.watch(task, 0)
}

func (t *trainer) loop(task *datasets.Task) *train.Loop {
	l := &train.Loop{Steps: t.o.Steps, Advance: t.advance, Losses: t.device.Losses, LossNames: []string{"map", "critic"},
		Snapshot: t.device.Snapshot, Restore: t.device.Restore, Patience: t.o.Patience, ServeLast: t.o.Patience == 0, LossLimit: 1e3 * float64(t.t.out),
		Checkpoint: t.o.Checkpoint, Fingerprint: t.fingerprint(), Resume: t.o.Resume, Progress: t.o.Progress}
	if t.o.Seconds > 0 {
		l.Seconds = max(1, t.o.Seconds-t.begun)
	}
	if t.validate == nil && t.o.Watch == nil {
		return l
	}
	l.Validate = func(step int) (value float64, known bool, err error) {
		if t.validate != nil {
			if value, err = t.validate.value(); err != nil {
				return 0, false, err
			}
		}
		return value, t.validate != nil, t.watch(task, step)
	}
	if t.validate != nil {
		l.ValidationSeconds = t.validate.seconds
	}
	return l
}

func (t *trainer) watch(task *datasets.Task, step int) error {
	if t.o.Watch == nil {
		return nil
	}
	m, err := t.model(task)
	if err != nil {
		return err
	}
	return t.o.Watch(step, m)
}

// fingerprint names the data and the settings that fix a run's numbers.
func (t *trainer) fingerprint() string {
	o := t.o
	o.Checkpoint, o.Resume, o.Backend, o.Devices = "", false, "", 0
	h := sha256.New()
	// Checked options are finite, so that JSON can write them, and a hash takes every byte.
	settings, _ := json.Marshal(o)
	h.Write(settings)
	t.data.Fingerprint(h)
	return hex.EncodeToString(h.Sum(nil))
}

// model is the map of the averaged weights as they are now, with buffers of its own.
func (t *trainer) model(task *datasets.Task) (*Model, error) {
	m := &Model{Features: task.Features, Options: t.o, Conditions: datasets.Conditions(task.Train), encoder: t.e, norm: t.data.Normalisation}
	tParams, fParams := make([]float32, t.t.layout.Size), make([]float32, t.f.layout.Size)
	if err := train.Download(tParams, t.device.State[meanT]); err != nil {
		return nil, err
	}
	if err := train.Download(fParams, t.device.State[meanF]); err != nil {
		return nil, err
	}
	return m, m.place(t.be, t.t, t.f, tParams, fParams)
}

package condot

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/safetensors"
	"github.com/gomonge/gomonge/internal/train"
)

// Fit trains the two potentials of CondOT on the task's training pairs.
//
// When ctx is cancelled, a checkpoint is saved (if the options name one) and the model so
// far is returned without error; the report's Reason says so. A task that cannot be
// trained on, an unknown option or backend is an error; [train.ErrDiverged] is wrapped
// when training left the finite numbers for good, and the last good model is returned too.
func Fit(ctx context.Context, task *datasets.Task, o Options) (*Model, *train.Report, error) {
	if err := task.Validate(); err != nil {
		return nil, nil, err
	}
	o, err := o.withDefaults(task)
	if err != nil {
		return nil, nil, fmt.Errorf("condot: %w", err)
	}
	engine, err := backend.Get(o.Backend)
	if err != nil {
		return nil, nil, err
	}
	start := time.Now()
	t, err := newTrainer(engine.Backend, task, o)
	if err != nil {
		return nil, nil, fmt.Errorf("condot: %w", err)
	}
	compile := time.Since(start).Seconds()
	if err := t.watch(task, 0); err != nil && !o.Resume {
		return nil, nil, err
	}
	report, err := t.loop(task).Run(ctx)
	if report == nil {
		return nil, nil, err
	}
	report.Compile = compile
	report.Warnings = append(t.warnings, report.Warnings...)
	m, merr := t.model(task)
	if err == nil {
		err = merr
	}
	return m, report, err
}

// trainer holds the state of training on the device.
type trainer struct {
	be                      compute.Backend
	o                       Options
	e                       *encoder
	data                    *prepared
	g, f                    *picnn
	size                    sizes
	gStep, fStep            *train.Program
	gState                  [3]compute.Buffer // params, first, second
	fState                  [5]compute.Buffer // params, first, second, averages of g and f
	sources, targets, table compute.Buffer
	floor, floorG           compute.Buffer
	lossG, lossF            compute.Buffer
	ids, rows, xRows, yRows []int32
	validate                *validation
	warnings                []string
}

func newTrainer(be compute.Backend, task *datasets.Task, o Options) (*trainer, error) {
	e, err := newEncoder(task.Schema, o.Encoding, datasets.Conditions(task.Train))
	if err != nil {
		return nil, err
	}
	t := &trainer{be: be, o: o, e: e}
	if t.data, err = prepare(task, t.e, o.Validation, o.Seed); err != nil {
		return nil, err
	}
	path := t.e.path()
	t.g, t.f = newPICNN(task.Dim(), o.Architecture, path), newPICNN(task.Dim(), o.Architecture, path)
	t.size = sizes{conditions: o.Conditions, points: max(1, o.Batch/o.Conditions), inner: o.Inner,
		sources: t.data.sources.count, targets: t.data.targets.count, table: len(task.Train), features: t.data.featureCount}
	n := t.size.conditions * t.size.points
	t.ids, t.rows = make([]int32, t.size.conditions), make([]int32, n*o.Inner)
	t.xRows, t.yRows = make([]int32, n), make([]int32, n)
	adam := train.Adam{Beta1: o.Beta1, Beta2: o.Beta2, Epsilon: 1e-8}
	penalty := 0.0
	if o.Architecture.NonNegativity == ClampPenalty {
		penalty = o.Penalty
	}
	if o.Refine > 0 {
		t.xRows, t.yRows, t.ids = make([]int32, n*o.Inner), make([]int32, n*o.Inner), make([]int32, t.size.conditions*o.Inner)
		if t.gStep, err = amortisedProgram(be, t.g, t.f, t.size, adam, o); err != nil {
			return nil, err
		}
	} else if t.gStep, err = gProgram(be, t.g, t.f, t.size, adam, penalty); err != nil {
		return nil, err
	}
	if o.Refine > 0 {
	} else if t.fStep, err = fProgram(be, t.g, t.f, t.size, adam, o.Architecture.NonNegativity != SoftplusWeights); err != nil {
		return nil, err
	}
	if err := t.upload(task); err != nil {
		return nil, err
	}
	if t.data.validationRows > 0 {
		t.validate, err = newValidation(t)
	}
	return t, err
}

func (t *trainer) upload(task *datasets.Task) error {
	gp := t.g.layout.Values(rand.NewPCG(t.o.Seed, streamG))
	fp := t.f.layout.Values(rand.NewPCG(t.o.Seed, streamF))
	if t.o.Init == GaussianInit {
		var err error
		if t.warnings, err = gaussianStart(task, t.data.norm, t.g, t.f, gp, fp); err != nil {
			return err
		}
	}
	ng, nf := len(gp), len(fp)
	d := t.g.dim
	for _, u := range []struct {
		to   *compute.Buffer
		v    []float32
		dims []int
	}{
		{&t.gState[0], gp, []int{ng}}, {&t.gState[1], make([]float32, ng), []int{ng}}, {&t.gState[2], make([]float32, ng), []int{ng}},
		{&t.fState[0], fp, []int{nf}}, {&t.fState[1], make([]float32, nf), []int{nf}}, {&t.fState[2], make([]float32, nf), []int{nf}},
		{&t.fState[3], gp, []int{ng}}, {&t.fState[4], fp, []int{nf}},
		{&t.sources, t.data.sources.rows, []int{t.size.sources, d}},
		{&t.targets, t.data.targets.rows, []int{t.size.targets, d}},
		{&t.table, t.data.features, []int{t.size.table, t.size.features}},
		{&t.floor, t.f.layout.Floor(), []int{nf}},
		{&t.floorG, t.gFloor(), []int{ng}},
	} {
		var err error
		if *u.to, err = train.Upload(t.be, u.v, u.dims...); err != nil {
			return err
		}
	}
	return nil
}

// advance takes one round: the g-steps in one program, then the f-step.
func (t *trainer) advance(k int, rate float64) error {
	if t.o.Refine > 0 {
		return t.advanceAmortised(k, rate)
	}
	t.data.batch(t.o.Seed, k, t.size, t.ids, t.rows, t.xRows, t.yRows)
	n := t.size.conditions * t.size.points
	ids, err := train.Upload(t.be, t.ids, len(t.ids))
	if err != nil {
		return err
	}
	defer train.Free(ids)
	rows, err := train.Upload(t.be, t.rows, t.size.inner, n)
	if err != nil {
		return err
	}
	defer train.Free(rows)
	lr := float32(rate * t.o.Rate)
	schedule, err := train.Upload(t.be, []float32{lr, float32(k * t.size.inner)}, 2)
	if err != nil {
		return err
	}
	defer train.Free(schedule)
	out, err := t.gStep.Run([]compute.Buffer{t.gState[0], t.gState[1], t.gState[2], t.fState[0], t.sources, t.table, ids, rows, schedule},
		[]bool{true, true, true, false, false, false, false, false, false})
	if err != nil {
		return err
	}
	copy(t.gState[:], out[:3])
	train.Free(t.lossG)
	t.lossG = out[3]
	return t.advanceF(k, lr, ids, n)
}

func (t *trainer) advanceF(k int, lr float32, ids compute.Buffer, n int) error {
	xr, err := train.Upload(t.be, t.xRows, n)
	if err != nil {
		return err
	}
	defer train.Free(xr)
	yr, err := train.Upload(t.be, t.yRows, n)
	if err != nil {
		return err
	}
	defer train.Free(yr)
	schedule, err := train.Upload(t.be, []float32{lr, float32(k), t.decay(k)}, 3)
	if err != nil {
		return err
	}
	defer train.Free(schedule)
	s := t.fState
	out, err := t.fStep.Run([]compute.Buffer{s[0], s[1], s[2], s[3], s[4], t.gState[0], t.sources, t.targets, t.table, ids, xr, yr, t.floor, schedule},
		[]bool{true, true, true, true, true, false, false, false, false, false, false, false, false, false})
	if err != nil {
		return err
	}
	copy(t.fState[:], out[:5])
	train.Free(t.lossF)
	t.lossF = out[5]
	return nil
}

// decay of the moving averages after round k: that of the options, but never a longer
// memory than a tenth of the rounds done, so that the start is forgotten.
func (t *trainer) decay(k int) float32 {
	d := t.o.EMA
	if d == 0 {
		d = .99
	}
	return float32(min(d, 1-10/float64(k+10)))
}

func (t *trainer) losses() ([]float64, error) {
	out := make([]float64, 2)
	for i, b := range []compute.Buffer{t.lossG, t.lossF} {
		var v [1]float32
		if err := train.Download(v[:], b); err != nil {
			return nil, err
		}
		out[i] = float64(v[0])
	}
	return out, nil
}

var stateNames = []string{"g", "g1", "g2", "f", "f1", "f2", "meanG", "meanF"}

func (t *trainer) buffers() []*compute.Buffer {
	return []*compute.Buffer{&t.gState[0], &t.gState[1], &t.gState[2], &t.fState[0], &t.fState[1], &t.fState[2], &t.fState[3], &t.fState[4]}
}

func (t *trainer) stateSize(i int) int {
	if i < 3 || i == 6 {
		return t.g.layout.Size
	}
	return t.f.layout.Size
}

func (t *trainer) snapshot() ([]safetensors.Array, error) {
	arrays := make([]safetensors.Array, len(stateNames))
	for i, b := range t.buffers() {
		n := t.stateSize(i)
		arrays[i] = safetensors.Array{Name: stateNames[i], Dims: []int{n}, Data: make([]float32, n)}
		if err := train.Download(arrays[i].Data, *b); err != nil {
			return nil, err
		}
	}
	return arrays, nil
}

func (t *trainer) restore(arrays []safetensors.Array) error {
	byName := map[string][]float32{}
	for _, a := range arrays {
		byName[a.Name] = a.Data
	}
	for i, b := range t.buffers() {
		n := t.stateSize(i)
		v := byName[stateNames[i]]
		if len(v) != n {
			return fmt.Errorf("the checkpoint's array %q has %d numbers, this model %d", stateNames[i], len(v), n)
		}
		fresh, err := train.Upload(t.be, v, n)
		if err != nil {
			return err
		}
		train.Free(*b)
		*b = fresh
	}
	return nil
}

func (t *trainer) loop(task *datasets.Task) *train.Loop {
	l := &train.Loop{Steps: t.o.Steps, Seconds: t.o.Seconds, Advance: t.advance, Losses: t.losses, LossNames: []string{"g", "f"},
		Snapshot: t.snapshot, Restore: t.restore, Patience: t.o.Patience, LossLimit: 1e4 * float64(t.g.dim),
		Checkpoint: t.o.Checkpoint, Fingerprint: t.fingerprint(), Resume: t.o.Resume, Progress: t.o.Progress}
	if t.validate == nil && t.o.Watch == nil {
		return l
	}
	l.Validate = func(step int) (value float64, err error) {
		value = math.NaN()
		if t.validate != nil {
			if value, err = t.validate.value(); err != nil {
				return value, err
			}
		}
		return value, t.watch(task, step)
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
	o.Checkpoint, o.Resume, o.Backend = "", false, ""
	h := sha256.New()
	// Options hold nothing that JSON cannot write, and a hash takes every byte.
	settings, _ := json.Marshal(o)
	h.Write(settings)
	for _, v := range [][]float32{t.data.features, t.data.sources.rows, t.data.targets.rows} {
		_ = binary.Write(h, binary.LittleEndian, v)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (t *trainer) advanceAmortised(k int, rate float64) error {
	n, c, r := t.size.conditions*t.size.points, t.size.conditions, t.size.inner
	for i := range r {
		t.data.batch(t.o.Seed, k*r+i, sizes{conditions: c, points: t.size.points}, t.ids[i*c:(i+1)*c], nil, t.xRows[i*n:(i+1)*n], t.yRows[i*n:(i+1)*n])
	}
	var in []compute.Buffer
	for _, b := range t.buffers() {
		in = append(in, *b)
	}
	in = append(in, t.floorG, t.floor, t.sources, t.targets, t.table)
	own := len(in)
	defer func() { train.Free(in[own:]...) }()
	for _, u := range []struct {
		v    []int32
		cols int
	}{{t.ids, c}, {t.xRows, n}, {t.yRows, n}} {
		b, err := train.Upload(t.be, u.v, r, u.cols)
		if err != nil {
			return err
		}
		in = append(in, b)
	}
	lr := float32(rate * t.o.Rate)
	b, err := train.Upload(t.be, []float32{lr, lr, float32(k * r), t.decay(k * r)}, 4)
	if err != nil {
		return err
	}
	in = append(in, b)
	donate := make([]bool, len(in))
	for i := range 8 {
		donate[i] = true
	}
	out, err := t.gStep.Run(in, donate)
	if err != nil {
		return err
	}
	for i, b := range t.buffers() {
		*b = out[i]
	}
	train.Free(t.lossG, t.lossF)
	t.lossG, t.lossF = out[8], out[9]
	return nil
}

// gFloor is the lower bound of g's weights.
func (t *trainer) gFloor() []float32 {
	v := t.g.layout.Floor()
	if t.o.Architecture.NonNegativity == ClampPenalty {
		for i := range v {
			v[i] = -math.MaxFloat32
		}
	}
	return v
}

// model is the map of the averaged weights as they are now, with buffers of its own.
func (t *trainer) model(task *datasets.Task) (*Model, error) {
	m := &Model{Features: task.Features, Options: t.o, Conditions: datasets.Conditions(task.Train), encoder: t.e, norm: t.data.norm,
		potentials: newPotentials(t.be, t.g, t.f), gParams: make([]float32, t.g.layout.Size), fParams: make([]float32, t.f.layout.Size)}
	for _, c := range []struct {
		params   []float32
		from, to *compute.Buffer
	}{{m.gParams, &t.fState[3], &m.potentials.gw}, {m.fParams, &t.fState[4], &m.potentials.fw}} {
		if err := train.Download(c.params, *c.from); err != nil {
			return nil, err
		}
		var err error
		if *c.to, err = train.Upload(t.be, c.params, len(c.params)); err != nil {
			return nil, err
		}
	}
	return m, nil
}

package condot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/train"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// Fit trains the two potentials of CondOT on the task's training pairs.
//
// When ctx is cancelled, a checkpoint is saved (if the options name one) and the model so
// far is returned without error; the report's Reason says so. A task that cannot be
// trained on, an unknown option or backend is an error; [ErrDiverged] is wrapped
// when training left the finite numbers for good, and the last good model is returned too.
func Fit(ctx context.Context, task *datasets.Task, o Options) (*Model, *Report, error) {
	if err := task.ValidateEither(); err != nil {
		return nil, nil, err
	}
	o, err := o.withDefaults(task)
	if err != nil {
		return nil, nil, fmt.Errorf("condot: %w", err)
	}
	if task.Sparse() && o.Init == GaussianInit {
		return nil, nil, fmt.Errorf("condot: the Gaussian start needs a covariance of %d features of every cloud, and these are sparse: start at the identity, or project the clouds first", task.Dim())
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
	if !o.Resume {
		if err := t.watch(task, 0); err != nil {
			return nil, nil, err
		}
	}
	report, err := t.loop(task).Run(ctx)
	if report == nil {
		return nil, nil, err
	}
	report.Compile = compile
	report.Warnings = append(t.warnings, report.Warnings...)
	m, merr := t.model(task)
	if merr == nil {
		m.Report = report
		merr = t.chooseMap(m)
	}
	if err == nil {
		err = merr
	}
	return m, report, err
}

// Streams of random numbers beside those of package batches.
const (
	streamG uint64 = 2
	streamF uint64 = 3
)

// trainer holds one run: the data, the networks and their state on the device.
type trainer struct {
	be       compute.Backend // one device, where models are evaluated
	on       compute.Backend // the devices that train: be, or several of it
	o        Options
	e        *encoder
	data     *batches.Data
	g, f     *network
	division batches.Division
	size     batches.Sizes // of what a device takes of a batch
	device   device
	adam     train.Adam
	advance  func(k int, rate float64) error // one round
	validate *validation
	warnings []string
}

func newTrainer(be compute.Backend, task *datasets.Task, o Options) (*trainer, error) {
	e, err := newEncoder(task.Schema, o.Encoding, datasets.Conditions(task.Train))
	if err != nil {
		return nil, err
	}
	t := &trainer{be: be, o: o, e: e, adam: train.Adam{Beta1: o.Beta1, Beta2: o.Beta2, Epsilon: 1e-8}}
	if t.on, err = train.OnDevices(be, o.Devices); err != nil {
		return nil, err
	}
	batch := batches.Sizes{Conditions: o.Conditions, Points: max(1, o.Batch/o.Conditions), Inner: o.Inner}
	if t.division, err = batches.Divide(batch, o.Devices, o.Objective == Primal); err != nil {
		return nil, err
	}
	t.size = t.division.Part
	share := o.Validation
	if o.Objective == Primal {
		share = 0
	}
	if t.data, err = batches.Prepare(task, t.e.features, share, o.Seed); err != nil {
		return nil, err
	}
	t.g, t.f = t.e.networks(task.Dim(), o.Architecture)
	t.data.Room = batch.Conditions * batch.Points * (batch.Inner + 1)
	if err := t.start(task); err != nil {
		return nil, err
	}
	switch {
	case o.Objective == Primal:
		t.advance, err = t.primal()
	case o.Refine > 0:
		t.advance, err = t.amortised()
	default:
		t.advance, err = t.minimax()
	}
	if err != nil {
		return nil, err
	}
	if t.data.ValidationRows > 0 {
		t.validate, err = newValidation(t)
	} else if share > 0 {
		t.warnings = append(t.warnings, fmt.Sprintf("no cloud has %d rows to spare for validation: the last weights are served, and the refined map unjudged", batches.LeastValidated))
	}
	return t, err
}

// start draws the initial weights and puts them and the data on the device.
func (t *trainer) start(task *datasets.Task) (err error) {
	gp := t.g.layout.Values(rand.NewPCG(t.o.Seed, streamG))
	fp := t.f.layout.Values(rand.NewPCG(t.o.Seed, streamF))
	if t.o.Encoding.Sharing != OwnPaths {
		copy(fp[:t.f.pathSize], gp)
	}
	if t.g.setCodes != nil {
		if err := t.startCodes(gp, fp); err != nil {
			return err
		}
	}
	if t.o.Init == GaussianInit {
		if t.warnings, err = gaussianStart(task, t.data.Normalisation, t.g, t.f, gp, fp); err != nil {
			return err
		}
	}
	return t.device.place(t.on, t.data, gp, fp, t.gFloor(), t.f.layout.Floor())
}

// startCodes hands the training conditions' codes to the networks that start from them.
func (t *trainer) startCodes(gp, fp []float32) error {
	conditions := len(t.data.Source)
	program, err := train.Cached(t.be, fmt.Sprint(t.g.key(), "codes ", conditions), "condot codes", func(gr *Graph) []*Node {
		v := Parameter(gr, "v", shapes.Make(dtypes.Float32, conditions, t.data.FeatureCount))
		w := t.g.layout.Split(Parameter(gr, "w", train.Vector(t.g.layout.Size)))
		return []*Node{t.g.path.Code(w, v)}
	})
	if err != nil {
		return err
	}
	p := newPotentials(t.be, t.g, t.f)
	for _, n := range []struct {
		net    *network
		params []float32
	}{{t.g, gp}, {t.f, fp}} {
		w, err := train.Upload(t.be, n.params, len(n.params))
		if err != nil {
			return err
		}
		codes, err := p.run(program, [][]float32{t.data.Features}, [][]int{{conditions, t.data.FeatureCount}}, w)
		train.Free(w)
		if err != nil {
			return err
		}
		n.net.setCodes(n.params, codes[0])
	}
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

func (t *trainer) lossNames() []string {
	if t.o.Objective == Primal {
		return []string{"sinkhorn divergence"}
	}
	return []string{"g", "f"}
}

func (t *trainer) loop(task *datasets.Task) *train.Loop {
	l := &train.Loop{Steps: t.o.Steps, Seconds: t.o.Seconds, Advance: t.advance, Losses: t.device.Losses, LossNames: t.lossNames(),
		Snapshot: t.device.Snapshot, Restore: t.device.Restore, Patience: t.o.Patience, LossLimit: 1e4 * float64(t.g.dim),
		Checkpoint: t.o.Checkpoint, Fingerprint: t.fingerprint(), Resume: t.o.Resume, Progress: t.o.Progress}
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
	// Checked options hold nothing that JSON cannot write, and a hash takes every byte.
	settings, _ := json.Marshal(o)
	h.Write(settings)
	t.data.Fingerprint(h)
	return hex.EncodeToString(h.Sum(nil))
}

// model is the map of the averaged weights as they are now, with buffers of its own.
func (t *trainer) model(task *datasets.Task) (*Model, error) {
	m := &Model{Features: task.Features, Options: t.o, Conditions: datasets.Conditions(task.Train), encoder: t.e, norm: t.data.Normalisation,
		potentials: newPotentials(t.be, t.g, t.f), gParams: make([]float32, t.g.layout.Size), fParams: make([]float32, t.f.layout.Size)}
	for _, c := range []struct {
		params []float32
		from   compute.Buffer
	}{{m.gParams, t.device.State[meanG]}, {m.fParams, t.device.State[meanF]}} {
		if err := train.Download(c.params, c.from); err != nil {
			return nil, err
		}
	}
	return m, m.potentials.place(m.gParams, m.fParams)
}

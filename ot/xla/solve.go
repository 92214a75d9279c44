package xla

import (
	"context"
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/ot"
)

const (
	// heldCosts is the largest table of costs, in numbers, that stays on the device.
	heldCosts = 1 << 26
	// stretch is how many iterations run on the device between two looks.
	stretch = 64
	// stageIterations and stageTolerance are those of an epsilon that is not the last.
	stageIterations = 100
	stageTolerance  = 0.03
)

// number is what the device computes in.
type number interface{ float32 | float64 }

// solver is the state of the algorithm; potentials are kept on the host.
type solver[T number] struct {
	be         compute.Backend
	programs   programs
	n, m       int
	input      []compute.Buffer // the costs or both clouds
	a, b       []float64
	weights    [2]compute.Buffer // a and b
	logs       [2]compute.Buffer // their logarithms
	kernel     compute.Buffer
	u, v       []float64 // absorbed so far
	x, y       []float64 // scalings since
	iterations int
	err        error // the first of all uploads and runs
}

// problem is what the solver is given: two clouds, their shares, and the
// epsilons to go through.
type problem struct {
	ground         ot.Ground
	source, target *mat.Dense
	a, b           []float64
	schedule       []float64
	held           bool // whether the device holds the costs
}

func solve[T number](ctx context.Context, be compute.Backend, p problem, o Options) (*ot.Entropic, error) {
	n, d := p.source.Dims()
	m, _ := p.target.Dims()
	compiled, err := shape{ground: p.ground, dtype: dtypes.FromGenericsType[T](), n: n, m: m, d: d, held: p.held}.compile(be)
	if err != nil {
		return nil, err
	}
	s := &solver[T]{be: be, programs: compiled, n: n, m: m, a: p.a, b: p.b,
		u: make([]float64, n), v: make([]float64, m), x: make([]float64, n), y: make([]float64, m)}
	defer s.free()
	copy(s.v, o.Potentials)
	s.place(p)
	for k, epsilon := range p.schedule {
		left, tolerance := stageIterations, stageTolerance
		if k == len(p.schedule)-1 {
			left, tolerance = o.MaxIterations, o.Tolerance
		}
		if err := s.stage(ctx, epsilon, left, tolerance); err != nil {
			return nil, fmt.Errorf("ot/xla: Sinkhorn between %d and %d points, after %d iterations: %w", n, m, s.iterations, err)
		}
	}
	result := s.result(o)
	if s.err != nil {
		return nil, fmt.Errorf("ot/xla: %w", s.err)
	}
	return result, nil
}

// place copies the problem to the device: clouds, centred at the source's mean, and weights.
func (s *solver[T]) place(p problem) {
	_, d := p.source.Dims()
	centre := make([]float64, d)
	for i := range s.n {
		floats.AddScaled(centre, 1/float64(s.n), p.source.RawRowView(i))
	}
	s.input = []compute.Buffer{s.upload(centred(p.source, centre), s.n, d), s.upload(centred(p.target, centre), s.m, d)}
	if p.held {
		clouds := s.input
		s.input = s.run(s.programs.costs, clouds...)
		train.Free(clouds...)
	}
	for k, w := range [2][]float64{s.a, s.b} {
		logs := make([]float64, len(w))
		for i, v := range w {
			logs[i] = math.Log(v)
		}
		s.weights[k], s.logs[k] = s.upload(w, len(w)), s.upload(logs, len(w))
	}
}

func centred(x *mat.Dense, centre []float64) []float64 {
	n, d := x.Dims()
	out := make([]float64, n*d)
	for i := range n {
		floats.SubTo(out[i*d:][:d], x.RawRowView(i), centre)
	}
	return out
}

// stage iterates at one epsilon until the error of the column sums is within
// the tolerance.
func (s *solver[T]) stage(ctx context.Context, epsilon float64, left int, tolerance float64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.logUpdate(epsilon)
	left--
	for fresh, atOnce := true, stretch; left > 0 && s.err == nil; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if fresh {
			s.absorb(epsilon)
		}
		x, y := append([]float64(nil), s.x...), append([]float64(nil), s.y...)
		done, gap := s.sweep(min(left, atOnce), tolerance)
		switch {
		case s.err != nil:
		case !inRange[T](s.x) || !inRange[T](s.y):
			if atOnce == 1 { // one iteration from potentials just absorbed
				return fmt.Errorf("scalings left the range of %T at epsilon %g", T(0), epsilon)
			}
			s.x, s.y, atOnce, fresh = x, y, max(1, atOnce/8), true
			s.collect(epsilon)
		default:
			left -= done
			s.iterations += done
			fresh = !within[T](s.x) || !within[T](s.y)
			if fresh || gap <= tolerance || left <= 0 {
				s.collect(epsilon)
			}
			if gap <= tolerance {
				return nil
			}
		}
	}
	return s.err
}

// logUpdate brings both sides' potentials to where their sums are met, one after
// the other, without taking an exponential that could overflow or vanish.
func (s *solver[T]) logUpdate(epsilon float64) {
	s.dropKernel() // these updates need as much memory
	inverse := s.upload([]float64{1 / epsilon})
	side := func(p *train.Program, from, to []float64, logs compute.Buffer) {
		potentials := s.upload(from, len(from))
		out := s.run(p, append(s.input[:len(s.input):len(s.input)], potentials, logs, inverse)...)
		s.take(out, to)
		floats.Scale(-epsilon, to)
		train.Free(potentials)
	}
	side(s.programs.rows, s.v, s.u, s.logs[1])
	side(s.programs.cols, s.u, s.v, s.logs[0])
	train.Free(inverse)
	for i := range s.x {
		s.x[i] = 1
	}
	for j := range s.y {
		s.y[j] = 1
	}
	s.iterations++
}

func (s *solver[T]) dropKernel() {
	train.Free(s.kernel)
	s.kernel = nil
}

// absorb makes the kernel of the potentials.
func (s *solver[T]) absorb(epsilon float64) {
	s.dropKernel()
	u, v, inverse := s.upload(s.u, s.n), s.upload(s.v, s.m), s.upload([]float64{1 / epsilon})
	if out := s.run(s.programs.kernel, append(s.input[:len(s.input):len(s.input)], u, v, inverse)...); out != nil {
		s.kernel = out[0]
	}
	train.Free(u, v, inverse)
}

// sweep runs iterations on the device and returns how many there were and the
// error of the column sums before the last.
func (s *solver[T]) sweep(iterations int, tolerance float64) (done int, gap float64) {
	count, err := s.be.BufferFromFlatData(0, []int32{int32(iterations)}, shapes.Make(dtypes.Int32))
	if err != nil && s.err == nil {
		s.err = err
	}
	gapBefore, limit := s.upload([]float64{math.MaxFloat32}), s.upload([]float64{tolerance})
	x, y := s.upload(s.x, s.n), s.upload(s.y, s.m)
	out := s.run(s.programs.sweeps, count, gapBefore, limit, x, y, s.weights[0], s.weights[1], s.kernel)
	train.Free(count, gapBefore, limit, x, y)
	if out == nil {
		return 0, math.Inf(1)
	}
	left, last := make([]int32, 1), make([]float64, 1)
	if err := out[0].ToFlatData(left); err != nil && s.err == nil {
		s.err = err
	}
	train.Free(out[0])
	s.take(out[1:], last, s.x, s.y)
	return iterations - int(left[0]), last[0]
}

// collect adds the scalings to the potentials.
func (s *solver[T]) collect(epsilon float64) {
	for i, x := range s.x {
		s.u[i] += epsilon * math.Log(x)
		s.x[i] = 1
	}
	for j, y := range s.y {
		s.v[j] += epsilon * math.Log(y)
		s.y[j] = 1
	}
}

// result evaluates the plan of the potentials.
func (s *solver[T]) result(o Options) *ot.Entropic {
	s.dropKernel()
	u, v, inverse := s.upload(s.u, s.n), s.upload(s.v, s.m), s.upload([]float64{1 / o.Epsilon})
	out := s.run(s.programs.plan, append(s.input[:len(s.input):len(s.input)], u, v, s.weights[0], s.weights[1], inverse)...)
	train.Free(u, v, inverse)
	rows, columns, costs := make([]float64, s.n), make([]float64, s.m), make([]float64, s.n)
	s.take(out, rows, columns, costs)
	r := &ot.Entropic{Epsilon: o.Epsilon, U: s.u, V: s.v, Iterations: s.iterations, Cost: floats.Sum(costs), Mass: floats.Sum(rows)}
	r.KL = (floats.Dot(rows, s.u)+floats.Dot(columns, s.v)-r.Cost)/o.Epsilon - (r.Mass - 1)
	r.Value = floats.Dot(s.a, s.u) + floats.Dot(s.b, s.v) - o.Epsilon*(r.Mass-1)
	r.MarginalError = floats.Distance(rows, s.a, 1) + floats.Distance(columns, s.b, 1)
	r.Converged = r.MarginalError <= o.Tolerance
	return r
}

// inRange says whether scalings are numbers at all, within whether they leave
// room for more.
func inRange[T number](scalings []float64) bool {
	for _, v := range scalings {
		if !(v > 0 && T(v) < T(math.Inf(1)) && T(v) > 0) {
			return false
		}
	}
	return true
}

func within[T number](scalings []float64) bool {
	far := 1e100
	if _, single := any(T(0)).(float32); single {
		far = 1e10
	}
	return floats.Min(scalings) > 1/far && floats.Max(scalings) < far
}

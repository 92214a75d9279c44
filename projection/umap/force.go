package umap

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// force is how strongly points attract and repel each other in the plane, by their squared distance s. With
// Φ = 1/(1 + a·s^b) the probability that two points are neighbours, the gradients of log Φ and log(1−Φ)
// in a point are −2ab·s^(b−1)·Φ and 2b·Φ/s times the difference to the other one; s in the latter's
// denominator gets .001 added (appendix C of the paper).
//
// Both are read from tables, linear between 64 nodes an octave: their relative error is below 1e-4, less
// than single steps vary by sampling.
type force struct {
	a, b           float64
	attract, repel table
}

// table has a value and its slope for each node; nodes are arguments whose bits, without the last ones, are equal.
type table [octaves << nodeBits]struct{ value, slope float32 }

const (
	nodeBits    = 6 // 2⁶ nodes an octave
	nodeShift   = 23 - nodeBits
	octaves     = 64
	firstOctave = -octaves / 2

	nearSquare = 1.0 / (1 << 32) // 2 to the firstOctave
	farSquare  = 1 << 32
	first      = (127 + firstOctave) << nodeBits // the bits of nearSquare, shifted
)

func newForce(minDist, spread float64) (*force, error) {
	a, b, err := fitCurve(minDist, spread)
	if err != nil {
		return nil, err
	}
	f := &force{a: a, b: b}
	f.attract.fill(f.attraction)
	f.repel.fill(f.repulsion)
	return f, nil
}

func (f *force) attraction(s float64) float64 {
	return -2 * f.a * f.b * math.Pow(s, f.b-1) / (1 + f.a*math.Pow(s, f.b))
}

func (f *force) repulsion(s float64) float64 {
	return 2 * f.b / ((.001 + s) * (1 + f.a*math.Pow(s, f.b)))
}

// fill tabulates a function.
func (t *table) fill(of func(s float64) float64) {
	at := func(k int) float64 { return of(float64(math.Float32frombits(uint32(first+k) << nodeShift))) }
	for k := range t {
		v := at(k)
		t[k].value, t[k].slope = float32(v), float32((at(k+1)-v)/(1<<nodeShift))
	}
}

// at reads the table at a squared distance; outside of 2⁻³² to 2³² there is no force.
func (t *table) at(s float32) float32 {
	if !(s >= nearSquare && s < farSquare) {
		return 0
	}
	bits := int32(math.Float32bits(s))
	n := &t[(bits>>nodeShift-first)&(octaves<<nodeBits-1)]
	return n.value + n.slope*float32(bits&(1<<nodeShift-1))
}

// fitCurve finds a and b for which 1/(1 + a·x^(2b)) is nearest, in least squares at 300 points of [0, 3·spread], to
// 1 up to minDist and exp(−(x−minDist)/spread) beyond: Gauss–Newton's steps with Levenberg's damping.
func fitCurve(minDist, spread float64) (a, b float64, err error) {
	const points = 300
	residuals := func(a, b float64) (sum float64, jtj [3]float64, jtr [2]float64) {
		for i := range points {
			x := 3 * spread * float64(i) / (points - 1)
			want := 1.0
			if x >= minDist {
				want = math.Exp(-(x - minDist) / spread)
			}
			p, logX := 0.0, 0.0
			if x > 0 {
				p, logX = math.Pow(x, 2*b), math.Log(x)
			}
			value := 1 / (1 + a*p)
			r, da, db := value-want, -p*value*value, -2*a*p*logX*value*value
			sum += r * r
			jtj[0], jtj[1], jtj[2] = jtj[0]+da*da, jtj[1]+da*db, jtj[2]+db*db
			jtr[0], jtr[1] = jtr[0]+da*r, jtr[1]+db*r
		}
		return sum, jtj, jtr
	}
	a, b = 1, 1
	damping := 1e-3
	sum, jtj, jtr := residuals(a, b)
	for range 500 {
		m := mat.NewDense(2, 2, []float64{jtj[0] * (1 + damping), jtj[1], jtj[1], jtj[2] * (1 + damping)})
		var step mat.VecDense
		if err := step.SolveVec(m, mat.NewVecDense(2, []float64{-jtr[0], -jtr[1]})); err != nil {
			break
		}
		nextA, nextB := a+step.AtVec(0), b+step.AtVec(1)
		next, nextJTJ, nextJTR := residuals(nextA, nextB)
		if !(next <= sum) || nextA <= 0 || nextB <= 0 {
			if damping *= 10; damping > 1e12 {
				break
			}
			continue
		}
		moved := math.Abs(nextA-a)/a + math.Abs(nextB-b)/b
		a, b, sum, jtj, jtr = nextA, nextB, next, nextJTJ, nextJTR
		damping = math.Max(damping/10, 1e-12)
		if moved < 1e-10 {
			break
		}
	}
	if math.IsNaN(a) || math.IsNaN(b) || sum > points/10 {
		return 0, 0, fmt.Errorf("umap: no curve fits least distance %g and spread %g", minDist, spread)
	}
	return a, b, nil
}

package condot

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomonge/gomonge/internal/train"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// TestExpectileLoss: the value is the formula's, written out, and the gradient its differences; without
// a weight the loss is E f(y) − f(ŷ).
func TestExpectileLoss(t *testing.T) {
	const c, n, d, weight = 2, 6, 3, .7
	be, r := engine(t, "go").Backend, rand.New(rand.NewPCG(2, 3))
	x, y, at, fy, fat := draw(r, c*n*d), draw(r, c*n*d), draw(r, c*n*d), draw(r, c*n), draw(r, c*n)
	want := func(weight float64) float64 {
		sum := 0.0
		for i := range fy {
			difference := float64(fy[i]) - float64(fat[i])
			violation := -difference
			for k := i * d; k < (i+1)*d; k++ {
				violation += float64(x[k]) * (float64(y[k]) - float64(at[k]))
			}
			share := .99
			if violation < 0 {
				share = .01
			}
			sum += difference + weight*share*violation*violation
		}
		return sum / float64(len(fy))
	}
	for _, weight := range []float64{0, weight} {
		tr := &trainer{o: Options{ExpectileWeight: weight}}
		prog, err := train.Compile(be, "expectile", func(gr *Graph) []*Node {
			points := func(name string) *Node { return Parameter(gr, name, shapes.Make(dtypes.Float32, c, n, d)) }
			values := func(name string) *Node { return Parameter(gr, name, shapes.Make(dtypes.Float32, c, n)) }
			px, py, pa, vy, va := points("x"), points("y"), points("at"), values("fy"), values("fat")
			loss := tr.fLoss(px, py, pa, vy, va)
			return append([]*Node{loss}, Gradient(loss, vy, va)...)
		})
		check(t, err)
		p := &potentials{be: be}
		full := [][]int{{c, n, d}, {c, n, d}, {c, n, d}, {c, n}}
		last, err := train.Upload(be, fat, c, n)
		check(t, err)
		out, err := p.run(prog, [][]float32{x, y, at, fy}, full, last)
		check(t, err)
		if got := float64(out[0][0]); math.Abs(got-want(weight)) > 1e-5 {
			t.Errorf("weight %g: the loss is %g, want %g", weight, got, want(weight))
		}
		for k, v := range [][]float32{fy, fat} {
			for i := range v {
				const h = 1e-3
				was := v[i]
				v[i] = was + h
				up := want(weight)
				v[i] = was - h
				down := want(weight)
				v[i] = was
				if slope := (up - down) / (2 * h); math.Abs(float64(out[1+k][i])-slope) > 1e-3 {
					t.Errorf("weight %g: the gradient in value %d, %d is %g, differences say %g", weight, k, i, out[1+k][i], slope)
				}
			}
		}
	}
}

package synthetic

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"gonum.org/v1/gonum/mat"
)

// ErrUnknownMap is returned where a task has no closed form for what is asked.
var ErrUnknownMap = errors.New("no closed form is known")

// picture draws one point of a planar cloud.
type picture struct {
	name string
	draw func(rng *rand.Rand) (x, y float64)
	// profile is the optimal map from the standard Gaussian where the picture is
	// rotationally symmetric, else nil.
	profile radialProfile
}

// Sizes of the pictures, in units of the source's standard deviation.
const (
	circleRadius   = 2.0  // of the circle on which eight Gaussians stand
	circleSpread   = 0.1  // standard deviation of each of them
	rollTurns      = 1.5  // of the swiss roll
	rollNoise      = 0.05 // standard deviation about the roll
	holeRadius     = 1.0  // of the empty disc
	holeDecay      = 0.25 // length over which the density of its ring falls by e
	boardHalfWidth = 2.0  // half the side of the checkerboard
	boardSquares   = 4    // a side of the checkerboard
	ringCount      = 3
	ringHalfWidth  = 0.1
	figure8Radius  = 5.0  // of the circle on which the targets of Figure8 stand
	figure8Spread  = 0.25 // standard deviation of its nine Gaussians
)

// pictures are the clouds of the Pictures kind.
var pictures = []picture{
	{name: "eight-gaussians", draw: eightGaussians(circleRadius, circleSpread)},
	{name: "swiss-roll", draw: swissRoll},
	{name: "black-hole", draw: radialDraw(blackHole{}), profile: blackHole{}},
	{name: "checkerboard", draw: checkerboard},
	{name: "rings", draw: radialDraw(rings{}), profile: rings{}},
}

// PictureNames lists the pictures: the levels of the condition of [Pictures].
//
//   - eight-gaussians: narrow Gaussians on a circle of radius 2;
//   - swiss-roll: a spiral of one and a half turns;
//   - black-hole: an empty disc of radius 1 in a ring whose density falls off
//     exponentially with the distance from the disc (exact map known);
//   - checkerboard: alternate squares of a 4×4 board of side 4;
//   - rings: three thin concentric rings of equal mass (exact map known).
func PictureNames() []string {
	names := make([]string, len(pictures))
	for i, p := range pictures {
		names[i] = p.name
	}
	return names
}

// Picture draws n points of the picture of that name.
func Picture(name string, n int, src rand.Source) (*mat.Dense, error) {
	i := slices.IndexFunc(pictures, func(p picture) bool { return p.name == name })
	if i < 0 {
		return nil, fmt.Errorf("synthetic: unknown picture %q: it is one of %s", name, strings.Join(PictureNames(), ", "))
	}
	if n < 1 {
		return nil, fmt.Errorf("synthetic: %d points asked of picture %q: at least 1", n, name)
	}
	return drawPlanar(pictures[i].draw, n, rand.New(src)), nil
}

func drawPlanar(draw func(*rand.Rand) (x, y float64), n int, rng *rand.Rand) *mat.Dense {
	out := mat.NewDense(n, 2, nil)
	for i := range n {
		x, y := draw(rng)
		out.SetRow(i, []float64{x, y})
	}
	return out
}

// album is the family of pictures, of which only some have a known potential.
type album struct{}

func (album) at(c condition.Value) (convex, error) {
	name := c[0].Labels[0]
	for _, p := range pictures {
		if p.name == name && p.profile != nil {
			return radial{p.profile}, nil
		}
	}
	return nil, fmt.Errorf("synthetic: map to the picture %s: %w", name, ErrUnknownMap)
}

func (f album) images(x *mat.Dense, conditions []condition.Value) ([]*mat.Dense, error) {
	return separateImages(f, x, conditions)
}

func eightGaussians(radius, spread float64) func(*rand.Rand) (x, y float64) {
	return func(rng *rand.Rand) (x, y float64) {
		s, c := math.Sincos(math.Pi / 4 * float64(rng.IntN(8)))
		return radius*c + spread*rng.NormFloat64(), radius*s + spread*rng.NormFloat64()
	}
}

// swissRoll is an Archimedean spiral whose radius grows from .5 to 2 over
// rollTurns turns, with Gaussian noise.
func swissRoll(rng *rand.Rand) (x, y float64) {
	turns := 0.5 + rollTurns*rng.Float64()
	s, c := math.Sincos(2 * math.Pi * turns)
	return turns*c + rollNoise*rng.NormFloat64(), turns*s + rollNoise*rng.NormFloat64()
}

// checkerboard is uniform on the squares (i, j) with i+j even.
func checkerboard(rng *rand.Rand) (x, y float64) {
	side := 2 * boardHalfWidth / boardSquares
	i := rng.IntN(boardSquares)
	j := 2*rng.IntN(boardSquares/2) + i%2
	return side*(float64(i)+rng.Float64()) - boardHalfWidth, side*(float64(j)+rng.Float64()) - boardHalfWidth
}

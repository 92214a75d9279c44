package synthetic

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Library sizes are log-normal; genes have log-normal rates and gamma
// distributed inverse dispersions.
const (
	medianLibrary  = 3000.0
	librarySpread  = 0.35
	rateSpread     = 1.3
	dispersionMean = 4.0
)

// loadingNorm is the norm of every column of U: the length in log-rates of one
// unit of state.
const loadingNorm = 4.0

// loadedGenes is how many genes each coordinate of the state of a [Screen] moves: no
// gene is moved by two, which makes the columns of U orthogonal.
var loadedGenes = []int{200, 200, 120, 120, 65, 65, 65, 65}

// risingShare of the genes of a drug's programme go up with it.
const risingShare = 2.0 / 3

// total of numbers.
func total(list []int) (n int) {
	for _, k := range list {
		n += k
	}
	return n
}

// genes say how a state becomes counts.
type genes struct {
	base    []float64 // b, log-rates of the state 0
	loading []float64 // the entry of U of each gene, in the column axis
	axis    []int     // −1 of genes that no coordinate moves
	size    []float64 // inverse dispersion θ: the variance of a count of mean m is m + m²/θ
}

// newGenes draws n genes, of which each coordinate of the state moves as many as
// loaded says; coordinates from the first programme on are programmes.
func newGenes(n int, loaded []int, first int, rng *rand.Rand) genes {
	g := genes{make([]float64, n), make([]float64, n), make([]int, n), make([]float64, n)}
	gamma := distuv.Gamma{Alpha: 4, Beta: 4 / dispersionMean, Src: rng}
	for j := range n {
		g.base[j], g.axis[j], g.size[j] = rateSpread*rng.NormFloat64(), -1, 0.5+gamma.Rand()
	}
	order := rng.Perm(n)
	for axis, k := range loaded {
		var square float64
		for _, j := range order[:k] {
			g.axis[j] = axis
			g.loading[j] = math.Abs(rng.NormFloat64()) + 0.3
			rising := 0.5
			if axis >= first {
				rising = risingShare
			}
			if rng.Float64() >= rising {
				g.loading[j] = -g.loading[j]
			}
			square += g.loading[j] * g.loading[j]
		}
		for _, j := range order[:k] {
			g.loading[j] *= loadingNorm / math.Sqrt(square)
		}
		order = order[k:]
	}
	return g
}

// shares of the library that each gene has in a state: the softmax of η = b + Uz.
func (g *genes) shares(dst, state []float64) {
	var sum float64
	for j, b := range g.base {
		if axis := g.axis[j]; axis >= 0 {
			b += g.loading[j] * state[axis]
		}
		dst[j] = math.Exp(b)
		sum += dst[j]
	}
	for j := range dst {
		dst[j] /= sum
	}
}

// counts draws a count of every gene in every cell, of which libraries are the expected
// totals: Poisson with a gamma distributed rate, which is negative binomial.
func (g *genes) counts(states *mat.Dense, libraries []float64, rng *rand.Rand) (*sparse.CSR, error) {
	share := make([]float64, len(g.base))
	indptr := make([]int, 1, len(libraries)+1)
	var indices []int32
	var data []float32
	for i, library := range libraries {
		g.shares(share, states.RawRowView(i))
		for j, p := range share {
			if n := g.count(j, library*p, rng); n > 0 {
				indices, data = append(indices, int32(j)), append(data, float32(n))
			}
		}
		indptr = append(indptr, len(data))
	}
	return sparse.New(len(libraries), len(g.base), indptr, indices, data)
}

func (g *genes) count(j int, mean float64, rng *rand.Rand) float64 {
	theta := g.size[j]
	rate := distuv.Gamma{Alpha: theta, Beta: theta / mean, Src: rng}.Rand()
	return distuv.Poisson{Lambda: rate, Src: rng}.Rand()
}

// Expected is the mean over counts of the log-expression log1p(target·n/library)
// of cells in the given states, as rows of a matrix with one column for each of
// the chosen genes (all if nil). libraries are the expected totals of the cells
// and target is that of normalisation.
//
// The total of the counts drawn is taken to be the library, about which it
// varies by a few per cent: that changes means by less than 0.005.
func (s *Screen) Expected(states *mat.Dense, libraries []float64, target float64, chosen []int) (*mat.Dense, error) {
	if _, err := s.treatment(states, "", 0); err != nil {
		return nil, err
	}
	return s.biology.expected(states, libraries, target, chosen)
}

// expected is the mean log-expression of cells in given states: see [Screen.Expected].
func (g *genes) expected(states *mat.Dense, libraries []float64, target float64, chosen []int) (*mat.Dense, error) {
	n, _ := states.Dims()
	if len(libraries) != n || !(target > 0) {
		return nil, fmt.Errorf("synthetic: %d libraries and target %g for %d states", len(libraries), target, n)
	}
	for _, j := range chosen {
		if j < 0 || j >= len(g.base) {
			return nil, fmt.Errorf("synthetic: gene %d of a screen of %d", j, len(g.base))
		}
	}
	if chosen == nil {
		for j := range g.base {
			chosen = append(chosen, j)
		}
	}
	out := mat.NewDense(n, len(chosen), nil)
	share := make([]float64, len(g.base))
	for i, library := range libraries {
		if !(library > 0) {
			return nil, fmt.Errorf("synthetic: library %g of state %d: it is positive", library, i)
		}
		g.shares(share, states.RawRowView(i))
		logs := logTable{scale: target / library}
		row := out.RawRowView(i)
		for k, j := range chosen {
			row[k] = expectedLog(library*share[j], g.size[j], &logs)
		}
	}
	return out, nil
}

// Counterfactual is the expected log-expression that untreated cells (rows of
// the vehicle) would have under a dose of a drug, each with its own library:
// the known answer to a prediction from them. See [Screen.Expected].
func (s *Screen) Counterfactual(rows []int, drug string, dose, target float64, chosen []int) (*mat.Dense, error) {
	libraries := make([]float64, len(rows))
	for k, i := range rows {
		if i < 0 || i >= len(s.Cells) || s.Cells[i].Dose != 0 {
			return nil, fmt.Errorf("synthetic: cell %d is none of the vehicle", i)
		}
		libraries[k] = s.Cells[i].Library
	}
	z, err := s.Map(nil, selectRows(s.States, rows), drug, dose)
	if err != nil {
		return nil, err
	}
	return s.Expected(z, libraries, target, chosen)
}

// logTable keeps log1p(scale·n) for n = 0, 1, ….
type logTable struct {
	scale  float64
	values []float64
}

func (l *logTable) at(n int) float64 {
	for len(l.values) <= n {
		l.values = append(l.values, math.Log1p(l.scale*float64(len(l.values))))
	}
	return l.values[n]
}

// expectedLog sums log1p(scale·n) over the negative binomial distribution of
// mean m and inverse dispersion θ, until less than 1e-9 of it is left.
func expectedLog(m, theta float64, logs *logTable) float64 {
	ratio := m / (theta + m)
	p := math.Exp(theta * math.Log1p(-ratio))
	left := 1 - p
	var sum float64
	for n := 0; left > 1e-9; {
		p *= ratio * (float64(n) + theta) / float64(n+1)
		n++
		left -= p
		sum += p * logs.at(n)
		if p == 0 {
			break // below the smallest number: the rest is rounding
		}
	}
	return sum
}

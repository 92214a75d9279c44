package metrics

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/gomonge/gomonge/ot"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// NeighbourEnrichment is the mean share of predicted points among the k nearest
// neighbours of a predicted point, itself left out, in the union of as many
// predicted as observed points: (n−1)/(2n−1), near ½, where the clouds are mixed,
// 1 where they are apart (the kNN enrichment of CellOT, Bunne et al. 2023). At
// most n−1 neighbours are asked. Its interval is a bootstrap over the predicted points.
func NeighbourEnrichment(predicted, observed ot.Measure, k int, o Options) (Figure, error) {
	if k < 1 {
		return Figure{}, fmt.Errorf("metrics: the %d nearest neighbours: want a positive number", k)
	}
	p, err := o.pair(predicted, observed, true)
	if err != nil {
		return Figure{}, err
	}
	if p.n < 2 {
		return Figure{}, fmt.Errorf("metrics: %d predicted point has no neighbours among the predicted: at least 2 are needed", p.n)
	}
	name, formula := fmt.Sprintf("knn_enrichment_k%d", k), o.definition("share of predicted points among the %d nearest of both clouds, n=m", k)
	var warnings []string
	if k > p.n-1 {
		k = p.n - 1
		warnings = append(warnings, fmt.Sprintf("only %d neighbours", k))
	}
	w, err := p.predicted.Shares()
	if err != nil {
		return Figure{}, err
	}
	own, err := p.ownNeighbours(k, o.Workers)
	if err != nil {
		return Figure{}, err
	}
	return p.figure(name, floats.Dot(w, own), formula, warnings...).ofShares(own, w, o), nil
}

// ofShares gives the weighted mean of a number for each point its interval, a
// bootstrap over the points.
func (f Figure) ofShares(values, w []float64, o Options) Figure {
	r, replicates := rand.New(o.stream(resampling)), make([]float64, o.replicates())
	for b := range replicates {
		c := counts(r, len(w))
		floats.Mul(c, w)
		replicates[b] = floats.Dot(c, values) / floats.Sum(c)
	}
	return f.percentile(replicates)
}

// ownNeighbours is the share of predicted points among the k nearest, for each of them.
func (p pair) ownNeighbours(k, workers int) ([]float64, error) {
	near, err := ot.SquaredEuclidean.Between(p.predicted.Points, p.predicted.Points)
	if err != nil {
		return nil, err
	}
	far, err := ot.SquaredEuclidean.Between(p.predicted.Points, p.observed.Points)
	if err != nil {
		return nil, err
	}
	out := make([]float64, p.n)
	inParallel(workers, (p.n+rowsAtOnce-1)/rowsAtOnce, func(block int) {
		from, to := block*rowsAtOnce, min(p.n, (block+1)*rowsAtOnce)
		own, other := make([]float64, (to-from)*p.n), make([]float64, (to-from)*p.m)
		near.Rows(own, from, to)
		far.Rows(other, from, to)
		for i := from; i < to; i++ {
			a := slices.Delete(own[(i-from)*p.n:][:p.n:p.n], i, i+1)
			b := other[(i-from)*p.m:][:p.m]
			slices.Sort(a)
			slices.Sort(b)
			mine := 0
			for theirs := 0; mine+theirs < k; {
				if theirs == len(b) || mine < len(a) && a[mine] <= b[theirs] {
					mine++
				} else {
					theirs++
				}
			}
			out[i] = float64(mine) / float64(k)
		}
	})
	return out, nil
}

// neighbourOrder is which nearest neighbour the support of a cloud is judged by.
const neighbourOrder = 5

// OutOfSupport is the share of points farther from a reference cloud, such as
// the training points, than 95 % of the reference's own points are from the
// others, both measured to the fifth nearest neighbour: about .05 is what points
// of the reference's own law have. Its interval is a bootstrap over the points,
// the reference and its bound taken as they are.
func OutOfSupport(points, reference *mat.Dense, o Options) (Figure, error) {
	p, err := o.pair(ot.Uniform(points), ot.Uniform(reference), false)
	if err != nil {
		return Figure{}, err
	}
	if p.m <= neighbourOrder {
		return Figure{}, fmt.Errorf("metrics: a reference of %d points has no neighbour %d", p.m, neighbourOrder)
	}
	own, err := neighbourDistances(p.observed.Points, p.observed.Points, neighbourOrder+1, o.Workers) // a point is its own nearest
	if err != nil {
		return Figure{}, err
	}
	slices.Sort(own)
	bound := own[min(len(own)-1, int(0.95*float64(len(own))))]
	far, err := neighbourDistances(p.predicted.Points, p.observed.Points, neighbourOrder, o.Workers)
	if err != nil {
		return Figure{}, err
	}
	outside, w := make([]float64, p.n), make([]float64, p.n)
	for i, d := range far {
		w[i] = 1
		if d > bound {
			outside[i] = 1
		}
	}
	f := p.figure("out_of_support", floats.Sum(outside)/float64(p.n),
		o.definition("share of points farther from the reference than 95 %% of its own, by the distance to neighbour %d", neighbourOrder))
	f.N = p.n
	return f.ofShares(outside, w, o), nil
}

// neighbourDistances are the squared distances of the rows of x to their k-th
// nearest rows of y.
func neighbourDistances(x, y *mat.Dense, k, workers int) ([]float64, error) {
	cost, err := ot.SquaredEuclidean.Between(x, y)
	if err != nil {
		return nil, err
	}
	n, m := cost.Dims()
	out := make([]float64, n)
	inParallel(workers, (n+rowsAtOnce-1)/rowsAtOnce, func(block int) {
		from, to := block*rowsAtOnce, min(n, (block+1)*rowsAtOnce)
		rows := make([]float64, (to-from)*m)
		cost.Rows(rows, from, to)
		for i := from; i < to; i++ {
			row := rows[(i-from)*m:][:m]
			slices.Sort(row)
			out[i] = row[k-1]
		}
	})
	return out, nil
}

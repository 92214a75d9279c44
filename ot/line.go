package ot

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// OneD is the optimal plan between points on the line for the cost |x−y|ᵖ with
// p ≥ 1: the coupling of equal quantiles, found by sorting. Its Cost is the
// power W_pᵖ: take the p-th root for W_p. Weights are as in [Exact].
func OneD(source, target, a, b []float64, p float64) (*Coupling, error) {
	x, y, err := newLines(source, target, a, b, p, true)
	if err != nil {
		return nil, err
	}
	c := &Coupling{N: len(source), M: len(target), U: make([]float64, len(source)), V: make([]float64, len(target))}
	dual := 0.0
	// The staircase from the lowest pair to the highest is tight at every step,
	// and a convex cost makes potentials that are tight on it feasible.
	c.V[y.at[0]] = power(x.point[0]-y.point[0], p)
	x.stairs(y, func(i, j int, mass float64, rightward bool) {
		s, t := x.at[i], y.at[j]
		cost := power(x.point[i]-y.point[j], p)
		if mass > 0 {
			c.Source, c.Target, c.Mass = append(c.Source, int32(s)), append(c.Target, int32(t)), append(c.Mass, mass)
			c.Cost += mass * cost
		}
		if rightward {
			c.V[t] = cost - c.U[s]
		} else {
			c.U[s] = cost - c.V[t]
		}
	})
	for i, s := range x.at {
		dual += x.share[i] * c.U[s]
	}
	for j, t := range y.at {
		dual += y.share[j] * c.V[t]
	}
	c.Gap = c.Cost - dual
	sortEntries(c)
	return c, nil
}

// OneDCost is the cost W_pᵖ of [OneD] without the plan.
func OneDCost(source, target, a, b []float64, p float64) (float64, error) {
	x, y, err := newLines(source, target, a, b, p, false)
	if err != nil {
		return 0, err
	}
	cost := 0.0
	x.stairs(y, func(i, j int, mass float64, _ bool) {
		cost += mass * power(x.point[i]-y.point[j], p)
	})
	return cost, nil
}

// power is |v|ᵖ.
func power(v, p float64) float64 {
	switch p {
	case 1:
		return math.Abs(v)
	case 2:
		return v * v
	}
	return math.Pow(math.Abs(v), p)
}

// line is a weighted cloud on the line in ascending order: point[k] was
// at[k]-th, where the places were asked for.
type line struct {
	at           []int
	point, share []float64
}

func newLines(source, target, a, b []float64, p float64, places bool) (x, y line, err error) {
	if !(p >= 1) || math.IsInf(p, 1) {
		return x, y, fmt.Errorf("ot: exponent p = %v: want a finite p ≥ 1", p)
	}
	if err = sameTotal(a, b); err != nil {
		return x, y, err
	}
	err = forEach(2, 2, func(_, k int) (err error) {
		if k == 0 {
			x, err = newLine(source, a, "source", places)
		} else {
			y, err = newLine(target, b, "target", places)
		}
		return err
	})
	return x, y, err
}

func newLine(points, w []float64, name string, wantPlaces bool) (line, error) {
	if len(points) == 0 {
		return line{}, fmt.Errorf("ot: the %s cloud is empty: at least one point is needed", name)
	}
	for i, v := range points {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return line{}, fmt.Errorf("ot: %s point %d is %v: points must be finite", name, i, v)
		}
	}
	equal := w == nil
	w, err := shares(w, len(points), name)
	if err != nil {
		return line{}, err
	}
	if equal && !wantPlaces { // nothing has to follow the points when they are sorted
		points = slices.Clone(points)
		slices.Sort(points)
		return line{point: points, share: w}, nil
	}
	type place struct {
		v  float64
		at int
	}
	places := make([]place, len(points))
	for i, v := range points {
		places[i] = place{v, i}
	}
	slices.SortFunc(places, func(p, q place) int {
		switch {
		case p.v < q.v:
			return -1
		case p.v > q.v:
			return 1
		}
		return p.at - q.at
	})
	l := line{make([]int, len(points)), make([]float64, len(points)), make([]float64, len(points))}
	for k, p := range places {
		l.at[k], l.point[k], l.share[k] = p.at, p.v, w[p.at]
	}
	return l, nil
}

// stairs calls step for the pairs of x and y on the way from both lowest to both
// highest points, with the mass that the quantile coupling puts there (at most
// one of the two advances in a step; rightward says that it was y).
func (x line) stairs(y line, step func(i, j int, mass float64, rightward bool)) {
	i, j, rightward := 0, 0, false
	left, right := x.share[0], y.share[0]
	for {
		mass := min(left, right)
		if i == len(x.point)-1 && j == len(y.point)-1 {
			mass = max(left, right) // what rounding has left over
		}
		step(i, j, mass, rightward)
		left, right = left-mass, right-mass
		switch {
		case i == len(x.point)-1 && j == len(y.point)-1:
			return
		case j == len(y.point)-1 || i < len(x.point)-1 && left <= right:
			i++
			left += x.share[i]
			rightward = false
		default:
			j++
			right += y.share[j]
			rightward = true
		}
	}
}

func sortEntries(c *Coupling) { sort.Sort(byPoints{c}) }

// byPoints sorts the entries of a plan.
type byPoints struct{ c *Coupling }

func (s byPoints) Len() int { return len(s.c.Mass) }
func (s byPoints) Less(k, l int) bool {
	c := s.c
	return c.Source[k] < c.Source[l] || c.Source[k] == c.Source[l] && c.Target[k] < c.Target[l]
}
func (s byPoints) Swap(k, l int) {
	c := s.c
	c.Source[k], c.Source[l] = c.Source[l], c.Source[k]
	c.Target[k], c.Target[l] = c.Target[l], c.Target[k]
	c.Mass[k], c.Mass[l] = c.Mass[l], c.Mass[k]
}

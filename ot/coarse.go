package ot

import (
	"context"
	"math"
)

const (
	// thinning is how many neighbouring points of a problem one point of its
	// thinned version stands for.
	thinning = 4
	// leastToThin points on either side make thinning worth while.
	leastToThin = 256
)

// coarse solves a thinned problem and extends its potentials to all targets by
// vⱼ = minᵢ cᵢⱼ − uᵢ over the sources kept. In few dimensions they are nearly
// right and save most of the pivots; whatever they are, the solve that starts
// from them ends at the optimum. It returns nil where there is nothing to gain.
func (s *simplex) coarse(ctx context.Context, supply, demand []int64) ([]float64, error) {
	if min(s.n, s.m) < leastToThin {
		return nil, nil
	}
	sources, fewSupply := thin(supply)
	targets, fewDemand := thin(demand)
	n, m := len(sources), len(targets)
	table, buf := make([]float64, n*m), make([]float64, s.m)
	for a, i := range sources {
		row := s.rows(i, buf)
		for b, j := range targets {
			table[a*m+b] = row[j]
		}
	}
	few := &simplex{n: n, m: m, workers: s.workers, room: &room{}, rows: func(i int, _ []float64) []float64 { return table[i*m:][:m] }}
	placed, err := few.solve(ctx, fewSupply, fewDemand, nil)
	if err != nil || !placed {
		return nil, err
	}
	v := repeated(math.Inf(1), s.m)
	for a, i := range sources {
		u := few.tree.price[a]
		for j, c := range s.rows(i, buf)[:len(v)] {
			v[j] = min(v[j], c-u)
		}
	}
	for j := range v {
		v[j] = finite(v[j])
	}
	return v, nil
}

// thin keeps one of every thinning consecutive points, at places that follow no
// period of the data, and gives it their mass.
func thin(units []int64) (kept []int, mass []int64) {
	place := uint32(1)
	for from := 0; from < len(units); from += thinning {
		to := min(from+thinning, len(units))
		place = place*1664525 + 1013904223 // linear congruential, Numerical Recipes
		kept = append(kept, from+int(place>>16)%(to-from))
		sum := int64(0)
		for _, u := range units[from:to] {
			sum += u
		}
		mass = append(mass, sum)
	}
	return kept, mass
}

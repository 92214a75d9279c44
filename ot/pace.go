package ot

import "math"

// relaxed is a scaling factor r taken ω times as far: 1+ω(r−1), which is r to
// the power ω to first order, where r is near 1, and r itself elsewhere.
func relaxed(r, omega float64) float64 {
	if omega == 1 || math.Abs(r-1) > 0.3 {
		return r
	}
	return 1 + omega*(r-1)
}

// pace chooses the over-relaxation ω of Sinkhorn's updates from the rate at
// which the marginal error falls. If λ is the rate of plain updates, that of
// over-relaxed ones is μ with (μ+ω−1)² = μω²λ as long as ω is below the optimum
// 2/(1+√(1−λ)), where it is ω−1 (Young 1954; for Sinkhorn's algorithm Lehmann,
// von Renesse, Sambale and Uschmajew 2022, doi:10.1007/s11590-021-01830-0).
//
// Over-relaxed updates leave rows and columns out of step, so that the error
// they show is larger than that of a plain update from the same potentials.
// Therefore the last iteration of each window is plain and only such ones are
// asked whether they have converged.
type pace struct {
	omega float64
	limit float64 // ω has been too much beyond it
	steps int     // in this window
	start float64 // error at the end of the last window of the same ω, or 0
	best  float64
}

const (
	// window is how many iterations a rate is measured over.
	window = 16
	// settled is the error below which the updates are nearly linear.
	settled = 0.1
)

func newPace() *pace { return &pace{omega: 1, limit: 1.998, best: math.Inf(1)} }

// next takes note of the error after an iteration and returns the ω of the next.
func (p *pace) next(gap float64) float64 {
	p.steps++
	switch p.steps {
	case window - 1:
		before := p.omega
		if p.start > 0 {
			p.judge(math.Pow(gap/p.start, 1.0/window))
		}
		p.start = gap
		if gap > 100*p.best && p.omega > 1 { // too fast: start again, slower
			*p = pace{omega: 1, limit: 1 + 0.9*(p.omega-1), best: gap}
		}
		if p.omega != before {
			p.start = 0
		}
		p.best = min(p.best, gap)
		return 1
	case window:
		p.steps = 0
	}
	if gap > settled {
		return 1
	}
	return p.omega
}

// judge sets ω for a rate μ measured with the ω so far.
func (p *pace) judge(mu float64) {
	excess := p.omega - 1
	if !(mu < 1) || mu <= excess {
		return
	}
	lambda := min(1-1e-9, (mu+excess)*(mu+excess)/(mu*p.omega*p.omega))
	p.omega = max(p.omega, min(p.limit, 2/(1+math.Sqrt(1-lambda))))
}

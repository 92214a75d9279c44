package ot

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// POT's plan for the same problem; OTT weighs the entropy against the counting
// measure instead of a⊗b, which is this problem with the cost c + ε log aᵢbⱼ. All
// iterate to 1e−13 or less.
func TestUnbalancedAgainstPOTAndOTT(t *testing.T) {
	type plan struct {
		Name              string
		N, M, D           int
		Epsilon           float64
		SourceTau         float64 `json:"source_tau"`
		TargetTau         float64 `json:"target_tau"`
		SourceMass        float64 `json:"source_mass"`
		TargetMass        float64 `json:"target_mass"`
		Cost, Mass, Value float64
		OTTCost           float64 `json:"ott_cost"`
		OTTMass           float64 `json:"ott_mass"`
	}
	var file struct{ Plans []plan }
	stored(t, "unbalanced.json", &file)
	if len(file.Plans) != 6 {
		t.Fatalf("%d stored cases, want 6", len(file.Plans))
	}
	for _, k := range file.Plans {
		x, y := drawnCloud(1, k.N, k.D, 1, 0), drawnCloud(2, k.M, k.D, 1.2, 0.5)
		a, b := scaled(drawnWeights(3, k.N), k.SourceMass), scaled(drawnWeights(4, k.M), k.TargetMass)
		c, counting := mat.NewDense(k.N, k.M, nil), mat.NewDense(k.N, k.M, nil)
		for i := range k.N {
			for j := range k.M {
				c.Set(i, j, squaredDistance(x.RawRowView(i), y.RawRowView(j)))
				counting.Set(i, j, c.At(i, j)+k.Epsilon*math.Log(a[i]*b[j]))
			}
		}
		o := SinkhornOptions{Epsilon: k.Epsilon, SourceTau: k.SourceTau, TargetTau: k.TargetTau, Tolerance: 1e-12, MaxIterations: 100_000}
		pot, ott := entropic(t, table(t, c), a, b, o), entropic(t, table(t, counting), a, b, o)
		shift := 0.0 // what ⟨P,C⟩ of the shifted cost has more than that of the cost
		for i := range k.N {
			for j := range k.M {
				p := a[i] * b[j] * math.Exp((ott.U[i]+ott.V[j]-counting.At(i, j))/k.Epsilon)
				shift += p * (counting.At(i, j) - c.At(i, j))
			}
		}
		for _, v := range []struct {
			what      string
			got, want float64
		}{{"cost", pot.Cost, k.Cost}, {"mass", pot.Mass, k.Mass}, {"value", pot.Value, k.Value},
			{"objective", pot.Cost + k.Epsilon*pot.KL + pot.Penalty, k.Value}, {"OTT's cost", ott.Cost - shift, k.OTTCost}, {"OTT's mass", ott.Mass, k.OTTMass}} {
			if math.Abs(v.got-v.want) > 1e-9*(1+math.Abs(v.want)) {
				t.Errorf("%s: %s %.12g, stored %.12g", k.Name, v.what, v.got, v.want)
			}
		}
	}
}

func scaled(w []float64, by float64) []float64 {
	for i := range w {
		w[i] *= by
	}
	return w
}

// geomloss stops within 5e−4 of the limit, as in TestSinkhornDivergenceAgainstGeomloss.
func TestUnbalancedDivergenceAgainstGeomloss(t *testing.T) {
	var file struct {
		Divergence []struct {
			N, M, D            int
			Blur, Reach, Value float64
		}
	}
	stored(t, "unbalanced.json", &file)
	if len(file.Divergence) != 2 {
		t.Fatalf("%d stored cases, want 2", len(file.Divergence))
	}
	for _, k := range file.Divergence {
		source, target := drawnPair(k.N, k.M, k.D, true)
		epsilon, rho := k.Blur*k.Blur, k.Reach*k.Reach
		tau := rho / (rho + epsilon)
		d, err := SinkhornDivergence(context.Background(), HalfSquaredEuclidean, source, target, SinkhornOptions{Epsilon: epsilon, SourceTau: tau, TargetTau: tau})
		if err != nil {
			t.Fatal(err)
		}
		if !d.Converged() || math.Abs(d.Value-k.Value) > 5e-4*k.Value {
			t.Errorf("reach %v: divergence %.9g (converged %v), geomloss %.9g", k.Reach, d.Value, d.Converged(), k.Value)
		}
	}
}

// One point a side, of masses a and b at cost c: the plan p solves
// c + ε log(p/ab) + ρ log(p/a) + ρ log(p/b) = 0, so (ε+2ρ) log p = (ε+ρ) log ab − c.
func TestUnbalancedOnePoint(t *testing.T) {
	c := table(t, mat.NewDense(1, 1, []float64{3}))
	for _, k := range []struct{ a, b, epsilon, rho float64 }{{1, 1, 0.5, 2}, {2, 0.3, 0.1, 5}, {1, 4, 1, 0.1}, {1, 1, 1e-3, 10}, {1, 1, 1e-3, 1e-2}} {
		tau := k.rho / (k.rho + k.epsilon)
		r := entropic(t, c, []float64{k.a}, []float64{k.b}, SinkhornOptions{Epsilon: k.epsilon, SourceTau: tau, TargetTau: tau, Tolerance: 1e-13})
		want := math.Exp(((k.epsilon+k.rho)*math.Log(k.a*k.b) - 3) / (k.epsilon + 2*k.rho))
		if math.Abs(r.Mass-want) > 1e-11*(1+want) { // the tolerance is absolute
			t.Errorf("a=%v b=%v ε=%v ρ=%v: mass %v, want %v", k.a, k.b, k.epsilon, k.rho, r.Mass, want)
		}
	}
}

// As τ tends to 1 with equal masses the balanced solution is the limit, at a
// distance of the order of 1/ρ, and it takes about as many iterations: those of
// the translation do not add up.
func TestUnbalancedTendsToBalanced(t *testing.T) {
	r := rng(46)
	c, err := SquaredEuclidean.Between(gaussianCloud(r, 60, 3, 1, 0), gaussianCloud(r, 70, 3, 1.3, 0.5))
	if err != nil {
		t.Fatal(err)
	}
	balanced := entropic(t, c, nil, nil, SinkhornOptions{Epsilon: 0.5, Tolerance: 1e-9})
	for _, rho := range []float64{1e3, 1e5, 1e7} {
		tau := rho / (rho + 0.5)
		u := entropic(t, c, nil, nil, SinkhornOptions{Epsilon: 0.5, SourceTau: tau, TargetTau: tau, Tolerance: 1e-9})
		if over := balanced.Value - u.Value; over < 0 || over > 10*balanced.Value*balanced.Value/rho {
			t.Errorf("ρ=%v: value %v, balanced %v", rho, u.Value, balanced.Value)
		}
		if u.Iterations > 2*balanced.Iterations+20 {
			t.Errorf("ρ=%v: %d iterations, balanced %d", rho, u.Iterations, balanced.Iterations)
		}
	}
}

// Random problems of all shapes: weak duality is tight, which only the optimum
// does, and a far pair of clouds with a small ρ is given up rather than carried.
func TestUnbalancedManyCases(t *testing.T) {
	r := rng(47)
	for trial := range 200 {
		n, m := 1+r.IntN(25), 1+r.IntN(25)
		c := mat.NewDense(n, m, nil)
		scale := math.Pow(10, float64(r.IntN(9)-4))
		for i := range n {
			for j := range m {
				c.Set(i, j, scale*r.NormFloat64())
			}
		}
		a, b := scaled(randomWeights(r, n, trial%3 == 0), 0.2+r.Float64()), scaled(randomWeights(r, m, trial%4 == 0), 0.2+r.Float64())
		o := SinkhornOptions{Epsilon: scale * (0.05 + r.Float64()), SourceTau: 0.3 + 0.699*r.Float64(), TargetTau: 0.3 + 0.699*r.Float64(), Tolerance: 1e-9}
		switch trial % 5 {
		case 0: // mass is kept on one side: that total is the plan's
			o.SourceTau = 1
		case 1:
			o.TargetTau = 0
		}
		s := entropic(t, table(t, c), a, b, o)
		objective := s.Cost + s.Epsilon*s.KL + s.Penalty
		if gap := objective - s.Value; math.Abs(gap) > 1e-6*(scale+math.Abs(objective)) {
			t.Fatalf("trial %d: objective %v, dual %v", trial, objective, s.Value)
		}
	}
	far, err := SquaredEuclidean.Between(gaussianCloud(r, 20, 2, 1, 0), gaussianCloud(r, 20, 2, 1, 300))
	if err != nil {
		t.Fatal(err)
	}
	// Destroying both masses costs ρ each, carrying them 180 000 and creating the plan ε.
	s := entropic(t, far, nil, nil, SinkhornOptions{Epsilon: 0.5, SourceTau: 0.5, TargetTau: 0.5})
	if s.Mass > 1e-100 || math.Abs(s.Cost+s.Epsilon*s.KL+s.Penalty-1.5) > 1e-9 {
		t.Errorf("mass %v and objective %v, want 0 and 2ρ + ε = 1.5", s.Mass, s.Cost+s.Epsilon*s.KL+s.Penalty)
	}
}

func TestUnbalancedOnTheFlyAndWorkers(t *testing.T) {
	r := rng(48)
	c, err := HalfSquaredEuclidean.Between(gaussianCloud(r, 210, 3, 1, 0), gaussianCloud(r, 190, 3, 1.3, 0.5))
	if err != nil {
		t.Fatal(err)
	}
	o := SinkhornOptions{Epsilon: 0.05, SourceTau: 0.95, TargetTau: 0.9, Tolerance: 1e-10}
	stored := entropic(t, c, nil, nil, o)
	fly := onTheFly(t, c, o)
	if !fly.Converged || math.Abs(fly.Value-stored.Value) > 1e-9*stored.Value {
		t.Errorf("on the fly %v (converged %v), stored %v", fly.Value, fly.Converged, stored.Value)
	}
	o.Workers = 1
	if one := entropic(t, c, nil, nil, o); one.Value != stored.Value {
		t.Error("the answer depends on the number of workers")
	}
	o.Potentials = stored.V
	if warm := entropic(t, c, nil, nil, o); warm.Iterations > 3 || math.Abs(warm.Value-stored.Value) > 1e-9 {
		t.Errorf("from the optimal potentials it took %d iterations to %v", warm.Iterations, warm.Value)
	}
}

// A point of weight zero, far from all mass, changes nothing: neither as a source
// nor as a target.
func TestUnbalancedWeightZero(t *testing.T) {
	points := mat.NewDense(2, 1, []float64{0, 1000})
	far, err := HalfSquaredEuclidean.Between(points, points)
	if err != nil {
		t.Fatal(err)
	}
	row := table(t, mat.NewDense(1, 2, []float64{0, 500_000}))
	half := []float64{0.5, 0.5}
	for _, source := range []float64{0.5, 1} {
		o := SinkhornOptions{Epsilon: 1, SourceTau: source, TargetTau: 0.5}
		want := entropic(t, row, []float64{1}, half, o)
		got := entropic(t, far, []float64{1, 0}, half, o)
		if !(math.Abs(got.Value-want.Value) <= 1e-5 && math.Abs(got.Mass-want.Mass) <= 1e-5) { // the tolerance is 1e−6
			t.Errorf("source tau %v: value %v and mass %v, without the point %v and %v", source, got.Value, got.Mass, want.Value, want.Mass)
		}
	}
}

// Where the target's sums are kept, one point a side carries all its mass at any
// cost, also at one that is a gain so large that its exponential overflows.
func TestUnbalancedGain(t *testing.T) {
	for _, cost := range []float64{-1000, -100_000, 1000} {
		r := entropic(t, table(t, mat.NewDense(1, 1, []float64{cost})), nil, nil, SinkhornOptions{Epsilon: 1, SourceTau: 0.1})
		if math.Abs(r.Mass-1) > 1e-6 || math.Abs(r.Value-cost) > 1e-6*math.Abs(cost) {
			t.Errorf("cost %v: mass %v and value %v, want 1 and the cost", cost, r.Mass, r.Value)
		}
	}
}

// A tau of 0 is one of 1.
func TestDivergenceTauZeroIsOne(t *testing.T) {
	source, target := Uniform(mat.NewDense(2, 1, []float64{0, 1})), Uniform(mat.NewDense(2, 1, []float64{3, 4}))
	d, err := SinkhornDivergence(context.Background(), HalfSquaredEuclidean, source, target, SinkhornOptions{Epsilon: 1, TargetTau: 1})
	if err != nil || math.Abs(d.Value-4.5) > 1e-5 { // a shift by 3
		t.Errorf("%+v, %v; want 4.5", d, err)
	}
}

func TestUnbalancedForbiddenPoint(t *testing.T) {
	inf := math.Inf(1)
	o := SinkhornOptions{Epsilon: 1, SourceTau: 0.5, TargetTau: 0.5}
	_, err := Sinkhorn(context.Background(), table(t, mat.NewDense(2, 2, []float64{0, 1, inf, inf})), nil, nil, o)
	wantError(t, err, "source point 1 are forbidden (cost +Inf): leave the point out: its mass is lost at the price ρ·0.5 = 0.5")
	_, err = Sinkhorn(context.Background(), table(t, mat.NewDense(2, 2, []float64{0, inf, 1, inf})), nil, nil, o)
	wantError(t, err, "target point 1 are forbidden (cost +Inf): leave the point out")
}

func TestUnbalancedBadInput(t *testing.T) {
	c := table(t, mat.NewDense(2, 2, []float64{0, 1, 1, 0}))
	for _, k := range []struct {
		o    SinkhornOptions
		a    []float64
		want string
	}{
		{SinkhornOptions{Epsilon: 1, SourceTau: 1.5}, nil, "source tau 1.5"},
		{SinkhornOptions{Epsilon: 1, TargetTau: -0.1}, nil, "target tau -0.1"},
		{SinkhornOptions{Epsilon: 1, TargetTau: math.NaN()}, nil, "target tau NaN"},
		{SinkhornOptions{Epsilon: 1, TargetTau: 0.5}, []float64{-1, 2}, "source weight 0 is -1"},
		{SinkhornOptions{Epsilon: 1, TargetTau: 0.5}, []float64{1e308, 1e308}, "sum of the source weights overflows"},
	} {
		if _, err := Sinkhorn(context.Background(), c, k.a, nil, k.o); err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("error %v, want one with %q", err, k.want)
		}
	}
	x := Uniform(mat.NewDense(2, 1, []float64{0, 1}))
	_, err := SinkhornDivergence(context.Background(), SquaredEuclidean, x, x, SinkhornOptions{Epsilon: 1, SourceTau: 0.5})
	if err == nil || !strings.Contains(err.Error(), "one for both sides") {
		t.Errorf("divergence of unequal taus: %v", err)
	}
}

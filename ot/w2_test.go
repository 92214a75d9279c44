package ot

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestPairwiseAndMany(t *testing.T) {
	r := rng(12)
	clouds := make([]Measure, 5)
	for k := range clouds {
		clouds[k] = Uniform(gaussianCloud(r, 30+k, 3, 1, float64(k)))
	}
	table, err := PairwiseW2Squared(context.Background(), clouds)
	if err != nil {
		t.Fatal(err)
	}
	many, err := TransportMany(context.Background(), HalfSquaredEuclidean, clouds[0], clouds, ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range clouds {
		for j := range clouds {
			want, err := W2Squared(context.Background(), clouds[i], clouds[j])
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(table.At(i, j)-want) > 1e-12*(1+want) {
				t.Errorf("clouds %d and %d: %v, alone %v", i, j, table.At(i, j), want)
			}
			if i == 0 && math.Abs(2*many[j].Cost-want) > 1e-12*(1+want) {
				t.Errorf("target %d of many: ½W₂² = %v, alone W₂² = %v", j, many[j].Cost, want)
			}
		}
	}
	// W₂ is a metric.
	w := func(i, j int) float64 { return math.Sqrt(table.At(i, j)) }
	for i := range clouds {
		for j := range clouds {
			for k := range clouds {
				if w(i, k) > w(i, j)+w(j, k)+1e-12 {
					t.Errorf("triangle inequality fails for clouds %d, %d, %d", i, j, k)
				}
			}
		}
	}
	clouds[3] = Measure{}
	if _, err := PairwiseW2Squared(context.Background(), clouds); err == nil || !strings.Contains(err.Error(), "clouds 0 and 3") {
		t.Errorf("an empty cloud among many: %v", err)
	}
}

// The point at time t of the geodesic divides W₂ in the ratio t : 1−t.
func TestInterpolate(t *testing.T) {
	r := rng(13)
	x, y := gaussianCloud(r, 40, 3, 1, 0), gaussianCloud(r, 50, 3, 2, 1)
	p, err := Transport(context.Background(), SquaredEuclidean, Uniform(x), Uniform(y), ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	at, err := p.Interpolate(x, y, 0.25)
	if err != nil {
		t.Fatal(err)
	}
	first, err := W2Squared(context.Background(), Uniform(x), at)
	if err != nil {
		t.Fatal(err)
	}
	second, err := W2Squared(context.Background(), at, Uniform(y))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(first-p.Cost/16) > 1e-12*p.Cost || math.Abs(second-p.Cost*9/16) > 1e-12*p.Cost {
		t.Errorf("W₂² %v and %v of %v, want 1/16 and 9/16 of it", first, second, p.Cost)
	}
}

func ExampleExact() {
	// Three bakeries with 20, 30 and 50 loaves, two shops that want 60 and 40.
	costs, err := Table(mat.NewDense(3, 2, []float64{
		1, 4,
		3, 1,
		2, 6,
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := Exact(context.Background(), costs, []float64{20, 30, 50}, []float64{60, 40}, ExactOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for k, mass := range plan.Mass {
		fmt.Printf("%d to %d: %.2f\n", plan.Source[k], plan.Target[k], mass)
	}
	fmt.Printf("cost %.2f, proved: %t\n", plan.Cost, math.Abs(plan.Gap) < 1e-12)
	// Output:
	// 0 to 0: 0.10
	// 0 to 1: 0.10
	// 1 to 1: 0.30
	// 2 to 0: 0.50
	// cost 1.80, proved: true
}

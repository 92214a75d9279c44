package sensitivity

import (
	"context"
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// published are the indices in the README of gsaot (pietrocipolla/gsaot, February 2026): one sample of 1000 runs in 25 cells, without a seed.
var published = map[string][3]float64{
	"sinkhorn index":     {.606, .634, .292},
	"exact index":        {.505, .519, .168},
	"gaussian index":     {.484, .494, .122},
	"gaussian advective": {.293, .313, .106},
	"gaussian diffusive": {.191, .180, .016},
}

// TestGsaotSpread: over samples of the linear study as gsaot's README has it our indices have the mean and the spread of gsaot's own
// (testdata/spread.R), and its README's are of that law too. Means of n and m samples differ by less than 4 sd √(1/n + 1/m), single values from the
// mean by less than 4 sd, but for one in 16 000.
func TestGsaotSpread(t *testing.T) {
	if testing.Short() {
		t.Skip("it solves many transport problems")
	}
	f, err := os.Open("testdata/spread.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := ourSpread(t)
	for _, row := range rows[1:] {
		var numbers [3]float64 // mean, sd, n
		for k := range numbers {
			if numbers[k], err = strconv.ParseFloat(strings.TrimSpace(row[3+k]), 64); err != nil {
				t.Fatal(err)
			}
		}
		mean, sd, n := numbers[0], numbers[1], numbers[2]
		what := row[0] + " " + row[1]
		input, err := strconv.Atoi(strings.TrimPrefix(row[2], "X"))
		if err != nil {
			t.Fatal(err)
		}
		ours := found[what][input-1]
		t.Logf("%s of X%d: gsaot %.4f ± %.4f, ours %.4f ± %.4f, README %.3f", what, input, mean, sd, stat.Mean(ours, nil), stat.StdDev(ours, nil), published[what][input-1])
		near(t, "mean of "+what, stat.Mean(ours, nil), mean, 4*sd*math.Sqrt(1/n+1/float64(len(ours))))
		near(t, "README's "+what, published[what][input-1], mean, 4*sd)
		for _, v := range ours {
			near(t, what, v, mean, 4*sd)
		}
	}
	if len(rows) != 1+15 {
		t.Errorf("%d rows", len(rows))
	}
}

// ourSpread are our indices of such samples, by method and part and by input; few of Sinkhorn's, which take long.
func ourSpread(t *testing.T) map[string]*[3][]float64 {
	found := map[string]*[3][]float64{}
	for what := range published {
		found[what] = &[3][]float64{}
	}
	for method, samples := range map[Method]uint64{Exact: 10, Gaussian: 10, Sinkhorn: 2} {
		for seed := range samples {
			r, err := Indices(context.Background(), drawn(t, 1000, 100+seed), Options{Method: method, Cells: 25, Permutations: -1})
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range r.Indices {
				for part, v := range map[string]float64{"index": x.Value, "advective": x.Advective, "diffusive": x.Diffusive} {
					if list := found[string(method)+" "+part]; list != nil {
						list[i] = append(list[i], v)
					}
				}
			}
		}
	}
	return found
}

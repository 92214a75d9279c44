package climate

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// checkMoments of draws of a damage's coefficients against the table of estimates: means to a share of the
// deviation, deviations to that share, correlations to it.
func checkMoments(t *testing.T, d Damage, draws [][]float64, tolerance float64) {
	t.Helper()
	e, err := d.estimate()
	if err != nil {
		t.Fatal(err)
	}
	columns := make([][]float64, len(e.mean))
	for _, draw := range draws {
		for k := range columns {
			columns[k] = append(columns[k], draw[k])
		}
	}
	at := 0
	for i := range columns {
		mean, sd := stat.MeanStdDev(columns[i], nil)
		if math.Abs(mean-e.mean[i]) > tolerance*e.sd[i] || math.Abs(sd/e.sd[i]-1) > tolerance {
			t.Errorf("%s, coefficient %d: mean %g, deviation %g; want %g, %g", d, i, mean, sd, e.mean[i], e.sd[i])
		}
		for j := range i {
			if r := stat.Correlation(columns[i], columns[j], nil); math.Abs(r-e.correlation[at]) > tolerance {
				t.Errorf("%s, coefficients %d and %d: correlation %g, want %g", d, i, j, r, e.correlation[at])
			}
			at++
		}
	}
}

// Drawn coefficients have the moments of the resamples, to four standard errors of 20 000 draws; the
// optimum of the main estimate is 13.1 °C.
func TestDrawnCoefficients(t *testing.T) {
	for _, d := range []Damage{BHM, BHMLags, BHMRichPoor, BHMRichPoorLags} {
		e, err := d.estimate()
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(3, 4))
		var draws [][]float64
		for range 20000 {
			draws = append(draws, e.at([]float64{rng.Float64(), rng.Float64(), rng.Float64(), rng.Float64()}))
		}
		checkMoments(t, d, draws, 4/math.Sqrt(20000))
	}
	c, err := BHM.Coefficients()
	if err != nil || math.Abs(-c[0]/c[1]/2-13.06) > .005 {
		t.Errorf("optimum %g (%v), published 13.06", -c[0]/c[1]/2, err)
	}
}

// Effects by hand: what a formula gives at round numbers.
func TestEffects(t *testing.T) {
	hot := weather{base: 25, now: 27, last: 26.9, before: 26.7}
	for _, c := range []struct {
		damage Damage
		w      weather
		poor   bool
		want   float64
	}{
		{BHM, weather{base: 20, now: 22}, false, .0127184*2 - .0004871*(22*22-20*20)},
		{BHM, weather{base: 29, now: 33}, false, .0127184*1 - .0004871*(30*30-29*29)}, // not above 30 °C
		{BHMLags, hot, true, -.0037497*2 - .0000955*(27*27-25*25)},
		{BHMRichPoor, hot, false, .0088951*2 - .0003155*(27*27-25*25)},
		{BHMRichPoor, hot, true, .0254342*2 - .000772*(27*27-25*25)},
		{BHMRichPoorLags, hot, true, -.0186*2 + .0001513*(27*27-25*25)},
		{Dell, hot, false, .00522},
		{Dell, hot, true, 2 * (.00261 - .01655)},
		{KalkuhlWenz, hot, true, .1*.00641 + .2*.00345 - 26.9*(.1*.00105+.2*.000718)},
		{DICE, hot, true, 0},
	} {
		coefficients, err := c.damage.Coefficients()
		if err != nil {
			t.Fatal(err)
		}
		if got := c.damage.growth(coefficients, c.w, c.poor); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%s, poor %t: %g, want %g", c.damage, c.poor, got, c.want)
		}
	}
	if got, want := HowardSterner.lost([]float64{.0074375}, 3), 1-(1-.0074375*9)/(1-.0074375); math.Abs(got-want) > 1e-15 {
		t.Errorf("Howard & Sterner at 3 °C: %g, want %g", got, want)
	}
	if BHM.lost([]float64{1, 1}, 3) != 0 || DICE.lost([]float64{.00236}, 1) != 0 {
		t.Error("losses where there are none")
	}
	if _, err := Damage("burke").Coefficients(); err == nil {
		t.Error("coefficients of no damage")
	}
}

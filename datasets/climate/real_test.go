package climate

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

func realWorld(t *testing.T) *World {
	t.Helper()
	folder := os.Getenv("GOMONGE_DATA")
	if folder == "" {
		t.Skip("GOMONGE_DATA names no folder of data")
	}
	w, dropped, err := Read(folder, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// COK, GUF and PRK have no SSP, MNE not every year of them, and 17 small countries no temperature.
	if small := strings.Count(strings.Join(dropped, "\n"), ": no temperature"); len(dropped) != 21 || small != 17 || !slices.Contains(dropped, "HKG: no temperature") {
		t.Errorf("dropped %v", dropped)
	}
	return w
}

// Change of GDP per capita in 2099 by the main estimate of Burke, Hsiang & Miguel (2015), SSP5 and RCP8.5: what
// another implementation (Python) made of the same tables, in whole per cent. It cut the
// digits and took growth at single years otherwise, for which a point is allowed; two in a fivefold gain.
func TestCountryChecks(t *testing.T) {
	w := realWorld(t)
	if len(w.Countries) != 165 {
		t.Fatalf("%d countries", len(w.Countries))
	}
	best, err := w.Best(BHM)
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.Project("SSP5", BHM, Linear85, best)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"USA": -37, "CHN": -44, "IND": -91, "NGA": -91, "BRA": -82, "DEU": 61, "RUS": 419}
	damaged, undamaged := 0.0, 0.0
	for i, c := range w.Countries {
		k := p.Column(2099)
		change := 100 * (p.Damaged.At(i, k)/p.Undamaged.At(i, k) - 1)
		damaged += p.Damaged.At(i, k) * p.Population.At(i, k)
		undamaged += p.Undamaged.At(i, k) * p.Population.At(i, k)
		if x, asked := want[c.ISO3]; asked {
			delete(want, c.ISO3)
			if math.Abs(change-x) > max(1, x/200) {
				t.Errorf("%s changes by %.2f %%, want %g", c.ISO3, change, x)
			}
		}
	}
	if len(want) != 0 {
		t.Errorf("not in the world: %v", want)
	}
	if change := 100 * (damaged/undamaged - 1); math.Abs(change+42) > .5 {
		t.Errorf("the world changes by %.2f %%, want -42", change)
	}
}

// What the optional tables bring: models whose mean is that of all, and 1000 resamples of each estimate
// whose moments stand in the code.
func TestSpreadOfTables(t *testing.T) {
	w := realWorld(t)
	if len(w.Models) < 20 {
		t.Errorf("%d models", len(w.Models))
	}
	for i, c := range w.Countries {
		mean := 0.0
		for _, m := range w.Models {
			mean += m[i] / float64(len(w.Models))
		}
		if math.Abs(mean-1) > 1e-12 {
			t.Errorf("models of %s: mean %g", c.ISO3, mean)
		}
	}
	for _, d := range []Damage{BHM, BHMLags, BHMRichPoor, BHMRichPoorLags} {
		if len(w.Resamples[d]) != 1000 {
			t.Errorf("%s: %d resamples", d, len(w.Resamples[d]))
		}
		checkMoments(t, d, w.Resamples[d], 1e-4)
	}
}

// Version 3 of the SSPs, with other years and dollars.
func TestVersion3(t *testing.T) {
	folder := os.Getenv("GOMONGE_DATA")
	if folder == "" {
		t.Skip("GOMONGE_DATA names no folder of data")
	}
	w, dropped, err := Read(folder, ReadOptions{Version: 3})
	if err != nil {
		t.Fatal(err)
	}
	if w.Years[0] != 2010 || w.Years[len(w.Years)-1] != 2100 || len(w.Countries) < 150 {
		t.Errorf("years %v, %d countries, dropped %v", w.Years, len(w.Countries), dropped)
	}
	for i, c := range w.Countries {
		if got := w.Income[1][i][0]; c.ISO3 == "USA" && math.Abs(got-16338.8/309.8841) > 1e-9 {
			t.Errorf("USA in 2010: %g", got)
		}
	}
}

package plots

import (
	"bytes"
	"encoding/xml"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// TestDensityClosedForm: two points with weights 1 and 3 and bandwidth h are a mixture of two normals.
func TestDensityClosedForm(t *testing.T) {
	phi := func(u float64) float64 { return math.Exp(-u*u/2) / math.Sqrt(2*math.Pi) }
	const h = 0.7
	at := []float64{-1, 0, 0.3, 2, 5}
	got := density([]float64{0, 2}, []float64{1, 3}, h, at)
	for i, x := range at {
		want := 0.25*phi(x/h)/h + 0.75*phi((x-2)/h)/h
		if math.Abs(got[i]-want) > 1e-14 { // what is cut off beyond 8 bandwidths
			t.Errorf("density at %g is %g, want %g", x, got[i], want)
		}
	}
	fine := make([]float64, 4001)
	sum := 0.0
	for i := range fine {
		fine[i] = -8 + 0.005*float64(i)
	}
	for _, d := range density([]float64{0, 2, 3}, nil, h, fine) {
		sum += 0.005 * d
	}
	if math.Abs(sum-1) > 1e-9 { // the trapezoid rule is exact for normals at this step
		t.Errorf("density integrates to %g", sum)
	}
}

// TestBandwidth: samples whose quartiles every definition agrees on, against the rule by hand.
func TestBandwidth(t *testing.T) {
	repeat := func(n int, v float64) []float64 { return slices.Repeat([]float64{v}, n) }
	tails := slices.Concat([]float64{-10}, repeat(10, 0), repeat(10, 3), []float64{10}) // quartiles 0 and 3, s = 3.45
	signs := slices.Concat(repeat(5, -1), repeat(5, 1))                                 // IQR/1.34 = 1.49, s = √(10/9)
	zeros := append(repeat(7, 0), 1)                                                    // quartiles equal, s = √(1/8)
	for _, c := range []struct {
		name            string
		values, weights []float64
		want            float64
	}{
		{"heavy tails", tails, nil, 0.9 * 3 / 1.34 * math.Pow(22, -0.2)},
		{"two values", signs, nil, 0.9 * math.Sqrt(10.0/9) * math.Pow(10, -0.2)},
		{"equal weights", signs, repeat(10, 2.5), 0.9 * math.Sqrt(10.0/9) * math.Pow(10, -0.2)},
		{"weights 0", append(signs, 50, -70), append(repeat(10, 1), 0, 0), 0.9 * math.Sqrt(10.0/9) * math.Pow(10, -0.2)},
		{"mostly zero", zeros, nil, 0.9 * math.Sqrt(0.125) * math.Pow(8, -0.2)},
		{"constant", repeat(3, 3), nil, 0},
		{"one value", repeat(1, 3), nil, 0},
		{"one value counts", []float64{3, 4}, []float64{1, 0}, 0},
	} {
		if got := bandwidth(c.values, c.weights); !(math.Abs(got-c.want) <= 1e-12) {
			t.Errorf("%s: bandwidth %g, want %g", c.name, got, c.want)
		}
	}
}

func TestStyles(t *testing.T) {
	for _, pair := range [][2]string{{"condot-gaussian", "CondOT (Gaussian)"}, {"icnn-pooled", "ICNN pooled"}, {"ncmt", "NCTM"}, {"ncmt-positional", "NCTM, positional"}, {"nosuchmethod", "nosuchmethod"}} {
		a, b := StyleOf(pair[0]), StyleOf(pair[1])
		if a.Color != b.Color || len(a.Dashes) != len(b.Dashes) || a.Glyph != b.Glyph {
			t.Errorf("%q and %q look different", pair[0], pair[1])
		}
	}
	seen := map[string]string{}
	for name, s := range styles {
		look := strings.Join([]string{string(rune(s.Color.R)), string(rune(s.Color.G)), string(rune(s.Color.B))}, " ")
		if other, ok := seen[look]; ok && !sharedOnPurpose(name, other) {
			t.Errorf("%s and %s have one colour", name, other)
		}
		seen[look] = name
	}
	for _, variant := range []string{"gaussian", "vanilla"} {
		if StyleOf("condot-"+variant).Color == StyleOf("condot").Color {
			t.Errorf("condot-%s has condot's colour", variant)
		}
	}
}

// sharedOnPurpose: names of different kinds of figure, which never meet.
func sharedOnPurpose(a, b string) bool {
	kind := map[string]int{"source": 1, "target": 1, "transported": 1, "truth": 1, "loss": 2, "validation": 2, "known": 3, "unknown": 3, "combination": 3,
		"exact": 4, "sinkhorn": 4, "gaussian": 4, "neural": 4, "sobol": 4, "closed": 4}
	return kind[a] != kind[b] || a == "target" && b == "truth" || a == "truth" && b == "target"
}

// TestReadableInGrey: among the methods, two whose greys are near differ in dashes or marker.
func TestReadableInGrey(t *testing.T) {
	luma := func(s Style) float64 {
		return 0.299*float64(s.Color.R) + 0.587*float64(s.Color.G) + 0.114*float64(s.Color.B)
	}
	for a, x := range styles {
		for b, y := range styles {
			if a < b && math.Abs(luma(x)-luma(y)) < 25 && len(x.Dashes) == len(y.Dashes) && x.Glyph == y.Glyph && !sharedOnPurpose(a, b) {
				t.Errorf("%s and %s look alike without colour", a, b)
			}
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		log    bool
		lo, hi float64
		want   string
	}{
		{false, 0, 10, "0 2 4 6 8 10"},
		{false, -0.31, 0.29, "-0.3 -0.2 -0.1 0 0.1 0.2"},
		{false, 3, 3, "3"},
		{false, 0, 1.2e7, "0 2e+06 4e+06 6e+06 8e+06 1e+07 1.2e+07"},
		{true, 1, 1000, "1 10 100 1000"},
		{true, 0.9, 30, "1 2 5 10 20"},
		{true, 1e-6, 1e6, "1e-06 0.0001 0.01 1 100 10000 1e+06"},
	} {
		marks := linearTicks
		if c.log {
			marks = logTicks
		}
		var labels []string
		for _, m := range marks(c.lo, c.hi) {
			if m.Value < c.lo || m.Value > c.hi {
				t.Errorf("mark at %g is outside %g to %g", m.Value, c.lo, c.hi)
			}
			if m.Label != "" {
				labels = append(labels, m.Label)
			}
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("marks of %g to %g (log %t): %s, want %s", c.lo, c.hi, c.log, got, c.want)
		}
	}
}

func TestErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	lines := func(x, y Axis, s Series) error {
		_, err := Lines(LinesPanel{Title: "P", X: x, Y: y, Series: []Series{s}})
		return err
	}
	clouds := func(points *mat.Dense) error {
		_, err := Clouds(Axis{}, Axis{}, 2, CloudsPanel{"P", []Cloud{{"source", points}}})
		return err
	}
	densities := func(s Sample) error {
		_, err := Densities(DensityRow{"row", []DensityPanel{{Title: "P", Samples: []Sample{s}}}})
		return err
	}
	second := func(_ *Figure, err error) error { return err }
	paired := func(x, y Axis, g PairedGroup) error { return second(Paired(PairedPanel{"P", x, y, []PairedGroup{g}})) }
	measured := func(pairs ...MeasuredPair) error { return second(Measured([]string{"A", "B"}, pairs, nil)) }
	ridges := func(x Axis, s Sample) error {
		return second(Ridges(x, RidgePanel{"P", []RidgeRow{{"2050", []Sample{s}}}}))
	}
	bars := func(x Axis, limit Threshold, values ...Interval) error {
		return second(Bars(x, []string{"r"}, limit, IntervalsSeries{"S", values}))
	}
	heat := func(values ...[]float64) error {
		return second(HeatMaps(Axis{}, Axis{}, Axis{}, HeatMapPanel{"P", []string{"r"}, []string{"c"}, values}))
	}
	cloud := mat.NewDense(1, 2, nil)
	one, two := []float64{1}, []float64{1, 2}
	for _, c := range []struct {
		name string
		err  error
		want []string
	}{
		{"no panels", second(Lines()), []string{"no panels"}},
		{"no points", lines(Axis{}, Axis{}, Series{Name: "S"}), []string{`"P"`, `"S"`, "no points"}},
		{"lengths", lines(Axis{}, Axis{}, Series{Name: "S", X: two, Y: one}), []string{`"S"`, "2 values of x and 1 of y"}},
		{"NaN in x", lines(Axis{}, Axis{}, Series{X: []float64{0, nan}, Y: two}), []string{"x[1]"}},
		{"Inf in y", lines(Axis{}, Axis{}, Series{X: two, Y: []float64{0, inf}}), []string{"y[1]"}},
		{"dose 0 on a log scale", lines(Axis{Label: "dose", Log: true}, Axis{}, Series{X: []float64{0, 1}, Y: two}), []string{"x[0]", "dose", "logarithmic"}},
		{"one end", lines(Axis{}, Axis{}, Series{X: two, Y: two, Low: two}), []string{"2 lower and 0 upper"}},
		{"interval upside down", lines(Axis{}, Axis{}, Series{X: one, Y: one, Low: []float64{2}, High: []float64{1}}), []string{"from 2 down to 1"}},
		{"range", lines(Axis{Label: "dose", Min: 2, Max: 1}, Axis{}, Series{X: one, Y: one}), []string{"2 to 1"}},
		{"log range", lines(Axis{}, Axis{Label: "loss", Log: true, Min: 0, Max: 1}, Series{X: one, Y: one}), []string{"loss", "cannot start at 0"}},
		{"mark", lines(Axis{Log: true, Ticks: []float64{0}}, Axis{}, Series{X: one, Y: one}), []string{"mark"}},
		{"no cloud", clouds(nil), []string{`"source"`, "no points"}},
		{"1-D cloud", clouds(mat.NewDense(2, 1, nil)), []string{"1 column"}},
		{"NaN in a cloud", clouds(mat.NewDense(2, 2, []float64{0, 0, nan, 0})), []string{"row 1"}},
		{"columns", second(Clouds(Axis{}, Axis{}, 0, CloudsPanel{})), []string{"0 columns"}},
		{"no values", densities(Sample{Name: "source"}), []string{`"source"`, "no values"}},
		{"NaN value", densities(Sample{Values: []float64{1, nan}}), []string{"value 1"}},
		{"weights", densities(Sample{Values: two, Weights: one}), []string{"2 values and 1 weights"}},
		{"negative weight", densities(Sample{Values: one, Weights: []float64{-1}}), []string{"weight 0 is -1"}},
		{"zero weights", densities(Sample{Values: one, Weights: []float64{0}}), []string{"zero"}},
		{"grid of no columns", second(LinesGrid(0, LinesPanel{})), []string{"0 columns"}},
		{"no pairs", second(Paired()), []string{"no panels"}},
		{"paired lengths", paired(Axis{}, Axis{}, PairedGroup{"G", one, two}), []string{`"P"`, `"G"`, "1 values across and 2 up"}},
		{"paired scales", paired(Axis{Log: true}, Axis{}, PairedGroup{}), []string{"no diagonal"}},
		{"paired zero", paired(Axis{Log: true}, Axis{Log: true}, PairedGroup{"G", []float64{0}, one}), []string{"x[0]", "not positive"}},
		{"no actions", second(Measured(nil, nil, nil)), []string{"no actions"}},
		{"another action", measured(MeasuredPair{A: "A", B: "C"}), []string{`"C"`, "among the 2"}},
		{"a pair twice", measured(MeasuredPair{A: "A", B: "B"}, MeasuredPair{A: "B", B: "A"}), []string{"twice"}},
		{"an empty split", second(Measured([]string{"A"}, []MeasuredPair{{A: "A", B: "A"}}, []SplitSize{{Name: "S"}})), []string{`"S"`, "0 pairs"}},
		{"no embeddings", second(Embeddings(Axis{}, Axis{}, 1)), []string{"no panels"}},
		{"nothing observed", second(Embeddings(Axis{}, Axis{}, 1, EmbeddingPanel{Title: "P"})), []string{`"P"`, "observed", "no points"}},
		{"NaN embedded", second(Embeddings(Axis{}, Axis{}, 1, EmbeddingPanel{"P", "condot", cloud, mat.NewDense(1, 2, []float64{0, nan})})), []string{"condot", "row 0"}},
		{"no ridges", second(Ridges(Axis{}, RidgePanel{})), []string{"no samples"}},
		{"income 0 on a log scale", ridges(Axis{Log: true}, Sample{Name: "S", Values: []float64{1, 0}}), []string{`"P"`, `"2050"`, `"S"`, "value 1"}},
		{"ridges' range", ridges(Axis{Log: true, Max: 1}, Sample{Values: one}), []string{"cannot start at 0"}},
		{"no bars", bars(Axis{}, Threshold{}), []string{`"S"`, "0 values for 1"}},
		{"infinite bar", bars(Axis{}, Threshold{}, Interval{inf, nan, nan}), []string{`"r"`, "+Inf"}},
		{"logarithmic bars", bars(Axis{Log: true}, Threshold{}, Interval{1, 1, 1}), []string{"zero"}},
		{"threshold", bars(Axis{}, Threshold{"T", nan}, Interval{1, 1, 1}), []string{`"T"`, "NaN"}},
		{"heat map's rows", heat(), []string{`"P"`, "0 rows of values for 1"}},
		{"heat map's columns", heat(two), []string{`"r"`, "2 values for 1"}},
		{"infinite heat", heat([]float64{inf}), []string{`"r"`, `"c"`, "+Inf"}},
		{"empty figure", second(nil, (&Figure{}).Write(filepath.Join(t.TempDir(), "f.svg"))), []string{"empty Figure"}},
	} {
		if c.err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(c.err.Error(), w) {
				t.Errorf("%s: %q does not say %q", c.name, c.err, w)
			}
		}
	}
}

// TestOddData: what is unusual and right is drawn.
func TestOddData(t *testing.T) {
	nan := math.NaN()
	many := make([]float64, 5000)
	for i := range many {
		many[i] = math.Sin(float64(i))
	}
	for name, make := range map[string]func() (*Figure, error){
		"a gap": func() (*Figure, error) {
			return Lines(LinesPanel{Series: []Series{{Name: "a", X: []float64{1, 2, 3}, Y: []float64{1, nan, 2}, Low: []float64{0, nan, 1}, High: []float64{2, nan, 3}}}})
		},
		"only gaps": func() (*Figure, error) {
			return Lines(LinesPanel{Y: Axis{Log: true}, Series: []Series{{X: []float64{1}, Y: []float64{nan}}}})
		},
		"one point": func() (*Figure, error) {
			return Lines(LinesPanel{X: Axis{Log: true}, Series: []Series{{X: []float64{3}, Y: []float64{0}}}})
		},
		"an empty panel": func() (*Figure, error) { return Lines(LinesPanel{Title: "nothing"}) },
		"one dot": func() (*Figure, error) {
			return Clouds(Axis{}, Axis{}, 3, CloudsPanel{"", []Cloud{{"a", mat.NewDense(1, 2, nil)}}})
		},
		"a short row": func() (*Figure, error) { return Clouds(Axis{}, Axis{}, 2, CloudsPanel{}, CloudsPanel{}, CloudsPanel{}) },
		"no spread": func() (*Figure, error) {
			return Densities(DensityRow{Panels: []DensityPanel{{Samples: []Sample{{Name: "s", Values: []float64{2, 2, 2}}}}}})
		},
		"rows differ": func() (*Figure, error) {
			return Densities(DensityRow{Panels: []DensityPanel{{}, {}}}, DensityRow{Panels: []DensityPanel{{}}})
		},
		"no values in pairs": func() (*Figure, error) {
			return Paired(PairedPanel{Groups: []PairedGroup{{"a", []float64{nan}, []float64{1}}}})
		},
		"one action": func() (*Figure, error) { return Measured([]string{"A"}, []MeasuredPair{{A: "A", B: "A"}}, nil) },
		"only observed": func() (*Figure, error) {
			return Embeddings(Axis{}, Axis{}, 1, EmbeddingPanel{Observed: mat.NewDense(2, 2, nil)})
		},
		"an empty ridge": func() (*Figure, error) {
			return Ridges(Axis{}, RidgePanel{Rows: []RidgeRow{{"a", nil}, {"b", []Sample{{Name: "s", Values: []float64{2, 2}}}}}}, RidgePanel{})
		},
		"bars of nothing": func() (*Figure, error) {
			return Bars(Axis{}, []string{"a"}, Threshold{}, IntervalsSeries{"s", []Interval{{nan, nan, nan}}})
		},
		"negative bars": func() (*Figure, error) {
			return Bars(Axis{}, []string{"a"}, Threshold{}, IntervalsSeries{"s", []Interval{{-1, -2, 0}}})
		},
		"heat of one value": func() (*Figure, error) {
			return HeatMaps(Axis{}, Axis{}, Axis{}, HeatMapPanel{"", []string{"r"}, []string{"a", "b"}, [][]float64{{1, 1}}})
		},
		"heat of nothing": func() (*Figure, error) {
			return HeatMaps(Axis{}, Axis{}, Axis{}, HeatMapPanel{"", []string{"r"}, []string{"a"}, [][]float64{{nan}}})
		},
		"letters of maths": func() (*Figure, error) {
			return Lines(LinesPanel{Title: "W₂² ≤ ½‖x−y‖² <&>", X: Axis{Label: "ε", Unit: "µm"}, Series: []Series{{Name: "ℓ₂(PS)", X: many, Y: many}}})
		},
	} {
		fig, err := make()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		svg, err := fig.SVG()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if bytes.Contains(svg, []byte("NaN")) {
			t.Errorf("%s: the SVG holds NaN", name)
		}
		wellFormed(t, name, svg)
		if b, err := fig.PNG(96); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if img, err := png.Decode(bytes.NewReader(b)); err != nil || img.Bounds().Dx() < 100 {
			t.Errorf("%s: PNG %v", name, err)
		}
	}
}

func wellFormed(t *testing.T, name string, svg []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Errorf("%s: SVG: %v", name, err)
			return
		}
	}
}

func TestWrite(t *testing.T) {
	fig, err := Lines(LinesPanel{Series: []Series{{Name: "a", X: []float64{1, 2}, Y: []float64{1, 2}}}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, start := range map[string]string{"f.svg": "<?xml", "g.PNG": "\x89PNG"} {
		if err := fig.Write(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.HasPrefix(string(b), start) {
			t.Errorf("%s starts with %.10q (%v)", name, b, err)
		}
	}
	for _, name := range []string{"f.gif", "f", "missing/f.svg"} {
		if err := fig.Write(filepath.Join(dir, name)); err == nil {
			t.Errorf("wrote %s", name)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}
	if _, err := fig.PNG(0); err == nil {
		t.Error("a PNG of 0 pixels an inch")
	}
}

// TestPanicsAreErrors: a plotter that panics, as gonum/plot's do, fails the figure and not the program.
func TestPanicsAreErrors(t *testing.T) {
	p, err := NewPanel("", Axis{}, Axis{})
	if err != nil {
		t.Fatal(err)
	}
	p.Add(panics{})
	fig, err := Grid([][]*plot.Plot{{p}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fig.SVG(); err == nil || !strings.Contains(err.Error(), "no such thing") {
		t.Errorf("error %v", err)
	}
}

type panics struct{}

func (panics) Plot(draw.Canvas, *plot.Plot) { panic("no such thing") }

// TestEqualUnits: in a panel of clouds a unit is as long across as up.
func TestEqualUnits(t *testing.T) {
	points := mat.NewDense(2, 2, []float64{-3, 0, 40, 1})
	p, err := NewPanel("", Axis{Label: "x"}, Axis{Label: "y"})
	if err != nil {
		t.Fatal(err)
	}
	var xs, ys span
	xs.add(points.At(0, 0), points.At(1, 0))
	ys.add(points.At(0, 1), points.At(1, 1))
	Axis{}.set(&p.X, xs)
	Axis{}.set(&p.Y, ys)
	const side = 5 * vg.Centimeter
	equalUnits([][]*plot.Plot{{p}}, side, side)
	size := p.DataCanvas(draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: side, Y: side}}}).Size()
	x, y := float64(size.X)/(p.X.Max-p.X.Min), float64(size.Y)/(p.Y.Max-p.Y.Min)
	if math.Abs(x/y-1) > 0.01 { // less than a line's width over the panel
		t.Errorf("a unit is %g points across and %g up", x, y)
	}
}

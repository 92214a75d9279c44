package condition

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// fitted is trial() fitted to three conditions.
func fitted(t *testing.T) Schema {
	t.Helper()
	s := trial()
	if err := s.Fit(parseAll(t, s, "b,10,M+K,up", "a,1000,ctrl,down", "b,100,Z,up")); err != nil {
		t.Fatal(err)
	}
	return s
}

func parseAll(t *testing.T, s Schema, texts ...string) []Value {
	t.Helper()
	values := make([]Value, len(texts))
	for i, text := range texts {
		var err error
		if values[i], err = s.Parse(text); err != nil {
			t.Fatal(err)
		}
	}
	return values
}

func TestEncodeLayout(t *testing.T) {
	s := fitted(t)
	// Coordinates: up (1, 2), down (-1, .5): centre (0, 1.25), mean squared
	// distance 1 + .75² = 1.5625 = 1.25², so up is (.8, .6), down (-.8, -.6).
	blocks := s.Blocks()
	want := []Block{
		{Name: "drug", Kind: Categorical, Offset: 0, Width: 2, Labels: []string{"a", "b"}},
		{Name: "dose", Kind: Continuous, Offset: 2, Width: 1},
		{Name: "perturbation", Kind: Set, Offset: 3, Width: 3, Labels: []string{"K", "M", "Z"}, Table: []float32{1, 0, 0, 0, 1, 0, 0, 0, 1}, Dim: 3},
		{Name: "text", Kind: Vector, Offset: 6, Width: 2},
	}
	if !reflect.DeepEqual(blocks, want) {
		t.Errorf("Blocks = %+v\nwant     %+v", blocks, want)
	}
	if s.Width() != 8 {
		t.Errorf("Width = %d, want 8", s.Width())
	}
	got, err := s.Encode([]float32{7}, parseAll(t, s, "b,100,Z+K,up")[0])
	if want := []float32{7, 0, 1, 0.5, 1, 0, 1, 0.8, 0.6}; err != nil || !closeTo(got, want) {
		t.Errorf("Encode = %v, %v; want %v", got, err, want)
	}
	got, err = s.Encode(nil, parseAll(t, s, "a,10000,control,down")[0])
	if want := []float32{1, 0, 1.5, 0, 0, 0, -0.8, -0.6}; err != nil || !closeTo(got, want) {
		t.Errorf("Encode = %v, %v; want %v", got, err, want)
	}
}

// closeTo holds to a few roundings of float32.
func closeTo(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return max(x-y, y-x) <= 1e-6 })
}

func TestEncodeScales(t *testing.T) {
	for _, c := range []struct {
		scale  Scale
		train  []string
		at     string
		expect float32
	}{
		{Linear, []string{"0", "24", "72"}, "48", 48. / 72},
		{Linear, []string{"-10", "10"}, "-15", -0.25},
		{Log, []string{"10", "10000"}, "100", 1. / 3},
		{Linear, []string{"5"}, "5", 0},
		{Linear, []string{"5"}, "7", 2},
		{Log, []string{"1"}, "2.718281828459045", 1},
	} {
		s := Schema{Variables: []Variable{{Name: "v", Scale: c.scale}}}
		if err := s.Fit(parseAll(t, s, c.train...)); err != nil {
			t.Fatal(err)
		}
		got, err := s.Encode(nil, parseAll(t, s, c.at)[0])
		if err != nil || !closeTo(got, []float32{c.expect}) {
			t.Errorf("%v scale trained on %v: %s is %v, %v; want %v", c.scale, c.train, c.at, got, err, c.expect)
		}
	}
}

// Fit and Encode depend neither on the order of the training conditions nor on
// the order of labels.
func TestEncodeIndependentOfOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	texts := []string{"b,10,M+K,up", "a,1000,ctrl,down", "b,100,Z,up", "c,50,A+Z+M,down"}
	s := trial()
	values := parseAll(t, s, texts...)
	if err := s.Fit(values); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		shuffled := slices.Clone(values)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for i := range shuffled {
			shuffled[i] = slices.Clone(shuffled[i])
			labels := slices.Clone(shuffled[i][2].Labels)
			r.Shuffle(len(labels), func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
			shuffled[i][2].Labels = labels
		}
		again := trial()
		if err := again.Fit(shuffled); err != nil || !reflect.DeepEqual(again, s) {
			t.Fatalf("shuffled conditions fit %+v, %v; want %+v", again, err, s)
		}
		for _, v := range shuffled {
			sorted := slices.Clone(v)
			sorted[2].Labels = slices.Sorted(slices.Values(v[2].Labels))
			a, errA := s.Encode(nil, v)
			b, errB := s.Encode(nil, sorted)
			if errA != nil || errB != nil || !slices.Equal(a, b) {
				t.Fatalf("%s encodes as %v, %v and %v, %v", s.Format(v), a, errA, b, errB)
			}
		}
	}
}

// Coordinates of actions make a table; actions never trained are in it.
func TestActionCoordinates(t *testing.T) {
	s := perturbations()
	s.Variables[0].Vectors = map[string][]float64{"A": {1, 0}, "B": {-1, 0}, "N": {3, 4}, "ctrl": {9, 9}}
	if err := s.Fit(parseAll(t, s, "A", "B", "A+B")); err != nil {
		t.Fatal(err)
	}
	b := s.Blocks()[0]
	if !slices.Equal(b.Labels, []string{"A", "B", "N"}) || b.Dim != 2 || !closeTo(b.Table, []float32{1, 0, -1, 0, 3, 4}) {
		t.Errorf("Blocks = %+v", b)
	}
	v := parseAll(t, s, "N+A")[0]
	got, err := s.Encode(nil, v)
	if err != nil || !slices.Equal(got, []float32{1, 0, 1}) {
		t.Errorf("Encode(N+A) = %v, %v", got, err)
	}
	warnings, err := s.Check(v)
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "N was never trained") {
		t.Errorf("Check(N+A) = %q, %v", warnings, err)
	}
}

func TestCheck(t *testing.T) {
	s := fitted(t)
	s.Variables[3].Vectors["side"] = []float64{0, 0}
	for text, say := range map[string][]string{
		"b,10,M+K,up":    nil,
		"b,100,,up":      nil,
		"b,10000,,up":    {"dose=10000 is outside the training range [10, 1000]: above 1000 by 0.5 of its log width"},
		"b,1,M,side":     {"below 10 by 0.5 of its log width", "text=side was never trained"},
		"a,100,K+Z,side": {"only its coordinates place it"},
	} {
		warnings, err := s.Check(parseAll(t, s, text)[0])
		if err != nil || len(warnings) != len(say) {
			t.Errorf("Check(%s) = %q, %v; want %q", text, warnings, err, say)
			continue
		}
		for i := range say {
			if !strings.Contains(warnings[i], say[i]) {
				t.Errorf("Check(%s) warns %q; want %q", text, warnings[i], say[i])
			}
		}
	}
	for text, say := range map[string]string{
		"B,10,,up":     "nearest: b); one-hot levels cannot generalise to it: give vectors (mode-of-action or vector=FILE)",
		"b,10,M+KK,up": "perturbation=KK: this action was never trained (nearest: K)",
		"b,10,,upp":    "text=upp: this label has no coordinates (nearest: up)",
		"b,0,,up":      "cannot go on a log scale; name such rows the control",
		"b,-3,,up":     "cannot go on a log scale",
	} {
		v := parseAll(t, s, text)[0]
		if w, err := s.Check(v); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("Check(%s) = %q, %v; want an error with %q", text, w, err, say)
		}
		if got, err := s.Encode([]float32{1}, v); err == nil || len(got) != 1 {
			t.Errorf("Encode(%s) = %v, %v; want an error and dst as it was", text, got, err)
		}
	}
	malformed := parseAll(t, s, "b,10,M,up")[0]
	malformed[0].Labels = nil
	if _, err := s.Check(malformed); err == nil {
		t.Error("a categorical field without a label passed")
	}
	if _, err := s.Check(malformed[:2]); err == nil {
		t.Error("a short value passed")
	}
}

func TestFitErrors(t *testing.T) {
	log := Schema{Variables: []Variable{{Name: "dose", Scale: Log}}}
	vector := Schema{Variables: []Variable{{Name: "drug", Kind: Vector, Vectors: map[string][]float64{"aspirin": {1}}}}}
	guess := Schema{Variables: []Variable{{Name: "drug", Kind: Unspecified}}}
	for _, c := range []struct {
		schema Schema
		values []Value
		say    string
	}{
		{log, nil, "no training conditions"},
		{log, []Value{{{Number: 1}}, {{Number: 0}}}, "dose=0 cannot go on a log scale"},
		{log, []Value{{}}, "0 fields for the 1 variables"},
		{vector, []Value{{{Labels: []string{"asprin"}}}}, "nearest: aspirin"},
		{guess, []Value{{{Labels: []string{"a"}}}}, "must be settled"},
	} {
		before := slices.Clone(c.schema.Variables)
		if err := c.schema.Fit(c.values); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("Fit: %v; want an error with %q", err, c.say)
		}
		if !reflect.DeepEqual(before, c.schema.Variables) {
			t.Error("Fit changed the schema and failed")
		}
	}
}

func TestReadVectors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	v := Variable{Name: "drug", Kind: Vector, File: write("a.csv", "\ufeff\"drug\",x,y\n\"a, b\",1,2e-1\nc,-3,4\n")}
	if err := v.ReadVectors(); err != nil || !reflect.DeepEqual(v.Vectors, map[string][]float64{"a, b": {1, 0.2}, "c": {-3, 4}}) {
		t.Errorf("ReadVectors: %v, %v", v.Vectors, err)
	}
	v.File = write("a.tsv", "drug\tx\na\t1\n")
	if err := v.ReadVectors(); err != nil || !reflect.DeepEqual(v.Vectors, map[string][]float64{"a": {1}}) {
		t.Errorf("ReadVectors: %v, %v", v.Vectors, err)
	}
	for text, say := range map[string]string{
		"": "no header", "drug\na\n": "at least one coordinate", "drug,x\n": "no row",
		"drug,x\na,1\na,2\n": "row 3: the label \"a\"", "drug,x,y\na,1\n": "wrong number of fields", "drug,x,y\na,1,NaN\n": "row 2, column y",
	} {
		v := Variable{Name: "drug", Kind: Vector, File: write("bad.csv", text)}
		if err := v.ReadVectors(); err == nil || !strings.Contains(err.Error(), say) || !strings.Contains(err.Error(), "bad.csv") || v.Vectors != nil {
			t.Errorf("ReadVectors of %q: %v, %v; want an error with %q", text, v.Vectors, err, say)
		}
	}
	v.File = filepath.Join(dir, "absent.csv")
	if err := v.ReadVectors(); err == nil {
		t.Error("an absent file was read")
	}
}

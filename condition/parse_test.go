package condition

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// trial is a schema with a variable of every kind.
func trial() Schema {
	return Schema{Variables: []Variable{
		{Name: "drug", Kind: Categorical},
		{Name: "dose", Kind: Continuous, Scale: Log},
		{Name: "perturbation", Kind: Set},
		{Name: "text", Kind: Vector, Vectors: map[string][]float64{"up": {1, 2}, "down": {-1, 0.5}}},
	}}
}

func perturbations() Schema {
	return Schema{Variables: []Variable{{Name: "perturbation", Kind: Set}}}
}

func TestParse(t *testing.T) {
	drugDose := Schema{Variables: trial().Variables[:2]}
	want := Value{{Labels: []string{"givinostat"}}, {Number: 100}}
	for _, text := range []string{
		"drug=givinostat,dose=100", "dose=1e2, drug=givinostat", " drug = givinostat , dose = 100.0 ",
		"givinostat,100", `"givinostat", 100`, `"drug"="givinostat",dose=100`,
	} {
		got, err := drugDose.Parse(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestParseSets(t *testing.T) {
	for text, want := range map[string][]string{
		"KLF1+MAP2K6": {"KLF1", "MAP2K6"}, "MAP2K6 + KLF1": {"KLF1", "MAP2K6"}, "{MAP2K6, KLF1}": {"KLF1", "MAP2K6"},
		"perturbation={KLF1, MAP2K6}": {"KLF1", "MAP2K6"}, "KLF1": {"KLF1"}, "{KLF1}": {"KLF1"},
		"ctrl+KLF1": {"KLF1"}, "KLF1+ctrl": {"KLF1"}, "{control, KLF1}": {"KLF1"}, "KLF1+KLF1": {"KLF1"},
		"control": nil, "ctrl": nil, "Control": nil, "CTRL": nil, "": nil, "{}": nil, "{ }": nil, "perturbation=": nil, "ctrl+ctrl": nil,
		`"a+b"+c`: {"a+b", "c"}, `{"a, b", c}`: {"a, b", "c"}, `perturbation="x=y"`: {"x=y"},
	} {
		got, err := perturbations().Parse(text)
		if err != nil || !reflect.DeepEqual(got, Value{{Labels: want}}) {
			t.Errorf("Parse(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	drugDose := Schema{Variables: trial().Variables[:2]}
	for _, c := range []struct {
		schema    Schema
		text, say string
	}{
		{drugDose, "drug=a", "gives no dose"},
		{drugDose, "drug=a,dose=1,dose=2", "twice"},
		{drugDose, "drug=a,dse=1", "nearest: dose"},
		{drugDose, "drug=a,1", "has its name"},
		{drugDose, "a", "variables are drug, dose"},
		{drugDose, "drug=a,dose=high", `"high" is not a finite number`},
		{drugDose, "drug=a,dose=NaN", "not a finite number"},
		{drugDose, "drug=a,dose=-Inf", "not a finite number"},
		{drugDose, "drug=a,dose=", "a number is missing"},
		{drugDose, "drug=,dose=1", "has no label"},
		{drugDose, `drug="a,dose=1`, "does not close"},
		{drugDose, `drug="a"b,dose=1`, "not one quoted label"},
		{drugDose, "drug=\xff,dose=1", "UTF-8"},
		{perturbations(), "A+", "nothing between"},
		{perturbations(), "{A", "does not close"},
		{perturbations(), "{A}B", "braces"},
		{perturbations(), "A,B", "sets as A+B"},
		{Schema{}, "dose=1", "no variables"},
	} {
		if got, err := c.schema.Parse(c.text); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("Parse(%q) = %v, %v; want an error with %q", c.text, got, err, c.say)
		}
	}
}

func TestSetsHaveNoOrder(t *testing.T) {
	s := perturbations()
	a, _ := s.Parse("A+B")
	b, _ := s.Parse("B+A")
	unsorted := Value{{Labels: []string{"B", "A", "ctrl"}}}
	if s.Key(a) != s.Key(b) || s.Key(a) != s.Key(unsorted) || s.Format(a) != "perturbation=A+B" {
		t.Errorf("keys %q, %q, %q; format %q", s.Key(a), s.Key(b), s.Key(unsorted), s.Format(a))
	}
	if short := (Value{}); s.Key(short) != "?" || s.Format(short) != "perturbation=?" {
		t.Errorf("a value with a missing field gives %q", s.Format(short))
	}
}

// randomValue draws from labels that need every sort of care.
func randomValue(s Schema, r *rand.Rand) Value {
	labels := []string{"a", "CD4+", "x=y", "{b}", `say "hi"`, "tab\there", "naïve", "CD14+ Monocytes", "a,b", "ünï", "0.5", "'q'", `back\slash`, "}", "\u200b"}
	v := make(Value, len(s.Variables))
	for i, variable := range s.Variables {
		switch variable.Kind {
		case Continuous:
			v[i].Number = math.Ldexp(r.NormFloat64(), r.IntN(200)-100)
		case Set:
			for range r.IntN(4) {
				v[i].Labels = append(v[i].Labels, labels[r.IntN(len(labels))])
			}
			v[i].Labels = setOf(v[i].Labels)
		default:
			v[i].Labels = []string{labels[r.IntN(len(labels))]}
		}
	}
	return v
}

func TestRoundTrips(t *testing.T) {
	s := trial()
	s.Variables[2].Name = "odd, =name+"
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		v := randomValue(s, r)
		checkRoundTrips(t, s, v)
	}
}

func checkRoundTrips(t *testing.T, s Schema, v Value) {
	t.Helper()
	for _, text := range []string{s.Format(v), s.Key(v)} {
		if got, err := s.Parse(text); err != nil || !reflect.DeepEqual(got, v) {
			t.Fatalf("Parse(%q) = %#v, %v; want %#v", text, got, err, v)
		}
	}
	if got, err := s.ParseCells(s.Cells(v)); err != nil || !reflect.DeepEqual(got, v) {
		t.Fatalf("ParseCells(%q) = %#v, %v; want %#v", s.Cells(v), got, err, v)
	}
	data, err := s.MarshalValue(v)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.UnmarshalValue(data); err != nil || !reflect.DeepEqual(got, v) {
		t.Fatalf("UnmarshalValue(%s) = %#v, %v; want %#v", data, got, err, v)
	}
}

func TestValueJSON(t *testing.T) {
	s := trial()
	v, err := s.Parse("drug=givinostat,dose=0.5,perturbation=B+A,text=up")
	if err != nil {
		t.Fatal(err)
	}
	data, err := s.MarshalValue(v)
	want := `{"drug":"givinostat","dose":0.5,"perturbation":["A","B"],"text":"up"}`
	if err != nil || string(data) != want {
		t.Errorf("MarshalValue = %s, %v; want %s", data, err, want)
	}
	got, err := s.UnmarshalValue([]byte(`{"text":"up","perturbation":"B+A","dose":5e-1,"drug":"givinostat"}`))
	if err != nil || !reflect.DeepEqual(got, v) {
		t.Errorf("UnmarshalValue = %v, %v; want %v", got, err, v)
	}
	empty, err := s.UnmarshalValue([]byte(`{"text":"up","perturbation":["ctrl"],"dose":1,"drug":"a"}`))
	if err != nil || empty[2].Labels != nil {
		t.Errorf("control in JSON gives %v, %v", empty, err)
	}
	for text, say := range map[string]string{
		`[1]`: "is an object", `{"drug":"a"}`: "gives no dose", `{"drug":1}`: "wants a string", `{"dose":"1"}`: "wants a number",
		`{"dose":null}`: "not null", `{"dse":1}`: "nearest: dose", `{"dose":1,"dose":1}`: "twice", `{"perturbation":3}`: "list of strings",
		`{"perturbation":[""]}`: "not a label", `{"drug":" a"}`: "not a label", `{"dose":1e999}`: "wants a number",
		`{"drug":"a","dose":1,"text":"up","perturbation":[]} 1`: "more after", `{"drug":"a"`: "EOF",
	} {
		if v, err := s.UnmarshalValue([]byte(text)); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("UnmarshalValue(%s) = %v, %v; want an error with %q", text, v, err, say)
		}
	}
	if _, err := s.MarshalValue(Value{}); err == nil {
		t.Error("a value of no fields was written")
	}
}

func TestSchemaJSON(t *testing.T) {
	s := trial()
	values := []Value{
		{{Labels: []string{"b"}}, {Number: 10}, {Labels: []string{"K", "M"}}, {Labels: []string{"up"}}},
		{{Labels: []string{"a"}}, {Number: 1000}, {}, {Labels: []string{"down"}}},
	}
	if err := s.Fit(values); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var got Schema
	if err := json.Unmarshal(data, &got); err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("schema came back as %+v, %v; want %+v", got, err, s)
	}
	for text, say := range map[string]string{
		`{"variables":[{"name":"a","kind":"odd"}]}`:                                                "unknown kind",
		`{"variables":[{"name":"a","kind":"continuous","scale":"root"}]}`:                          "unknown scale",
		`{"variables":[{"name":"a","kind":"set"},{"name":"a","kind":"set"}]}`:                      "named twice",
		`{"variables":[{"name":"","kind":"set"}]}`:                                                 "not a variable's name",
		`{"variables":[{"name":"a","kind":"continuous","min":2,"max":1}]}`:                         "range",
		`{"variables":[{"name":"a","kind":"continuous","scale":"log","min":0,"max":1}]}`:           "log scale",
		`{"variables":[{"name":"a","kind":"set","levels":["b","a"]}]}`:                             "not sorted",
		`{"variables":[{"name":"a","kind":"set","levels":["ctrl"]}]}`:                              "empty set",
		`{"variables":[{"name":"a","kind":"vector","levels":["b"]}]}`:                              "no coordinates",
		`{"variables":[{"name":"a","kind":"vector","vectors":{"b":[1],"c":[1,2]}}]}`:               "coordinates where",
		`{"variables":[{"name":"a","kind":"vector","vectors":{"b":[1]},"center":[1,2]}]}`:          "center",
		`{"variables":[{"name":"a","kind":"vector","vectors":{"b":[1]},"spread":-1}]}`:             "spread",
		`{"variables":[{"name":"a","kind":"continuous","maximum":3}]}`:                             "unknown field",
		`{"variables":[{"name":"a","kind":"categorical","levels":["b"],"vectors":{"c":[1e308]}}]}`: "no coordinates",
	} {
		before := Schema{Variables: []Variable{{Name: "kept", Kind: Set}}}
		err := json.Unmarshal([]byte(text), &before)
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("schema %s: %v; want an error with %q", text, err, say)
		}
		if before.Variables[0].Name != "kept" {
			t.Errorf("schema %s: changed on error", text)
		}
	}
	if _, err := json.Marshal(Schema{Variables: []Variable{{Name: "a", Kind: Unspecified}}}); err == nil {
		t.Error("an unspecified kind was saved")
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"drug=a,dose=1,perturbation=A+B,text=up", "a,1,{A, B},up", `"x,y",1e-3,"p+q"+ctrl,"="`, "a,-0,,down", "{,=+\"", "a,1,{{}},u"} {
		f.Add(seed)
	}
	s := trial()
	f.Fuzz(func(t *testing.T, text string) {
		v, err := s.Parse(text)
		if err != nil {
			return
		}
		checkRoundTrips(t, s, v)
		if math.Signbit(v[1].Number) && v[1].Number == 0 {
			t.Error("a negative zero was kept")
		}
		if !slices.IsSorted(v[2].Labels) {
			t.Errorf("set %q is not sorted", v[2].Labels)
		}
	})
}

func FuzzUnmarshalValue(f *testing.F) {
	for _, seed := range []string{`{"drug":"a","dose":1,"perturbation":["B","A"],"text":"up"}`, `{"perturbation":"A+B"}`, `{`, `{"dose":-0.0,"drug":"a","text":"x","perturbation":""}`} {
		f.Add([]byte(seed))
	}
	s := trial()
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, err := s.UnmarshalValue(data); err == nil {
			checkRoundTrips(t, s, v)
		}
	})
}

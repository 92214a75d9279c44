package condition

import (
	"strings"
	"testing"
)

func TestParseVariable(t *testing.T) {
	for spec, want := range map[string]Variable{
		"dose":                  {Name: "dose", Kind: Unspecified},
		"dose:log":              {Name: "dose", Kind: Continuous, Scale: Log},
		" dose : continuous ":   {Name: "dose", Kind: Continuous},
		"cell_type:categorical": {Name: "cell_type", Kind: Categorical},
		"perturbation:set":      {Name: "perturbation", Kind: Set},
		"drug:vector=a:b.csv":   {Name: "drug", Kind: Vector, File: "a:b.csv"},
		`"a:b":set`:             {Name: "a:b", Kind: Set},
		`"Cell no."`:            {Name: "Cell no.", Kind: Unspecified},
	} {
		got, err := ParseVariable(spec)
		if err != nil || got.Name != want.Name || got.Kind != want.Kind || got.Scale != want.Scale || got.File != want.File {
			t.Errorf("ParseVariable(%q) = %+v, %v; want %+v", spec, got, err, want)
		}
	}
	for spec, say := range map[string]string{
		"": "names no variable", ":log": "names no variable", "dose:": "no kind after", "dose:lgo": "nearest: log",
		"dose:vector": "vector=FILE", "dose:vector=": "names no file", `"dose`: "does not end", `"dose"log`: "follows the name",
	} {
		if got, err := ParseVariable(spec); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("ParseVariable(%q) = %+v, %v; want an error with %q", spec, got, err, say)
		}
	}
}

func TestGuess(t *testing.T) {
	for _, c := range []struct {
		cells []string
		kind  Kind
		scale Scale
		note  string
	}{
		{[]string{"10", "100", "1000", "1e4"}, Continuous, Log, "3.0 decades"},
		{[]string{"2010", "2050", "2100"}, Continuous, Linear, "linear scale"},
		{[]string{"0", "24", "48", "", "72"}, Continuous, Linear, "from 0 to 72"},
		{[]string{"A549", "K562", "MCF7"}, Categorical, Linear, "not all numbers"},
		{[]string{"1", "2", "x"}, Categorical, Linear, "not all numbers"},
		{[]string{"CD4+", "CD14+ Monocytes", "B+"}, Categorical, Linear, "not all numbers"},
		{[]string{"KLF1", "ctrl", "KLF1+MAP2K6"}, Set, Linear, "such as KLF1+MAP2K6"},
		{[]string{"A", "A + B"}, Set, Linear, "joined by +"},
		{[]string{"", ""}, Categorical, Linear, ""},
	} {
		v := Variable{Name: "v", Kind: Unspecified}
		note := v.Guess(c.cells)
		if v.Kind != c.kind || v.Scale != c.scale || !strings.Contains(note, c.note) || note == "" {
			t.Errorf("Guess(%q): %v %v, %q; want %v %v, %q", c.cells, v.Kind, v.Scale, note, c.kind, c.scale, c.note)
		}
	}
	v := Variable{Name: "v", Kind: Set}
	if note := v.Guess([]string{"1", "2"}); v.Kind != Set || note != "" {
		t.Errorf("a kind that was given became %v (%q)", v.Kind, note)
	}
}

func FuzzParseVariable(f *testing.F) {
	for _, seed := range []string{"dose:log", `"a:b":set`, "x:vector=f", "::", `"\x00"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		v, err := ParseVariable(spec)
		if err != nil {
			return
		}
		if v.Name == "" || v.Name != strings.TrimSpace(v.Name) {
			t.Errorf("ParseVariable(%q) has the name %q", spec, v.Name)
		}
		if v.Kind == Vector && v.File == "" {
			t.Errorf("ParseVariable(%q): a vector without a file", spec)
		}
	})
}

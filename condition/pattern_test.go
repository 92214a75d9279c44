package condition

import (
	"slices"
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	s := trial()
	values := parseAll(t, s, "a,1,A+B,up", "a,100,A,up", "b,100,,down")
	for text, want := range map[string][]bool{
		"dose=100":                 {false, true, true},
		"dose=1e2,drug=a":          {false, true, false},
		"perturbation=B+A":         {true, false, false},
		"perturbation=control":     {false, false, true},
		"text=side":                {false, false, false},
		"drug=a, perturbation={A}": {false, true, false},
	} {
		p, err := s.ParsePattern(text)
		if err != nil {
			t.Errorf("ParsePattern(%q): %v", text, err)
			continue
		}
		for i, v := range values {
			if p.Matches(v) != want[i] {
				t.Errorf("pattern %q matches %s: %v", text, s.Format(v), !want[i])
			}
		}
		if p.Matches(Value{}) {
			t.Errorf("pattern %q matches a value of no fields", text)
		}
	}
	if p, err := perturbations().ParsePattern("{B, A}"); err != nil || !p.Matches(Value{{Labels: []string{"B", "ctrl", "A"}}}) {
		t.Errorf("a bare value of a single variable: %v", err)
	}
	for text, say := range map[string]string{
		"": "empty pattern", "100": "which variable", "dsoe=1": "nearest: dose", "dose=1,dose=2": "twice", "dose=x": "finite number", `drug="a`: "does not close",
	} {
		if _, err := s.ParsePattern(text); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("ParsePattern(%q): %v; want an error with %q", text, err, say)
		}
	}
}

func TestCompare(t *testing.T) {
	s := trial()
	sorted := []string{"a,2,,up", "a,2,A,up", "a,2,A+B,down", "a,2,A+B,up", "a,2,B,up", "a,10,,up", "b,-1,,up"}
	values := parseAll(t, s, sorted...)
	for i, a := range values {
		for j, b := range values {
			if c := s.Compare(a, b); (c < 0) != (i < j) || (c == 0) != (i == j) {
				t.Errorf("Compare(%s, %s) = %d", sorted[i], sorted[j], c)
			}
		}
	}
	slices.Reverse(values)
	slices.SortFunc(values, s.Compare)
	for i, v := range values {
		if want := parseAll(t, s, sorted[i])[0]; s.Key(v) != s.Key(want) {
			t.Errorf("place %d: %s, want %s", i, s.Key(v), s.Key(want))
		}
	}
	if s.Compare(values[0], Value{}) <= 0 {
		t.Error("a value of no fields does not come first")
	}
}

func FuzzParsePattern(f *testing.F) {
	for _, seed := range []string{"dose=1", "perturbation={A,B},drug=x", "=", `"dose"=1`} {
		f.Add(seed)
	}
	s := trial()
	f.Fuzz(func(t *testing.T, text string) {
		v, err := s.Parse(text)
		if err != nil || !strings.Contains(s.Format(v), "=") {
			_, _ = s.ParsePattern(text) // must not panic
			return
		}
		p, err := s.ParsePattern(s.Format(v))
		if err != nil || !p.Matches(v) {
			t.Errorf("the pattern of %s does not match it (%v)", s.Format(v), err)
		}
	})
}

package experiments

import (
	"strings"
	"testing"
)

// TestSheetHTML: text is escaped, a line that is broken in a figure begins with its sign, and details are folded up.
func TestSheetHTML(t *testing.T) {
	s := Sheet{Title: "errors < 1", Header: []string{"method", "W₂"}, Rows: [][]string{{"a & b", "1.2 ± 0.1"}}, Notes: []string{"one > none"}}
	for detail, begin := range map[bool]string{false: "<table ", true: "<details><summary>errors &lt; 1</summary><table "} {
		s.Detail = detail
		got := s.HTML()
		if !strings.HasPrefix(got, begin) {
			t.Errorf("does not begin with %s: %s", begin, got)
		}
		for _, want := range []string{">errors &lt; 1</caption>", ">a &amp; b</td>", ">1.2 ±\u00a00.1</td>", ">one &gt; none</p>"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %s in %s", want, got)
			}
		}
	}
}

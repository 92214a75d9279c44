package experiments

import (
	"strings"
	"testing"
)

// TestSheetHTML: text is escaped, a line that is broken in a figure begins with its sign, and details are folded up.
func TestSheetHTML(t *testing.T) {
	s := Sheet{Title: "errors < 1", Header: []string{"method", "W₂"}, Rows: [][]string{{"a & b", "1.2 ± 0.1"}}, Notes: []string{"one > none"}}
	for detail, title := range map[bool]string{false: ">errors &lt; 1</caption>", true: "<details><summary>errors &lt; 1</summary><table "} {
		s.Detail = detail
		got := s.HTML()
		if n := strings.Count(got, "errors"); n != 1 {
			t.Errorf("the title stands there %d times: %s", n, got)
		}
		for _, want := range []string{title, ">a &amp; b</td>", ">1.2 ±\u00a00.1</td>", ">one &gt; none</p>"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %s in %s", want, got)
			}
		}
	}
}

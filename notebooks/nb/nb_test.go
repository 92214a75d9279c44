package nb

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot/vg"
)

// drawing is a Figure of a given form.
type drawing struct {
	svg, png string
	err      error
}

func (d drawing) Size() (vg.Length, vg.Length) { return 72, 36 }
func (d drawing) SVG() ([]byte, error)         { return []byte(d.svg), d.err }
func (d drawing) PNG(dpi int) ([]byte, error)  { return []byte(d.png), d.err }

var source = regexp.MustCompile(`src="data:(image/[a-z+]+);base64,([^"]*)"`)

func TestFigureHTML(t *testing.T) {
	large := strings.Repeat("x", largeSVG+1)
	for _, c := range []struct{ svg, png, mime, data string }{
		{"<svg/>", "png", "image/svg+xml", "<svg/>"},
		{large, "png", "image/png", "png"},
		{large, large + "x", "image/svg+xml", large},
	} {
		got, err := figureHTML(drawing{svg: c.svg, png: c.png}, `a "b" <c>`)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, got)
		checkImage(t, got, c.mime, c.data)
		if !strings.Contains(got, `alt="a &#34;b&#34; &lt;c&gt;"`) || !strings.Contains(got, `width="96"`) {
			t.Errorf("words or width missing: %.200s", got)
		}
	}
	if err := Show(drawing{err: errors.New("no ink")}, ""); err == nil || err.Error() != "no ink" {
		t.Errorf("error %v", err)
	}
}

// checkImage looks for the one image of an HTML text.
func checkImage(t *testing.T, got, mime, data string) {
	t.Helper()
	m := source.FindStringSubmatch(got)
	if m == nil || m[1] != mime {
		t.Fatalf("no %s in %.200s", mime, got)
	}
	if b, err := base64.StdEncoding.DecodeString(m[2]); err != nil || string(b) != data {
		t.Errorf("the data is %.20q, want %.20q (%v)", b, data, err)
	}
}

// wellFormed parses HTML that is also XML but for void elements.
func wellFormed(t *testing.T, s string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader("<x>" + s + "</x>"))
	d.AutoClose, d.Strict = []string{"img", "input"}, false
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Errorf("%v in %.300s", err, s)
			return
		}
	}
}

func TestShowFile(t *testing.T) {
	dir := t.TempDir()
	for name, fails := range map[string]bool{"a.svg": false, "b.png": false, "c.gif": true, "missing.svg": true} {
		path := filepath.Join(dir, name)
		if name != "missing.svg" {
			if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		err := ShowFile(path, "")
		if (err != nil) != fails {
			t.Errorf("%s: error %v", name, err)
		}
		if err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
}

// TestShowLargeFile: of a large drawing the smaller form is shown, as wide as the drawing says.
func TestShowLargeFile(t *testing.T) {
	large := `<?xml version="1.0"?>` + "\n" + `<svg width="72.00pt" height="36pt">` + strings.Repeat("x", largeSVG) + "</svg>"
	for name, c := range map[string]struct{ svg, png, mime string }{
		"small": {"<svg/>", "p", "image/svg+xml"}, "large": {large, "p", "image/png"}, "larger pixels": {large, large + "p", "image/svg+xml"}, "alone": {large, "", "image/svg+xml"},
	} {
		path := filepath.Join(t.TempDir(), "a.svg")
		for file, content := range map[string]string{path: c.svg, strings.TrimSuffix(path, "svg") + "png": c.png} {
			if content == "" {
				continue
			}
			if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := fileHTML(path, "")
		if err != nil {
			t.Fatal(err)
		}
		data := c.svg
		if c.mime == "image/png" {
			data = c.png
			if !strings.Contains(got, ` width="96"`) {
				t.Errorf("%s: not as wide as the drawing: %.200s", name, got)
			}
		}
		checkImage(t, got, c.mime, data)
	}
}

func TestTable(t *testing.T) {
	got, err := tableHTML([]string{"method", "W₂²", "n"}, [][]string{{"condot <a>", "1.2 ± 0.1", ""}, {"icnn", "3e-4", "50"}})
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, got)
	for _, want := range []string{
		`<th style="text-align:left">method</th>`, `<th style="text-align:right">W₂²</th>`, `<td style="text-align:left">condot &lt;a&gt;</td>`,
		`<td style="text-align:right">1.2 ± 0.1</td>`, `<td style="text-align:right">50</td>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if err := Table([]string{"a"}, [][]string{{"1"}, {"1", "2"}}); err == nil || !strings.Contains(err.Error(), "row 2 has 2 cells") {
		t.Errorf("error %v", err)
	}
}

// TestWarnings: a few are shown, many folded up.
func TestWarnings(t *testing.T) {
	for n, folded := range map[int]bool{1: false, fewWarnings: false, fewWarnings + 1: true} {
		got := warningsHTML(slices.Repeat([]string{"a < b"}, n))
		wellFormed(t, got)
		if strings.Count(got, "<li>a &lt; b</li>") != n || strings.Contains(got, "<summary>") != folded {
			t.Errorf("%d warnings are shown as %s", n, got)
		}
	}
}

func TestTableFile(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ content, want string }{
		"good.csv":  {"a,b\n1,\"x, y\"\n", ""},
		"empty.csv": {"", "no header"},
		"bad.csv":   {"a,b\n1\n", "line 2"},
		"quote.csv": {"a\n\"x\n", "quote.csv"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.content), 0o644); err != nil {
			t.Fatal(err)
		}
		err := TableFile(path)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	if err := TableFile(filepath.Join(dir, "missing.csv")); err == nil {
		t.Error("a missing file is no error")
	}
}

func TestBarHTML(t *testing.T) {
	for _, c := range []struct {
		done, total int
		elapsed     time.Duration
		want, not   string
	}{
		{0, 10, 0, "width:0.0%", "left"},
		{5, 20, 12 * time.Second, "25 %", ""},
		{5, 20, 12 * time.Second, "12s, 36s left", ""},
		{20, 20, 90 * time.Second, "1m30s", "left"},
		{25, 20, time.Second, "width:100.0%", "125"},
		{3, 0, 2 * time.Second, "2s", "%"},
		{1, 3, time.Second, "loss &lt;1&gt;", ""},
	} {
		got := barHTML("fit", c.done, c.total, "loss <1>", c.elapsed)
		wellFormed(t, got)
		if !strings.Contains(got, c.want) || c.not != "" && strings.Contains(strings.ReplaceAll(got, "100%;", ""), c.not) {
			t.Errorf("%d of %d after %v: want %q and not %q in %s", c.done, c.total, c.elapsed, c.want, c.not, got)
		}
	}
}

func TestFramesHTML(t *testing.T) {
	figure := func(i int) (Figure, error) {
		if i == 3 {
			return nil, errors.New("no such dose")
		}
		return drawing{svg: strings.Repeat("<svg/>", i+1)}, nil
	}
	got, err := framesHTML("id1", "dose", []string{"1", "10", "100"}, 1, figure)
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, regexp.MustCompile(`(?s)<script>.*</script>`).ReplaceAllString(got, ""))
	if n := len(source.FindAllString(got, -1)); n != 3 {
		t.Errorf("%d pictures", n)
	}
	if !strings.Contains(got, `data-value="10" style="display:block"`) || strings.Count(got, "display:block\"") != 1 {
		t.Errorf("the start figure is not the one that shows: %.400s", got)
	}
	if !strings.Contains(got, `max="2" value="1"`) || !strings.Contains(got, `getElementById("id1")`) {
		t.Errorf("slider wrong: %.400s", got)
	}
	for name, err := range map[string]error{
		"starts outside":  Frames("dose", []string{"1"}, 1, figure),
		"no values":       Frames("dose", nil, 0, figure),
		"no such dose":    Frames("dose", []string{"1", "2", "3", "4"}, 0, figure),
		"slider outside":  Slider("dose", []string{"1", "2"}, 2, figure),
		"slider of none":  Slider("dose", nil, 0, figure),
		"slider's figure": Slider("dose", []string{"1", "2", "3", "4"}, 1, figure),
	} {
		if err == nil || !strings.Contains(err.Error(), `"dose"`) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	// Where nobody can answer, a live slider returns.
	if err := Slider("dose", []string{"1", "2", "3"}, 1, figure); err != nil {
		t.Error(err)
	}
}

// TestSpread: the values that are drawn beforehand are few, in order, and hold the ends and the start.
func TestSpread(t *testing.T) {
	for n := 1; n <= 40; n++ {
		for start := range n {
			chosen, at := spread(n, start)
			if len(chosen) != min(n, mostFrames) || chosen[0] != 0 || chosen[len(chosen)-1] != n-1 || chosen[at] != start {
				t.Fatalf("of %d from %d: %v, start at %d", n, start, chosen, at)
			}
			for k := 1; k < len(chosen); k++ {
				if chosen[k] <= chosen[k-1] {
					t.Fatalf("of %d from %d: %v", n, start, chosen)
				}
			}
		}
	}
	if chosen, _ := spread(11, 4); !slices.Equal(chosen, []int{0, 2, 4, 6, 8, 10}) {
		t.Errorf("not even: %v", chosen)
	}
}

func TestCheck(t *testing.T) {
	defer func() {
		if r := recover(); r == nil || r.(error).Error() != "bad" {
			t.Errorf("panic %v", r)
		}
	}()
	if Must(3, nil) != 3 {
		t.Error("Must changes its value")
	}
	Check(errors.New("bad"))
}

func TestQuick(t *testing.T) {
	for value, want := range map[string]bool{"": false, "1": true} {
		t.Setenv("GOMONGE_QUICK", value)
		if Quick() != want {
			t.Errorf("GOMONGE_QUICK=%q: %t", value, Quick())
		}
		got := took(64.2, 30*time.Second, "XLA on cpu")
		if strings.Contains(got, "full run") == want || !strings.Contains(got, " 1m5s (30 seconds of processor time) on ") || !strings.HasSuffix(got, ", XLA on cpu.*") {
			t.Errorf("GOMONGE_QUICK=%q: %s", value, got)
		}
	}
}

// TestNotebookIsClean: the notebook that make test runs is committed without outputs.
func TestNotebookIsClean(t *testing.T) {
	b, err := os.ReadFile("testdata/show.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte(`"output_type"`)) {
		t.Error("testdata/show.ipynb holds outputs")
	}
}

func TestNumericCells(t *testing.T) {
	for cell, want := range map[string]bool{"": true, "n/a": true, "NaN": true, "1.2e-3 ± 4e-4": true, "1.2 (0.9, 1.5)": true, "1.1 to 1.3": true, "over 10000": true, "to": false, "mean": false, "n": false} {
		if numeric(cell) != want {
			t.Errorf("numeric(%q) is %v", cell, !want)
		}
	}
}

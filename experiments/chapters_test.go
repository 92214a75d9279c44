package experiments

import (
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestChapters runs two chapters and looks at the page: it has their tables, their figures whole, and nothing from elsewhere.
func TestChapters(t *testing.T) {
	r, err := Chapters(context.Background(), ChaptersOptions{Only: []string{"initialisation", "compare"}, Quick: true, Backend: "go", Checkpoint: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := r.Write(dir); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	if n := strings.Count(text, "<table"); n != len(r.Sheets) || n < 3 {
		t.Errorf("the page has %d tables, the result %d", n, len(r.Sheets))
	}
	if !strings.Contains(text, "<code>gomonge compare --quick</code>") {
		t.Error("the page does not say how it was made")
	}
	images := regexp.MustCompile(`src="data:image/(svg\+xml|png);base64,([^"]*)"`).FindAllStringSubmatch(text, -1)
	if len(images) != len(r.Drawings) || len(images) < 5 {
		t.Errorf("the page has %d figures, the result %d", len(images), len(r.Drawings))
	}
	for _, image := range images {
		data, err := base64.StdEncoding.DecodeString(image[2])
		if start := map[string]string{"svg+xml": "<svg", "png": "PNG"}[image[1]]; err != nil || !strings.Contains(string(data[:min(300, len(data))]), start) {
			t.Errorf("a figure that is no %s: %v", image[1], err)
		}
	}
	if regexp.MustCompile(`(src|href)="(https?:|/)`).MatchString(text) {
		t.Error("the page points to other files")
	}
	if _, err := os.Stat(filepath.Join(dir, "figures", "compare-dose-errors.svg")); err != nil {
		t.Error(err)
	}
	if _, err := Chapters(context.Background(), ChaptersOptions{Only: []string{"dosages"}}); err == nil || !strings.Contains(err.Error(), "dosage") {
		t.Errorf("an unknown chapter: %v", err)
	}
}

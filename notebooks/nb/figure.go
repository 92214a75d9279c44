package nb

import (
	"encoding/base64"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"gonum.org/v1/plot/vg"
)

// Figure is what can be shown; package plots makes them.
type Figure interface {
	Size() (width, height vg.Length)
	SVG() ([]byte, error)
	PNG(dpi int) ([]byte, error)
}

// Show shows a figure; alt says in words what it shows, for those who cannot see it. A drawing that takes
// more room than its pixels, at twice a screen's density, is shown as pixels, so that the notebook stays small.
func Show(f Figure, alt string) error {
	img, err := figureHTML(f, alt)
	if err != nil {
		return err
	}
	gonbui.DisplayHTML(img)
	return nil
}

// ShowFile shows a figure from its file, .svg or .png. Of a large .svg the .png of the same name beside it
// is shown if there is one that is smaller.
func ShowFile(path, alt string) error {
	img, err := fileHTML(path, alt)
	if err != nil {
		return err
	}
	gonbui.DisplayHTML(img)
	return nil
}

// largeSVG is from where on a drawing's pixels may be smaller.
const largeSVG = 60_000

func figureHTML(f Figure, alt string) (string, error) {
	width, _ := f.Size()
	svg, err := f.SVG()
	if err != nil {
		return "", err
	}
	if len(svg) > largeSVG {
		png, err := f.PNG(192)
		if err != nil {
			return "", err
		}
		if len(png) < len(svg) {
			return imgHTML("image/png", png, alt, width), nil
		}
	}
	return imgHTML("image/svg+xml", svg, alt, width), nil
}

func fileHTML(path, alt string) (string, error) {
	ext := filepath.Ext(path)
	mime, ok := map[string]string{".svg": "image/svg+xml", ".png": "image/png"}[strings.ToLower(ext)]
	if !ok {
		return "", fmt.Errorf("%s: not a .svg or .png file", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if len(b) > largeSVG && mime != "image/png" {
		beside := strings.TrimSuffix(path, ext) + ".png"
		if png, err := os.ReadFile(beside); err == nil && len(png) < len(b) {
			return imgHTML("image/png", png, alt, svgWidth(b)), nil
		}
	}
	return imgHTML(mime, b, alt, 0), nil
}

// svgRoot is the beginning of a drawing that says how wide it is on paper.
var svgRoot = regexp.MustCompile(`<svg width="([0-9.]+)pt"`)

// svgWidth is the width of a drawing on paper; 0 where it does not say.
func svgWidth(svg []byte) vg.Length {
	m := svgRoot.FindSubmatch(svg[:min(len(svg), 1000)])
	if m == nil {
		return 0
	}
	width, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		return 0
	}
	return vg.Points(width)
}

// imgHTML is an image of the given width on paper, or of its own where that is 0, never wider than the page.
func imgHTML(mime string, b []byte, alt string, width vg.Length) string {
	size := ""
	if width > 0 {
		size = fmt.Sprintf(` width="%.0f"`, width.Points()*96/72)
	}
	return fmt.Sprintf(`<img alt="%s"%s style="max-width:100%%;background:#fff" src="data:%s;base64,%s">`,
		html.EscapeString(alt), size, mime, base64.StdEncoding.EncodeToString(b))
}

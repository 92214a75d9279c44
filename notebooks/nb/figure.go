package nb

import (
	"encoding/base64"
	"fmt"
	"html"
	"os"
	"path/filepath"
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

// Show shows a figure; alt says in words what it shows, for those who cannot see it. A drawing of many
// points is shown as pixels, at twice a screen's density, so that the notebook stays small.
func Show(f Figure, alt string) error {
	img, err := figureHTML(f, alt)
	if err != nil {
		return err
	}
	gonbui.DisplayHTML(img)
	return nil
}

// ShowFile shows a figure from its file, .svg or .png.
func ShowFile(path, alt string) error {
	mime, ok := map[string]string{".svg": "image/svg+xml", ".png": "image/png"}[strings.ToLower(filepath.Ext(path))]
	if !ok {
		return fmt.Errorf("%s: not a .svg or .png file", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	gonbui.DisplayHTML(imgHTML(mime, b, alt, 0))
	return nil
}

// largeSVG is where a drawing takes more room than its pixels.
const largeSVG = 150_000

func figureHTML(f Figure, alt string) (string, error) {
	width, _ := f.Size()
	b, err := f.SVG()
	if err != nil {
		return "", err
	}
	if len(b) <= largeSVG {
		return imgHTML("image/svg+xml", b, alt, width), nil
	}
	if b, err = f.PNG(192); err != nil {
		return "", err
	}
	return imgHTML("image/png", b, alt, width), nil
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

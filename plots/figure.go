package plots

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/gomonge/gomonge/internal/atomicfile"
)

// Figure is a drawing of a fixed size.
type Figure struct {
	width, height vg.Length
	draw          func(draw.Canvas)
}

// Size is the figure's extent on paper.
func (f *Figure) Size() (width, height vg.Length) { return f.width, f.height }

// SVG renders the figure as an SVG document. Letters stay letters: the fonts named are those of the
// machine that shows it.
func (f *Figure) SVG() ([]byte, error) {
	var b bytes.Buffer
	err := f.render(func() error {
		c := vgsvg.New(f.width, f.height)
		f.draw(draw.New(c))
		_, err := c.WriteTo(&b)
		return err
	})
	if err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans"),
		[]byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif")), nil
}

// PNG renders the figure as a PNG image with dpi pixels an inch.
func (f *Figure) PNG(dpi int) ([]byte, error) {
	if dpi < 1 {
		return nil, fmt.Errorf("drawing a figure: %d pixels an inch; 96 is a screen's, 192 a fine one's", dpi)
	}
	var b bytes.Buffer
	err := f.render(func() error {
		c := vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(dpi))
		f.draw(draw.New(c))
		_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(&b)
		return err
	})
	return b.Bytes(), err
}

// Write renders the figure into the file at path, by its extension .svg or .png (at 192 pixels an
// inch). The file is whole or is not there.
func (f *Figure) Write(path string) error {
	var b []byte
	var err error
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".svg":
		b, err = f.SVG()
	case ".png":
		b, err = f.PNG(192)
	default:
		return fmt.Errorf("%s: a figure is written as .svg or .png, not as %q", path, ext)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// render runs f and turns gonum/plot's panics into errors.
func (f *Figure) render(run func() error) (err error) {
	if f == nil || f.draw == nil {
		return errors.New("drawing a figure: an empty Figure; the functions of package plots make them")
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("drawing a figure: %v", r)
		}
	}()
	return run()
}

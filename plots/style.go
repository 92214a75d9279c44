package plots

import (
	"hash/fnv"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Style is how one name looks in every figure.
type Style struct {
	Color  color.NRGBA
	Dashes []vg.Length      // of its line; nil is solid
	Glyph  draw.GlyphDrawer // its marker
}

// Okabe and Ito's colours without the yellow, which is too light for a line on white, three
// of Tol's muted scheme and an indigo.
var (
	blue       = rgb(0x0072b2)
	vermillion = rgb(0xd55e00)
	orange     = rgb(0xe69f00)
	green      = rgb(0x009e73)
	purple     = rgb(0xcc79a7)
	sky        = rgb(0x56b4e9)
	wine       = rgb(0x882255)
	teal       = rgb(0x44aa99)
	olive      = rgb(0x8a8a2a)
	indigo     = rgb(0x5b46b2)
	grey       = rgb(0x8c8c8c)
	ink        = rgb(0x222222)
)

var (
	solid   []vg.Length
	dashed  = []vg.Length{vg.Points(5), vg.Points(2.5)}
	dotted  = []vg.Length{vg.Points(1.2), vg.Points(2.2)}
	dashDot = []vg.Length{vg.Points(6), vg.Points(2), vg.Points(1.2), vg.Points(2)}
)

// styles holds the families of names; what follows a family's name, as in condot-gaussian, varies it.
var styles = map[string]Style{
	"condot":   {blue, solid, draw.CircleGlyph{}},
	"ncmt":     {vermillion, solid, draw.PyramidGlyph{}},
	"icnn":     {orange, dashed, draw.BoxGlyph{}},
	"affine":   {green, dashDot, diamond{}},
	"mean":     {purple, dotted, draw.PlusGlyph{}},
	"nearest":  {indigo, dashed, draw.CrossGlyph{}},
	"additive": {wine, dashDot, draw.TriangleGlyph{}},
	"cpa":      {olive, dashed, draw.SquareGlyph{}},
	"ridge":    {teal, dashDot, draw.CrossGlyph{}},
	"identity": {grey, dotted, draw.RingGlyph{}},

	"source":      {sky, solid, draw.CircleGlyph{}},
	"target":      {ink, solid, draw.CircleGlyph{}},
	"transported": {vermillion, solid, draw.CircleGlyph{}},
	"truth":       {ink, dashed, diamond{}},
	"observed":    {ink, dotted, draw.CrossGlyph{}},

	"known":       {sky, solid, draw.CircleGlyph{}},
	"unknown":     {vermillion, solid, draw.PyramidGlyph{}},
	"combination": {ink, solid, draw.SquareGlyph{}},

	// estimators of sensitivity indices; neural is by NCTM
	"exact":    {blue, solid, draw.CircleGlyph{}},
	"sinkhorn": {sky, dashed, draw.CrossGlyph{}},
	"gaussian": {green, dashDot, draw.BoxGlyph{}},
	"neural":   {vermillion, solid, draw.PyramidGlyph{}},
	"sobol":    {purple, dotted, draw.PlusGlyph{}},
	"closed":   {ink, dashed, diamond{}}, // form

	"loss":       {blue, solid, draw.CircleGlyph{}},
	"validation": {orange, dashed, draw.BoxGlyph{}},
}

// reserve is for names that are not in styles: a name always gets the same one.
var reserve = []Style{
	{olive, dashed, draw.SquareGlyph{}},
	{wine, dotted, draw.CrossGlyph{}},
	{purple, dashDot, draw.TriangleGlyph{}},
	{green, dotted, draw.RingGlyph{}},
	{orange, dashDot, diamond{}},
}

// variants are what may follow a family's name. 0 is the family's own look.
var variants = map[string]int{
	"": 0, "identity": 0, "pooled": 0, "ot": 0, "form": 0, "first-order": 0, // ICNN OT is icnn
	"gaussian": 1, "per-condition": 1, "refined": 1, "moa": 1, "deep-set": 1,
	"interpolated": 2, "projected": 2, "onehot": 2, "multi-hot": 2, "total": 2,
	"vanilla": 3,
}

// StyleOf returns the look of a method (condot, icnn-pooled), of source, target, transported, truth,
// loss and validation, of known and unknown perturbations and combinations, or of an estimator of sensitivity indices. Case, spaces and brackets do not matter: "CondOT (Gaussian)" is condot-gaussian.
// Any other name has a look of its own too, always the same.
func StyleOf(name string) Style {
	key := styleKey(name)
	family, variant, _ := strings.Cut(key, "-")
	style, known := styles[family]
	if !known {
		return reserve[hash(key)%uint32(len(reserve))]
	}
	k, known := variants[variant]
	if !known {
		k = int(1 + hash(variant)%2)
	}
	switch k {
	case 1:
		style.Color, style.Dashes, style.Glyph = mix(style.Color, 0xff, 0.4), dashed, hollow(style.Glyph)
	case 2:
		style.Color, style.Dashes = mix(style.Color, 0, 0.45), dotted
	case 3:
		style.Color, style.Dashes = mix(style.Color, 0, 0.45), dashDot // apart from what is observed, which is dotted
	}
	return style
}

// stylesOf returns the looks of the names of one figure: that of StyleOf, or, for a name without a look of
// its own that would look like an earlier one, another of the reserve while there is one.
func stylesOf(names []string) []Style {
	list := make([]Style, len(names))
	for i, name := range names {
		list[i] = StyleOf(name)
		if first := slices.Index(names, name); first < i {
			list[i] = list[first]
			continue
		}
		family, _, _ := strings.Cut(styleKey(name), "-")
		if _, known := styles[family]; known {
			continue
		}
		for _, other := range append([]Style{list[i]}, reserve...) {
			if !slices.ContainsFunc(list[:i], func(s Style) bool { return s.Color == other.Color && s.Glyph == other.Glyph }) {
				list[i] = other
				break
			}
		}
	}
	return list
}

// styleKey is a name in lower case with hyphens for all that is neither letter nor digit; NCTM, as texts have it, is ncmt.
func styleKey(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9')
	})
	if len(words) > 0 && words[0] == "nctm" {
		words[0] = "ncmt"
	}
	return strings.Join(words, "-")
}

func hash(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()
}

func hollow(g draw.GlyphDrawer) draw.GlyphDrawer {
	switch g.(type) {
	case draw.CircleGlyph:
		return draw.RingGlyph{}
	case draw.BoxGlyph:
		return draw.SquareGlyph{}
	case draw.PyramidGlyph:
		return draw.TriangleGlyph{}
	}
	return draw.CrossGlyph{}
}

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

// mix moves c towards a grey level by the share w.
func mix(c color.NRGBA, level uint8, w float64) color.NRGBA {
	m := func(a uint8) uint8 { return uint8(math.Round((1-w)*float64(a) + w*float64(level))) }
	return color.NRGBA{R: m(c.R), G: m(c.G), B: m(c.B), A: c.A}
}

func fade(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}

// diamond is a filled square on its corner.
type diamond struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (diamond) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, pt vg.Point) {
	r := sty.Radius * 1.2
	var p vg.Path
	p.Move(vg.Point{X: pt.X, Y: pt.Y + r})
	p.Line(vg.Point{X: pt.X + r, Y: pt.Y})
	p.Line(vg.Point{X: pt.X, Y: pt.Y - r})
	p.Line(vg.Point{X: pt.X - r, Y: pt.Y})
	p.Close()
	c.SetColor(sty.Color)
	c.Fill(p)
}

package experiments

import (
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
)

const pageStyle = `body{font-family:sans-serif;max-width:75em;margin:2em auto;padding:0 1em;color:#222;line-height:1.4}
table{border-collapse:collapse;margin:1.2em 0 .4em}th{border-bottom:1px solid #888}td,th{padding:2px 10px}
figure{margin:1.5em 0}img{max-width:100%}figcaption,.note{font-size:smaller;color:#444}nav a{margin-right:1em}`

// writeHTML writes the chapters as one page that needs no other file and no network.
func (r *Result) writeHTML(w io.Writer) error {
	p := &page{w: w}
	p.f(`<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>gomonge %s</title><style>%s</style></head><body>`, html.EscapeString(r.Experiment), pageStyle)
	p.f(`<h1>Conditional optimal transport: every experiment</h1><p>%.0f seconds in all; %s; %s</p><nav>`, r.Seconds, html.EscapeString(r.Engine), html.EscapeString(versions()))
	for i, c := range r.Chapters {
		p.f(`<a href="#chapter%d">%s</a>`, i, html.EscapeString(c.Experiment))
	}
	p.f(`</nav>`)
	for i, c := range r.Chapters {
		p.f(`<h2 id="chapter%d">%s</h2><p>Made by <code>%s</code> in %.0f seconds.</p>`, i, html.EscapeString(c.Experiment), html.EscapeString(c.Command), c.Seconds)
		p.list("", c.Notes)
		for _, s := range c.Sheets {
			p.f("%s", s.HTML())
		}
		for _, d := range c.Drawings {
			p.drawing(d)
		}
		p.list("Warnings", c.Warnings)
	}
	p.f("</body></html>\n")
	return p.err
}

// page keeps the first error of writing.
type page struct {
	w   io.Writer
	err error
}

func (p *page) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *page) list(title string, texts []string) {
	if len(texts) == 0 {
		return
	}
	if title != "" {
		p.f("<h3>%s</h3>", title)
	}
	p.f(`<ul class="note">`)
	for _, t := range texts {
		p.f("<li>%s</li>", html.EscapeString(t))
	}
	p.f("</ul>")
}

// heavy is the size in bytes of a figure that is embedded as pixels rather than as SVG: one of many points.
const heavy = 300_000

// drawing embeds a figure inside an image.
func (p *page) drawing(d Drawing) {
	kind := "svg+xml"
	data, err := d.Figure.SVG()
	if err == nil && len(data) > heavy {
		kind = "png"
		data, err = d.Figure.PNG(192)
	}
	if err != nil {
		p.err = err
		return
	}
	caption := html.EscapeString(d.Caption)
	width, _ := d.Figure.Size()
	p.f(`<figure><img width="%.0f" alt="%s" src="data:image/%s;base64,%s"><figcaption>%s</figcaption></figure>`, width.Points()*4/3, caption, kind, base64.StdEncoding.EncodeToString(data), caption)
}

// versions of the program, of Go, and of the libraries that numbers depend on.
func versions() string {
	parts := []string{runtime.Version()}
	if about, ok := debug.ReadBuildInfo(); ok {
		for _, m := range about.Deps {
			switch m.Path {
			case "github.com/gomlx/gomlx", "github.com/gomlx/compute", "github.com/gomlx/go-xla", "gonum.org/v1/gonum":
				parts = append(parts, m.Path[strings.LastIndex(m.Path, "/")+1:]+" "+m.Version)
			}
		}
	}
	return strings.Join(parts, ", ")
}

package nb

import (
	"fmt"
	"html"
	"os"
	"strings"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/comms"
	"github.com/janpfeifer/gonb/gonbui/dom"
	"github.com/janpfeifer/gonb/gonbui/protocol"
	"github.com/janpfeifer/gonb/gonbui/widgets"
)

// Frames shows figures drawn beforehand, one for each value, behind a slider. It needs no kernel: it
// works in exported HTML, and in JupyterLab in a notebook that is trusted ("jupyter trust FILE"); in
// one that is not, the start figure shows.
func Frames(label string, values []string, start int, figure func(i int) (Figure, error)) error {
	f, err := framesHTML("frames_"+gonbui.UniqueId(), label, values, start, figure)
	if err != nil {
		return err
	}
	gonbui.DisplayHTML(f)
	return nil
}

// framesScript shows the frame that the slider points at.
const framesScript = `<script>(()=>{const r=document.getElementById(%q),f=r.querySelectorAll(".frame"),o=r.querySelector("output");` +
	`r.querySelector("input").addEventListener("input",e=>{f.forEach((d,i)=>d.style.display=i==e.target.value?"block":"none");` +
	`o.textContent=f[e.target.value].dataset.value;});})();</script>`

// sliderStyle makes the steps of a slider wide enough to be hit.
const sliderStyle = "vertical-align:middle;width:240px"

func framesHTML(id, label string, values []string, start int, figure func(i int) (Figure, error)) (string, error) {
	if start < 0 || start >= len(values) {
		return "", fmt.Errorf("slider %q: starts at value %d of %d", label, start, len(values))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<div id="%s"><label>%s <input type="range" min="0" max="%d" value="%d" step="1" style="%s"> <output>%s</output></label>`,
		id, html.EscapeString(label), len(values)-1, start, sliderStyle, html.EscapeString(values[start]))
	for i, v := range values {
		img, err := drawn(i, label+" "+v, figure)
		if err != nil {
			return "", fmt.Errorf("slider %q at %s: %w", label, v, err)
		}
		display := "none"
		if i == start {
			display = "block"
		}
		fmt.Fprintf(&b, `<div class="frame" data-value="%s" style="display:%s">%s</div>`, html.EscapeString(v), display, img)
	}
	fmt.Fprintf(&b, "</div>"+framesScript, id)
	return b.String(), nil
}

func drawn(i int, alt string, figure func(int) (Figure, error)) (string, error) {
	f, err := figure(i)
	if err != nil {
		return "", err
	}
	return figureHTML(f, alt)
}

// Slider shows a slider over values and draws the figure of the one that it points at, until its Stop button
// is clicked or the cell interrupted; the last figure stays. It talks to the browser through Jupyter's
// server by plain http, so it works in JupyterLab on this machine and not on a hub. Where nobody can
// answer, as under nbconvert, it shows a few of the values as [Frames] and returns.
func Slider(label string, values []string, start int, figure func(i int) (Figure, error)) error {
	if start < 0 || start >= len(values) {
		return fmt.Errorf("slider %q: starts at value %d of %d", label, start, len(values))
	}
	// The kernel's id is what the browser needs to reach this cell. Tools that execute notebooks give
	// none, and trying would leave a script in the notebook that they save.
	if !gonbui.IsNotebook || os.Getenv(protocol.GONB_JUPYTER_KERNEL_ID_ENV) == "" {
		return some(label, values, start, figure)
	}
	draw := func(i int) (string, error) {
		img, err := drawn(i, label+" "+values[i], figure)
		return "<div>" + html.EscapeString(label+" "+values[i]) + "</div>" + img, err
	}
	first, err := draw(start)
	if err != nil {
		return fmt.Errorf("slider %q at %s: %w", label, values[start], err)
	}
	l := startLive(label, len(values), start)
	if l == nil {
		return some(label, values, start, figure)
	}
	gonbui.DisplayHTML(l.follow(first, draw))
	return nil
}

// mostFrames is how many values are drawn beforehand where a slider is not live: each takes room in the notebook.
const mostFrames = 6

// some shows a few of a slider's values as frames, its start and the ends among them.
func some(label string, values []string, start int, figure func(i int) (Figure, error)) error {
	chosen, at := spread(len(values), start)
	few := make([]string, len(chosen))
	for k, i := range chosen {
		few[k] = values[i]
	}
	return Frames(label, few, at, func(k int) (Figure, error) { return figure(chosen[k]) })
}

// spread chooses mostFrames of n values or all of fewer, as evenly as the start, chosen[at], lets it.
func spread(n, start int) (chosen []int, at int) {
	k := min(n, mostFrames)
	for j := range k {
		i := 0
		if k > 1 {
			i = (2*j*(n-1) + k - 1) / (2 * (k - 1))
		}
		chosen = append(chosen, i)
		if abs(i-start) < abs(chosen[at]-start) {
			at = j
		}
	}
	if k > 2 && (at == 0 || at == k-1) && chosen[at] != start { // the ends stay
		at = min(max(at, 1), k-2)
	}
	chosen[at] = start
	return chosen, at
}

func abs(i int) int { return max(i, -i) }

// live is a slider and a button in the browser.
type live struct {
	root  string // the DOM element that holds them and the figure
	moves *comms.AddressChan[int]
	stop  *comms.AddressChan[int]
}

// A browser is asked tries times, and has answerTime to answer: on a busy machine the link that GoNB makes between it and
// the kernel breaks before it stands, and is only made anew when the cell wants something of it once more.
const (
	tries      = 3
	answerTime = 6 * time.Second
)

// startLive makes the widgets; nil where no browser answers.
func startLive(label string, n, start int) *live {
	for range tries {
		if l := tryLive(label, n, start); l != nil {
			return l
		}
	}
	return nil
}

func tryLive(label string, n, start int) *live {
	l := &live{root: dom.CreateTransientDiv()}
	ready := make(chan struct{})
	go func() {
		dom.Append(l.root, fmt.Sprintf(`<style>[id="%s"] input{%s}</style>%s `, l.root, sliderStyle, html.EscapeString(label)))
		l.moves = widgets.Slider(0, n-1, start).AppendTo(l.root).Done().Listen().LatestOnly()
		l.stop = widgets.Button("Stop").AppendTo(l.root).Done().Listen()
		close(ready)
	}()
	select {
	case <-ready:
		return l
	case <-time.After(answerTime):
		dom.Remove(l.root)
		return nil
	}
}

// follow draws until Stop, takes the widgets away and returns the last picture.
func (l *live) follow(picture string, draw func(int) (string, error)) string {
	defer l.moves.Close()
	defer l.stop.Close()
	out := "out_" + gonbui.UniqueId()
	dom.Append(l.root, fmt.Sprintf(`<div id=%q></div>`, out))
	dom.SetInnerHtml(out, picture)
	for {
		select {
		case v := <-l.moves.C:
			next, err := draw(v)
			if err != nil {
				next = "<pre>" + html.EscapeString(err.Error()) + "</pre>"
			}
			picture = next
			dom.SetInnerHtml(out, picture)
		case <-l.stop.C:
			dom.Remove(l.root)
			return picture
		}
	}
}

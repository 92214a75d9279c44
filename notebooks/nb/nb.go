// Package nb shows figures, tables, progress and sliders in a Jupyter notebook whose kernel is GoNB.
//
// Every output is HTML that looks the same while the notebook runs, after nbconvert or any other tool
// executed it, in a notebook that Jupyter does not trust, and in exported HTML. In particular figures
// go inside <img> elements: an inline <svg> loses its lines in a notebook that is not trusted, which
// each one is that a tool executed. Outside a notebook nothing is shown, and figures are still
// rendered, so that what cannot be drawn is an error there too.
//
// The first cell of a notebook in the folder notebooks/ binds the kernel to the module around it (a
// kernel starts in the notebook's folder), and makes each cell link in half the time:
//
//	!*rm -f go.work && go work init . "$GONB_DIR/.."
//	%noautoget
//	%goflags -ldflags=-s
//
// Cells are separate programs: declarations carry over from cell to cell, values do not. What a later
// cell needs goes into a file under build/. A cell that shows something starts with
//
//	defer nb.Sync()
//
// and fails by a panic, which is what [Must] and [Check] make of an error.
package nb

import (
	"os"

	"github.com/janpfeifer/gonb/gonbui"
)

// Sync waits until all that was shown has reached the notebook; without it a cell that ends may lose
// its last outputs.
func Sync() { gonbui.Sync() }

// Quick tells whether $GOMONGE_QUICK is set: the notebook is then run as a
// check, and experiments should take their small form.
func Quick() bool { return os.Getenv("GOMONGE_QUICK") != "" }

// Must returns v, and panics where err is not nil: a notebook's cell then fails.
func Must[T any](v T, err error) T {
	Check(err)
	return v
}

// Check panics where err is not nil: a notebook's cell then fails.
func Check(err error) {
	if err != nil {
		panic(err)
	}
}

// HTML shows HTML, such as that of an experiment's table.
func HTML(text string) { gonbui.DisplayHTML(text) }

// Markdown shows text in Markdown, with mathematics between dollar signs.
func Markdown(text string) { gonbui.DisplayMarkdown(text) }

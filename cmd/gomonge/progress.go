package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/gomonge/gomonge/internal/train"
	"github.com/schollz/progressbar/v3"
)

// meter shows how training goes on the standard error: a bar where that is a
// terminal, else a line now and then.
type meter struct {
	out      io.Writer
	name     string
	terminal bool
	last     time.Time
	bar      *progressbar.ProgressBar
	steps    int // of the bar
}

// plainEvery is the time between lines where there is no terminal; the first comes at once.
const plainEvery = 10 * time.Second

// meter for training name; nothing is shown with --quiet but what the user should know.
func (a *app) meter(name string) *meter {
	m := &meter{out: a.stderr, name: name, terminal: isTerminal(a.stderr)}
	if a.quiet {
		m.out = nil
	}
	return m
}

// isTerminal says whether w is a terminal (or another character device).
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// show is told about the run a few times a second.
func (m *meter) show(p train.Progress) {
	if m.out == nil {
		return
	}
	if p.Message != "" {
		m.end()
		fmt.Fprintf(m.out, "%s: %s\n", m.name, p.Message)
	}
	switch {
	case p.Steps == 0:
	case m.terminal:
		m.draw(p)
	case time.Since(m.last) >= plainEvery:
		m.last = time.Now()
		fmt.Fprintf(m.out, "%s: step %d of %d, %s\n", m.name, p.Step, p.Steps, state(p))
	}
}

func (m *meter) draw(p train.Progress) {
	if m.bar == nil || m.steps != p.Steps {
		m.steps = p.Steps
		m.bar = newBar(m.out, p.Steps)
	}
	m.bar.Describe(state(p))
	_ = m.bar.Set(p.Step)
}

// count shows done of total things, such as conditions.
func (m *meter) count(done, total int, things string, elapsed time.Duration) {
	left := time.Duration(float64(elapsed) / float64(done) * float64(total-done)).Round(time.Second)
	switch {
	case m.out == nil:
	case m.terminal:
		if m.bar == nil {
			m.bar = newBar(m.out, total)
		}
		m.bar.Describe(fmt.Sprintf("%s, %s left", things, left))
		_ = m.bar.Set(done)
	case time.Since(m.last) >= plainEvery && done < total:
		m.last = time.Now()
		fmt.Fprintf(m.out, "%s: %d of %d %s, %s left\n", m.name, done, total, things, left)
	}
}

func newBar(w io.Writer, total int) *progressbar.ProgressBar {
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionSetWidth(24),
		progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false),
		progressbar.OptionUseANSICodes(true), progressbar.OptionShowDescriptionAtLineEnd())
}

// end leaves the bar as it is and goes to the next line.
func (m *meter) end() {
	if m.out != nil && m.bar != nil {
		fmt.Fprintln(m.out)
		m.bar = nil
	}
}

// state is the rate, the time left and the latest values.
func state(p train.Progress) string {
	parts := []string{fmt.Sprintf("%.3g steps/s", p.PerSecond), p.Left.Round(time.Second).String() + " left"}
	if len(p.Losses) > 0 {
		values := make([]string, len(p.Losses))
		for i, v := range p.Losses {
			values[i] = fmt.Sprintf("%.4g", v)
		}
		parts = append(parts, "loss "+strings.Join(values, " "))
	}
	if !math.IsNaN(p.Validation) {
		parts = append(parts, fmt.Sprintf("validation %.5g", p.Validation))
	}
	return strings.Join(parts, ", ")
}

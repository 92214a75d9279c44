package nb

import (
	"fmt"
	"html"
	"strings"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
)

// Bar is a progress bar in one output that is updated in place. A notebook that a tool executed keeps
// its last state. Several goroutines may use it.
type Bar struct {
	id, label string
	start     time.Time

	mu   sync.Mutex
	last time.Time
}

// NewBar makes a bar; it shows with its first update.
func NewBar(label string) *Bar {
	return &Bar{id: "bar_" + gonbui.UniqueId(), label: label, start: time.Now()}
}

// updateEvery is the least time between two pictures of a bar.
const updateEvery = 200 * time.Millisecond

// Update says that done of total steps are done, or that something is being done where total is 0.
// The note stands beside the bar: a loss, a stage. It costs little: pictures are sent at most five
// times a second, and always that of the last step.
func (b *Bar) Update(done, total int, note string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if now.Sub(b.last) < updateEvery && (total == 0 || done < total) {
		return
	}
	b.last = now
	gonbui.UpdateHTML(b.id, barHTML(b.label, done, total, note, now.Sub(b.start)))
}

// Finish replaces the bar by a line with the note and the time, also where the steps ended early.
func (b *Bar) Finish(note string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = time.Now()
	gonbui.UpdateHTML(b.id, line(b.label, note, "", short(b.last.Sub(b.start))))
}

// barHTML is the bar's picture; time left is by the rate so far.
func barHTML(label string, done, total int, note string, elapsed time.Duration) string {
	if total <= 0 {
		return line(label, note, "", short(elapsed))
	}
	done = max(0, min(done, total))
	percent := 100 * float64(done) / float64(total)
	bar := fmt.Sprintf(`<span style="display:inline-block;width:240px;height:12px;border:1px solid #888;border-radius:6px;overflow:hidden">`+
		`<span style="display:block;height:100%%;width:%.1f%%;background:#0072b2"></span></span><span>%.0f %%</span>`, percent, percent)
	times := short(elapsed)
	if 0 < done && done < total {
		times += ", " + short(time.Duration(float64(elapsed)*float64(total-done)/float64(done))) + " left"
	}
	return line(label, note, bar, times)
}

// line sets the bar between its label and its words.
func line(label, note, bar, times string) string {
	var b strings.Builder
	b.WriteString(`<div style="display:flex;align-items:center;gap:.6em;font-family:monospace;font-size:13px">`)
	for _, text := range []string{html.EscapeString(label), bar, html.EscapeString(note), times} {
		if text != "" {
			b.WriteString("<span style=\"display:flex;align-items:center;gap:.6em\">" + text + "</span>")
		}
	}
	b.WriteString("</div>")
	return b.String()
}

// short is a duration to three digits or so: 0.4s, 12s, 3m20s.
func short(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

package nb

import (
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
)

// Took shows how long a run took, how much processor time the cell has used so far (where the system tells), on how
// many cores of which system, and the engine that computed, if it is given. Where processor time is much
// less than the run's on each core, the machine had other things to do.
func Took(seconds float64, engine string) {
	gonbui.DisplayMarkdown(took(seconds, processorTime(), engine))
}

func took(seconds float64, processor time.Duration, engine string) string {
	length := "The full run took"
	if Quick() {
		length = "This quick run, which only shows that all works, took"
	}
	text := fmt.Sprintf("%s %v", length, time.Duration(math.Ceil(seconds))*time.Second)
	if processor > 0 {
		text += fmt.Sprintf(" (%.0f seconds of processor time)", math.Ceil(processor.Seconds()))
	}
	text += fmt.Sprintf(" on %d cores, %s/%s", runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH)
	if engine != "" {
		text += ", " + engine
	}
	return "*" + text + ".*"
}

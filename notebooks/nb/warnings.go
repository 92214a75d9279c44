package nb

import (
	"fmt"
	"html"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
)

// fewWarnings are shown as they are; more are folded up under their number.
const fewWarnings = 3

// Warnings shows what to keep in mind when reading a result; nothing where there is none.
func Warnings(warnings []string) {
	if len(warnings) > 0 {
		gonbui.DisplayHTML(warningsHTML(warnings))
	}
}

func warningsHTML(warnings []string) string {
	var b strings.Builder
	for _, w := range warnings {
		fmt.Fprintf(&b, "<li>%s</li>", html.EscapeString(w))
	}
	if len(warnings) > fewWarnings {
		return fmt.Sprintf("<details><summary>%d warnings</summary><ul>%s</ul></details>", len(warnings), b.String())
	}
	return "<p>Warnings:</p><ul>" + b.String() + "</ul>"
}

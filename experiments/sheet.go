package experiments

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// Sheet is a table made for reading.
type Sheet struct {
	Title  string
	Header []string
	Rows   [][]string
	// Notes below the table: units, definitions, origins.
	Notes []string
	// Detail is a sheet for those who want more than the others say: pages of HTML and notebooks fold it up, the terminal leaves it to table.md.
	Detail bool
}

// Markdown is the sheet as a GitHub-flavoured Markdown table under a heading.
func (s Sheet) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n", s.Title)
	line := func(cells []string) {
		for _, c := range cells {
			b.WriteString("| " + strings.ReplaceAll(c, "|", "\\|") + " ")
		}
		b.WriteString("|\n")
	}
	line(s.Header)
	rule := make([]string, len(s.Header))
	for j := range rule {
		rule[j] = "---"
		if j > 0 {
			rule[j] = "---:"
		}
	}
	line(rule)
	for _, row := range s.Rows {
		line(row)
	}
	for _, n := range s.Notes {
		fmt.Fprintf(&b, "\n%s\n", n)
	}
	return b.String()
}

// HTML is the sheet as a table under its title with its notes, folded up until the title is clicked where it is a detail.
func (s Sheet) HTML() string {
	title := html.EscapeString(s.Title)
	if s.Detail {
		return fmt.Sprintf("<details><summary>%s</summary>%s</details>", title, s.table(""))
	}
	return s.table(`<caption style="text-align:left;font-weight:bold">` + title + "</caption>")
}

// table is the rows and notes in HTML.
func (s Sheet) table(caption string) string {
	var b strings.Builder
	b.WriteString(`<table style="border-collapse:collapse">` + caption)
	line := func(tag string, cells []string) {
		b.WriteString("<tr>")
		for j, c := range cells {
			align := "right"
			if j == 0 {
				align = "left"
			}
			text := strings.ReplaceAll(html.EscapeString(c), "± ", "±\u00a0") // where it is broken, the line begins with the sign
			fmt.Fprintf(&b, `<%s style="text-align:%s;padding:2px 8px">%s</%s>`, tag, align, text, tag)
		}
		b.WriteString("</tr>")
	}
	line("th", s.Header)
	for _, row := range s.Rows {
		line("td", row)
	}
	b.WriteString("</table>")
	for _, n := range s.Notes {
		fmt.Fprintf(&b, `<p style="font-size:smaller">%s</p>`, html.EscapeString(n))
	}
	return b.String()
}

// missing stands where there is no figure.
const missing = "n/a"

// digits writes a value with three significant digits, and without an exponent where people write none.
func digits(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return missing
	case a == 0:
		return "0"
	case a >= 100 && a < 1e6:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 10 && a < 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case a >= 1 && a < 10:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case a >= 1e-4 && a < 1:
		return strconv.FormatFloat(v, 'f', 2-int(math.Floor(math.Log10(a))), 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// plusMinus writes mean ± sd with as many decimals as the mean has.
func plusMinus(mean, sd float64) string {
	text := digits(mean)
	if math.IsNaN(mean) || math.IsNaN(sd) || strings.ContainsRune(text, 'e') {
		return text
	}
	decimals := 0
	if _, after, found := strings.Cut(text, "."); found {
		decimals = len(after)
	}
	return text + " ± " + strconv.FormatFloat(sd, 'f', decimals, 64)
}

// addNew appends the texts that are not in the list.
func addNew(list []string, texts ...string) []string {
next:
	for _, t := range texts {
		for _, known := range list {
			if t == known {
				continue next
			}
		}
		list = append(list, t)
	}
	return list
}

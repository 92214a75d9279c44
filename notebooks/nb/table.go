package nb

import (
	"encoding/csv"
	"fmt"
	"html"
	"os"
	"strings"
	"unicode"

	"github.com/janpfeifer/gonb/gonbui"
)

// Table shows rows under a header. A column of numbers, intervals ("1.2 ± 0.1", "1.1 to 1.3"), bounds ("over 10"), n/a and
// empty cells is set to the right. A row of another length than the header's is an error.
func Table(header []string, rows [][]string) error {
	t, err := tableHTML(header, rows)
	if err != nil {
		return err
	}
	gonbui.DisplayHTML(t)
	return nil
}

// TableFile shows a table from a CSV file with a header.
func TableFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if len(records) == 0 {
		return fmt.Errorf("%s: no header", path)
	}
	return Table(records[0], records[1:])
}

func tableHTML(header []string, rows [][]string) (string, error) {
	align := make([]string, len(header))
	for j := range header {
		align[j] = "right"
	}
	for i, row := range rows {
		if len(row) != len(header) {
			return "", fmt.Errorf("table: row %d has %d cells under a header of %d", i+1, len(row), len(header))
		}
		for j, cell := range row {
			if !numeric(cell) {
				align[j] = "left"
			}
		}
	}
	var b strings.Builder
	line := func(tag string, cells []string) {
		b.WriteString("<tr>")
		for j, cell := range cells {
			fmt.Fprintf(&b, `<%s style="text-align:%s">%s</%s>`, tag, align[j], html.EscapeString(cell), tag)
		}
		b.WriteString("</tr>")
	}
	b.WriteString("<table><thead>")
	line("th", header)
	b.WriteString("</thead><tbody>")
	for _, row := range rows {
		line("td", row)
	}
	b.WriteString("</tbody></table>")
	return b.String(), nil
}

// withNumbers are the words that stand before and between numbers.
var withNumbers = strings.NewReplacer("over ", "", " to ", "")

// numeric tells whether a cell is empty, says that there is no number, or is made of numbers, signs and words withNumbers, such as
// 1.2e-3 or 1.2 ± 0.1 (0.9, 1.5).
func numeric(cell string) bool {
	letter := func(r rune) bool { return unicode.IsLetter(r) && r != 'e' && r != 'E' }
	return cell == "NaN" || cell == "n/a" || strings.IndexFunc(withNumbers.Replace(cell), letter) < 0
}

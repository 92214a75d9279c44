package experiments

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomonge/gomonge/metrics"
	"github.com/gomonge/gomonge/sensitivity"
	"gonum.org/v1/gonum/stat"
)

// compares says whether neural costs stand beside exact ones.
func (s *sensing) compares() bool {
	return slices.Contains(s.o.Methods, neuralMethod) && slices.Contains(s.o.Methods, string(sensitivity.Exact))
}

// separations of all cells of an input, or of all inputs where it is "", that both methods know.
func separations(a, b *sensitivity.Result, input string) (x, y []float64) {
	for j, in := range a.Indices {
		if input != "" && in.Input != input {
			continue
		}
		for k, sep := range in.Separations {
			if v := b.Indices[j].Separations[k].Value; !math.IsNaN(v) {
				x, y = append(x, sep.Value), append(y, v)
			}
		}
	}
	return x, y
}

// agreement of neural with exact separations, over all inputs and cells and input by input.
func (s *sensing) agreement() {
	exact, learned := s.found[string(sensitivity.Exact)].Found[0], s.found[neuralMethod].Found[0]
	t := Sheet{Title: "Neural beside exact costs", Header: []string{"input", "Pearson", "slope", "rank correlation", "neural − exact", "neural − corrected"},
		Notes: []string{"Separations of all cells: neural ones (one trained map for all inputs, with its critic) against those of the simplex. Exact indices of finite samples are too high by about their null level, which the corrected ones take away."}}
	for _, input := range append([]string{""}, names(exact)...) {
		x, y := separations(exact, learned, input)
		if len(x) < 2 {
			continue
		}
		_, slope := stat.LinearRegression(x, y, nil, false)
		rho, ranks := stat.Correlation(x, y, nil), stat.Correlation(rankOf(x), rankOf(y), nil)
		row := []string{input, fmt.Sprintf("%.4f", rho), fmt.Sprintf("%.3f", slope), fmt.Sprintf("%.3f", ranks), "", ""}
		if input == "" {
			row[0] = "all"
		} else {
			a, _ := exact.Find(input)
			b, _ := learned.Find(input)
			row[4], row[5] = signed(b.Value-a.Value), signed(b.Value-a.Corrected)
		}
		t.Rows = append(t.Rows, row)
		for k, v := range []float64{rho, slope, ranks} {
			name := []string{"separation_pearson", "separation_slope", "separation_spearman"}[k]
			s.result.Table = append(s.result.Table, Row{Data: s.subject.name, Method: neuralMethod, Setting: InSample, Condition: input,
				Metric: metrics.Unbounded(name, v, len(x), "of neural and exact separations over cells")})
		}
	}
	s.result.Sheets = append(s.result.Sheets, t)
}

func signed(v float64) string {
	if math.IsNaN(v) {
		return missing
	}
	return fmt.Sprintf("%+.3f", v)
}

// names of the inputs of a result.
func names(r *sensitivity.Result) (list []string) {
	for _, x := range r.Indices {
		list = append(list, x.Input)
	}
	return list
}

// rankOf the values, the mean rank where some are equal.
func rankOf(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
	ranks := make([]float64, len(values))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = float64(from+to-1) / 2
		}
		from = to
	}
	return ranks
}

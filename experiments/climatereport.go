package experiments

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// climateSettings in the order of tables.
var climateSettings = []string{InSample, HeldOut, HeldOutBlock}

// report fills the result.
func (s *climateStudy) report() error {
	r, o := s.result, s.o
	t := s.trials[0]
	for _, j := range s.judged {
		r.Table = append(r.Table, j.Rows...)
		r.Log = append(r.Log, j.Log...)
		r.warned(j.Warnings...)
	}
	r.warned(figureWarnings(r.Table)...)
	r.Summary = summarise(r.Table)
	if o.Quick {
		r.warn("", "a quick run: few countries and draws, few rounds of small networks, no variants of NCTM; its numbers show that everything works, not how well")
	}
	weights := "rows count alike"
	if o.Weighted {
		weights = "rows count by population"
	}
	topts := t.Options
	r.Notes = append(r.Notes,
		fmt.Sprintf("%s: %d countries, damages %s, warming %s; %d draws to train on and %d to compare; %s in training and distances", t.World.Name, len(t.World.Countries), topts.Damage, topts.Warming, topts.Draws, topts.TestDraws, weights),
		fmt.Sprintf("%d conditions trained on; held out: the years %v under every SSP, and the block %s %v", len(t.Train), topts.HeldOutYears, topts.HeldOutSSP, topts.HeldOutBlockYears),
		fmt.Sprintf("engine: %s; networks: %s", r.Engine, s.networks()))
	for _, t := range s.trials {
		r.Sheets = append(r.Sheets, s.distanceSheet(t), s.inequalitySheet(t))
		if sheet, some := s.variantSheet(t); some {
			r.Sheets = append(r.Sheets, sheet)
		}
		if sheet, some := s.conditionSheet(t); some {
			r.Sheets = append(r.Sheets, sheet)
		}
		drawings, err := s.drawings(t)
		if err != nil {
			return err
		}
		r.Drawings = append(r.Drawings, drawings...)
	}
	return nil
}

// networks says how they were trained, if any was.
func (s *climateStudy) networks() string {
	if !slices.ContainsFunc(s.judged, func(j *climateJudgement) bool { return j.method.network }) {
		return "none"
	}
	return fmt.Sprintf("%d rounds of training NCTM, it and its variants with seeds %d to %d; a tenth of CondOT", s.o.Steps, s.o.Seed, s.o.Seed+uint64(s.o.Seeds)-1)
}

// asked are the methods that were fitted to a trial.
func (s *climateStudy) asked(t *climateTrial) []string {
	return slices.DeleteFunc(slices.Clone(s.o.Methods), func(key string) bool {
		return !slices.ContainsFunc(s.judged, func(j *climateJudgement) bool { return j.trial == t && j.method.key == key })
	})
}

// means of a metric over the conditions of a setting, a value a seed; none where the method has no answers.
func (s *climateStudy) means(t *climateTrial, method, setting, metric string) (values []float64) {
	for _, j := range s.judged {
		if j.trial != t || j.method.key != method {
			continue
		}
		var all []float64
		for _, row := range j.Rows {
			if row.Setting == setting && row.Metric.Name == metric {
				all = append(all, row.Metric.Value)
			}
		}
		if len(all) > 0 {
			values = append(values, stat.Mean(all, nil))
		}
	}
	return values
}

// cellOf is a mean with half of its interval over seeds.
func cellOf(values []float64) string {
	if len(values) == 0 {
		return missing
	}
	return plusMinus(meanInterval(values))
}

// over says what ± stands for.
func (s *climateStudy) over() string {
	if s.o.Seeds == 1 {
		return "One network of each method: no spread is shown."
	}
	return fmt.Sprintf("Mean ± half of its 95 %% t interval over %d networks of NCTM and of each variant, on one task; what has none is one network, or no chance.", s.o.Seeds)
}

func (s *climateStudy) distanceSheet(t *climateTrial) Sheet {
	sheet := Sheet{Title: "W₂ between predicted and true log GDP per capita, " + t.data,
		Header: []string{"method", "trained", "held-out years", "held-out block", "held-out years / trained"},
		Notes: []string{
			"Mean over the conditions of W₂ between the carried and the damaged draws that were not trained on; " + s.exactness(t) + " Quantiles matched and interpolated between years are the exact answer under conditions trained on, as far as the draws give it, and no more than an interpolation elsewhere.",
			s.over() + " table.csv has W₁ and the distance from the exact map beside it."}}
	for _, key := range s.asked(t) {
		row := []string{climateMethodOf(key).label}
		for _, setting := range climateSettings {
			row = append(row, cellOf(s.means(t, key, setting, wTwo)))
		}
		in, out := s.means(t, key, InSample, wTwo), s.means(t, key, HeldOut, wTwo)
		ratio := math.NaN()
		if len(in) > 0 && len(out) > 0 {
			ratio = stat.Mean(out, nil) / stat.Mean(in, nil)
		}
		sheet.Rows = append(sheet.Rows, append(row, digits(ratio)))
	}
	if t.Dim() > 1 {
		row := []string{"truth against itself"}
		for _, setting := range climateSettings {
			row = append(row, digits(t.floor(setting)))
		}
		sheet.Rows = append(sheet.Rows, append(row, missing))
	}
	return sheet
}

// floor is the mean of a perfect prediction's W₂ over the conditions of a setting.
func (t *climateTrial) floor(setting string) float64 {
	var values []float64
	for _, q := range t.questions {
		if q.setting == setting {
			values = append(values, q.floor)
		}
	}
	return stat.Mean(values, nil)
}

// exactness of W₂ in words.
func (s *climateStudy) exactness(t *climateTrial) string {
	if t.Dim() == 1 {
		return "exact on the line."
	}
	return fmt.Sprintf("of at most %d rows drawn of each cloud, with temperature in °C as the second coordinate: the truth against itself shows what that alone makes.", planePoints)
}

func (s *climateStudy) inequalitySheet(t *climateTrial) Sheet {
	sheet := Sheet{Title: "Errors of what economists read off, " + t.data,
		Header: []string{"method"},
		Notes:  []string{fmt.Sprintf("Mean over conditions of the difference from the truth: of the Gini coefficient (points of 100), of the mean income of the poorest tenth (%%, in logs), and of the share of people below %g·10³ $ a head (points of 100). All weigh rows by population.", s.o.Poverty)}}
	for _, setting := range []string{"trained", "held-out years", "block"} {
		for _, what := range []string{"Gini", "poorest tenth", "poor"} {
			sheet.Header = append(sheet.Header, what+", "+setting)
		}
	}
	for _, key := range s.asked(t) {
		row := []string{climateMethodOf(key).label}
		for _, setting := range climateSettings {
			for _, metric := range []string{giniError, tailError, shareError} {
				values := slices.Clone(s.means(t, key, setting, metric))
				for i := range values {
					values[i] *= 100
				}
				row = append(row, cellOf(values))
			}
		}
		sheet.Rows = append(sheet.Rows, row)
	}
	return sheet
}

// variantSheet compares NCTM with its variants, if any was trained.
func (s *climateStudy) variantSheet(t *climateTrial) (Sheet, bool) {
	sheet := Sheet{Title: "What pre-training and encodings of the year bring: W₂, " + t.data,
		Header: []string{"variant", "trained", "held-out years", "held-out block", "seed by seed, held-out years: × NCTM"},
		Notes: []string{s.over() + " NCTM itself pre-trains the map to the identity and gives the year as one number. Below 1 in the last column a variant is better; ± there is over seeds, each divided by NCTM's of the same seed.",
			"The paper of NCTM reports, for its own climate task, W .214 without pre-training and .170 with it, and on integrated assessment that positional encoding beats the bare number; its tasks are other ones."}}
	base := s.means(t, "ncmt", HeldOut, wTwo)
	for _, key := range s.o.Methods {
		m := climateMethodOf(key)
		if key != "ncmt" && m.change == nil || t != s.trials[0] {
			continue
		}
		row := []string{m.label}
		for _, setting := range climateSettings {
			row = append(row, cellOf(s.means(t, key, setting, wTwo)))
		}
		var ratios []float64
		for k, v := range s.means(t, key, HeldOut, wTwo) {
			if k < len(base) {
				ratios = append(ratios, v/base[k])
			}
		}
		sheet.Rows = append(sheet.Rows, append(row, cellOf(ratios)))
	}
	return sheet, len(sheet.Rows) > 1
}

// shown is the judgement that figures and the sheet of conditions show: that of NCTM's first seed, or else of
// the first method.
func (s *climateStudy) shown(t *climateTrial) *climateJudgement {
	var first *climateJudgement
	for _, key := range append([]string{"ncmt"}, s.o.Methods...) {
		for _, j := range s.judged {
			if j.trial == t && j.method.key == key && len(j.Rows) > 0 && first == nil {
				first = j
			}
		}
	}
	return first
}

// value of a metric under a condition; NaN where there is none.
func (j *climateJudgement) value(condition, metric string) float64 {
	for _, row := range j.Rows {
		if row.Condition == condition && row.Metric.Name == metric {
			return row.Metric.Value
		}
	}
	return math.NaN()
}

// conditionSheet has map against truth for every SSP and year.
func (s *climateStudy) conditionSheet(t *climateTrial) (Sheet, bool) {
	j := s.shown(t)
	if j == nil {
		return Sheet{}, false
	}
	sheet := Sheet{Title: fmt.Sprintf("%s against the truth by SSP and year, %s", j.method.label, t.data),
		Header: []string{"SSP, year", "W₂", "Gini: true", "map", "poorest tenth (10³ $): true", "map", "poor (%): true", "map"},
		Notes:  []string{"* not trained on; ** in the held-out block."}, Detail: true}
	for _, q := range t.questions {
		sheet.Rows = append(sheet.Rows, []string{q.ssp + " " + q.label(), digits(j.value(q.text, wTwo)),
			digits(q.truth.gini), digits(j.value(q.text, gini)), digits(q.truth.tail), digits(j.value(q.text, poorest)),
			digits(100 * q.truth.share), digits(100 * j.value(q.text, poverty))})
	}
	return sheet, true
}

// label of a question's year, with marks of what was held out.
func (q question) label() string {
	marks := map[string]int{HeldOut: 1, HeldOutBlock: 2}[q.setting]
	return fmt.Sprint(q.year) + strings.Repeat("*", marks)
}

package experiments

import (
	"context"
	"fmt"
	"math"

	"github.com/gomonge/gomonge/datasets/dice"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/gomonge/gomonge/sensitivity"
	"gonum.org/v1/gonum/mat"
)

// subject is what a sensitivity experiment looks at.
type subject struct {
	name  string
	runs  *sensitivity.Runs
	study *sensitivity.Study // nil of given runs
	// exact are the indices in closed form, where there is one, and inCells those of a number of cells.
	exact   []sensitivity.Parts
	inCells func(cells int) ([]sensitivity.Parts, error)
	// scale says that outputs are in different units, and each divided by its standard deviation.
	scale bool
	// paths are quantities over time, for maps.
	paths []path
	about string
	// warnings of how it was made.
	warnings []string
}

// path is one quantity at many times.
type path struct {
	title   string
	columns []string
	runs    *sensitivity.Runs
}

// studies by name.
var studies = []struct {
	name, about string
	make        func() (*sensitivity.Study, []sensitivity.Parts, error)
}{
	{"linear", "Y = A·X, two outputs of three correlated normal inputs, with the closed form beside", sensitivity.LinearStudy},
	{"ishigami", "the Ishigami function with a = 7, b = .1", plain(func() *sensitivity.Study { return sensitivity.IshigamiStudy(7, .1) })},
	{"ishigami-homma", "the same with a = 2, b = 1", plain(func() *sensitivity.Study { return sensitivity.IshigamiStudy(2, 1) })},
	{"sobolg", "Sobol' G function of eight inputs", plain(func() *sensitivity.Study { return sensitivity.SobolGStudy() })},
	{"dice", "DICE-2016R2 in 2100: temperature, damages, log emissions, log consumption a head, by the five uncertain inputs of Nordhaus (2018)", diceStudy},
}

func plain(make func() *sensitivity.Study) func() (*sensitivity.Study, []sensitivity.Parts, error) {
	return func() (*sensitivity.Study, []sensitivity.Parts, error) { return make(), nil, nil }
}

// SensitivityStudies are the names of the built-in studies.
func SensitivityStudies() (names []string) {
	for _, s := range studies {
		names = append(names, s.name)
	}
	return names
}

// SensitivityStudyHelp says what each is.
func SensitivityStudyHelp() (lines []string) {
	for _, s := range studies {
		lines = append(lines, s.name+": "+s.about)
	}
	return lines
}

// subject reads the options.
func (o SensitivityOptions) subject(ctx context.Context) (*subject, error) {
	if o.Data != nil {
		s := &subject{name: o.DataName, runs: o.Data, about: fmt.Sprintf("%s: %d given runs", o.DataName, o.Data.Len())}
		if _, k := o.Data.Outputs.Dims(); k > 1 {
			s.paths = []path{{o.DataName, o.Data.OutputNames, o.Data}}
		}
		return s, nil
	}
	for _, known := range studies {
		if known.name != o.Study {
			continue
		}
		s := &subject{name: known.name, scale: known.name == "dice"}
		var err error
		if s.study, s.exact, err = known.make(); err != nil {
			return nil, err
		}
		if s.runs, err = s.study.Sample(ctx, o.Runs, o.Design, o.Seed); err != nil {
			return nil, err
		}
		s.about = fmt.Sprintf("%s: %s; %d runs", known.name, known.about, o.Runs)
		if known.name == "linear" {
			s.inCells = func(cells int) ([]sensitivity.Parts, error) {
				return sensitivity.LinearGaussianCells(sensitivity.LinearMatrix(), s.study.Correlation, cells)
			}
		}
		if s.exact != nil && o.Indices.Scale {
			s.exact = nil // it is of the outputs as they are
			s.about += "; the closed form, of outputs that are not scaled, is left out"
		}
		if known.name == "dice" {
			var collapsed int
			if s.paths, collapsed, err = dicePaths(ctx, s.runs); collapsed > 0 {
				s.warnings = append(s.warnings, fmt.Sprintf("%d of %d runs collapse before 2150 and are left out of the maps", collapsed, o.Runs))
			}
		}
		return s, err
	}
	return nil, fmt.Errorf("experiments: there is no study %q (%s)", o.Study, spell.Suggest(o.Study, SensitivityStudies()))
}

// diceModel runs the version that is studied without climate policy beyond today's.
func diceModel() (*dice.Model, error) {
	policy, err := dice.BasePolicy(dice.V2016R2)
	if err != nil {
		return nil, err
	}
	return dice.New(dice.V2016R2, policy)
}

// diceYear is when DICE is looked at.
const diceYear = 2100

// diceStudy are four outputs of DICE. Those with heavy tails are logarithms: on their own scale
// a few runs would decide, and an input without influence would score up to .07.
func diceStudy() (*sensitivity.Study, []sensitivity.Parts, error) {
	model, err := diceModel()
	if err != nil {
		return nil, nil, err
	}
	s := &sensitivity.Study{Name: "dice", Outputs: []string{"temperature", "damage", "log emissions", "log consumption"}}
	for _, in := range dice.V2016R2.Inputs() {
		s.Inputs = append(s.Inputs, sensitivity.Variable{Name: in.Name, Law: law(in.Quantile)})
	}
	s.Run = func(dst, x []float64) {
		r, err := model.MonteCarlo(context.Background(), mat.NewDense(1, len(x), x), []int{diceYear}, dice.Temperature, dice.Damage, dice.Emissions, dice.Consumption)
		if err != nil { // the economy collapsed
			for k := range dst {
				dst[k] = math.NaN()
			}
			return
		}
		dst[0], dst[1] = r.Of(dice.Temperature).At(0, 0), r.Of(dice.Damage).At(0, 0)
		dst[2], dst[3] = logarithm(r.Of(dice.Emissions).At(0, 0)), logarithm(r.Of(dice.Consumption).At(0, 0))
	}
	return s, nil, nil
}

// law is a distribution by its quantiles.
type law func(u float64) float64

// Quantile of the law.
func (l law) Quantile(u float64) float64 { return l(u) }

// logarithm is NaN, a run to be left out, of what has none.
func logarithm(v float64) float64 {
	if !(v > 0) {
		return math.NaN()
	}
	return math.Log(v)
}

// dicePaths are three quantities of DICE from 2020 to 2150 for the inputs of runs, and how many of these collapse.
func dicePaths(ctx context.Context, runs *sensitivity.Runs) (paths []path, collapsed int, err error) {
	model, err := diceModel()
	if err != nil {
		return nil, 0, err
	}
	var years []int
	for y := 2020; y <= 2150; y += 10 {
		years = append(years, y)
	}
	x := mat.NewDense(runs.Len(), len(runs.Inputs), nil)
	for j, in := range runs.Inputs {
		x.SetCol(j, in.Values)
	}
	sample, err := model.MonteCarlo(ctx, x, years, dice.Temperature, dice.Damage, dice.Consumption)
	if err != nil {
		return nil, 0, err
	}
	n, _ := sample.Inputs.Dims()
	kept := &sensitivity.Runs{}
	for j, in := range runs.Inputs {
		kept.Inputs = append(kept.Inputs, sensitivity.Input{Name: in.Name, Values: mat.Col(nil, j, sample.Inputs)})
	}
	var columns []string
	for _, y := range years {
		columns = append(columns, fmt.Sprint(y))
	}
	for _, quantity := range []struct {
		title string
		of    dice.Output
		log   bool
	}{{"temperature", dice.Temperature, false}, {"damage", dice.Damage, false}, {"log consumption", dice.Consumption, true}} {
		y := mat.DenseCopyOf(sample.Of(quantity.of))
		for i := range n {
			for k, v := range y.RawRowView(i) {
				if quantity.log {
					y.Set(i, k, logarithm(v))
				}
			}
		}
		paths = append(paths, path{quantity.title, columns, &sensitivity.Runs{Inputs: kept.Inputs, Outputs: y, OutputNames: columns}})
	}
	return paths, len(sample.Failures), nil
}

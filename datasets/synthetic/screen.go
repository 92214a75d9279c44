package synthetic

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/datasets/sparse"
	"gonum.org/v1/gonum/mat"
)

// ScreenOptions of [NewScreen]. The zero value is a screen of the size of one
// drug of sci-Plex, but with fewer vehicle cells.
type ScreenOptions struct {
	Seed uint64
	// Genes of the counts; 1 500 if zero, at least the 900 of the programmes.
	Genes int
	// VehicleCells (2 000 if zero) and CellsPerDose (600) of each drug and dose.
	VehicleCells, CellsPerDose int
}

// Drugs, doses and cell lines of a screen.
var (
	// ScreenDrugs are modelled on an inhibitor of histone deacetylases that acts on
	// all lines at high dose, and one of MEK that acts at low dose and mainly on A549.
	ScreenDrugs = []string{"givinostat-like", "trametinib-like"}
	// ScreenDoses in nM; a dose of 0 is the vehicle.
	ScreenDoses = []float64{10, 100, 1000, 10000}
	// ScreenLines are the cell lines.
	ScreenLines = []string{"A549", "K562", "MCF7"}
)

// Vehicle is the drug of the untreated cells of a screen.
const Vehicle = "vehicle"

// Cell is what is known about a cell of a screen.
type Cell struct {
	Drug string
	// Dose in nM; 0 of the vehicle.
	Dose float64
	Line string
	// Resistant cells respond a third as much as the others of their line.
	Resistant bool
	// Library is the expected total count of the cell.
	Library float64
}

// Screen is a simulated single-cell perturbation screen in the manner of
// sci-Plex (Srivatsan et al. 2020): counts of cells of three lines, untreated
// and under four doses of two drugs.
//
// # What is known
//
// A cell has a latent state z in R⁸: where its line lies (two coordinates),
// how resistant it is, the cell cycle, and two gene programmes for each drug. A
// drug at a dose carries the state by T = ∇ψ with ψ convex: a smooth maximum of
// affine functions, one for each line and degree of resistance, so that they
// respond differently. T is the exact optimal map between the states of
// untreated and treated cells ([Screen.Map]).
//
// Log-rates of the genes are η = b + Uz, where the columns of U are orthogonal
// and of one norm: T is the exact optimal map between log-rates too. Counts are
// negative binomial with mean library × softmax(η). A measured cell is a noisy
// image of its state, and the map between clouds of measured log-expression is
// not T. What is known there is the counterfactual of each untreated cell:
// [Screen.Expected] of T(z) is the mean of its log-expression over all counts
// that it could have given under the drug ([Screen.Counterfactual]). Between
// expected log-expressions, and their projections to principal components, the
// pairing of a cell with its counterfactual is still the optimal one.
//
// A method is given measured cells, whose noise in 50 components is about a
// fifth of the variance. Carried along by a good map, it counts as error against
// the counterfactual; so compare displacements: that of the method, T̂(x) − x,
// with that of the counterfactual, dose against vehicle, in which noise that is
// carried along cancels.
type Screen struct {
	Options ScreenOptions
	// Counts are cells × genes.
	Counts *sparse.CSR
	Genes  []string
	// Cells are the rows of Counts: vehicle first, then each drug by dose.
	Cells []Cell
	// States of the cells as measured, after treatment, cells × 8.
	States *mat.Dense

	biology biology
}

// NewScreen draws a screen.
func NewScreen(o ScreenOptions) (*Screen, error) {
	fill := func(v *int, or int) {
		if *v == 0 {
			*v = or
		}
	}
	fill(&o.Genes, 1500)
	fill(&o.VehicleCells, 2000)
	fill(&o.CellsPerDose, 600)
	if o.Genes < total(loadedGenes) || o.VehicleCells < 1 || o.CellsPerDose < 1 {
		return nil, fmt.Errorf("synthetic: a screen of %d genes, %d vehicle cells, %d cells a dose: at least %d genes and one cell each",
			o.Genes, o.VehicleCells, o.CellsPerDose, total(loadedGenes))
	}
	s := &Screen{Options: o, biology: newBiology(o.Genes, screenStream(o.Seed, 0))}
	for j := range o.Genes {
		s.Genes = append(s.Genes, "gene"+strconv.Itoa(j))
	}
	if err := s.drawCells(); err != nil {
		return nil, err
	}
	libraries := make([]float64, len(s.Cells))
	for i, c := range s.Cells {
		libraries[i] = c.Library
	}
	var err error
	s.Counts, err = s.biology.counts(s.States, libraries, screenStream(o.Seed, 1))
	return s, err
}

// screenStream returns the generator of a purpose: 0 the biology, 1 the counts,
// 2 and on the cells of each condition.
func screenStream(seed, purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 1<<60|purpose))
}

// drawCells draws the states of each condition from untreated cells of its own.
func (s *Screen) drawCells() error {
	var states []float64
	draw := func(drug string, dose float64, n int) error {
		rng := screenStream(s.Options.Seed, 2+uint64(len(s.Cells)))
		cells, z := s.biology.untreated(n, rng)
		treated, err := s.Map(nil, z, drug, dose)
		if err != nil {
			return err
		}
		for i := range cells {
			cells[i].Drug, cells[i].Dose = drug, dose
		}
		s.Cells = append(s.Cells, cells...)
		states = append(states, treated.RawMatrix().Data...)
		return nil
	}
	if err := draw(Vehicle, 0, s.Options.VehicleCells); err != nil {
		return err
	}
	for _, drug := range ScreenDrugs {
		for _, dose := range ScreenDoses {
			if err := draw(drug, dose, s.Options.CellsPerDose); err != nil {
				return err
			}
		}
	}
	s.States = mat.NewDense(len(s.Cells), stateSize, states)
	return nil
}

// Rows are the numbers of the cells of a drug and dose; those of the vehicle for
// dose 0, whatever the drug.
func (s *Screen) Rows(drug string, dose float64) []int {
	if dose == 0 {
		drug = Vehicle
	}
	var rows []int
	for i, c := range s.Cells {
		if c.Drug == drug && c.Dose == dose {
			rows = append(rows, i)
		}
	}
	return rows
}

// Split sets a share of the cells of every condition aside at random and
// returns the others and those, each in order.
func (s *Screen) Split(share float64, src rand.Source) (train, test []int, err error) {
	if !(share > 0 && share < 1) {
		return nil, nil, fmt.Errorf("synthetic: a share of %g set aside: between 0 and 1", share)
	}
	rng := rand.New(src)
	split := func(rows []int) {
		aside := int(math.Round(share * float64(len(rows))))
		for k, p := range rng.Perm(len(rows)) {
			if k < aside {
				test = append(test, rows[p])
			} else {
				train = append(train, rows[p])
			}
		}
	}
	split(s.Rows(Vehicle, 0))
	for _, drug := range ScreenDrugs {
		for _, dose := range ScreenDoses {
			split(s.Rows(drug, dose))
		}
	}
	slices.Sort(train)
	slices.Sort(test)
	return train, test, nil
}

// Task pairs the vehicle cells with those of each dose of a drug, among the
// rows given: x has a row for every cell of the screen (log-expression, or a
// projection of it) and features names its columns. The condition is dose, on
// a log scale; all pairs are in Train.
func (s *Screen) Task(drug string, x *mat.Dense, features []string, rows []int) (*datasets.Task, error) {
	if n, d := x.Dims(); n != len(s.Cells) || d != len(features) {
		return nil, fmt.Errorf("synthetic: a matrix of %d×%d for %d cells and %d features", n, d, len(s.Cells), len(features))
	}
	if !slices.Contains(ScreenDrugs, drug) {
		return nil, fmt.Errorf("synthetic: no drug %q in the screen: %v", drug, ScreenDrugs)
	}
	among := make([]bool, len(s.Cells))
	for _, i := range rows {
		if i < 0 || i >= len(among) {
			return nil, fmt.Errorf("synthetic: cell %d of a screen of %d", i, len(among))
		}
		among[i] = true
	}
	cloud := func(dose float64) *mat.Dense {
		chosen := slices.DeleteFunc(s.Rows(drug, dose), func(i int) bool { return !among[i] })
		return selectRows(x, chosen)
	}
	task := &datasets.Task{
		Name:     drug,
		Features: features,
		Schema:   condition.Schema{Variables: []condition.Variable{{Name: "dose", Kind: condition.Continuous, Scale: condition.Log}}},
	}
	source := cloud(0)
	for _, dose := range ScreenDoses {
		if target := cloud(dose); target != nil && source != nil {
			task.Train = append(task.Train, datasets.Pair{Condition: condition.Value{{Number: dose}}, Source: source, Target: target})
		}
	}
	if len(task.Train) == 0 {
		return nil, errors.New("synthetic: no vehicle cells or no treated cells among the rows")
	}
	return task, task.Schema.Fit(datasets.Conditions(task.Train))
}

// selectRows copies rows of x; nil if there are none.
func selectRows(x *mat.Dense, rows []int) *mat.Dense {
	if len(rows) == 0 {
		return nil
	}
	_, d := x.Dims()
	out := mat.NewDense(len(rows), d, nil)
	for k, i := range rows {
		copy(out.RawRowView(k), x.RawRowView(i))
	}
	return out
}

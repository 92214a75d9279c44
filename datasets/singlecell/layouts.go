package singlecell

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
)

// NormanPaper and SciPlexPaper read what the experiments of Bunne, Krause and
// Cuturi 2022 read: of the screen of Norman et al. 2019 (98 419 cells)
// perturbations of 250 cells or more, 92 single genes and 84 pairs; of sci-Plex 3
// (Srivatsan et al. 2020) half of the 581 777 cells, 290 888, at random. The
// reports of [ReadNorman] and [ReadSciPlex] say what a file has.
func NormanPaper() ScreenOptions { return ScreenOptions{MinCells: 250} }

// SciPlexPaper is described with [NormanPaper].
func SciPlexPaper(seed uint64) ScreenOptions { return ScreenOptions{Share: 0.5, Seed: seed} }

// Numbers of highly variable genes in the paper's experiments.
const (
	NormanPaperGenes  = 1500
	SciPlexPaperGenes = 1000
)

// controlNames are what the field calls cells to which nothing was done.
var controlNames = []string{"control", "ctrl", "vehicle", "dmso"}

// ReadNorman reads a screen of gene combinations from an h5ad file laid out as
// that of Norman et al. 2019: a column of obs named condition, perturbation or
// perturbation_name that says A, A+ctrl, A+B, and control or ctrl for none.
func ReadNorman(path string, o ScreenOptions) (*Screen, *datasets.TaskReport, error) {
	set := condition.Schema{Variables: []condition.Variable{{Name: "condition", Kind: condition.Set}}}
	columns := []screenColumn{{variable: set.Variables[0], asked: o.Actions, usual: []string{"condition", "perturbation", "perturbation_name"}}}
	known := map[string]bool{"": false} // a cell without a value is no control
	s, report, err := readScreen(path, o, columns, func(cell string) bool {
		is, ok := known[cell]
		if !ok {
			v, err := set.ParseCells([]string{cell})
			is = err == nil && len(v[0].Labels) == 0 && strings.TrimSpace(cell) != ""
			known[cell] = is
		}
		return is
	})
	if err != nil {
		return nil, nil, err
	}
	bySize := map[int]int{}
	distinct := s.Distinct()
	for _, v := range distinct {
		bySize[len(v[0].Labels)]++
	}
	report.Notes = append(report.Notes, fmt.Sprintf("%d cells, %d single actions, %d pairs, %d larger sets; X has %s",
		len(s.Conditions), bySize[1], bySize[2], len(distinct)-bySize[1]-bySize[2], s.Values))
	return s, report, nil
}

// ReadSciPlex reads a dose screen from an h5ad file laid out as sci-Plex: columns
// of obs for the drug (drug, product_name, perturbation or condition; control,
// vehicle or DMSO for none), the dose (dose, dose_value, dose_val or
// concentration) and the cell type (cell_type, cell_line or celltype, which may
// be absent). Doses are on a log scale. A drug that all conditions share is no variable of
// them, nor is a cell type that all cells share, those of the control too.
func ReadSciPlex(path string, o ScreenOptions) (*Screen, *datasets.TaskReport, error) {
	columns := []screenColumn{
		{variable: condition.Variable{Name: "drug", Kind: condition.Categorical}, asked: o.Drug, usual: []string{"drug", "product_name", "perturbation", "condition"}},
		{variable: condition.Variable{Name: "dose", Kind: condition.Continuous, Scale: condition.Log}, asked: o.Dose, usual: []string{"dose", "dose_value", "dose_val", "concentration"}},
		{variable: condition.Variable{Name: "cell_type", Kind: condition.Categorical}, asked: o.CellType, usual: []string{"cell_type", "cell_line", "celltype"}, optional: true},
	}
	s, report, err := readScreen(path, o, columns, func(cell string) bool {
		return slices.Contains(controlNames, strings.ToLower(strings.TrimSpace(cell)))
	})
	if err != nil {
		return nil, nil, err
	}
	drugs, doses := map[string]bool{}, map[float64]bool{}
	for _, v := range s.Distinct() {
		drugs[v[0].Labels[0]] = true
		doses[v[1].Number] = true
	}
	report.Notes = append(report.Notes, fmt.Sprintf("%d cells, %d drugs, %d doses; X has %s", len(s.Conditions), len(drugs), len(doses), s.Values))
	s.dropShared()
	return s, report, nil
}

// dropShared takes categorical variables out of the conditions that have the same label in
// all of them and, but for the first, which tells controls, in the control's cells: those of
// other labels are no source of the conditions. The column stays in the table.
func (s *Screen) dropShared() {
	distinct := s.Distinct()
	for at := len(s.Schema.Variables) - 1; at >= 0; at-- {
		if s.Schema.Variables[at].Kind != condition.Categorical {
			continue
		}
		if slices.ContainsFunc(distinct, func(v condition.Value) bool { return v[at].Labels[0] != distinct[0][at].Labels[0] }) {
			continue
		}
		if at > 0 && !s.controlsHave(at, distinct[0][at].Labels[0]) {
			continue
		}
		s.Schema.Variables = slices.Delete(s.Schema.Variables, at, at+1)
		for i, v := range s.Conditions {
			if v != nil {
				s.Conditions[i] = slices.Concat(v[:at], v[at+1:])
			}
		}
	}
}

// controlsHave tells whether all control cells have a label in a column.
func (s *Screen) controlsHave(column int, label string) bool {
	for i, v := range s.Conditions {
		if v == nil && strings.TrimSpace(s.columns[column].Cells[i]) != label {
			return false
		}
	}
	return true
}

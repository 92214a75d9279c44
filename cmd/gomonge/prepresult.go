package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/datasets/singlecell"
)

// prepResult is what prep says of what it did.
type prepResult struct {
	File string `json:"file"`
	Out  string `json:"out"`
	// Cells and Genes of the file, and those that are written.
	Cells     int    `json:"cells"`
	Genes     int    `json:"genes"`
	CellsKept int    `json:"cells_kept"`
	GenesKept int    `json:"genes_kept"`
	Values    string `json:"values"`
	// Train is the number of training cells where not all are.
	Train     int       `json:"train,omitempty"`
	Target    float64   `json:"target_sum,omitempty"`
	Variable  int       `json:"highly_variable,omitempty"`
	Markers   int       `json:"marker_conditions,omitempty"`
	Explained float64   `json:"pca_explained,omitempty"`
	Obsm      []string  `json:"obsm"`
	Dropped   []dropped `json:"dropped"`
	// Left are matrices of the file that are not written again.
	Left     []string `json:"matrices_left_out,omitempty"`
	Warnings []string `json:"warnings"`
}

// dropped counts what is left out for a reason.
type dropped struct {
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

func (r *prepResult) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

func (r *prepResult) drop(list []singlecell.Dropped) {
	for _, d := range list {
		r.Dropped = append(r.Dropped, dropped{d.Reason, d.Count})
	}
}

// write writes the file.
func (p *preparation) write() error {
	p.result.CellsKept, p.result.GenesKept = p.x.Dims()
	p.result.Obsm = []string{}
	for _, name := range []string{"X_pca", "X_autoencoder"} {
		if m := p.obsm[name]; m != nil {
			_, d := m.Dims()
			p.result.Obsm = append(p.result.Obsm, fmt.Sprintf("%s (%d)", name, d))
		}
	}
	return anndata.Write(p.out, &anndata.Data{X: p.x, Obs: p.obs, Var: p.vars, Obsm: p.obsm, Varm: p.varm, Uns: p.uns}, anndata.WriteOptions{Gzip: 4})
}

// text is what prep prints.
func (r prepResult) text(w io.Writer) {
	fmt.Fprintf(w, "%s: %s, %s; %s\n", r.File, counted(r.Cells, "cell"), counted(r.Genes, "gene"), r.Values)
	for _, d := range r.Dropped {
		fmt.Fprintf(w, "left out: %d %s\n", d.Count, d.Reason)
	}
	if len(r.Left) > 0 {
		fmt.Fprintf(w, "not written again: %s\n", strings.Join(r.Left, ", "))
	}
	if r.Train > 0 {
		fmt.Fprintf(w, "fitted on %s\n", counted(r.Train, "training cell"))
	}
	if r.Target > 0 {
		fmt.Fprintf(w, "cells brought to a total of %g\n", r.Target)
	}
	if r.Variable > 0 {
		fmt.Fprintf(w, "%s\n", counted(r.Variable, "highly variable gene"))
	}
	if r.Markers > 0 {
		fmt.Fprintf(w, "markers of %s\n", counted(r.Markers, "condition"))
	}
	if len(r.Obsm) > 0 {
		fmt.Fprintf(w, "obsm: %s\n", strings.Join(r.Obsm, ", "))
	}
	if r.Explained > 0 {
		fmt.Fprintf(w, "the components explain %.3g %% of the training cells' variance\n", 100*r.Explained)
	}
	fmt.Fprintf(w, "%s: %s, %s\n", r.Out, counted(r.CellsKept, "cell"), counted(r.GenesKept, "gene"))
}

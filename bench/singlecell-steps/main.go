// Command singlecell-steps reads an h5ad file or takes it from counts to principal
// components, for the bench: singlecell-steps read|pipeline|none FILE OUT. It prints
// the seconds and CPU seconds of each step and its peak memory as JSON, and writes
// the flags of genes and the components to OUT.
package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/gomonge/gomonge/datasets/anndata"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/datasets/sparse"
	"github.com/gomonge/gomonge/projection"
)

// What is asked of the pipeline; singlecell_peer.py has the same.
const (
	variable   = 1000
	components = 50
)

// step is what was measured.
type step struct {
	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpu"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "singlecell-steps:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 4 {
		return errors.New("want read, pipeline or none, a file and a file for results")
	}
	steps := map[string]step{}
	stored := 0
	if os.Args[1] != "none" {
		var x *sparse.CSR
		err := measure(steps, "read", func() (err error) {
			x, err = read(os.Args[2])
			return err
		})
		if err != nil {
			return err
		}
		stored = x.NNZ()
		if os.Args[1] == "pipeline" {
			if err := pipeline(x, steps, os.Args[3]); err != nil {
				return err
			}
		}
	}
	usage, err := rusage()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"steps": steps, "stored": stored, "peak_mb": float64(usage.Maxrss) / 1024})
}

func read(path string) (*sparse.CSR, error) {
	f, err := anndata.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.Obs(); err != nil {
		return nil, err
	}
	if _, err := f.Var(); err != nil {
		return nil, err
	}
	m, err := f.X()
	if err != nil {
		return nil, err
	}
	return m.CSR()
}

// pipeline takes counts to principal components, in place.
func pipeline(x *sparse.CSR, steps map[string]step, out string) error {
	var genes []singlecell.Variability
	var kept []int
	var pca *projection.PCA
	for _, s := range []struct {
		name string
		do   func() error
	}{
		{"normalise", func() error {
			target, err := singlecell.MedianTotal(x)
			if err != nil {
				return err
			}
			return singlecell.NormalizeTotal(x, target)
		}},
		{"log1p", func() error { return singlecell.Log1p(x) }},
		{"hvg", func() (err error) {
			genes, err = singlecell.HighlyVariable(x, singlecell.VariableOptions{Top: variable})
			kept = singlecell.Flagged(genes)
			return err
		}},
		{"pca", func() error {
			chosen, err := x.SelectColumns(kept)
			if err != nil {
				return err
			}
			if pca, err = projection.FitPCA(chosen, components); err != nil {
				return err
			}
			_, err = pca.Transform(nil, chosen)
			return err
		}},
	} {
		if err := measure(steps, s.name, s.do); err != nil {
			return err
		}
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	flags := make([]float64, len(genes))
	for j, g := range genes {
		if g.HighlyVariable {
			flags[j] = 1
		}
	}
	if err := binary.Write(f, binary.LittleEndian, flags); err != nil {
		return err
	}
	return binary.Write(f, binary.LittleEndian, pca.Components().RawMatrix().Data)
}

func rusage() (u syscall.Rusage, err error) {
	err = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u, err
}

// measure runs a step by the clock and by the CPU seconds of all threads.
func measure(steps map[string]step, name string, do func() error) error {
	before, err := rusage()
	if err != nil {
		return err
	}
	start := time.Now()
	if err := do(); err != nil {
		return err
	}
	seconds := time.Since(start).Seconds()
	after, err := rusage()
	if err != nil {
		return err
	}
	total := func(u syscall.Rusage) float64 {
		return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
	}
	steps[name] = step{seconds, total(after) - total(before)}
	return nil
}

// Command umap-steps embeds points in the plane and places new ones beside them, for the bench:
// umap-steps ROWS COLUMNS POINTS NEW OUT. POINTS and NEW hold ROWS×COLUMNS numbers of float64 each. It prints the
// seconds, CPU seconds and peak memory of both steps as JSON, and writes both embeddings to OUT.
package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/gomonge/gomonge/projection/umap"
)

// step is what was measured.
type step struct {
	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpu"`
	Peak    float64 `json:"peak_mb"` // of the process so far
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "umap-steps:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 5 {
		return errors.New("want the numbers of rows and columns, two files of points and a file for results")
	}
	rows, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	columns, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	points, err := read(args[2], rows, columns)
	if err != nil {
		return err
	}
	added, err := read(args[3], rows, columns)
	if err != nil {
		return err
	}
	var model *umap.Model
	var placed *mat.Dense
	fit, err := measure(func() (err error) {
		model, err = umap.Fit(context.Background(), points, umap.Options{})
		return err
	})
	if err != nil {
		return err
	}
	transform, err := measure(func() (err error) {
		placed, err = model.Transform(context.Background(), added)
		return err
	})
	if err != nil {
		return err
	}
	if err := write(args[4], model.Embedding(), placed); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]step{"fit": fit, "transform": transform})
}

func measure(do func() error) (step, error) {
	var before, after syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		return step{}, err
	}
	start := time.Now()
	if err := do(); err != nil {
		return step{}, err
	}
	seconds := time.Since(start).Seconds()
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	cpu := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
	return step{seconds, cpu.Seconds(), float64(after.Maxrss) / 1024}, err
}

func read(path string, rows, columns int) (*mat.Dense, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	x := make([]float64, rows*columns)
	if err := binary.Read(bytes.NewReader(b), binary.LittleEndian, x); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return mat.NewDense(rows, columns, x), nil
}

func write(path string, clouds ...*mat.Dense) error {
	var b bytes.Buffer
	for _, c := range clouds {
		if err := binary.Write(&b, binary.LittleEndian, c.RawMatrix().Data); err != nil {
			return err
		}
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

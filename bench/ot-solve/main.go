// Command ot-solve solves one optimal-transport problem as often as it is told, for the bench:
// it reads numbers of solves from its input and answers with the seconds they took,
// and "answer" with what came out.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"
)

// task is one problem; clouds are files of float64 in Folder.
type task struct {
	Case    string
	Folder  string
	N, M, D int
	Targets int
	Epsilon float64
	Gamma   float64
	Float32 bool
}

// answer is what the other programs must agree to: the value and, of an entropic
// problem, that with its entropy.
type answer struct {
	Value         float64 `json:"value"`
	Regularised   float64 `json:"regularised,omitempty"`
	MarginalError float64 `json:"error"`
	Iterations    int     `json:"iterations"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "ot-solve:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return errors.New("want one argument, the task as JSON")
	}
	var t task
	if err := json.Unmarshal([]byte(os.Args[1]), &t); err != nil {
		return err
	}
	prepare, ok := cases[t.Case]
	if !ok {
		return fmt.Errorf("no case %q", t.Case)
	}
	solve, err := prepare(t)
	if err != nil {
		return err
	}
	return serve(solve)
}

func serve(solve func() (answer, error)) error {
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]bool{"ready": true}); err != nil {
		return err
	}
	var last answer
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if in.Text() == "answer" {
			if err := out.Encode(last); err != nil {
				return err
			}
			continue
		}
		times, err := strconv.Atoi(strings.TrimSpace(in.Text()))
		if err != nil {
			return err
		}
		if times == 0 {
			return out.Encode(last)
		}
		start := time.Now()
		for range times {
			if last, err = solve(); err != nil {
				return err
			}
		}
		if err := out.Encode(map[string]float64{"seconds": time.Since(start).Seconds()}); err != nil {
			return err
		}
	}
	return nil
}

// cloud reads n points of d coordinates.
func (t task) cloud(name string, n, d int) (*mat.Dense, error) {
	f, err := os.Open(filepath.Join(t.Folder, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	x := make([]float64, n*d)
	if err := binary.Read(bufio.NewReaderSize(f, 1<<20), binary.LittleEndian, x); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return mat.NewDense(n, d, x), nil
}

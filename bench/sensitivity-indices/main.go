// Command sensitivity-indices estimates sensitivity indices as often as it is told, for the bench: it reads numbers of
// repetitions from its input and answers with the seconds that they took, and with 0 by the indices.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/sensitivity"
)

// task says what to do with the runs in File, whose inputs are X1, X2, X3 and whose outputs Y1, Y2.
type task struct {
	File   string
	Method sensitivity.Method
	Cells  int
	// CPU asks for seconds of all cores together, of use where other programs run.
	CPU bool
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "sensitivity-indices:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("want one argument, the task as JSON")
	}
	var t task
	if err := json.Unmarshal([]byte(os.Args[1]), &t); err != nil {
		return err
	}
	table, err := datasets.ReadTable(t.File, datasets.ReadOptions{Features: []string{"X1", "X2", "X3", "Y1", "Y2"}})
	if err != nil {
		return err
	}
	outputs, _, err := table.Select([]string{"Y1", "Y2"})
	if err != nil {
		return err
	}
	runs := &sensitivity.Runs{Outputs: outputs.X, OutputNames: outputs.Features}
	for j, name := range table.Features[:3] {
		in := sensitivity.Input{Name: name}
		for i := range table.Len() {
			in.Values = append(in.Values, table.X.At(i, j))
		}
		runs.Inputs = append(runs.Inputs, in)
	}
	if t.Method == sensitivity.OneD {
		if runs, err = runs.Select("Y1"); err != nil {
			return err
		}
	}
	return serve(t, runs)
}

func serve(t task, runs *sensitivity.Runs) error {
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]bool{"ready": true}); err != nil {
		return err
	}
	var found *sensitivity.Result
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		times, err := strconv.Atoi(in.Text())
		if err != nil {
			return err
		}
		if times == 0 {
			var values []float64
			for _, x := range found.Indices {
				values = append(values, x.Value)
			}
			return out.Encode(map[string][]float64{"indices": values})
		}
		start, before := time.Now(), cpu()
		for range times {
			if found, err = sensitivity.Indices(context.Background(), runs, sensitivity.Options{Method: t.Method, Cells: t.Cells, Permutations: -1}); err != nil {
				return err
			}
		}
		seconds := time.Since(start).Seconds()
		if t.CPU {
			seconds = cpu() - before
		}
		if err := out.Encode(map[string]float64{"seconds": seconds}); err != nil {
			return err
		}
	}
	return nil
}

// cpu is the time that the process has computed, in seconds.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // the process itself can be asked
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

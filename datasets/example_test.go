package datasets_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
)

// One file with treated and untreated cells becomes a task: rows with dose 0
// are the source, and dose 100 is held out.
func ExampleNewTask() {
	folder, _ := os.MkdirTemp("", "example")
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "cells.csv")
	_ = os.WriteFile(path, []byte("dose,GATA1,KLF1\n0,1.5,0\n0,1.25,0.5\n10,2,1\n10,2.5,1\n100,4,3\n100,5,2\n"), 0o600)

	dose, _ := condition.ParseVariable("dose:log")
	table, err := datasets.ReadTable(path, datasets.ReadOptions{Conditions: []string{"dose"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	task, _, err := datasets.NewTask(nil, table, datasets.TaskOptions{
		Variables: []condition.Variable{dose}, Control: "dose=0", HoldOut: []string{"dose=100"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(task.Features)
	for _, p := range task.Train {
		fmt.Println("train", task.Schema.Format(p.Condition), p.Source.RawMatrix().Data, "->", p.Target.RawMatrix().Data)
	}
	for _, p := range task.HeldOut {
		fmt.Println("held out", task.Schema.Format(p.Condition))
	}
	// Output:
	// [GATA1 KLF1]
	// train dose=10 [1.5 0 1.25 0.5] -> [2 1 2.5 1]
	// held out dose=100
}

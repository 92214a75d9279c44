package condot

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/train"
	"gonum.org/v1/gonum/mat"
)

func TestExp(t *testing.T) {
	dir := os.Getenv("EXP")
	if dir == "" {
		t.Skip()
	}
	spec := map[byte][]string{'A': {"dose:continuous"}, 'G': {"dose:continuous"}, 'B': {"cat:categorical", "dose:continuous"}, 'C': {"perturbation:set"}}
	base := dir[strings.LastIndex(dir, "/")+1:]
	var vars []condition.Variable
	var cols []string
	for _, s := range spec[base[0]] {
		v, err := condition.ParseVariable(s)
		if err != nil { t.Fatal(err) }
		vars = append(vars, v)
		cols = append(cols, v.Name)
	}
	must := func(tab *datasets.Table, err error) *datasets.Table { if err != nil { t.Fatal(err) }; return tab }
	src := must(datasets.ReadTable(dir+"/source.csv", datasets.ReadOptions{}))
	tgt := must(datasets.ReadTable(dir+"/train.csv", datasets.ReadOptions{Conditions: cols}))
	task, _, err := datasets.NewTask(src, tgt, datasets.TaskOptions{Variables: vars})
	if err != nil { t.Fatal(err) }
	o := Options{Progress: func(p train.Progress) { if p.Message != "" { fmt.Println(p.Message) } }}
	if err := json.Unmarshal([]byte(os.Getenv("OPT")), &o); err != nil { t.Fatal(err) }
	m, rep, err := Fit(context.Background(), task, o)
	if err != nil { t.Fatal(err) }
	for i, p := range rep.Validation { if i%4 == 3 { fmt.Printf(" %d:%.4f", p.Step, p.Value[0]) } }
	fmt.Println()
	test := must(datasets.ReadTable(dir+"/test.csv", datasets.ReadOptions{Conditions: cols}))
	truth := must(datasets.ReadTable(dir+"/truth.csv", datasets.ReadOptions{Conditions: cols}))
	var meta struct{ Conditions []struct{ Name, Split string } }
	b, _ := os.ReadFile(dir + "/meta.json")
	json.Unmarshal(b, &meta)
	n := 2000
	sum := map[string][3]float64{}
	for i, c := range meta.Conditions {
		var cells []string
		for _, col := range test.Columns { cells = append(cells, col.Cells[i*n]) }
		v, err := task.Schema.ParseCells(cells)
		if err != nil { t.Fatal(err) }
		_, d := test.X.Dims()
		x := test.X.Slice(i*n, (i+1)*n, 0, d).(*mat.Dense)
		y := truth.X.Slice(i*n, (i+1)*n, 0, d).(*mat.Dense)
		uvp := func(f func(dst, x *mat.Dense, c condition.Value) (*mat.Dense, error)) float64 {
			yh, err := f(nil, x, v)
			if err != nil { t.Fatal(err) }
			e, va := 0.0, 0.0
			for j := range d {
				m, s := 0.0, 0.0
				for r := range n { m += y.At(r, j) / float64(n) }
				for r := range n { s += (y.At(r, j) - m) * (y.At(r, j) - m) / float64(n); dd := y.At(r, j) - yh.At(r, j); e += dd * dd / float64(n) }
				va += s
			}
			return 100 * e / va
		}
		g, r := uvp(m.Gradient), uvp(m.Transport)
		s := sum[c.Split]
		sum[c.Split] = [3]float64{s[0] + g, s[1] + r, s[2] + 1}
	}
	fmt.Printf("%s %s steps %d best %d %.1f/s %.1fs compile %.1f warn %v\n   ", base, os.Getenv("OPT"), rep.Steps, rep.Best, rep.PerSecond, rep.Seconds, rep.Compile, rep.Warnings)
	for _, s := range []string{"train", "heldout", "extrapolated"} {
		if v := sum[s]; v[2] > 0 { fmt.Printf(" %s g %.2f r %.2f |", s, v[0]/v[2], v[1]/v[2]) }
	}
	fmt.Println()
}

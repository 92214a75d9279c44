package datasets

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The dasatinib dose series of LINCS (150 MCF10A cells, 4 proteins, 3 doses, no
// vehicle arm: the lowest dose is the source). Runs where $GOMONGE_DATA names
// the folder of data.
func TestDasatinibDoses(t *testing.T) {
	folder := os.Getenv("GOMONGE_DATA")
	if folder == "" {
		t.Skip("GOMONGE_DATA names no folder of data")
	}
	path := filepath.Join(folder, "singlecell", "lincs_cycif_mcf10a_dasatinib_150x4.csv")
	table, err := ReadTable(path, ReadOptions{Conditions: []string{"Conc"}, ID: "Cell no."})
	if err != nil {
		t.Fatal(err)
	}
	task, report, err := NewTask(nil, table, TaskOptions{Variables: variables(t, "Conc:log"), Control: "Conc=0.01"})
	if err != nil {
		t.Fatal(err)
	}
	if keys := keysOf(task, task.Train); !slices.Equal(keys, []string{"0.031623", "0.1"}) || len(report.Dropped) != 0 {
		t.Errorf("conditions %v, report %+v", keys, report)
	}
	for _, p := range task.Train {
		if n, d := p.Target.Dims(); n != 50 || d != 4 {
			t.Errorf("a target cloud of %d×%d", n, d)
		}
		if n, d := p.Source.Dims(); n != 50 || d != 4 {
			t.Errorf("a source cloud of %d×%d", n, d)
		}
	}
	if !slices.Equal(task.Features, []string{"E2F-1", "FOXO1a", "Cyclin-E1", "Cyclin-D1"}) {
		t.Errorf("features %v", task.Features)
	}
}

package dice

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// readColumns reads a table of the folder $GOMONGE_DATA/dice; the test is skipped without it.
func readColumns(t *testing.T, name string) map[string][]float64 {
	t.Helper()
	folder := os.Getenv("GOMONGE_DATA")
	if folder == "" {
		t.Skip("GOMONGE_DATA names no folder of data")
	}
	file, err := os.Open(filepath.Join(folder, "dice", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]float64{}
	for j, column := range rows[0] {
		for _, row := range rows[1:] {
			x, err := strconv.ParseFloat(row[j], 64)
			if err != nil && row[j] != "" {
				t.Fatal(err)
			}
			columns[column] = append(columns[column], x)
		}
	}
	return columns
}

// run is a run with the version's default inputs.
func run(t *testing.T, v Version, p Policy) *Path {
	t.Helper()
	m, err := New(v, p)
	if err != nil {
		t.Fatal(err)
	}
	path, err := m.Run(nil, v.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func basePolicy(t testing.TB, v Version) Policy {
	t.Helper()
	p, err := BasePolicy(v)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func base(t testing.TB, v Version) *Model {
	t.Helper()
	m, err := New(v, basePolicy(t, v))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

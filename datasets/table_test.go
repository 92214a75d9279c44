package datasets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// file writes text to a new file and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadTable(t *testing.T) {
	text := "\ufeffid,dose, x ,drug,w,y\nr1,10,1,a,0.5,-2e-3\n\nr2, 100 ,2.5,\"b, c\",0,7\n"
	path := file(t, "t.csv", text)
	got, err := ReadTable(path, ReadOptions{Conditions: []string{"drug", "dose"}, Optional: []string{"absent"}, Weight: "w"})
	if err != nil {
		t.Fatal(err)
	}
	if want := []Column{{"drug", []string{"a", "b, c"}}, {"dose", []string{"10", "100"}}}; !reflect.DeepEqual(got.Columns, want) {
		t.Errorf("columns %v, want %v", got.Columns, want)
	}
	if !slices.Equal(got.IDs, []string{"r1", "r2"}) || !slices.Equal(got.Weights, []float64{0.5, 0}) || !slices.Equal(got.Features, []string{"x", "y"}) {
		t.Errorf("ids %v, weights %v, features %v", got.IDs, got.Weights, got.Features)
	}
	if !mat.Equal(got.X, mat.NewDense(2, 2, []float64{1, -0.002, 2.5, 7})) {
		t.Errorf("X = %v", mat.Formatted(got.X))
	}
	sum := sha256.Sum256([]byte(text))
	if got.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("SHA256 = %s", got.SHA256)
	}
	from, err := ReadTableFrom(strings.NewReader(text), path, ReadOptions{Conditions: []string{"drug", "dose"}, Weight: "w"})
	if err != nil || !reflect.DeepEqual(from, got) {
		t.Errorf("from a reader: %+v, %v; from the file: %+v", from, err, got)
	}
	if at := got.where(1); !strings.HasSuffix(at, "t.csv, row 4") { // an editor's line, blank ones counted
		t.Errorf("second row is at %q", at)
	}
}

func TestReadTableChoices(t *testing.T) {
	path := file(t, "t.tsv", "a\tb\tname\tc\n1\t2\tx\t3\n4\t5\ty\t6\n")
	got, err := ReadTable(path, ReadOptions{Drop: []string{"name", "b"}})
	if err != nil || !slices.Equal(got.Features, []string{"a", "c"}) || got.IDs != nil {
		t.Errorf("drop: %+v, %v", got, err)
	}
	got, err = ReadTable(path, ReadOptions{Features: []string{"c", "a"}}) // name is not looked at
	if err != nil || !slices.Equal(got.Features, []string{"c", "a"}) || !mat.Equal(got.X, mat.NewDense(2, 2, []float64{3, 1, 6, 4})) {
		t.Errorf("features: %+v, %v", got, err)
	}
	got, err = ReadTable(path, ReadOptions{ID: "name"})
	if err != nil || !slices.Equal(got.IDs, []string{"x", "y"}) || got.IDName != "name" {
		t.Errorf("id: %+v, %v", got, err)
	}
	unnamed, err := ReadTable(file(t, "t.csv", ",a\nr,1\ns,2\n"), ReadOptions{})
	if err != nil || !slices.Equal(unnamed.IDs, []string{"r", "s"}) {
		t.Errorf("a first column without a name: %+v, %v", unnamed, err)
	}
}

func TestReadTableErrors(t *testing.T) {
	dose := ReadOptions{Conditions: []string{"dose"}}
	for _, c := range []struct {
		name, text string
		options    ReadOptions
		say        []string
	}{
		{"t.csv", "dose,x\n1,2\n1,abc\n", dose, []string{"row 3", "column x", `"abc"`}},
		{"t.csv", "dose,x\n1,NaN\n", dose, []string{"row 2", "column x", "finite"}},
		{"t.csv", "dose,x\n1,-inf\n", dose, []string{"row 2", "column x", "finite"}},
		{"t.csv", "dose,x\n1,\n", dose, []string{"row 2", "column x", "empty"}},
		{"t.csv", "dose,x\n1,2\n\n3\n", dose, []string{"row 4", "1 cells", "has 2"}},
		{"t.csv", "dose,x\n1,2,3\n", dose, []string{"row 2", "3 cells"}},
		{"t.csv", "dose,x,y,x\n", dose, []string{"column x", "twice", "2 and 4"}},
		{"t.csv", "dose,x,,y\n", dose, []string{"number 3 has no name"}},
		{"t.csv", "doze,x\n1,2\n", dose, []string{"no column dose", "nearest: doze"}},
		{"t.csv", "dose,x\n1,2\n", ReadOptions{Features: []string{"xx"}}, []string{"no column xx", "nearest: x"}},
		{"t.csv", "dose,x\n1,2\n", ReadOptions{Drop: []string{"z"}}, []string{"no column z"}},
		{"t.csv", "dose,x\n1,2\n", ReadOptions{Weight: "w"}, []string{"no column w"}},
		{"t.csv", "dose,x\n1,2\n", ReadOptions{Features: []string{"x", "x"}}, []string{"asked for twice"}},
		{"t.csv", "dose,x\n1,2\n", ReadOptions{Features: []string{"x"}, Drop: []string{"x"}}, []string{"column x", "dropped", "feature"}},
		{"t.csv", "dose,x\n1,2\n", ReadOptions{Conditions: []string{"dose", "x"}}, []string{"no feature columns"}},
		{"t.csv", "w,x\n-1,2\n", ReadOptions{Weight: "w"}, []string{"row 2", "column w", "negative"}},
		{"t.csv", ",x\n1,2\n", ReadOptions{ID: "x"}, []string{"number 1 has no name"}},
		{"t.csv", "dose,x\n", dose, []string{"no rows"}},
		{"t.csv", "", dose, []string{"no header"}},
		{"t.csv", "dose,x\r1,2\r", dose, []string{"CR alone"}},
		{"t.csv", "dose,x\n\"1,2\n", dose, []string{"t.csv", "quote"}},
		{"t.csv.gz", "dose,x\n1,2\n", dose, []string{"not a gzip file"}},
		{"t.xlsx", "", dose, []string{".csv or .tsv"}},
	} {
		path := file(t, c.name, c.text)
		got, err := ReadTable(path, c.options)
		if err == nil {
			t.Errorf("%q was read: %+v", c.text, got)
			continue
		}
		for _, say := range append(c.say, path) {
			if !strings.Contains(err.Error(), say) {
				t.Errorf("%q: %v; want %q in it", c.text, err, say)
			}
		}
	}
	if _, err := ReadTable(filepath.Join(t.TempDir(), "absent.csv"), dose); err == nil {
		t.Error("an absent file was read")
	}
}

// A gzip file that breaks off is an error, not a short table.
func TestReadTableTruncated(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	r := rand.New(rand.NewPCG(1, 1))
	_, _ = z.Write([]byte("x\n"))
	for range 1000 {
		_, _ = z.Write([]byte(number(r.NormFloat64()) + "\n"))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	whole := b.String()
	if got, err := ReadTable(file(t, "t.csv.gz", whole), ReadOptions{}); err != nil || got.Len() != 1000 {
		t.Fatalf("the whole file: %v", err)
	}
	for _, keep := range []int{len(whole) / 2, len(whole) - 4} {
		if _, err := ReadTable(file(t, "t.csv.gz", whole[:keep]), ReadOptions{}); err == nil {
			t.Errorf("a file cut to %d of %d bytes was read", keep, len(whole))
		}
	}
}

func sample() *Table {
	return &Table{
		IDs: []string{"r1", "r,2", ""}, Weights: []float64{1, 0.1, 0},
		Columns:  []Column{{"drug", []string{"a", `say "x"`, ""}}, {"dose", []string{"1", "2", "3"}}},
		Features: []string{"x", "y, z"},
		X:        mat.NewDense(3, 2, []float64{0.1, math.Pi, -1e-300, 1e300, math.SmallestNonzeroFloat64, -0.25}),
	}
}

func TestWriteTable(t *testing.T) {
	for _, name := range []string{"t.csv", "t.tsv", "t.csv.gz", "T.TSV.GZ"} {
		path := filepath.Join(t.TempDir(), name)
		want := sample()
		if err := WriteTable(path, want); err != nil {
			t.Fatal(err)
		}
		got, err := ReadTable(path, ReadOptions{Conditions: []string{"drug", "dose"}, Weight: "weight"})
		if err != nil {
			t.Fatal(err)
		}
		if !mat.Equal(got.X, want.X) || !reflect.DeepEqual(got.Columns, want.Columns) || !slices.Equal(got.IDs, want.IDs) ||
			!slices.Equal(got.Weights, want.Weights) || !slices.Equal(got.Features, want.Features) {
			t.Errorf("%s came back as %+v", name, got)
		}
		if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
			t.Errorf("left behind: %v", files)
		}
	}
}

func TestWriteTableErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "t.csv")
	for say, spoil := range map[string]func(*Table){
		"no rows":              func(t *Table) { t.X = nil },
		"feature names":        func(t *Table) { t.Features = t.Features[:1] },
		"2 ids for 3 rows":     func(t *Table) { t.IDs = t.IDs[:2] },
		"2 weights":            func(t *Table) { t.Weights = t.Weights[:2] },
		"all weights are zero": func(t *Table) { t.Weights = make([]float64, 3) },
		"weight 1 is -1":       func(t *Table) { t.Weights[1] = -1 },
		"column dose has 1":    func(t *Table) { t.Columns[1].Cells = []string{"1"} },
		"column x stands":      func(t *Table) { t.Columns[1].Name = "x" },
		"column id stands":     func(t *Table) { t.Columns[1].Name = "id" },
		"has no name":          func(t *Table) { t.Features[1] = "" },
	} {
		table := sample()
		spoil(table)
		if err := WriteTable(path, table); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("WriteTable: %v; want an error with %q", err, say)
		}
	}
	if err := WriteTable(filepath.Join(dir, "t.txt"), sample()); err == nil {
		t.Error("an unknown format was written")
	}
	if err := WriteTable(filepath.Join(dir, "absent", "t.csv"), sample()); err == nil {
		t.Error("a file in an absent folder was written")
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
}

func TestSelect(t *testing.T) {
	table := sample()
	got, extra, err := table.Select([]string{"y, z"})
	if err != nil || !slices.Equal(extra, []string{"x"}) || !mat.Equal(got.X, mat.NewDense(3, 1, []float64{math.Pi, 1e300, -0.25})) || len(table.Features) != 2 {
		t.Errorf("Select = %+v, %v, %v", got, extra, err)
	}
	if same, extra, err := table.Select([]string{"x", "y, z"}); err != nil || extra != nil || same.X != table.X {
		t.Errorf("Select of everything: %v, %v", extra, err)
	}
	for say, names := range map[string][]string{"lacks feature xx (nearest: x)": {"xx"}, "twice": {"x", "x"}, "no features": {}} {
		if _, _, err := table.Select(names); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("Select(%v): %v; want %q", names, err, say)
		}
	}
	if _, err := table.Column("x"); err == nil || !strings.Contains(err.Error(), "read as a feature") {
		t.Errorf("Column(x): %v", err)
	}
	if _, err := table.Column("dse"); err == nil || !strings.Contains(err.Error(), "nearest: dose") {
		t.Errorf("Column(dse): %v", err)
	}
}

func FuzzReadTable(f *testing.F) {
	for _, seed := range []string{"dose,x\n1,2\n", "id\tdose\tx\n", "\ufeff\"dose\",x\n\"a\nb\",1e3\n", "x,,dose\n", "dose,x\r1", "dose,x\n,0x1p-2\n"} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, comma bool) {
		separator := '\t'
		if comma {
			separator = ','
		}
		table, err := readTable(bytes.NewReader(data), separator, "f", ReadOptions{Optional: []string{"dose"}})
		if err != nil {
			return
		}
		if err := table.Validate(); err != nil {
			t.Fatalf("what was read is not valid: %v", err)
		}
		var b bytes.Buffer
		if err := table.write(&b, separator); err != nil {
			t.Fatal(err)
		}
		again, err := readTable(&b, separator, "f", ReadOptions{Optional: []string{"dose"}})
		if err != nil || !mat.Equal(again.X, table.X) || !reflect.DeepEqual(again.Columns, table.Columns) || !slices.Equal(again.Features, table.Features) {
			t.Errorf("%q came back as %+v, %v", data, again, err)
		}
	})
}

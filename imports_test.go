package gomonge_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gomonge/gomonge"

// room is what the packages of one folder may import of this module ("internal" covers all under it)
// and of the modules in guarded. Every room may import the helpers, and packages of its own folder.
type room struct {
	folder  string
	imports string // folders, separated by spaces; * for all
	modules string // guarded modules, separated by spaces
}

// helpers know nothing of the project: they import the standard library, gonum's numbers and each other.
var helpers = []string{"internal/atomicfile", "internal/spell", "internal/safetensors", "internal/vec"}

// rooms is the plan of the house: which way imports go. The longest folder that holds a package counts.
var rooms = []room{
	{"", "", ""}, // the module's root: documentation
	{"ot", "", ""},
	{"ot/xla", "ot internal", gomlx},
	{"metrics", "ot", ""},
	{"condition", "ot", ""},
	{"datasets", "condition ot", ""},
	{"projection", "internal", gomlx},
	{"condot", "condition datasets projection ot internal", gomlx},
	{"ncmt", "condition datasets projection ot internal", gomlx},
	{"baselines", "condition datasets projection ot internal condot", gomlx},
	{"sensitivity", "condition datasets ot ncmt", ""},
	{"plots", "metrics sensitivity", "gonum.org/v1/plot"},
	{"experiments", "condition condot ncmt baselines ot metrics sensitivity projection datasets plots internal", "gonum.org/v1/plot"},
	{"cmd", "*", "github.com/spf13/cobra github.com/schollz/progressbar github.com/jedib0t/go-pretty"},
	{"notebooks/nb", "", "gonum.org/v1/plot github.com/janpfeifer/gonb"},
	{"bench", "*", gomlx},
	{"internal", "internal condition ot", gomlx},
	{"internal/batches", "condition datasets internal", gomlx},
	{"internal/modelfolder", "internal/nn internal", gomlx},
	{"internal/backend", "", gomlx + " k8s.io/klog"},
	{"internal/ottest", "internal condition datasets ot metrics", gomlx},
}

const gomlx = "github.com/gomlx/gomlx github.com/gomlx/compute github.com/gomlx/go-xla"

// guarded are the modules that only the rooms that name them may import. The standard library and
// gonum's numbers are everybody's.
var guarded = strings.Fields(gomlx + " gonum.org/v1/plot github.com/janpfeifer/gonb github.com/spf13/cobra github.com/schollz/progressbar github.com/jedib0t/go-pretty k8s.io/klog")

// goPackage is what "go list" tells of a package.
type goPackage struct {
	ImportPath string
	Imports    []string // by files that are not tests
}

func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for dec := json.NewDecoder(bytes.NewReader(out)); ; n++ {
		var p goPackage
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, complaint := range complaints(p) {
			t.Error(complaint)
		}
	}
	if n < 5 {
		t.Errorf("go list found only %d packages", n)
	}
}

// complaints says which imports of a package the plan does not allow.
func complaints(p goPackage) (list []string) {
	folder := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
	r, ok := roomOf(folder)
	if !ok {
		return []string{fmt.Sprintf("package %s has no place in the plan: say in imports_test.go what it may import", folder)}
	}
	for _, path := range p.Imports {
		other, ours := strings.CutPrefix(path, module)
		other = strings.TrimPrefix(other, "/")
		switch {
		case ours && r.imports != "*" && !within(other, slices.Concat(strings.Fields(r.imports), helpers, []string{cmp.Or(r.folder, ".")})):
			list = append(list, fmt.Sprintf("%s imports %s; it may import %s", folder, other, cmp.Or(r.imports, "nothing of this module")))
		case !ours && within(path, guarded) && !within(path, strings.Fields(r.modules)):
			list = append(list, fmt.Sprintf("%s imports %s, which is kept to other packages", folder, path))
		}
	}
	return list
}

// roomOf is the room with the longest folder that holds the package.
func roomOf(folder string) (best room, ok bool) {
	if slices.Contains(helpers, folder) {
		return room{folder: folder}, true
	}
	for _, r := range rooms {
		if (folder == r.folder || r.folder != "" && strings.HasPrefix(folder, r.folder+"/")) && len(r.folder) >= len(best.folder) {
			best, ok = r, true
		}
	}
	return best, ok
}

// within tells whether path is one of the roots or below one.
func within(path string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool {
		return path == root || strings.HasPrefix(path, root+"/")
	})
}

// TestComplaints holds the plan against arrows that are right and wrong.
func TestComplaints(t *testing.T) {
	for _, c := range []struct {
		from, to string
		wrong    bool
	}{
		{"condot", module + "/condition", false},
		{"condot", module + "/internal/train", false},
		{"condot", "github.com/gomlx/gomlx/core/graph", false},
		{"condot", module + "/ncmt", true},
		{"condot", module + "/metrics", true},
		{"ncmt", module + "/condot", true},
		{"ot", "gonum.org/v1/gonum/mat", false},
		{"ot", "github.com/gomlx/compute", true},
		{"ot", module + "/condition", true},
		{"datasets/synthetic", module + "/datasets", false},
		{"datasets/synthetic", module + "/condot", true},
		{"metrics", module + "/datasets", true},
		{"notebooks/nb", module + "/plots", true},
		{"notebooks/nb", "github.com/janpfeifer/gonb/gonbui", false},
		{"experiments", "github.com/gomlx/gomlx/core/graph", true},
		{"experiments", "gonum.org/v1/plot/vg", false},
		{"internal/nn", module + "/condot", true},
		{"internal/spell", module + "/condition", true},
		{"internal/vec", "github.com/gomlx/compute", true},
		{"ot", module + "/internal/spell", false},
		{"ot", module + "/internal/train", true},
		{"cmd/gomonge", module + "/experiments", false},
		{"somewhere", "fmt", true},
	} {
		got := complaints(goPackage{ImportPath: module + "/" + c.from, Imports: []string{c.to}})
		if (len(got) > 0) != c.wrong {
			t.Errorf("%s → %s: complaints %q, wrong is %t", c.from, c.to, got, c.wrong)
		}
	}
}

package main

import (
	"bufio"
	"encoding/json"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/internal/safetensors"
	"gonum.org/v1/gonum/mat"
)

// small trains in pure Go within a second.
const small = `{"Refine": -1, "Inner": 2, "Conditions": 1, "Batch": 16, "Steps": 100, "Validation": -1, "Backend": "go",
	"Architecture": {"Layers": 2, "Width": 8}}`

// The same for NCTM.
const smallNCTM = `{"Inner": 2, "PerBatch": 2, "Batch": 16, "Steps": 100, "Validation": -1, "Pretrain": -1, "Backend": "go",
	"Architecture": {"Width": 8, "Hidden": 8, "Encoder": 1, "Decoder": 1, "CriticDecoder": 1}}`

// writeTask writes two conditions in the plane whose maps move all points by the condition.
func writeTask(t *testing.T) string {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	cloud := func(name string, n int, shift float32) safetensors.Array {
		a := safetensors.Array{Name: name, Dims: []int{n, 2}}
		for range 2 * n {
			a.Data = append(a.Data, float32(r.NormFloat64())+shift)
		}
		return a
	}
	moved := func(name string, from safetensors.Array, shift float32) safetensors.Array {
		a := safetensors.Array{Name: name, Dims: from.Dims}
		for _, x := range from.Data {
			a.Data = append(a.Data, x+shift)
		}
		return a
	}
	test := cloud("test", 20, 0)
	path := filepath.Join(t.TempDir(), "task.safetensors")
	err := safetensors.Write(path, []safetensors.Array{
		{Name: "conditions", Dims: []int{2, 1}, Data: []float32{.5, 1}}, cloud("source", 100, 0),
		cloud("target0", 100, .5), cloud("target1", 100, 1), test, moved("truth0", test, .5), moved("truth1", test, 1)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPace(t *testing.T) {
	t.Run("condot", func(t *testing.T) { checkPace(t, "condot", small) })
	t.Run("ncmt", func(t *testing.T) { checkPace(t, "ncmt", smallNCTM) })
}

func checkPace(t *testing.T, method, options string) {
	var out strings.Builder
	if err := run([]string{"-method", method, "-task", writeTask(t), "-options", options}, strings.NewReader("12\n8\n0\n"), &out); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(strings.NewReader(out.String()))
	next := func(to any) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("the output ends early:\n%s", out.String())
		}
		if err := json.Unmarshal(lines.Bytes(), to); err != nil {
			t.Fatal(err)
		}
	}
	var ready struct{ Ready bool }
	if next(&ready); !ready.Ready {
		t.Error("the program does not say that it is ready")
	}
	for range 2 {
		var block struct{ Seconds float64 }
		if next(&block); !(block.Seconds > 0 && block.Seconds < 60) {
			t.Errorf("a block of %g seconds", block.Seconds)
		}
	}
	var s summary
	next(&s)
	// The identity is at 100·2·shift²/(2·Var) %, about 12 and 50 for these clouds.
	if s.Rounds != 20 || len(s.Losses) < 2 || s.Losses[len(s.Losses)-1][0] != 20 || !(s.UVP > 0 && s.UVP < 100) {
		t.Errorf("after 12 and 8 rounds: %+v", s)
	}
}

func TestPaceRefuses(t *testing.T) {
	path := writeTask(t)
	for _, c := range []struct{ options, commands, want string }{
		{small, "many\n", "many"},
		{`{"Steps": "x"}`, "0\n", "options"},
		{small, "101\n0\n", "by itself"}, // the options say 100
	} {
		var out strings.Builder
		err := run([]string{"-task", path, "-options", c.options}, strings.NewReader(c.commands), &out)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q with %s: error %v, want one about %q", c.commands, c.options, err, c.want)
		}
	}
	if err := run([]string{"-task", filepath.Join(t.TempDir(), "none")}, strings.NewReader(""), &strings.Builder{}); err == nil {
		t.Error("a task that is not there is accepted")
	}
}

// The two states are one round apart, and the second is the first one's continuation.
func TestStates(t *testing.T) {
	for method, c := range map[string]struct {
		options string
		arrays  []string // that check.py and nctm_check.py read
	}{"condot": {small, []string{"g", "f", "g_first", "f_first"}}, "ncmt": {smallNCTM, []string{"t", "f", "t_first", "f_first"}}} {
		t.Run(method, func(t *testing.T) { checkStates(t, method, c.options, c.arrays) })
	}
}

func checkStates(t *testing.T, method, options string, wanted []string) {
	dir := t.TempDir()
	if err := run([]string{"-method", method, "-task", writeTask(t), "-options", options, "-state", dir}, strings.NewReader(""), &strings.Builder{}); err != nil {
		t.Fatal(err)
	}
	for name, step := range map[string]int{"before": 9, "after": 10} {
		arrays, meta, err := safetensors.Read(filepath.Join(dir, name+".safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		var state struct{ Step int }
		if err := json.Unmarshal([]byte(meta["state"]), &state); err != nil || state.Step != step {
			t.Errorf("%s is of step %d (%v), want %d", name, state.Step, err, step)
		}
		has := map[string]bool{}
		for _, a := range arrays {
			has[a.Name] = true
		}
		for _, n := range wanted {
			if !has[n] {
				t.Errorf("%s lacks the array %s", name, n)
			}
		}
	}
}

func TestUnexplained(t *testing.T) {
	truth := mat.NewDense(2, 1, []float64{0, 2}) // variance 1
	if got := unexplained(mat.NewDense(2, 1, []float64{.5, 1.5}), truth); math.Abs(got-25) > 1e-12 {
		t.Errorf("L2-UVP %g %%, want 25", got)
	}
}

package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// visible are a command and those below it, in order.
func visible(cmd *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			list = append(list, visible(c)...)
		}
	}
	return list
}

func commands() []*cobra.Command {
	a := &app{stdout: io.Discard, stderr: io.Discard}
	return visible(a.root())
}

// cellsText is a table of cells of two types under doses and a control.
func cellsText() string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("cell_id,cell_type,dose,g1,g2\n")
	n := 0
	for _, cell := range []string{"A549", "K562"} {
		for _, dose := range []float64{0, 1, 10, 100} {
			for range 40 {
				n++
				fmt.Fprintf(&b, "c%d,%s,%g,%g,%g\n", n, cell, dose, r.NormFloat64()+dose/50, r.NormFloat64()-dose/80)
			}
		}
	}
	return b.String()
}

// smaller are flags that make an example's run small; those that the example
// has are left out, apart from those that say how long.
func smaller(line string) []string {
	var flags []string
	add := func(list []string) {
		for i := 0; i < len(list); i += 2 {
			key, _, _ := strings.Cut(list[i+1], "=")
			if !strings.Contains(line, list[i]+" "+key) {
				flags = append(flags, list[i], list[i+1])
			}
		}
	}
	switch strings.Fields(line)[1] {
	case "synth":
		add(words("--source-points 300 --target-points 100 --test-points 50"))
	case "initialisation":
		add(words("--steps 1 --seeds 1 --points 20"))
	case "dosage":
		add(words("--steps 1 --seeds 1 --genes 60 --markers 10 --components 2 --methods mean,identity"))
	case "covariate":
		add(words("--steps 1 --seeds 1 --genes 60 --markers 10 --components 2 --methods mean,identity"))
	case "combination":
		add(words("--steps 1 --seeds 1 --markers 10 --components 2 --methods additive,identity"))
	case "climate":
		add(words("--steps 1 --countries 4 --draws 3"))
		if !strings.Contains(line, "--methods") {
			add(words("--methods quantile,identity"))
		}
	case "pictures", "compare", "paper":
		if !strings.Contains(line, "--only") {
			add(words("--steps 1"))
		}
	case "fit":
		flags = words("--steps 5 --seconds 0")
		if !strings.Contains(line, "--method") || strings.Contains(line, "--method condot") {
			add(words(tiny))
		}
	}
	return flags
}

// TestExamples runs every example of every help text, one after the other in one folder.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains several times")
	}
	dir := t.TempDir()
	t.Chdir(dir)
	writeFile(t, dir, "cells.csv", cellsText())
	writeFile(t, dir, "grid.csv", "dose\n0.1\n0.3\n")
	countsFile(t, dir)
	for _, cmd := range commands() {
		if cmd.Example == "" {
			t.Errorf("the help of %s has no example", cmd.CommandPath())
		}
		for _, line := range strings.Split(strings.TrimSpace(cmd.Example), "\n") {
			line = strings.TrimSpace(line)
			if !strings.HasPrefix(line, cmd.Root().Name()+" ") {
				t.Errorf("an example of %s is %q", cmd.CommandPath(), line)
				continue
			}
			args := append(strings.Fields(line)[1:], smaller(line)...)
			code, stdout, stderr := gomonge(args...)
			if code != exitDone {
				t.Errorf("%s: exit code %d\n%s", line, code, stderr)
			}
			if stdout == "" {
				t.Errorf("%s has no result", line)
			}
			if strings.Contains(line, "--json") {
				decode[map[string]any](t, stdout)
			}
		}
	}
}

func TestHelp(t *testing.T) {
	for _, cmd := range commands() {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s is described as %q", cmd.CommandPath(), cmd.Short)
		}
		for _, line := range strings.Split(cmd.Long, "\n") {
			if n := len([]rune(line)); n > 132 {
				t.Errorf("%s has a line of %d letters: %s", cmd.CommandPath(), n, line)
			}
		}
		args := append(strings.Fields(cmd.CommandPath())[1:], "--help")
		code, stdout, stderr := gomonge(args...)
		if code != exitDone || stderr != "" || !strings.Contains(stdout, "Examples:") || !strings.Contains(stdout, "--json") {
			t.Errorf("%s --help: exit code %d\n%s%s", cmd.CommandPath(), code, stdout, stderr)
		}
	}
}

// TestCompletion asks the program what follows, as shells do.
func TestCompletion(t *testing.T) {
	for line, want := range map[string]string{
		"synth --kind g":            "gaussian",
		"fit --method add":          "additive",
		"fit --opt init=ga":         "init=gaussian",
		"fit --opt architecture.w":  "architecture.width=",
		"fit --method plan --opt p": "points=",
		"--backend xl":              "xla:cpu",
		"backend inst":              "install",
		"backend install cu":        "cuda",
		"completion z":              "zsh",
		"transp":                    "transport",
	} {
		var out, err bytes.Buffer
		if code := run(t.Context(), append([]string{"__complete"}, strings.Fields(line)...), &out, &err); code != exitDone {
			t.Errorf("%s: exit code %d\n%s", line, code, err.String())
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("gomonge %s is completed by\n%swithout %s", line, out.String(), want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if script := succeeds(t, "completion %s", shell); !strings.Contains(script, "gomonge") {
			t.Errorf("the script for %s is\n%s", shell, script)
		}
	}
}

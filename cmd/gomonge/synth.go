package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
)

// synthResult is what synth says of the task that it wrote.
type synthResult struct {
	Out        string           `json:"out"`
	Kind       string           `json:"kind"`
	Dim        int              `json:"dim"`
	Seed       uint64           `json:"seed"`
	Files      []string         `json:"files"`
	Conditions []synthCondition `json:"conditions"`
}

type synthCondition struct {
	Name  string `json:"name"`
	Split string `json:"split"`
}

func (a *app) synthCommand() *cobra.Command {
	var kind, out string
	var quick bool
	var o synthetic.Options
	cmd := &cobra.Command{
		Use:   "synth",
		Short: "Write a task whose optimal maps are known",
		Long: `synth writes a task with a known answer: source.csv; train.csv, the target clouds of
the training conditions; test.csv, points of the source under every condition, also
those that are held out; truth.csv, the same rows carried by the exact optimal map; and
task.json, with the splits and W₂² of every condition. The same kind, dimension and seed give the same files.

Kinds: dose (a scalar), mix (category × dose), combination (sets of one or two of
eight actions), gaussian (affine maps in closed form), interpolation (time), vectors (a label with a
vector in vectors.csv, for fit --condition text:vector=TASK/vectors.csv), and in the
plane pictures and figure8, some or all of whose maps are not known.`,
		Example: `  gomonge synth --kind dose --dim 2 --seed 1 --out task
  gomonge synth --kind mix --dim 16 --quick --out task16 --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if quick {
				o.SourcePoints, o.TargetPoints, o.TestPoints = fewer(cmd, o)
			}
			if out == "" {
				out = defaultOut("synth")
			}
			return a.synth(cmd.Context(), synthetic.Kind(kind), o, filepath.Clean(out))
		},
	}
	f := cmd.Flags()
	f.StringVar(&kind, "kind", "dose", "kind of the task: "+strings.Join(kindNames(), ", "))
	f.IntVar(&o.Dim, "dim", 2, "number of features")
	f.Uint64Var(&o.Seed, "seed", 0, "seed of everything that is drawn")
	f.IntVar(&o.SourcePoints, "source-points", 10000, "points of the source cloud")
	f.IntVar(&o.TargetPoints, "target-points", 4000, "points of each target cloud")
	f.IntVar(&o.TestPoints, "test-points", 2000, "points that are tested")
	f.BoolVar(&quick, "quick", false, "few points (1000, 500, 200)")
	f.StringVar(&out, "out", "", "folder of the task (default runs/synth-TIME)")
	completeFrom(cmd, "kind", kindNames())
	return cmd
}

// fewer points where no number was asked for.
func fewer(cmd *cobra.Command, o synthetic.Options) (source, target, test int) {
	quick := func(name string, asked, few int) int {
		if cmd.Flags().Changed(name) {
			return asked
		}
		return few
	}
	return quick("source-points", o.SourcePoints, 1000), quick("target-points", o.TargetPoints, 500), quick("test-points", o.TestPoints, 200)
}

func kindNames() []string {
	var names []string
	for _, k := range synthetic.Kinds() {
		names = append(names, string(k))
	}
	return names
}

func (a *app) synth(ctx context.Context, kind synthetic.Kind, o synthetic.Options, out string) error {
	if err := checkSynth(kind, o); err != nil {
		return err
	}
	task, err := writeSynth(ctx, kind, o, out)
	if err != nil {
		return err
	}
	r := synthResult{Out: out, Kind: string(kind), Dim: task.Dim(), Seed: o.Seed}
	for _, name := range kind.Files() {
		r.Files = append(r.Files, filepath.Join(out, name))
	}
	for _, c := range task.Conditions {
		r.Conditions = append(r.Conditions, synthCondition{task.Schema.Format(c.Value), string(c.Split)})
	}
	return a.result(r, func(w io.Writer) {
		t := newTable("condition", "split")
		for _, c := range r.Conditions {
			t.AppendRow(table.Row{c.Name, c.Split})
		}
		fmt.Fprintf(w, "%s\n\n%s\n", t.Render(), strings.Join(r.Files, "\n"))
	})
}

func checkSynth(kind synthetic.Kind, o synthetic.Options) error {
	if name := string(kind); !slices.Contains(kindNames(), name) {
		return fmt.Errorf("--kind %q is no kind of task (%s)", name, spell.Suggest(name, kindNames()))
	}
	for _, n := range []struct {
		flag   string
		points int
	}{{"source-points", o.SourcePoints}, {"target-points", o.TargetPoints}, {"test-points", o.TestPoints}} {
		if n.points < 2 {
			return fmt.Errorf("--%s %d: a cloud has two points or more", n.flag, n.points)
		}
	}
	return nil
}

// writeSynth makes the task in a folder of its own beside out and moves its
// files there when all are written; interrupted, it leaves nothing.
func writeSynth(ctx context.Context, kind synthetic.Kind, o synthetic.Options, out string) (*synthetic.Task, error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, err
	}
	making, err := os.MkdirTemp(out, ".task.tmp-")
	if err != nil {
		return nil, err
	}
	defer func() {
		_ = os.RemoveAll(making)
		_ = os.Remove(out) // if nothing is in it
	}()
	type made struct {
		task *synthetic.Task
		err  error
	}
	done := make(chan made, 1)
	go func() {
		task, err := synthetic.New(kind, o)
		if err == nil && ctx.Err() == nil {
			err = task.Write(making)
		}
		done <- made{task, err}
	}()
	select {
	case <-ctx.Done():
		return nil, interrupted("interrupted; nothing is written")
	case m := <-done:
		if m.err != nil {
			return nil, m.err
		}
		for _, name := range kind.Files() {
			if err := os.Rename(filepath.Join(making, name), filepath.Join(out, name)); err != nil {
				return nil, err
			}
		}
		return m.task, nil
	}
}

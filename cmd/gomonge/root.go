package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// app is what all commands share: where output goes, and the flags of every command.
type app struct {
	stdout, stderr io.Writer
	backend        string
	threads        int
	json, quiet    bool
}

// run runs the command line and returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	a := &app{stdout: stdout, stderr: stderr}
	root := a.root()
	root.SetArgs(args)
	defer func() {
		if r := recover(); r != nil {
			err := bug(r)
			fmt.Fprintf(stderr, "gomonge: %v", err)
			code = exitCode(err)
		}
	}()
	cmd, err := root.ExecuteContextC(ctx)
	err = unknownCommand(root, err)
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", cmd.CommandPath(), err)
	}
	return exitCode(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "gomonge",
		Short: "Conditional optimal-transport maps",
		Long: `gomonge trains maps T(x, c) that carry a cloud of points x to what it becomes
under a condition c: cells under a dose, a drug, a combination of genes; and it
measures how good they are.`,
		Example: `  gomonge synth --kind dose --quick --out task
  gomonge fit --source task/source.csv --target task/train.csv --condition dose --quick --out runs/dose
  gomonge transport --model runs/dose/model --data task/source.csv --condition dose=0.4 --out predicted.csv
  gomonge evaluate --model runs/dose/model --data task/test.csv --truth task/truth.csv --out runs/dose-test`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.begin()
		},
	}
	f := root.PersistentFlags()
	f.StringVar(&a.backend, "backend", "auto", "what computes: auto, xla:cpu, xla:cuda, xla:PATH of a plugin, or go")
	f.IntVar(&a.threads, "threads", 0, "Go threads (0: all cores); XLA follows the process's CPU affinity")
	f.BoolVar(&a.json, "json", false, "the result as one JSON object")
	f.BoolVar(&a.quiet, "quiet", false, "say nothing but the result, warnings and errors")
	completeFrom(root, "backend", []string{"auto", "xla:cpu", "xla:cuda", "xla:", "go"})
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.DisableDefaultCmd = true
	cobra.EnableCommandSorting = false // in the order in which they are used
	root.AddCommand(a.synthCommand(), a.fitCommand(), a.transportCommand(), a.evaluateCommand(), a.inspectCommand(), a.dataCommand(), a.prepCommand(), a.distanceCommand(),
		a.dosageCommand(), a.covariateCommand(), a.combinationCommand(), a.climateCommand(), a.sensitivityCommand(), a.initialisationCommand(), a.ablationCommand(), a.picturesCommand(), a.compareCommand(), a.paperCommand(),
		a.backendCommand(), a.versionCommand(), a.completionCommand())
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Hidden = true
		}
	}
	return root
}

// begin applies the flags of every command.
func (a *app) begin() error {
	if a.threads < 0 {
		return fmt.Errorf("--threads %d: it is a number of threads, or 0 for all cores", a.threads)
	}
	if a.threads > 0 {
		runtime.GOMAXPROCS(a.threads)
	}
	return nil
}

// note tells the user what happens.
func (a *app) note(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.stderr, format+"\n", args...)
	}
}

// warn tells the user what to know about the result.
func (a *app) warn(format string, args ...any) {
	fmt.Fprintf(a.stderr, "warning: "+format+"\n", args...)
}

// result writes the command's result: the value as JSON, or as text.
func (a *app) result(value any, text func(io.Writer)) error {
	var b bytes.Buffer
	if !a.json {
		text(&b)
	} else {
		e := json.NewEncoder(&b)
		e.SetIndent("", "  ")
		if err := e.Encode(value); err != nil {
			return machineError(err)
		}
	}
	if _, err := a.stdout.Write(b.Bytes()); err != nil {
		return machineError(fmt.Errorf("writing the result: %w", err))
	}
	return nil
}

// engine opens the backend and says which one it is, visibly so where it is not XLA
// because there is none.
func (a *app) engine() (*backend.Engine, error) {
	e, err := backend.Get(a.backend)
	if err != nil {
		return nil, err
	}
	if e.Fallback {
		a.warn("%s", e.Why)
	} else {
		a.note("backend: %s", e.Description)
	}
	return e, nil
}

// noArgs is the Args of commands that take flags alone.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasAvailableSubCommands() {
		return fmt.Errorf("it takes flags alone, and %q is none; see %s --help", args[0], cmd.CommandPath())
	}
	return noCommand(cmd, args[0])
}

func noCommand(cmd *cobra.Command, name string) error {
	var known []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			known = append(known, c.Name())
		}
	}
	return fmt.Errorf("there is no command %q (%s); see %s --help", name, spell.Suggest(name, known), cmd.CommandPath())
}

// unknownCommand says cobra's error about a command that is none in our words.
func unknownCommand(root *cobra.Command, err error) error {
	var name string
	if err == nil {
		return nil
	}
	if _, scanErr := fmt.Sscanf(err.Error(), "unknown command %q for", &name); scanErr != nil {
		return err
	}
	return noCommand(root, name)
}

// flagError names the nearest flags where one is unknown.
func flagError(cmd *cobra.Command, err error) error {
	name, unknown := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !unknown {
		return err
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, f.Name)
		}
	})
	near := spell.Nearest(name, known, 3)
	if len(near) == 0 {
		return fmt.Errorf("there is no flag --%s; see %s --help", name, cmd.CommandPath())
	}
	return fmt.Errorf("there is no flag --%s (nearest: --%s)", name, strings.Join(near, ", --"))
}

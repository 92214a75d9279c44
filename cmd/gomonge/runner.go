package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// runFlags are the flags of commands that make a run.
type runFlags struct {
	out, config       string
	seed              uint64
	resume, overwrite bool
}

func (o *runFlags) add(f *pflag.FlagSet, command string) {
	f.StringVar(&o.out, "out", "", "folder of the run (default runs/"+command+"-TIME)")
	f.Uint64Var(&o.seed, "seed", 0, "seed of everything that is drawn")
	f.StringVar(&o.config, "config", "", "config.json of a run: do that again; flags win over it")
	f.BoolVar(&o.resume, "resume", false, "go on with the unfinished run of --out, as it was asked for")
	f.BoolVar(&o.overwrite, "overwrite", false, "replace a finished run in --out, at the end")
}

// checkpointFile is the name of the state of training, in the run's checkpoints.
const checkpointFile = "state.safetensors"

// runner leads a command through its run.
type runner struct {
	run     *rundir.Run
	config  *rundir.Config
	started time.Time
	before  []rundir.DataFile // of the configuration that is repeated
	resumed bool
	again   bool // as --config says
	keep    bool // what is unfinished is worth going on from
	done    bool // there is nothing to do
}

// begins opens the run of a command and settles its flags: as they are, as a
// configuration says, or as those of the run that is resumed.
func (a *app) begins(cmd *cobra.Command, o *runFlags) (*runner, error) {
	r := &runner{started: time.Now()}
	if o.resume {
		return r, a.resumes(cmd, o, r)
	}
	if o.config != "" {
		c, err := rundir.ReadConfig(o.config)
		if err != nil {
			return nil, fmt.Errorf("--config: %w", err)
		}
		if _, err := apply(cmd, c); err != nil {
			return nil, fmt.Errorf("--config %s: %w", o.config, err)
		}
		r.before, r.again = c.Data, true
	}
	if o.out == "" {
		o.out = defaultOut(cmd.Name())
	}
	run, err := rundir.Create(o.out, o.overwrite)
	if err != nil {
		return nil, err
	}
	r.run = run
	r.config = &rundir.Config{Command: cmd.Name(), Settings: settingsOf(cmd), Versions: rundir.Versions(), Started: r.started.UTC().Truncate(time.Second)}
	return r, nil
}

// resumes opens an unfinished run.
func (a *app) resumes(cmd *cobra.Command, o *runFlags, r *runner) error {
	if o.out == "" || o.config != "" {
		return fmt.Errorf("--resume needs --out, the run's folder, and no --config: an unfinished run keeps its own")
	}
	if dir := strings.TrimSuffix(filepath.Clean(o.out), rundir.Unfinished); rundir.Finished(dir) && !rundir.Finished(dir+rundir.Unfinished) {
		r.done = true
		a.note("%s is finished: there is nothing to resume", dir)
		return a.inspect(dir)
	}
	var err error
	if r.run, err = rundir.Resume(o.out, o.overwrite); err != nil {
		return err
	}
	if r.config, err = rundir.ReadConfig(r.run.Path()); err != nil {
		return err
	}
	differ, err := apply(cmd, r.config)
	if err != nil {
		return fmt.Errorf("resuming %s: %w", r.run.Path(), err)
	}
	for _, name := range changeable {
		if slices.Contains(differ, name) {
			r.config.Settings[name] = settingOf(cmd.Flags().Lookup(name))
			differ = slices.DeleteFunc(differ, func(d string) bool { return d == name })
		}
	}
	if len(differ) > 0 {
		return fmt.Errorf("resuming %s: --%s differs from what the run was asked; leave it out, or begin a new run with --config %s",
			r.run.Path(), differ[0], r.run.Path(rundir.ConfigFile))
	}
	r.resumed, r.keep, r.before = true, true, r.config.Data
	return nil
}

// settle opens the backend, where the command computes on one, and writes down
// what the run is made with.
func (r *runner) settle(a *app, files []rundir.DataFile, computes bool) error {
	if err := r.compareData(a, files); err != nil {
		return err
	}
	r.config.Data = files
	if computes {
		e, err := a.engine()
		if err != nil {
			return err
		}
		r.config.Backend = rundir.Backend{Name: e.Name, Version: e.Version}
	}
	return r.run.WriteConfig(r.config)
}

// compareData says where files are not what they were: an error for a run that
// goes on, worth knowing for one that is done again.
func (r *runner) compareData(a *app, files []rundir.DataFile) error {
	for _, old := range r.before {
		for _, now := range files {
			if now.File != old.File || now.SHA256 == old.SHA256 {
				continue
			}
			if r.resumed {
				return fmt.Errorf("%s has changed since the run began; begin a new one", now.File)
			}
			a.warn("%s is not what it was in the run of --config", now.File)
		}
	}
	return nil
}

// hasCheckpoint says whether training can go on from where it was.
func (r *runner) hasCheckpoint() bool { return r.resumed && r.savedCheckpoint() }

func (r *runner) savedCheckpoint() bool {
	_, err := os.Stat(r.run.Path(rundir.CheckpointFolder, checkpointFile))
	return err == nil
}

// savedSome says whether there is any checkpoint.
func (r *runner) savedSome() bool {
	entries, err := os.ReadDir(r.run.Path(rundir.CheckpointFolder))
	return err == nil && len(entries) > 0
}

// setOptions notes a method's options, under the names that --opt gives them.
func (r *runner) setOptions(options any) {
	r.config.Options = map[string]any{}
	for _, o := range optionsOf(options) {
		r.config.Options[o.key] = o.value.Interface()
	}
}

// finish writes the configuration once more and gives the run its name.
func (r *runner) finish() error {
	if err := r.run.WriteConfig(r.config); err != nil {
		return err
	}
	return r.run.Finish()
}

// endsWith removes the run of a command that failed, unless it is worth going on from.
func (r *runner) endsWith(err *error) {
	if panicked := recover(); panicked != nil {
		*err = bug(panicked)
	}
	if *err != nil && r.keep && exitCode(*err) == exitMachine {
		*err = fmt.Errorf("%w; what is done is in %s, --resume goes on from it", *err, r.run.Path())
	}
	if *err != nil && !r.keep {
		if removeErr := r.run.Abandon(); removeErr != nil {
			*err = fmt.Errorf("%w (and what was begun is left: %v)", *err, removeErr)
		}
	}
}

func joined(names ...string) string { return filepath.Join(names...) }

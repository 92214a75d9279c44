// Package rundir keeps the folder of one run of a command: what was asked, on
// which data and with which versions (config.json), and everything that came out.
//
// A run called DIR is written in DIR.partial and takes its name at the very
// end, in one renaming: where DIR is, the run is finished and whole. A run that was
// interrupted or killed stays DIR.partial, with the checkpoints that let it go on.
package rundir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomonge/gomonge/internal/atomicfile"
)

// Names inside a run's folder that every command shares.
const (
	ConfigFile       = "config.json"
	CheckpointFolder = "checkpoint"
)

// Unfinished is what is put behind the name of a run while it is not finished.
const Unfinished = ".partial"

// ErrExists is wrapped where a new run would take the place of an old one.
var ErrExists = errors.New("there is a run already")

// Run is a run that is not finished yet.
type Run struct {
	dir     string
	replace bool
}

// Create starts the run that will be dir. It is an error where dir has
// anything in it, unless replace says that the finished run there is to be
// replaced, at the end; and where an unfinished run of that name is left.
func Create(dir string, replace bool) (*Run, error) {
	dir = filepath.Clean(dir)
	if err := vacant(dir, replace); err != nil {
		return nil, err
	}
	partial := dir + Unfinished
	if err := os.MkdirAll(filepath.Dir(partial), 0o755); err != nil {
		return nil, fmt.Errorf("the run's folder: %w", err)
	}
	err := os.Mkdir(partial, 0o755)
	if errors.Is(err, fs.ErrExist) && !hasConfig(partial) { // it was killed before anything was settled
		return &Run{dir: dir, replace: replace}, clearOut(partial)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%w, unfinished, in %s: go on with --resume, or remove that folder", ErrExists, partial)
	}
	if err != nil {
		return nil, fmt.Errorf("the run's folder: %w", err)
	}
	return &Run{dir: dir, replace: replace}, nil
}

// clearOut removes what a folder holds.
func clearOut(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("the run's folder: %w", err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("the run's folder: %w", err)
		}
	}
	return nil
}

// vacant says why a run cannot be dir.
func vacant(dir string, replace bool) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("the run's folder: %w", err)
	case len(entries) == 0:
		return nil
	case !Finished(dir):
		return fmt.Errorf("%w of something else: %s is a folder with files that are no run's (it has no %s); choose another --out", ErrExists, dir, ConfigFile)
	case !replace:
		return fmt.Errorf("%w in %s: choose another --out, or replace it with --overwrite", ErrExists, dir)
	}
	return nil
}

// Resume opens the unfinished run of dir and clears away what was being
// written when it ended.
func Resume(dir string, replace bool) (*Run, error) {
	dir = filepath.Clean(strings.TrimSuffix(filepath.Clean(dir), Unfinished))
	if partial := dir + Unfinished; !hasConfig(partial) {
		return nil, fmt.Errorf("there is no unfinished run to resume: %s has no %s", partial, ConfigFile)
	}
	r := &Run{dir: dir, replace: replace}
	return r, r.sweep()
}

// sweep removes the temporary files of writes that were cut short.
func (r *Run) sweep() error {
	return filepath.WalkDir(r.Path(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if !strings.HasPrefix(name, ".") || !strings.Contains(name, ".tmp-") {
			return nil
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
}

// Dir is the folder's name once the run is finished.
func (r *Run) Dir() string { return r.dir }

// Path of a file of the run, where it is now; the folder's own without names.
func (r *Run) Path(names ...string) string {
	return filepath.Join(append([]string{r.dir + Unfinished}, names...)...)
}

// Checkpoint is the path of a file among the checkpoints, whose folder is made.
func (r *Run) Checkpoint(name string) (string, error) {
	folder := r.Path(CheckpointFolder)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("the run's checkpoints: %w", err)
	}
	return filepath.Join(folder, name), nil
}

// Write makes a file of the run, whole or not at all. Folders in its name are made.
func (r *Run) Write(name string, write func(io.Writer) error) error {
	path := r.Path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(path, write)
}

// Finish gives the run its name and drops its checkpoints.
func (r *Run) Finish() error {
	if err := vacant(r.dir, r.replace); err != nil {
		return err
	}
	old := ""
	if Finished(r.dir) {
		old = r.dir + ".replaced"
		if err := os.RemoveAll(old); err != nil {
			return err
		}
		if err := os.Rename(r.dir, old); err != nil {
			return err
		}
	}
	// What may still be there is an empty folder, which Rename would not replace.
	if err := os.Remove(r.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(r.Path(), r.dir); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(r.dir, CheckpointFolder)); err != nil {
		return err
	}
	if old != "" {
		return os.RemoveAll(old)
	}
	return nil
}

// Abandon removes the unfinished run: there is nothing in it worth going on from.
func (r *Run) Abandon() error { return os.RemoveAll(r.Path()) }

// Finished says whether dir holds a finished run.
func Finished(dir string) bool { return hasConfig(dir) }

func hasConfig(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, ConfigFile))
	return err == nil
}

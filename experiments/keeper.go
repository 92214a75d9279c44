package experiments

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/internal/atomicfile"
	"gonum.org/v1/gonum/mat"
)

// keeper keeps what an experiment has done in a folder, a file for each finished fit and the checkpoints
// of those under way, so that an experiment that was interrupted or killed goes on from there.
type keeper struct {
	folder string // "" keeps nothing
	resume bool
	// fingerprint names the settings, the data and the engine that numbers follow from.
	fingerprint string
}

// newKeeper makes the folder.
func newKeeper(folder string, resume bool, fingerprint string) (*keeper, error) {
	if folder == "" && resume {
		return nil, errors.New("experiments: resume needs the folder of the checkpoints")
	}
	if folder != "" {
		if err := os.MkdirAll(folder, 0o777); err != nil {
			return nil, fmt.Errorf("experiments: the folder of the checkpoints: %w", err)
		}
	}
	return &keeper{folder, resume, fingerprint}, nil
}

// fingerprintOf settings that print wholly, and of the points that they led to.
func fingerprintOf(engine string, settings any, clouds ...*mat.Dense) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %+v\n", engine, settings)
	for _, m := range clouds {
		n, d := m.Dims()
		fmt.Fprintln(h, n, d)
		for i := range n {
			_ = binary.Write(h, binary.LittleEndian, m.RawRowView(i)) // a hash takes every byte
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// drawer is where the fit of that number and name keeps its things.
func (k *keeper) drawer(number int, name string) *drawer { return &drawer{k, number, name} }

// drawer holds what one fit keeps.
type drawer struct {
	*keeper
	number int
	name   string
}

// Things in a drawer.
const (
	doneFile  = "done"  // what the fit found
	traceFile = "trace" // what was seen of the training under way
	stateFile = "state.safetensors"
)

func (d *drawer) path(thing string) string {
	return filepath.Join(d.folder, fmt.Sprintf("%03d.%s", d.number, thing))
}

// label is written before a thing: whose it is.
type label struct{ Fingerprint, Name string }

// save keeps a thing, whole or not at all; value is what gob can write.
func (d *drawer) save(thing string, value any) error {
	if d.folder == "" {
		return nil
	}
	return atomicfile.Write(d.path(thing), func(w io.Writer) error {
		e := gob.NewEncoder(w)
		if err := e.Encode(label{d.fingerprint, d.name}); err != nil {
			return err
		}
		return e.Encode(value)
	})
}

// load reads a thing into what value points to, where an experiment is resumed that had kept it.
func (d *drawer) load(thing string, value any) (found bool, err error) {
	if !d.resume {
		return false, nil
	}
	f, err := os.Open(d.path(thing))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("experiments: resuming: %w", err)
	}
	defer f.Close()
	decoder := gob.NewDecoder(f)
	var l label
	if err := decoder.Decode(&l); err != nil {
		return false, fmt.Errorf("experiments: resuming: %s: %w", f.Name(), err)
	}
	if l.Fingerprint != d.fingerprint || l.Name != d.name {
		return false, fmt.Errorf("experiments: resuming: %s is of %q with other data, settings or engine: give the same ones, or start anew without resume", f.Name(), l.Name)
	}
	if err := decoder.Decode(value); err != nil {
		return false, fmt.Errorf("experiments: resuming: %s: %w", f.Name(), err)
	}
	return true, nil
}

// state is the checkpoint of the fit's k-th training, and whether there is one to go on from; "" keeps none.
func (d *drawer) state(k int) (path string, resume bool, err error) {
	if d.folder == "" {
		return "", false, nil
	}
	path = d.path(stateFile)
	if k > 0 {
		path = fmt.Sprintf("%s.%d", path, k)
	}
	states, err := d.files(stateFile)
	return path, d.resume && slices.Contains(states, path), err
}

// training is the options of a training that keeps its checkpoint here, and goes on from one that is here.
func (d *drawer) training(o condot.Options) (condot.Options, error) {
	if d.folder == "" {
		return o, nil
	}
	o.Checkpoint = d.path(stateFile)
	states, err := d.files(stateFile)
	o.Resume = d.resume && len(states) > 0
	return o, err
}

// finish keeps what the fit found, and no longer what it needed to go on.
func (d *drawer) finish(found any) error {
	if err := d.save(doneFile, found); err != nil || d.folder == "" {
		return err
	}
	for _, thing := range []string{stateFile, traceFile} {
		paths, err := d.files(thing)
		if err != nil {
			return err
		}
		for _, path := range paths {
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("experiments: %w", err)
			}
		}
	}
	return nil
}

// files of a thing: the checkpoints of several maps have .1, .2 and so on behind the name.
func (d *drawer) files(thing string) (paths []string, err error) {
	entries, err := os.ReadDir(d.folder)
	if err != nil {
		return nil, fmt.Errorf("experiments: the folder of the checkpoints: %w", err)
	}
	for _, e := range entries {
		if path := filepath.Join(d.folder, e.Name()); strings.HasPrefix(path, d.path(thing)) {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

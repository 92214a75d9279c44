package hdf5

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// readAll reads all that is in a file. It ends at the first error.
func readAll(b []byte) error {
	f, err := NewFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	root, err := f.Root()
	if err != nil {
		return err
	}
	left := 200 // objects: links may run in a circle
	return readObject(root, &left)
}

func readObject(o *Object, left *int) error {
	if *left--; *left < 0 {
		return nil
	}
	attributes, err := o.Attributes()
	problems := []error{err}
	for _, a := range attributes {
		if a.Type.IsText() {
			_, err = a.Texts()
		} else {
			_, err = a.Integers()
		}
		problems = append(problems, err)
	}
	if o.IsDataset() {
		problems = append(problems, readDataset(o))
	}
	if o.IsGroup() {
		names, err := o.Names()
		problems = append(problems, err)
		for _, name := range names[:min(len(names), 60)] {
			child, err := o.Child(name)
			problems = append(problems, err)
			if child != nil {
				problems = append(problems, readObject(child, left))
			}
		}
	}
	return errors.Join(problems...)
}

func readDataset(o *Object) error {
	d, err := o.Dataset()
	if err != nil {
		return err
	}
	n := d.Rows() * d.RowLength()
	number := d.Type.numeric() == nil
	switch {
	case d.Type.IsText():
		_, err = d.Texts(0, d.Rows())
	case d.Type.Class == Compound && len(d.Type.Members) > 0:
		var field *Dataset
		if field, err = d.Field(d.Type.Members[0].Name); err == nil && field.Type.IsText() {
			_, err = field.Texts(0, d.Rows())
		}
	case number && d.Type.Size == 1:
		err = Read(d, 0, d.Rows(), make([]int8, n))
	case number:
		err = Read(d, 0, d.Rows(), make([]float32, n))
	}
	return err
}

// damageable are the files that are damaged in tests: all kinds of structure.
var damageable = []string{"indices-old.h5", "indices-latest.h5", "kinds.h5", "filters.h5", "groups-old.h5", "groups-latest.h5", "userblock.h5"}

// TestDamage cuts files off and flips bits: reading ends, without a panic, soon
// and in memory that is proportional to the file.
func TestDamage(t *testing.T) {
	for _, name := range damageable {
		whole, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		trials := 60
		if testing.Short() {
			trials = 25
		}
		for i := range trials {
			at := i * len(whole) / trials
			checkDamaged(t, name, whole[:at])
			flipped := bytes.Clone(whole)
			flipped[(at*7919+i)%len(whole)] ^= 1 << (i % 8)
			checkDamaged(t, name, flipped)
		}
	}
}

// checkDamaged reads a damaged file. Every dataset may take maxRatio times the
// file; a sound one of these takes far less than 10 MB for all of them.
func checkDamaged(t *testing.T, name string, b []byte) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	checkFault(t, name, readAll(b)) // an error, or numbers that were changed where no checksum covers them
	if passed := time.Since(start); passed > 20*time.Second {
		t.Errorf("%s: a damaged file took %v", name, passed)
	}
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > uint64(10<<20+4*maxRatio*len(b)) {
		t.Errorf("%s: a damaged file of %d bytes took %d bytes", name, len(b), taken)
	}
}

// checkFault complains of an error that was a panic.
func checkFault(t *testing.T, name string, err error) {
	t.Helper()
	var fault *Fault
	if errors.As(err, &fault) {
		t.Errorf("%s: %v", name, err)
	}
}

// TestTruncated has an error for each file that ends too soon.
func TestTruncated(t *testing.T) {
	for _, name := range damageable {
		whole, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 1, 7, 8, 40, 95, len(whole) / 2, len(whole) - 1} {
			if err := readAll(whole[:n]); err == nil {
				t.Errorf("%s: %d bytes of %d were read as a file", name, n, len(whole))
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range damageable {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { checkFault(t, "", readAll(b)) })
}

// TestLayoutClass has a layout of no known class, which fuzzing found.
func TestLayoutClass(t *testing.T) {
	f := open(t, "kinds.h5")
	for version := range byte(8) {
		if l, err := f.readLayout(append([]byte{version, 2, 7}, make([]byte, 40)...)); err == nil && l.class == 7 {
			t.Errorf("version %d: a layout of class 7 was read", version)
		}
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// asCommand in the environment makes the test's program the command itself.
const asCommand = "GOMONGE_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	code := m.Run()
	if shared.dir != "" {
		os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// gomonge runs a command line in this process.
func gomonge(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(context.Background(), args, &out, &err)
	return code, out.String(), err.String()
}

// words splits a line at spaces.
func words(line string, args ...any) []string { return strings.Fields(fmt.Sprintf(line, args...)) }

// succeeds runs a command line that must end well, and returns its result.
func succeeds(t *testing.T, line string, args ...any) string {
	t.Helper()
	code, stdout, stderr := gomonge(words(line, args...)...)
	if code != exitDone {
		t.Fatalf("gomonge %s: exit code %d\n%s", fmt.Sprintf(line, args...), code, stderr)
	}
	return stdout
}

// fails runs a command line that must end with a code and say certain things.
func fails(t *testing.T, code int, says []string, line string, args ...any) {
	t.Helper()
	got, stdout, stderr := gomonge(words(line, args...)...)
	if got != code {
		t.Errorf("gomonge %s: exit code %d, want %d\n%s", fmt.Sprintf(line, args...), got, code, stderr)
	}
	if stdout != "" {
		t.Errorf("gomonge %s fails and prints a result: %s", fmt.Sprintf(line, args...), stdout)
	}
	for _, s := range says {
		if !strings.Contains(stderr, s) {
			t.Errorf("gomonge %s says\n%swithout %q", fmt.Sprintf(line, args...), stderr, s)
		}
	}
}

// child is the command line as a process of its own.
func child(dir string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asCommand+"=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	return cmd, &stderr
}

// decode reads a result that must be one JSON object.
func decode[T any](t *testing.T, stdout string) T {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(stdout))
	var v T
	if err := d.Decode(&v); err != nil {
		t.Fatalf("the result is no JSON: %v\n%s", err, stdout)
	}
	if d.More() {
		t.Errorf("there is more than one JSON value in\n%s", stdout)
	}
	return v
}

// tiny are options that make a network small.
const tiny = "--opt architecture.layers=2 --opt architecture.width=16 --opt encoding.hidden=16 --opt encoding.frequencies=8 --opt encoding.width=8 --opt batch=64"

// shared is what several tests read: a task, and a small model of each sort on it.
var shared struct {
	once sync.Once
	dir  string
	err  error
}

// fixture returns a folder with the tasks dose/ and mix/ and the runs affine/ on the
// one and condot/ on the other, which tests only read.
func fixture(t *testing.T) string {
	t.Helper()
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "gomonge-test-"); shared.err != nil {
			return
		}
		d := shared.dir
		for _, line := range []string{
			fmt.Sprintf("synth --kind dose --seed 1 --source-points 400 --target-points 300 --test-points 100 --out %s/dose", d),
			fmt.Sprintf("synth --kind mix --seed 1 --source-points 400 --target-points 300 --test-points 100 --out %s/mix", d),
			fmt.Sprintf("fit --method affine --source %s/dose/source.csv --target %s/dose/train.csv --condition dose:continuous --out %s/affine", d, d, d),
			fmt.Sprintf("fit --source %s/mix/source.csv --target %s/mix/train.csv --condition cat --condition dose --steps 20 %s --out %s/condot", d, d, tiny, d),
		} {
			if code, _, stderr := gomonge(strings.Fields(line)...); code != exitDone {
				shared.err = fmt.Errorf("gomonge %s: exit code %d\n%s", line, code, stderr)
				return
			}
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.dir
}

// writeFile writes a file of a test and returns its path.
func writeFile(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// filesOf lists the files of a folder and what is in them.
func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

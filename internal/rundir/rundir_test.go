package rundir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// files lists what a folder holds, with paths from there.
func files(t *testing.T, dir string) string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			list = append(list, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, " ")
}

func write(t *testing.T, r *Run, name, text string) {
	t.Helper()
	if err := r.Write(name, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
		t.Fatal(err)
	}
}

func begin(t *testing.T, dir string, replace bool) *Run {
	t.Helper()
	r, err := Create(dir, replace)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.WriteConfig(&Config{Command: "fit"}); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRunIsNotThereUntilItIsFinished(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs", "a")
	r := begin(t, dir, false)
	write(t, r, "model/model.json", "{}")
	state, err := r.Checkpoint("state")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(state, []byte("1"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is there before the run is finished: %v", dir, err)
	}
	if err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	if got, want := files(t, filepath.Dir(dir)), "a/config.json a/model/model.json"; got != want {
		t.Errorf("finished, there is %s, want %s", got, want)
	}
}

func TestCreateRefuses(t *testing.T) {
	base := t.TempDir()
	done := filepath.Join(base, "done")
	if err := begin(t, done, false).Finish(); err != nil {
		t.Fatal(err)
	}
	begin(t, filepath.Join(base, "under-way"), false)
	other := filepath.Join(base, "other")
	if err := os.MkdirAll(other, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other, "thesis.tex"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dir     string
		replace bool
		want    string
	}{
		{"done", false, "--overwrite"},
		{"under-way", false, "--resume"},
		{"under-way", true, "--resume"},
		{"other", false, "no run's"},
		{"other", true, "no run's"},
	} {
		_, err := Create(filepath.Join(base, c.dir), c.replace)
		if !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", c.dir, err, c.want)
		}
	}
	if _, err := Create(filepath.Join(other, "thesis.tex", "run"), false); err == nil {
		t.Error("a run is made in a file")
	}
	empty := filepath.Join(base, "empty")
	if err := os.Mkdir(empty, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := begin(t, empty, false).Finish(); err != nil {
		t.Errorf("a run in an empty folder: %v", err)
	}
}

func TestReplaceKeepsTheOldRunUntilTheEnd(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	r := begin(t, dir, false)
	write(t, r, "table.csv", "old")
	if err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	r = begin(t, dir, true)
	write(t, r, "table.csv", "new")
	if text, _ := os.ReadFile(filepath.Join(dir, "table.csv")); string(text) != "old" {
		t.Errorf("before the end the table is %q", text)
	}
	if err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "table.csv")); string(text) != "new" {
		t.Errorf("at the end the table is %q", text)
	}
	if got := files(t, filepath.Dir(dir)); got != "a/config.json a/table.csv" {
		t.Errorf("there is %s", got)
	}
}

func TestResumeSweeps(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	if _, err := Resume(dir, false); err == nil {
		t.Error("a run that never began is resumed")
	}
	r := begin(t, dir, false)
	write(t, r, "checkpoint/state", "1")
	write(t, r, "checkpoint/.state.tmp-123", "half")
	write(t, r, "model/.w.tmp-5/half", "half")
	for _, name := range []string{dir, dir + Unfinished, dir + Unfinished + "/"} {
		resumed, err := Resume(name, false)
		if err != nil {
			t.Fatal(err)
		}
		if resumed.Dir() != dir || resumed.Path() != dir+Unfinished {
			t.Errorf("%s resumes %s in %s", name, resumed.Dir(), resumed.Path())
		}
	}
	if got := files(t, r.Path()); got != "checkpoint/state config.json" {
		t.Errorf("after resuming there is %s", got)
	}
	if err := r.Abandon(); err != nil {
		t.Fatal(err)
	}
	if got := files(t, filepath.Dir(dir)); got != "" {
		t.Errorf("an abandoned run leaves %s", got)
	}
}

func TestConfigComesBack(t *testing.T) {
	r := begin(t, filepath.Join(t.TempDir(), "a"), false)
	c := &Config{Command: "fit", Started: time.Now().UTC().Truncate(time.Second), Versions: Versions(),
		Settings: map[string]any{"seed": json.Number(fmt.Sprint(uint64(math.MaxUint64))), "holdout": []any{"dose=1"}, "quick": true},
		Backend:  Backend{Name: "go", Version: "1"}, Data: []DataFile{{File: "a.csv", SHA256: "00"}}}
	if err := r.WriteConfig(c); err != nil {
		t.Fatal(err)
	}
	back, err := ReadConfig(r.Path())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(*back), fmt.Sprint(*c); got != want {
		t.Errorf("config.json comes back as\n%s\nnot\n%s", got, want)
	}
	if back.Versions["go"] == "" {
		t.Errorf("versions are %v", back.Versions)
	}
}

func TestReadConfigSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadConfig(dir); err == nil || !strings.Contains(err.Error(), "no run's configuration") {
		t.Errorf("an empty folder: %v", err)
	}
	for text, want := range map[string]string{"{": "unexpected EOF", "{}": "names no command"} {
		path := filepath.Join(dir, ConfigFile)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadConfig(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", text, err, want)
		}
	}
}

func TestHash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte("abc"), 0o666); err != nil {
		t.Fatal(err)
	}
	// FIPS 180-2, appendix B.1.
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got, err := Hash(path); err != nil || got != want {
		t.Errorf("the hash is %s, %v", got, err)
	}
	if _, err := Hash(path + "x"); err == nil {
		t.Error("a file that is not there has a hash")
	}
}

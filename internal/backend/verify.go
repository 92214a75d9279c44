package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gomonge/gomonge/internal/atomicfile"
)

// probeVar holds, in a child process only, the path of the plugin to try.
const probeVar = "GOMONGE_PROBE_PLUGIN"

// probeTime is what a child has to load a plugin and run its graph; a first CUDA start takes seconds.
const probeTime = 90 * time.Second

// record is what a plugin that was loaded and ran a graph said of itself.
type record struct {
	Platform        string    `json:"platform"`         // "cpu", "cuda", ...
	PlatformVersion string    `json:"platform_version"` // the plugin's own words, may be empty
	API             string    `json:"api"`              // PJRT C API, "0.115"
	Devices         []string  `json:"devices"`
	Error           string    `json:"error,omitempty"` // from the child only
	Size            int64     `json:"size"`            // of the file that was tried
	ModTime         time.Time `json:"mod_time"`
}

// version is the plugin's version in one line. The CPU plugin gives its platform's name for its
// platform's version, and there is nothing in saying that twice.
func (r record) version() string {
	if r.PlatformVersion == "" || r.PlatformVersion == r.Platform || r.PlatformVersion == "<unknown>" {
		return "PJRT " + r.API
	}
	return "PJRT " + r.API + ", " + strings.Join(strings.Fields(r.PlatformVersion), " ")
}

// verify returns what is known of the plugin at path, trying it in a child process when it is new or changed.
func verify(path string) (record, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return record{}, err
	}
	info, err := os.Stat(real)
	if err != nil {
		return record{}, err
	}
	if r, ok := readRecords()[real]; ok && r.Size == info.Size() && r.ModTime.Equal(info.ModTime()) {
		return r, nil
	}
	r, err := probe(path)
	if err != nil {
		return record{}, err
	}
	r.Size, r.ModTime = info.Size(), info.ModTime()
	remember(real, r)
	return r, nil
}

// probe runs this program again as a child that loads the plugin, runs a graph and reports on a pipe.
func probe(path string) (record, error) {
	self, err := self()
	if err != nil {
		return record{}, fmt.Errorf("%s: cannot start a child process to try it: %w", path, err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return record{}, err
	}
	defer r.Close()
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), probeVar+"="+path)
	cmd.ExtraFiles = []*os.File{w} // descriptor 3: libraries may write to 1 and 2
	var said bytes.Buffer
	cmd.Stderr = &said
	err = cmd.Start()
	w.Close()
	if err != nil {
		return record{}, fmt.Errorf("%s: cannot start a child process to try it: %w", path, err)
	}
	answer, readErr := io.ReadAll(r)
	err = cmd.Wait()
	var rec record
	switch {
	case ctx.Err() != nil:
		return rec, fmt.Errorf("%s: no answer within %v of loading it", path, probeTime)
	case len(answer) == 0:
		return rec, fmt.Errorf("%s: does not work here: loading it ends the process (%s)", path, death(err, said.String()))
	case readErr != nil:
		return rec, fmt.Errorf("%s: %w", path, readErr)
	}
	if err := json.Unmarshal(answer, &rec); err != nil {
		return rec, fmt.Errorf("%s: %w", path, err)
	}
	if rec.Error != "" {
		return rec, fmt.Errorf("%s: does not work here: %s", path, rec.Error)
	}
	return rec, nil
}

// self is the running program, also where its file was removed or replaced since.
func self() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// death says in a few words how a child ended: the line that names the signal, else the first line, else the status.
func death(err error, stderr string) string {
	first := ""
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "SIG") || strings.HasPrefix(line, "fatal error") || strings.HasPrefix(line, "panic:") {
			return line
		}
		if first == "" {
			first = line
		}
	}
	if first != "" {
		return first
	}
	return fmt.Sprint(err)
}

// recordsFile is where verified plugins are remembered.
func recordsFile() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "gomonge", "plugins.json"), nil
}

// readRecords returns what is remembered; nothing where the file is missing or unreadable: plugins are then tried again.
func readRecords() map[string]record {
	known := map[string]record{}
	file, err := recordsFile()
	if err != nil {
		return known
	}
	b, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(b, &known) != nil {
		return map[string]record{}
	}
	return known
}

// remember adds a record. A cache that cannot be written costs a child process at the next start and is no error.
func remember(path string, r record) {
	file, err := recordsFile()
	if err != nil {
		return
	}
	known := readRecords()
	known[path] = r
	for p := range known {
		if _, err := os.Stat(p); errors.Is(err, fs.ErrNotExist) {
			delete(known, p)
		}
	}
	if os.MkdirAll(filepath.Dir(file), 0o755) != nil {
		return
	}
	_ = atomicfile.Write(file, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", " ")
		return enc.Encode(known)
	})
}

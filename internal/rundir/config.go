package rundir

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"
)

// Config is what a run was asked to do, and with what: config.json.
type Config struct {
	// Command is the command's name.
	Command string `json:"command"`
	// Settings are all its flags by name, those that were not given too.
	Settings map[string]any `json:"settings"`
	// Options of the method by name, its defaults filled in.
	Options map[string]any `json:"options,omitempty"`
	// Backend that computed.
	Backend Backend `json:"backend,omitzero"`
	// Data files that were read.
	Data []DataFile `json:"data,omitempty"`
	// Versions of this program, Go, and the modules whose numbers matter.
	Versions map[string]string `json:"versions"`
	// Started is when the run began; it stays when the run is resumed.
	Started time.Time `json:"started"`
}

// Backend names the engine of a run.
type Backend struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// DataFile is a file that a run read.
type DataFile struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// WriteConfig writes config.json.
func (r *Run) WriteConfig(c *Config) error {
	return r.WriteJSON(ConfigFile, c)
}

// WriteJSON writes a value as an indented JSON file.
func (r *Run) WriteJSON(name string, value any) error {
	return r.Write(name, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(value)
	})
}

// ReadConfig reads a run's config.json, given its path or the path of the
// run's folder, finished or not.
func ReadConfig(path string) (*Config, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, ConfigFile)
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no run's configuration %s: %w", path, err)
	}
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // a seed may need all of its 64 bits
	var c Config
	if err := d.Decode(&c); err != nil {
		return nil, fmt.Errorf("%s is no run's configuration: %w", path, err)
	}
	if c.Command == "" {
		return nil, fmt.Errorf("%s is no run's configuration: it names no command", path)
	}
	return &c, nil
}

// modules whose versions a run notes.
var modules = []string{"github.com/gomlx/gomlx", "github.com/gomlx/compute", "github.com/gomlx/go-xla", "gonum.org/v1/gonum"}

// Versions are those of this program: gomonge, go and the modules below it.
func Versions() map[string]string {
	v := map[string]string{"go": runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v["gomonge"] = info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (info.Main.Version == "" || info.Main.Version == "(devel)") {
			v["gomonge"] = s.Value
		}
	}
	for _, m := range info.Deps {
		for _, name := range modules {
			if m.Path == name {
				v[filepath.Base(name)] = m.Version
			}
		}
	}
	return v
}

// Hash is the SHA-256 of a file, in hexadecimal.
func Hash(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

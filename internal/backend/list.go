package backend

import (
	"path/filepath"
	"slices"
)

// Candidate is an engine that this machine has, or a file that looks like one.
type Candidate struct {
	Spec     string   // what to hand to Get: "xla:cpu", "xla:PATH", "go"
	Path     string   // the plugin's file; empty for the Go backend
	Platform string   // "cpu", "cuda", "go"; empty where Err is set
	Version  string   // as in Engine
	Devices  []string // the plugin's names for its devices; the CPU plugin's are virtual
	Err      error    // why the plugin does not work, or nil
}

// List tries every plugin in [Folders] and returns them with the Go backend at the end. A plugin
// whose name is taken by an earlier one is listed by its path; two names of one file are listed once.
func List() []Candidate {
	var list []Candidate
	taken := map[string]bool{}
	folders, _ := Folders()
	all := pluginsIn(folders)
	for i, p := range all {
		if !xlaBuilt || slices.ContainsFunc(all[:i], func(q plugin) bool { return sameFile(p.path, q.path) }) {
			continue
		}
		c := candidate(p)
		if taken[c.Spec] {
			c.Spec = "xla:" + p.path
		}
		taken[c.Spec] = true
		list = append(list, c)
	}
	return append(list, Candidate{Spec: "go", Platform: "go", Version: moduleVersion("github.com/gomlx/compute")})
}

// candidate tries one plugin.
func candidate(p plugin) Candidate {
	c := Candidate{Spec: "xla:" + p.family(), Path: p.path}
	if real, err := filepath.EvalSymlinks(p.path); err == nil {
		c.Path = real
	}
	rec, err := verify(p.path)
	if err != nil {
		c.Err = err
		return c
	}
	c.Platform, c.Version, c.Devices = rec.Platform, rec.version(), rec.Devices
	return c
}

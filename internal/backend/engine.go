// Package backend finds the engine that computes: XLA through a PJRT plugin, or pure Go.
//
// [Get] looks in this order and takes the first that is given:
//
//  1. the specification that it is handed, when that is neither empty nor "auto";
//  2. $GOMLX_BACKEND;
//  3. the plugins in the folders of $PJRT_PLUGIN_LIBRARY_PATH;
//  4. the plugins in the folders where go-xla installs them (see [Folders]);
//  5. pure Go, which needs nothing and is slower.
//
// What the user asked for (1 to 3) and cannot be had is an error, never another engine in its
// place. Only step 4 falls through to pure Go, and [Engine.Why] then says in one line what was
// tried and how to get XLA.
//
// # Plugins are tried in a child process first
//
// A plugin is a shared library, and one that is cut short or made for another machine can kill the
// process that loads it, which no recover catches. So a file that is new here is first loaded by a
// child: the running program started again, which loads the plugin in this package's init,
// runs a small graph, reports and exits before main. That works alike in commands, tests and
// notebooks. Files that passed are remembered, by path, size and time of change, in the user's cache
// folder.
//
// # Building
//
// XLA needs cgo. With CGO_ENABLED=0, with the build tag noxla, or on a platform that go-xla does not
// know, only pure Go is compiled in and everything else in this package still works.
package backend

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // registers "go"

	"github.com/gomonge/gomonge/internal/spell"
)

// ErrUnavailable is wrapped by every error of [Get]: what was asked for is not there or does not work.
var ErrUnavailable = errors.New("no such backend")

// Engine is an open backend and what is known of it.
type Engine struct {
	Backend     compute.Backend // where graphs are compiled and buffers live
	Name        string          // the specification that opens it again on a like machine: "xla:cpu", "xla:cuda", "go"
	Platform    string          // the plugin's word for its devices ("cpu", "cuda"), or "go"
	Version     string          // the plugin's PJRT API and platform version, or the version of the Go module
	Description string          // one line for the user
	Why         string          // one line: what led to this engine; where it is a fallback, what was tried and how to get XLA
	Pure        bool            // computes in pure Go, without XLA
	Fallback    bool            // pure Go because no plugin was found or none worked, not because it was asked for
}

var (
	enginesMu sync.Mutex
	engines   = map[string]*Engine{} // by configuration string
)

// Get returns the engine that spec names, opened once per process.
//
// The specification is "auto" or "" (see the package comment for the order), "go", "xla" (the best
// plugin there is), "xla:cpu", "xla:cuda" or another plugin's name, or "xla:PATH" with the path of a
// plugin's file. go-xla's options follow after commas ("xla:cuda,tf32=false"), the Go backend's after
// a colon ("go:parallelism=2"). The Go backend gets ops_sequential too, unless the options say
// otherwise: its parallel scheduler can stop for ever.
//
// Every error wraps [ErrUnavailable] and says what was tried.
func Get(spec string) (*Engine, error) {
	enginesMu.Lock()
	defer enginesMu.Unlock()
	if spec != "" && spec != "auto" {
		return getNamed(spec, "asked for "+spec)
	}
	if env := os.Getenv(compute.ConfigEnvVar); env != "" && env != "auto" {
		return getNamed(env, "$"+compute.ConfigEnvVar+"="+env)
	}
	return getBest()
}

// getNamed opens exactly what spec says.
func getNamed(spec, why string) (*Engine, error) {
	kind, rest, _ := strings.Cut(spec, ":")
	switch kind {
	case "go":
		return openPure(rest, why, false)
	case "xla", "stablehlo", "hlo", "shlo": // go-xla's names for the same thing
		return getXLA(rest, why)
	}
	return nil, unavailable("%s: there is no backend %q (%s); or xla:PATH of a plugin's file", why, spec, spell.Suggest(spec, []string{"auto", "go", "xla", "xla:cpu", "xla:cuda"}))
}

// getXLA opens the plugin that request (NAME, PATH or nothing, then options) means.
func getXLA(request, why string) (*Engine, error) {
	if !xlaBuilt {
		return nil, unavailable("%s: %s", why, notBuilt)
	}
	p, options, err := findPlugin(request)
	if err != nil {
		return nil, unavailable("%s: %w", why, err)
	}
	eng, err := openPlugin(p, options, why+": "+p.path)
	if err != nil {
		return nil, unavailable("%s: %w", why, err)
	}
	return eng, nil
}

// getBest opens the best plugin that works, else pure Go.
func getBest() (*Engine, error) {
	folders, asked := Folders()
	if !xlaBuilt {
		return openPure("", "computing in pure Go: "+notBuilt, true)
	}
	var failed []string
	for _, p := range preferred(pluginsIn(folders)) {
		eng, err := openPlugin(p, "", "found "+p.path)
		if err == nil {
			if failed != nil {
				eng.Why += "; did not work: " + strings.Join(failed, "; ")
			}
			return eng, nil
		}
		failed = append(failed, err.Error())
	}
	tried := "no XLA plugin for this machine in " + strings.Join(folders, ", ")
	if len(folders) == 0 {
		tried = "$" + pluginPathVar + " is set and empty, so no XLA plugin was looked for"
	}
	if failed != nil {
		tried = "no XLA plugin works: " + strings.Join(failed, "; ")
	}
	if asked && len(folders) > 0 {
		return nil, unavailable("$%s: %s; unset it to look in the usual folders, or ask for the backend go", pluginPathVar, tried)
	}
	return openPure("", "computing in pure Go, 10 to 20 times slower: "+tried+"; gomonge backend install cpu gets XLA", true)
}

// openPure opens the Go backend. Its own scheduler can stop for ever when two large products run at
// once (compute v0.1.6), so operations run one after the other unless the options say how.
func openPure(options, why string, fallback bool) (*Engine, error) {
	if !strings.Contains(options, "ops_") {
		options = strings.TrimPrefix(options+",ops_sequential", ",")
	}
	config := "go:" + options
	eng, err := open(config, config, func(compute.Backend) *Engine {
		v := moduleVersion("github.com/gomlx/compute")
		return &Engine{Name: "go", Platform: "go", Version: v, Description: strings.TrimSpace("pure Go, gomlx/compute " + v), Pure: true}
	})
	if err != nil {
		return nil, unavailable("%s: %w", why, err)
	}
	eng.Why, eng.Fallback = why, fallback
	return eng, nil
}

// openPlugin tries p in a child process unless it is known to work, then opens it here.
func openPlugin(p plugin, options, why string) (*Engine, error) {
	rec, err := verify(p.path)
	if err != nil {
		return nil, err
	}
	config, clean, err := xlaConfig(p.path, rec.Platform, options)
	if err != nil {
		return nil, err
	}
	defer clean()
	keepLargeBlocks()
	eng, err := open(p.path+","+options, config, func(be compute.Backend) *Engine {
		return &Engine{Name: "xla:" + rec.Platform, Platform: rec.Platform, Version: rec.version(), Description: describeXLA(rec, be)}
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.path, err)
	}
	eng.Why = why
	return eng, nil
}

// open returns a copy of the engine remembered under key, or opens config and remembers it.
func open(key, config string, describe func(compute.Backend) *Engine) (*Engine, error) {
	known := engines[key]
	if known == nil || known.Backend.IsFinalized() {
		be, err := newBackend(config)
		if err != nil {
			return nil, err
		}
		known = describe(be)
		known.Backend = be
		engines[key] = known
	}
	eng := *known
	return &eng, nil
}

// describeXLA is one line for the user. The CPU plugin counts virtual devices, which say nothing of the machine.
func describeXLA(rec record, be compute.Backend) string {
	s := "XLA on " + rec.Platform + ", " + rec.version()
	if rec.Platform == "cpu" {
		return s
	}
	for i := range be.NumDevices() {
		s += ", " + be.DeviceDescription(compute.DeviceNum(i))
	}
	return s
}

// newBackend is compute.NewWithConfig with its panics as errors (an unknown name; go-xla v0.4.5
// dereferences nil for some files that are no plugin).
func newBackend(config string) (be compute.Backend, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("opening %q: %v", config, r)
		}
	}()
	return compute.NewWithConfig(config)
}

func unavailable(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrUnavailable, fmt.Errorf(format, args...))
}

// moduleVersion is the version of a module compiled into this program, or "" where that is not recorded.
func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == path {
			return m.Version
		}
	}
	return ""
}

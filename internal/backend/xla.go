//go:build cgo && !noxla && ((linux && (amd64 || arm64)) || (darwin && arm64))

package backend

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gomlx/go-xla/compute/xla" // registers "xla"
	"github.com/gomlx/go-xla/pjrt"
)

const (
	xlaBuilt = true
	notBuilt = ""
)

// init is where the child process of probe ends: it tries one plugin, reports and leaves before main.
func init() {
	xla.EnableAutoInstall(false) // no download that nobody asked for, whatever else is linked in
	path, ok := os.LookupEnv(probeVar)
	if !ok {
		return
	}
	os.Unsetenv(probeVar)
	rec, err := try(path)
	if err != nil {
		rec.Error = err.Error()
	}
	report := os.NewFile(3, "report")
	if json.NewEncoder(report).Encode(rec) != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// try loads the plugin at path, asks what it is, and checks a small graph's result.
func try(path string) (rec record, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	p, err := pjrt.GetPlugin(path)
	if err != nil {
		return rec, loadError(path, err)
	}
	major, minor := p.Version()
	rec.API = fmt.Sprintf("%d.%d", major, minor)
	options := pjrt.NamedValuesMap{}
	if pjrt.IsCUDAName(filepath.Base(path)) {
		options["preallocate"] = false // else it takes three quarters of the device's memory
	}
	client, err := p.NewClient(options)
	if err != nil {
		return rec, err
	}
	rec.Platform, rec.PlatformVersion = client.Platform(), client.PlatformVersion()
	for _, d := range client.AddressableDevices() {
		desc, err := d.GetDescription()
		if err != nil {
			return rec, err
		}
		rec.Devices = append(rec.Devices, desc.DebugString())
	}
	if err := client.Destroy(); err != nil {
		return rec, err
	}
	config, clean, err := xlaConfig(path, rec.Platform, "")
	if err != nil {
		return rec, err
	}
	defer clean()
	be, err := newBackend(config)
	if err != nil {
		return rec, err
	}
	return rec, runSmallGraph(be)
}

var dlopenSaid = regexp.MustCompile(`dynamically load PJRT plugin from "([^"]*)"`)

// loadError says in a few words why the dynamic loader refused a file.
func loadError(path string, err error) error {
	msg := err.Error()
	if m := dlopenSaid.FindStringSubmatch(msg); m != nil {
		return errors.New("the dynamic loader says " + strings.TrimPrefix(m[1], path+": "))
	}
	if strings.Contains(msg, pjrt.GetPJRTApiFunctionName) {
		return errors.New("a shared library, but it has no function " + pjrt.GetPJRTApiFunctionName)
	}
	return err
}

// xlaConfig makes the configuration string that opens the plugin at path by its path, so that go-xla
// does not search its folders and load every file there.
//
// Given a path, go-xla guesses the platform from all of its letters: "cpu" anywhere turns shared
// buffers on, "cuda" or "nvidia" in a folder's name hands CUDA's options to a CPU plugin, which then
// refuses. Options say it outright where they can; else the plugin is opened through a link with a
// neutral name, which clean removes (a library stays loaded without it).
func xlaConfig(path, platform, options string) (config string, clean func(), err error) {
	clean = func() {}
	add := func(option string) {
		if !strings.Contains(options, strings.TrimPrefix(option, "no")) {
			options = strings.TrimPrefix(options+","+option, ",")
		}
	}
	if strings.Contains(path, ",") || platform == "cpu" && pjrt.IsCUDAName(path) {
		dir, err := os.MkdirTemp("", "gomonge-pjrt-")
		if err != nil {
			return "", clean, err
		}
		clean = func() { os.RemoveAll(dir) }
		link := filepath.Join(dir, "plugin.so")
		if err := os.Symlink(path, link); err != nil {
			clean()
			return "", func() {}, err
		}
		path = link
	}
	switch {
	case platform == "cpu":
		add("shared_buffers")
	case strings.Contains(strings.ToLower(path), "cpu"):
		add("noshared_buffers")
	}
	if platform == "cuda" && !pjrt.IsCUDAName(path) {
		add("preallocate=false")
	}
	return strings.TrimSuffix("xla:"+path+","+options, ","), clean, nil
}

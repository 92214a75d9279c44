package backend

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

const pluginPathVar = "PJRT_PLUGIN_LIBRARY_PATH"

// plugin is a file that is named like a PJRT plugin; nothing has looked inside it yet.
type plugin struct {
	name string // what go-xla would call it: "cpu", "cpu_v0.114.0", "cuda"
	path string
}

// Folders lists where plugins are looked for. Set, $PJRT_PLUGIN_LIBRARY_PATH (folders separated by
// colons) replaces the usual folders, also when it is empty, and asked is true. The usual ones are
// those of go-xla: its folder in the user's home, its folder in /usr/local/lib, then the dynamic
// loader's search path.
func Folders() (folders []string, asked bool) {
	if list, ok := os.LookupEnv(pluginPathVar); ok {
		return nonEmpty(filepath.SplitList(list)), true
	}
	home, err := os.UserHomeDir()
	switch {
	case err != nil:
	case runtime.GOOS == "darwin":
		support := filepath.Join(home, "Library", "Application Support")
		folders = append(folders, filepath.Join(support, "go-xla"), filepath.Join(support, "GoMLX", "PJRT"))
	default:
		lib := filepath.Join(home, ".local", "lib")
		folders = append(folders, filepath.Join(lib, "go-xla"), filepath.Join(lib, "go-xla", "nvidia"), filepath.Join(lib, "gomlx", "pjrt"))
	}
	folders = append(folders, "/usr/local/lib/go-xla", "/usr/local/lib/go-xla/nvidia", "/usr/local/lib/gomlx/pjrt")
	for _, name := range []string{"DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH"} {
		for _, dir := range filepath.SplitList(os.Getenv(name)) {
			if filepath.IsAbs(dir) {
				folders = append(folders, dir)
			}
		}
	}
	return folders, false
}

func nonEmpty(list []string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

var pluginNames = []*regexp.Regexp{
	regexp.MustCompile(`^pjrt_c_api_(.+)_plugin\.(so|dylib)$`),
	regexp.MustCompile(`^pjrt[-_]plugin[-_](.+)\.(so|dylib)$`),
}

// pluginsIn lists the files of the folders that are named like plugins, in the folders' order and by
// name within one. A name that comes again in a later folder is hidden, as it is in go-xla.
func pluginsIn(folders []string) []plugin {
	var all []plugin
	seen := map[string]bool{}
	for _, dir := range folders {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // a folder that is not there holds no plugin
		}
		for _, e := range entries {
			for _, re := range pluginNames {
				if m := re.FindStringSubmatch(e.Name()); m != nil && !seen[m[1]] {
					seen[m[1]] = true
					all = append(all, plugin{m[1], absolute(filepath.Join(dir, e.Name()))})
				}
			}
		}
	}
	return all
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// family is a plugin's name without its version: "cpu_v0.114.0" is "cpu".
func (p plugin) family() string {
	name, _, _ := strings.Cut(p.name, "_v")
	return name
}

// preferred orders plugins as auto tries them: CUDA where there is an NVIDIA GPU, then CPU; of one
// family the one without a version in its name, then the newest. Others, which nobody here has
// tried, are only opened when they are asked for by name.
func preferred(all []plugin) []plugin {
	rank := map[string]int{"cpu": 1}
	if hasGPU() {
		rank["cuda"] = 0
	}
	list := slices.DeleteFunc(slices.Clone(all), func(p plugin) bool {
		_, known := rank[p.family()]
		return !known
	})
	slices.SortStableFunc(list, func(a, b plugin) int {
		return cmp.Or(cmp.Compare(rank[a.family()], rank[b.family()]), cmp.Compare(len(a.name), len(b.name)), cmp.Compare(b.name, a.name))
	})
	return slices.CompactFunc(list, func(a, b plugin) bool { return sameFile(a.path, b.path) })
}

func sameFile(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(ia, ib)
}

// hasGPU tells whether an NVIDIA device or its tool is on this machine.
func hasGPU() bool {
	if found, err := filepath.Glob("/dev/nvidia[0-9]*"); err == nil && len(found) > 0 {
		return true
	}
	return exec.Command("nvidia-smi", "-L").Run() == nil
}

// findPlugin resolves NAME, PATH or "" with options after commas.
func findPlugin(request string) (p plugin, options string, err error) {
	if strings.ContainsRune(request, filepath.Separator) {
		if _, err := os.Stat(request); err != nil { // else the path itself may hold commas
			request, options, _ = strings.Cut(request, ",")
		}
		return fileAt(absolute(request), options)
	}
	request, options, _ = strings.Cut(request, ",")
	folders, _ := Folders()
	all := pluginsIn(folders)
	matches := slices.DeleteFunc(slices.Clone(all), func(p plugin) bool {
		return request != "" && p.name != request && p.family() != request
	})
	if request == "" {
		matches = preferred(matches)
	}
	if len(matches) == 0 {
		return p, options, notFound(request, all, folders)
	}
	slices.SortStableFunc(matches, func(a, b plugin) int {
		if request == "" {
			return 0
		}
		return cmp.Or(cmp.Compare(len(a.name), len(b.name)), cmp.Compare(b.name, a.name))
	})
	return matches[0], options, nil
}

// fileAt is the plugin of a path that the user gave.
func fileAt(path, options string) (plugin, string, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder; name the plugin's file, or set $%s to the folder", path, pluginPathVar)
	}
	return plugin{path: path}, options, err
}

func notFound(request string, all []plugin, folders []string) error {
	var names []string
	for _, p := range all {
		names = append(names, p.name)
	}
	what := "no plugin"
	if request != "" {
		what = fmt.Sprintf("no plugin named %q (a file pjrt_c_api_%s_plugin.so)", request, request)
	}
	msg := what + " in " + strings.Join(folders, ", ")
	if names != nil {
		msg += "; there are " + strings.Join(names, ", ")
	}
	if request == "" || request == "cpu" || request == "cuda" {
		msg += "; gomonge backend install " + cmp.Or(request, "cpu") + " gets one"
	}
	return errors.New(msg)
}

package backend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Install gets the plugin of a platform, "cpu" or "cuda", into go-xla's folder in the user's home
// ([Folders], the first), where [Get] and every other program on go-xla find it. progress, which may
// be nil, is told each stage in a line.
//
// A plugin of that platform that works is left alone, wherever it is, and returned. Else the plugin
// comes as a Python wheel through pip, at the version and SHA-256 that this program was built with,
// or, for the CPU where there is no pip or no wheel for this machine, from go-xla's own releases. It
// is unpacked beside its place, made to run a graph in a child process, and moved in by renaming:
// at no time is there half a plugin. CUDA comes with NVIDIA's libraries (2.5 GB to download) and needs
// a GPU to be checked on.
func Install(ctx context.Context, platform string, progress func(stage string)) (Candidate, error) {
	if progress == nil {
		progress = func(string) {}
	}
	in, ok := installers[platform]
	switch {
	case !ok:
		return Candidate{}, fmt.Errorf("no plugin to install for %q; there are cpu and cuda", platform)
	case !xlaBuilt:
		return Candidate{}, errors.New(notBuilt)
	}
	if c, ok := working(platform); ok {
		progress("there is one that works: " + c.Path)
		return c, nil
	}
	folders, asked := Folders()
	if asked {
		return Candidate{}, fmt.Errorf("$%s is set to %q, where no %s plugin works; what is installed in the usual folder would not be looked for: unset it first",
			pluginPathVar, os.Getenv(pluginPathVar), platform)
	}
	if platform == "cuda" && !hasGPU() {
		return Candidate{}, errors.New("no NVIDIA GPU here (no /dev/nvidia0, and nvidia-smi lists none): a CUDA plugin could not be checked, nor used")
	}
	return in.into(ctx, folders[0], progress)
}

// working is a plugin of the platform that is there and runs.
func working(platform string) (Candidate, bool) {
	folders, _ := Folders()
	for _, p := range pluginsIn(folders) {
		if p.family() != platform {
			continue
		}
		if c := candidate(p); c.Err == nil && c.Platform == platform {
			return c, true
		}
	}
	return Candidate{}, false
}

// installer gets one platform's plugin.
type installer struct {
	platform string
	fetch    func(ctx context.Context, dir string, progress func(string)) (file string, err error) // unpacks into dir; file is the plugin's
	place    func(file, folder string) (path string, err error)                                    // moves it from there into folder
}

var installers = map[string]installer{
	"cpu":  {"cpu", fetchCPU, placeCPU},
	"cuda": {"cuda", fetchCUDA, placeCUDA},
}

// into fetches, checks and places.
func (in installer) into(ctx context.Context, folder string, progress func(string)) (c Candidate, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return c, err
	}
	tmp, err := os.MkdirTemp(folder, ".install-")
	if err != nil {
		return c, err
	}
	defer os.RemoveAll(tmp)
	file, err := in.fetch(ctx, tmp, progress)
	if err != nil {
		return c, err
	}
	if err := ctx.Err(); err != nil {
		return c, err
	}
	progress("running a graph on it in a child process")
	rec, err := probe(file)
	if err != nil {
		return c, err
	}
	if rec.Platform != in.platform {
		return c, fmt.Errorf("%s: a plugin for %s, not for %s", file, rec.Platform, in.platform)
	}
	path, err := in.place(file, folder)
	if err != nil {
		return c, err
	}
	progress("installed " + path)
	if c = candidate(plugin{in.platform, path}); c.Err != nil {
		return c, c.Err
	}
	return c, nil
}

// cpuName is the file name that go-xla v0.4.5 gives its own plugin, of version cpuVersion: its
// installer, in other programs, then finds nothing to do.
const (
	cpuVersion = "v0.114.0"
	cpuName    = "pjrt_c_api_cpu_" + cpuVersion + "_plugin.so"
)

// fetchCPU unpacks the wheel, or takes go-xla's own release where there is no wheel or no pip.
func fetchCPU(ctx context.Context, dir string, progress func(string)) (string, error) {
	why := "there is no wheel for " + runtime.GOOS + "/" + runtime.GOARCH
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
		python, err := pythonWithPip(ctx)
		if err == nil {
			return fetchWheel(ctx, python, cpuPins, "pjrt_c_api_cpu_plugin.so", dir, cpuName, progress)
		}
		why = err.Error()
	}
	progress(why + ": getting go-xla's own release")
	return fetchRelease(dir)
}

// placeCPU moves the file, then points go-xla's short name at it.
func placeCPU(file, folder string) (string, error) {
	name := filepath.Base(file)
	path := filepath.Join(folder, name)
	if err := os.Rename(file, path); err != nil {
		return "", err
	}
	link := file + ".link" // in the temporary folder: only the rename is seen outside
	if err := os.Symlink(name, link); err != nil {
		return "", err
	}
	short := filepath.Join(folder, "pjrt_c_api_cpu_plugin"+filepath.Ext(name))
	return short, os.Rename(link, short)
}

// fetchCUDA unpacks the plugin among NVIDIA's libraries, in the folder "nvidia" by whose name the
// plugin looks for them (RPATH $ORIGIN/../nvidia).
func fetchCUDA(ctx context.Context, dir string, progress func(string)) (string, error) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return "", fmt.Errorf("there is no CUDA plugin for %s/%s here, only for linux/amd64", runtime.GOOS, runtime.GOARCH)
	}
	python, err := pythonWithPip(ctx)
	if err != nil {
		return "", err
	}
	file, err := fetchWheel(ctx, python, cudaPins, "xla_cuda_plugin.so", dir, filepath.Join("nvidia", "pjrt_c_api_cuda_plugin.so"), progress)
	if err != nil {
		return "", err
	}
	// go-xla names this folder to XLA as CUDA's, where it looks for bin/ptxas and nvvm/libdevice.
	for _, sub := range []string{"bin", "nvvm"} {
		if err := os.Symlink(filepath.Join("cu13", sub), filepath.Join(filepath.Dir(file), sub)); err != nil {
			return "", err
		}
	}
	return file, nil
}

// placeCUDA puts the whole folder in place of one that holds no working plugin, which is put back if that fails.
func placeCUDA(file, folder string) (string, error) {
	dir, target := filepath.Dir(file), filepath.Join(folder, "nvidia")
	old := filepath.Join(filepath.Dir(dir), "old")
	if err := os.Rename(target, old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if err := os.Rename(dir, target); err != nil {
		return "", errors.Join(err, ignoreMissing(os.Rename(old, target)))
	}
	return filepath.Join(target, filepath.Base(file)), nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// lastLines is the end of a command's output, in one line.
func lastLines(out string, n int) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "; ")
}

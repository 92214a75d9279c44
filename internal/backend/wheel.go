package backend

import (
	"archive/zip"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	release "github.com/gomlx/go-xla/installer"
)

// Requirement files of pip: each wheel at one version with the SHA-256 of its file.
var (
	//go:embed pjrt-cpu.txt
	cpuPins string
	//go:embed pjrt-cuda.txt
	cudaPins string
)

// pythonWithPip finds an interpreter that can run pip.
func pythonWithPip(ctx context.Context) (string, error) {
	for _, name := range []string{"python3", "python"} {
		if python, err := exec.LookPath(name); err == nil && exec.CommandContext(ctx, python, "-m", "pip", "--version").Run() == nil {
			return python, nil
		}
	}
	return "", errors.New("no python3 with pip on the PATH")
}

// fetchWheel downloads the pinned wheels and unpacks them into dir: what lies under "nvidia/" as it
// is, and the file called member as dir/name.
func fetchWheel(ctx context.Context, python, pins, member, dir, name string, progress func(string)) (string, error) {
	wheels, err := download(ctx, python, pins, filepath.Join(dir, "wheels"), progress)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, name)
	found := false
	for _, wheel := range wheels {
		progress("unpacking " + filepath.Base(wheel))
		has, err := unpack(wheel, member, file, dir)
		if err != nil {
			return "", fmt.Errorf("%s: %w", filepath.Base(wheel), err)
		}
		found = found || has
		if err := os.Remove(wheel); err != nil { // the room is needed: CUDA's are gigabytes
			return "", err
		}
	}
	if !found {
		return "", fmt.Errorf("none of the wheels holds %s", member)
	}
	return file, nil
}

// download runs pip, which checks every hash. The wheels hold no Python code that is used: neither
// their dependencies nor the interpreter's version matters.
func download(ctx context.Context, python, pins, dir string, progress func(string)) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	list := filepath.Join(dir, "requirements.txt")
	if err := os.WriteFile(list, []byte(pins), 0o644); err != nil {
		return nil, err
	}
	progress("downloading by pip: " + strings.Join(packages(pins), ", "))
	cmd := exec.CommandContext(ctx, python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input",
		"--no-deps", "--require-hashes", "--only-binary=:all:", "--python-version=3.12", "--dest="+dir, "--requirement="+list)
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("pip download: %w: %s", err, lastLines(string(out), 3))
	}
	return filepath.Glob(filepath.Join(dir, "*.whl"))
}

// packages lists the NAME==VERSION of a requirements file.
func packages(pins string) []string {
	var names []string
	for line := range strings.Lines(pins) {
		if name, _, ok := strings.Cut(line, " --hash="); ok {
			names = append(names, name)
		}
	}
	return names
}

// unpack writes the wheel's file called member to file, whatever folder it is in, and all under
// "nvidia/" into dir.
func unpack(wheel, member, file, dir string) (found bool, err error) {
	z, err := zip.OpenReader(wheel)
	if err != nil {
		return false, err
	}
	defer z.Close()
	for _, f := range z.File {
		to := ""
		switch {
		case f.FileInfo().IsDir():
		case path.Base(f.Name) == member:
			to, found = file, true
		case strings.HasPrefix(f.Name, "nvidia/"):
			if !filepath.IsLocal(f.Name) {
				return found, fmt.Errorf("a name that leads out of the folder: %q", f.Name)
			}
			to = filepath.Join(dir, filepath.FromSlash(f.Name))
		}
		if to == "" {
			continue
		}
		if err := extract(f, to); err != nil {
			return found, err
		}
	}
	return found, nil
}

// extract writes one file of a zip archive; reading to its end checks its CRC-32.
func extract(f *zip.File, to string) (err error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755) // libraries, and programs such as ptxas
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Close())
}

// fetchRelease gets go-xla's own build of the CPU plugin for this machine from its releases.
func fetchRelease(dir string) (string, error) {
	machine := runtime.GOOS + "_" + runtime.GOARCH
	if err := release.CPUInstall(machine, cpuVersion, dir, false, release.Quiet); err != nil {
		return "", fmt.Errorf("go-xla's release %s for %s: %w", cpuVersion, machine, err)
	}
	for _, p := range pluginsIn([]string{dir}) {
		if info, err := os.Lstat(p.path); err == nil && info.Mode().IsRegular() {
			return p.path, nil
		}
	}
	return "", fmt.Errorf("go-xla's release %s for %s holds no plugin", cpuVersion, machine)
}

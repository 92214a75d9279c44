package backend

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// wheel writes a zip archive with one stored file.
func wheel(t *testing.T, path, name string, content []byte) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err == nil {
		_, err = w.Write(content)
	}
	if err := errors.Join(err, z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// fakePip puts a python3 on the PATH whose "pip download" delivers the wheel, or fails with a message
// where there is none. It counts its calls in a file.
func fakePip(t *testing.T, wheel string) (calls func() int) {
	t.Helper()
	dir := t.TempDir()
	script := fmt.Sprintf(`#!/bin/sh
case "$*" in *--version) exit 0;; esac
echo call >> %[1]s/calls
for a; do case "$a" in --dest=*) dest=${a#--dest=};; --requirement=*) list=${a#--requirement=};; esac; done
/bin/grep -q sha256: "$list" || { echo "no hashes in $list" >&2; exit 1; }
[ -f %[2]q ] || { echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1; }
/bin/cp %[2]q "$dest/"
`, dir, wheel)
	write(t, filepath.Join(dir, "python3"), []byte(script))
	if err := os.Chmod(filepath.Join(dir, "python3"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	return func() int {
		b, _ := os.ReadFile(filepath.Join(dir, "calls"))
		return strings.Count(string(b), "call")
	}
}

func TestInstallCPU(t *testing.T) {
	real := realPlugin(t)
	b, err := os.ReadFile(real)
	if err != nil {
		t.Fatal(err)
	}
	home := emptyHome(t)
	whl := filepath.Join(t.TempDir(), "plugin-0-py3-none-any.whl")
	wheel(t, whl, "some_package/pjrt_c_api_cpu_plugin.so", b)
	calls := fakePip(t, whl)
	folders, _ := Folders()
	folder := folders[0]
	broken := filepath.Join(folder, "pjrt_c_api_cpu_plugin.so")
	write(t, broken, []byte("left by something else")) // not working: replaced

	var said []string
	c, err := Install(context.Background(), "cpu", func(s string) { said = append(said, s) })
	if err != nil {
		t.Fatal(err)
	}
	if c.Spec != "xla:cpu" || c.Platform != "cpu" || !strings.HasPrefix(c.Path, home) || len(said) < 3 {
		t.Errorf("Install = %+v, said %q", c, said)
	}
	if target, err := os.Readlink(broken); err != nil || target != cpuName {
		t.Errorf("short name points at %q (%v)", target, err)
	}
	if names := list(t, folder); !slices.Equal(names, []string{"pjrt_c_api_cpu_plugin.so", cpuName}) {
		t.Errorf("folder holds %q", names)
	}
	eng, err := Get("auto")
	if err != nil || eng.Name != "xla:cpu" {
		t.Fatalf("after installing, Get(auto) = %+v, %v", eng, err)
	}
	if got := List(); len(got) != 2 || got[0].Spec != "xla:cpu" || got[0].Err != nil || got[1].Spec != "go" {
		t.Errorf("List = %+v", got)
	}

	before, _ := os.Stat(c.Path)
	again, err := Install(context.Background(), "cpu", nil)
	after, _ := os.Stat(c.Path)
	if err != nil || again.Path != c.Path || calls() != 1 || !os.SameFile(before, after) {
		t.Errorf("a working plugin was not left alone: %+v, %v, %d downloads", again, err, calls())
	}
}

func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestInstallFails: whatever goes wrong, the error says so and the folder holds what it held.
func TestInstallFails(t *testing.T) {
	if !xlaBuilt {
		if _, err := Install(context.Background(), "cpu", nil); err == nil {
			t.Error("installed a plugin that this program cannot load")
		}
		t.Skip(notBuilt)
	}
	dir := t.TempDir()
	text := filepath.Join(dir, "text.whl")
	wheel(t, text, "p/pjrt_c_api_cpu_plugin.so", []byte("no library"))
	empty := filepath.Join(dir, "empty.whl")
	wheel(t, empty, "p/README", nil)
	torn := filepath.Join(dir, "torn.whl")
	b, err := os.ReadFile(text)
	if err != nil {
		t.Fatal(err)
	}
	write(t, torn, b[:len(b)/2])
	for _, c := range []struct{ name, wheel, want string }{
		{"not a plugin", text, "does not work here"},
		{"no plugin inside", empty, "none of the wheels holds"},
		{"torn wheel", torn, "torn.whl"},
		{"pip fails", filepath.Join(dir, "missing.whl"), "DO NOT MATCH THE HASHES"},
	} {
		t.Run(c.name, func(t *testing.T) {
			emptyHome(t)
			fakePip(t, c.wheel)
			folders, _ := Folders()
			write(t, filepath.Join(folders[0], cpuName), []byte("old"))
			_, err := Install(context.Background(), "cpu", nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want mention of %q", err, c.want)
			}
			if names := list(t, folders[0]); !slices.Equal(names, []string{cpuName}) {
				t.Errorf("folder holds %q", names)
			}
		})
	}
}

func TestInstallRefuses(t *testing.T) {
	if !xlaBuilt {
		t.Skip(notBuilt)
	}
	emptyHome(t)
	calls := fakePip(t, "")
	if _, err := Install(context.Background(), "tpu", nil); err == nil || !strings.Contains(err.Error(), "cpu and cuda") {
		t.Errorf("unknown platform: %v", err)
	}
	if !hasGPU() {
		if _, err := Install(context.Background(), "cuda", nil); err == nil || !strings.Contains(err.Error(), "GPU") {
			t.Errorf("cuda without a GPU: %v", err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Install(ctx, "cpu", nil); err == nil {
		t.Error("installed although cancelled")
	}
	t.Setenv(pluginPathVar, t.TempDir())
	if _, err := Install(context.Background(), "cpu", nil); err == nil || !strings.Contains(err.Error(), pluginPathVar) {
		t.Errorf("where it would not be looked for: %v", err)
	}
	if n := calls(); n != 0 {
		t.Errorf("%d downloads", n)
	}
}

func TestUnpackStaysInside(t *testing.T) {
	dir := t.TempDir()
	whl := filepath.Join(dir, "evil.whl")
	wheel(t, whl, "nvidia/../../outside", []byte("x"))
	if _, err := unpack(whl, "plugin.so", filepath.Join(dir, "plugin.so"), filepath.Join(dir, "in")); err == nil {
		t.Error("unpacked a name that leads out of the folder")
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(dir), "outside")); err == nil {
		t.Error("wrote outside")
	}
}

// TestPlaceCUDA: the libraries move with the plugin, and take the place of what was there.
func TestPlaceCUDA(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "nvidia", "old.so"), nil)
	tmp := filepath.Join(folder, ".install-1")
	file := filepath.Join(tmp, "nvidia", "pjrt_c_api_cuda_plugin.so")
	write(t, file, []byte("plugin"))
	write(t, filepath.Join(tmp, "nvidia", "cu13", "lib", "libcublas.so.13"), nil)
	path, err := placeCUDA(file, folder)
	if err != nil || path != filepath.Join(folder, "nvidia", "pjrt_c_api_cuda_plugin.so") {
		t.Fatalf("placeCUDA = %q, %v", path, err)
	}
	if names := list(t, filepath.Join(folder, "nvidia")); !slices.Equal(names, []string{"cu13", "pjrt_c_api_cuda_plugin.so"}) {
		t.Errorf("nvidia holds %q", names)
	}
}

func TestPinsAreExact(t *testing.T) {
	pin := regexp.MustCompile(`^[a-z0-9-]+==[0-9.]+ --hash=sha256:[0-9a-f]{64}$`)
	for name, pins := range map[string]string{"cpu": cpuPins, "cuda": cudaPins} {
		n := 0
		for line := range strings.Lines(pins) {
			if strings.HasPrefix(line, "#") {
				continue
			}
			n++
			if !pin.MatchString(strings.TrimSpace(line)) {
				t.Errorf("%s: %q is no exact pin", name, line)
			}
		}
		if n == 0 || n != len(packages(pins)) {
			t.Errorf("%s: %d pins, %d packages", name, n, len(packages(pins)))
		}
	}
}

// TestVerifiedIsRemembered: a file that passed is not tried again until it changes.
func TestVerifiedIsRemembered(t *testing.T) {
	real := realPlugin(t)
	home := emptyHome(t)
	path := filepath.Join(home, "p", "pjrt_c_api_cpu_plugin.so")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(real, path); err != nil {
		t.Skip("hard links between these folders do not work: ", err)
	}
	first, err := verify(path)
	if err != nil {
		t.Fatal(err)
	}
	known := readRecords()
	rec := known[path]
	rec.API = "remembered"
	remember(path, rec)
	if second, err := verify(path); err != nil || second.API != "remembered" {
		t.Errorf("tried again: %+v, %v", second, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	link(t, real, path) // resolves to another file, which is not known here
	if third, err := verify(path); err != nil || third.API != first.API {
		t.Errorf("another file under the same name: %+v, %v", third, err)
	}
	write(t, path+".txt", []byte("x"))
	remember(path+".txt", rec)
	if _, err := verify(path + ".txt"); err == nil {
		t.Error("a changed file passed on its old record")
	}
}

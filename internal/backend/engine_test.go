package backend

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// realPlugin is the CPU plugin of this machine. Under GOMLX_BACKEND=xla:cpu, as make test sets it,
// a missing one fails; else the test is skipped.
func realPlugin(t *testing.T) string {
	t.Helper()
	if !xlaBuilt {
		t.Skip(notBuilt)
	}
	p, _, err := findPlugin("cpu")
	if err != nil {
		if os.Getenv("GOMLX_BACKEND") == "xla:cpu" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	real, err := filepath.EvalSymlinks(p.path)
	if err != nil {
		t.Fatal(err)
	}
	return real
}

// emptyHome gives the test a home and cache of its own and no variable that names a backend.
func emptyHome(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv("GOMLX_BACKEND", "")
	for _, name := range []string{pluginPathVar, "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		t.Setenv(name, "") // registers what to restore
		os.Unsetenv(name)
	}
	return home
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPureGo(t *testing.T) {
	eng, err := Get("go")
	if err != nil {
		t.Fatal(err)
	}
	if eng.Name != "go" || eng.Platform != "go" || !eng.Pure || eng.Fallback {
		t.Errorf("Get(go) = %+v", eng)
	}
	if err := runSmallGraph(eng.Backend); err != nil {
		t.Error(err)
	}
	again, err := Get("go")
	if err != nil || again.Backend != eng.Backend {
		t.Errorf("second Get(go) opened another backend (%v)", err)
	}
}

func TestXLA(t *testing.T) {
	path := realPlugin(t)
	t.Setenv(pluginPathVar, filepath.Dir(path))
	for _, spec := range []string{"xla:cpu", "xla:" + path, "xla", "auto", ""} {
		t.Setenv("GOMLX_BACKEND", "")
		eng, err := Get(spec)
		if err != nil {
			t.Errorf("%q: %v", spec, err)
			continue
		}
		if eng.Pure || (eng.Name != "xla:cpu" && spec == "xla:cpu") || !strings.Contains(eng.Description, "PJRT 0.") || eng.Why == "" {
			t.Errorf("%q: %+v", spec, eng)
		}
		if err := runSmallGraph(eng.Backend); err != nil {
			t.Errorf("%q: %v", spec, err)
		}
		if eng.Platform == "cpu" && !eng.Backend.HasSharedBuffers() {
			t.Errorf("%q: no shared buffers on the CPU", spec)
		}
	}
}

// TestMisleadingPaths: go-xla reads the platform off the letters of the whole path.
func TestMisleadingPaths(t *testing.T) {
	path := realPlugin(t)
	home := emptyHome(t)
	for _, name := range []string{"with-cuda/pjrt_c_api_cpu_plugin.so", "nvidia,comma/pjrt_c_api_cpu_plugin.so", "plain/other.so"} {
		at := filepath.Join(home, name)
		link(t, path, at)
		eng, err := Get("xla:" + at)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if eng.Platform != "cpu" || !eng.Backend.HasSharedBuffers() {
			t.Errorf("%s: platform %s, shared buffers %t", name, eng.Platform, eng.Backend.HasSharedBuffers())
		}
		if err := runSmallGraph(eng.Backend); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEnvironmentIsExact(t *testing.T) {
	emptyHome(t)
	t.Setenv("GOMLX_BACKEND", "go")
	eng, err := Get("auto")
	if err != nil || eng.Name != "go" || eng.Fallback {
		t.Errorf("GOMLX_BACKEND=go: %+v, %v", eng, err)
	}
	t.Setenv("GOMLX_BACKEND", "xla:cpu") // there is none in an empty home
	if eng, err := Get(""); !errors.Is(err, ErrUnavailable) {
		t.Errorf("GOMLX_BACKEND=xla:cpu without a plugin: %+v, %v", eng, err)
	}
	if eng, err := Get("go"); err != nil || eng.Name != "go" {
		t.Errorf("an explicit specification must win over the variable: %+v, %v", eng, err)
	}
}

func TestFallback(t *testing.T) {
	home := emptyHome(t)
	eng, err := Get("auto")
	if err != nil {
		t.Fatal(err)
	}
	if !eng.Pure || !eng.Fallback {
		t.Fatalf("no plugin anywhere: %+v", eng)
	}
	if strings.Contains(eng.Why, "\n") {
		t.Errorf("Why is more than one line: %q", eng.Why)
	}
	want := []string{"pure Go"}
	if xlaBuilt {
		want = append(want, home, "gomonge backend install cpu")
	}
	for _, w := range want {
		if !strings.Contains(eng.Why, w) {
			t.Errorf("Why does not say %q: %s", w, eng.Why)
		}
	}
	t.Setenv(pluginPathVar, "")
	if eng, err = Get("auto"); err != nil || !eng.Fallback {
		t.Errorf("%s set and empty: %+v, %v", pluginPathVar, eng, err)
	}
}

// TestBadFiles: each of these kills or confuses a process that loads it; here it must be an error
// where the file was asked for, and a fallback that names it where it was merely found.
func TestBadFiles(t *testing.T) {
	path := realPlugin(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string][]byte{
		"text":      []byte("this is no library\n"),
		"empty":     {},
		"truncated": b[:len(b)/20],
	}
	if lib := someLibrary(); lib != "" {
		if bad["other library"], err = os.ReadFile(lib); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range bad {
		t.Run(name, func(t *testing.T) {
			home := emptyHome(t)
			folders, _ := Folders()
			file := filepath.Join(folders[0], "pjrt_c_api_cpu_plugin.so")
			if !strings.HasPrefix(file, home) {
				t.Fatalf("%s is outside the test's home", file)
			}
			write(t, file, content)
			for _, spec := range []string{"xla:cpu", "xla", "xla:" + file} {
				eng, err := Get(spec)
				if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), file) {
					t.Errorf("Get(%q) = %+v, %v", spec, eng, err)
				}
			}
			eng, err := Get("auto")
			if err != nil || !eng.Fallback || !strings.Contains(eng.Why, file) {
				t.Errorf("Get(auto) = %+v, %v", eng, err)
			}
			t.Log(eng.Why)
			t.Setenv(pluginPathVar, filepath.Dir(file))
			if eng, err := Get("auto"); !errors.Is(err, ErrUnavailable) {
				t.Errorf("asked for by %s: %+v, %v", pluginPathVar, eng, err)
			}
		})
	}
}

// someLibrary is a shared library that is no PJRT plugin.
func someLibrary() string {
	for _, pattern := range []string{"/lib/" + map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH] + "-linux-gnu/libm.so.6", "/lib64/libm.so.6", "/usr/lib/libm.so.6"} {
		if _, err := os.Stat(pattern); err == nil {
			return pattern
		}
	}
	return ""
}

func TestUnknownNames(t *testing.T) {
	home := emptyHome(t)
	for spec, want := range map[string]string{
		"xlla:cpu":                    "nearest: xla:cpu",
		"cpu":                         "xla:cpu",
		"go:nosuchoption":             "nosuchoption",
		"xla:nosuch":                  "nosuch",
		"xla:" + home:                 "folder",
		"xla:" + home + "/missing.so": "missing.so",
	} {
		eng, err := Get(spec)
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("Get(%q) = %+v, %v", spec, eng, err)
			continue
		}
		if !xlaBuilt && strings.HasPrefix(spec, "xla:") {
			want = "built without XLA"
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Get(%q): %v; want mention of %q", spec, err, want)
		}
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/rundir"
)

// TestDevicesWhenResumed: a run that began on one device goes on with two, which its configuration then says; a
// number of devices that the batch cannot be shared among is told so.
func TestDevicesWhenResumed(t *testing.T) {
	d := fixture(t)
	e, err := backend.Get("")
	if err != nil {
		t.Fatal(err)
	}
	if e.Backend.NumDevices() < 2 {
		t.Skipf("%s has one device", e.Name)
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "run")
	fit := fmt.Sprintf("fit --source %s/dose/source.csv --target %s/dose/train.csv --condition dose", d, d)
	succeeds(t, "%s --steps 2 --opt validation=-1 %s --out %s/one", fit, tiny, dir)
	config, err := os.ReadFile(filepath.Join(dir, "one", rundir.ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(out+rundir.Unfinished, 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, out+rundir.Unfinished, rundir.ConfigFile, string(config))
	succeeds(t, "fit --resume --devices 2 --out %s", out)
	c, err := rundir.ReadConfig(out)
	if err != nil {
		t.Fatal(err)
	}
	if c.Settings["devices"] != json.Number("2") {
		t.Errorf("the configuration says %v devices", c.Settings["devices"])
	}
	fails(t, exitRequest, []string{"cannot be shared among 2 devices", "points can"},
		"%s --devices 2 --opt conditions=3 --opt batch=9 --out %s/nine", fit, dir)
}

package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomonge/gomonge/datasets"
)

// planeText is a table of points in a plane of four features, (u, v, u+v, u−v): controls at dose 0, and two doses
// that shift them by (dose, 2·dose) in the plane; at dose 4 they are so many times as far from each other, beyond the plane.
func planeText(far float64) string {
	var b strings.Builder
	b.WriteString("id,dose,a,b,c,d\n")
	for i := range 24 {
		u, v := float64(i%5)-2, float64(i*i%7)-3
		for _, dose := range []float64{0, 1, 2} {
			x, y := u+dose, v+2*dose
			fmt.Fprintf(&b, "r%d-%g,%g,%g,%g,%g,%g\n", i, dose, dose, x, y, x+y, x-y)
		}
		fmt.Fprintf(&b, "r%d-4,4,%g,%g,%g,%g\n", i, far*u, far*v, far*(u+v)+far, far*u*v)
	}
	return b.String()
}

// TestFitProject trains in principal components that hold all there is: the mean shift comes out as without
// them, decoded, from the folder of the model alone. The condition held out has no say in the components.
func TestFitProject(t *testing.T) {
	dir := t.TempDir()
	data := writeFile(t, dir, "data.csv", planeText(1))
	other := writeFile(t, dir, "other.csv", planeText(-70))
	const flags = "--condition dose --control dose=0 --holdout dose=4"
	succeeds(t, "fit --method mean-interpolated --data %s %s --out %s/plain", data, flags, dir)
	succeeds(t, "fit --method mean-interpolated --project pca:2 --data %s %s --out %s/run", data, flags, dir)
	succeeds(t, "fit --method mean-interpolated --project pca:2 --data %s %s --out %s/other", other, flags, dir)
	files, same := filesOf(t, dir+"/run/model"), filesOf(t, dir+"/other/model")
	for _, name := range []string{"model.json", "projection/model.json", "latent/model.json"} {
		if files[name] == "" || files[name] != same[name] {
			t.Errorf("%s is\n%s\nand, with other rows held out,\n%s", name, files[name], same[name])
		}
	}
	for _, run := range []string{"plain", "run"} {
		succeeds(t, "transport --model %s/%s/model --data %s --rows dose=0 --condition dose=1.5 --out %s/%s.csv", dir, run, data, dir, run)
	}
	read := func(name string) *datasets.Table {
		table, err := datasets.ReadTable(filepath.Join(dir, name+".csv"), datasets.ReadOptions{Drop: []string{"dose"}})
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	plain, projected := read("plain"), read("run")
	if projected.Len() != 24 || strings.Join(projected.Features, "") != "abcd" {
		t.Fatalf("%d rows of the features %q", projected.Len(), projected.Features)
	}
	for i := range 24 {
		for k, v := range plain.X.RawRowView(i) {
			if got := projected.X.At(i, k); math.Abs(got-v) > 1e-3 { // weights of interpolation err by 1e-4 of a shift of 6
				t.Errorf("row %d, feature %d is %g, without the projection %g", i, k, got, v)
			}
		}
	}
	said := succeeds(t, "inspect %s/run --json", dir)
	if i := decode[inspection](t, said); i.Model == nil || i.Model.Method != "mean-interpolated" || len(i.Model.Features) != 4 {
		t.Errorf("inspect says %s", said)
	}
	e := decode[evaluation](t, succeeds(t, "evaluate --json --model %s/run/model --data %s --control dose=0 --out %s/judged", dir, data, dir))
	for _, method := range []string{"mean-interpolated", "additive", "ridge"} {
		if f := e.figure(t, method, "dose=1", "l2_ps"); f.Metric.Value > 1e-3 {
			t.Errorf("%s misses the mean of dose 1 by %g", method, f.Metric.Value)
		}
	}
}

// TestFitAutoencoder trains in the latent space of an autoencoder and reads the model back.
func TestFitAutoencoder(t *testing.T) {
	dir := t.TempDir()
	data := writeFile(t, dir, "data.csv", planeText(1))
	_, _, said := gomonge(words("fit --method mean --project ae:2 --hidden 8 --project-steps 30 --data %s --condition dose --control dose=0 --test 0.3 --out %s/run", data, dir)...)
	if !strings.Contains(said, "autoencoder on") {
		t.Errorf("fit says\n%s", said)
	}
	files := filesOf(t, dir+"/run")
	for _, name := range []string{"model/model.json", "model/projection/weights.safetensors", "model/latent/model.json", "metrics.json"} {
		if files[name] == "" {
			t.Errorf("the run has no %s", name)
		}
	}
	if !strings.Contains(files["model/latent/model.json"], "2 latent dimensions of an autoencoder") {
		t.Errorf("the map does not say in which space it is:\n%s", files["model/latent/model.json"])
	}
	succeeds(t, "transport --model %s/run/model --data %s --condition dose=2 --out %s/moved.csv", dir, data, dir)
	weights := writeFile(t, dir, "run/model/projection/weights.safetensors", "x")
	fails(t, exitRequest, []string{filepath.Dir(weights)}, "transport --model %s/run/model --data %s --condition dose=2 --out %s/again.csv", dir, data, dir)
}

// TestInterruptAutoencoder interrupts the training of an autoencoder and goes on: projection and map are those of
// a run in one go, to the bit.
func TestInterruptAutoencoder(t *testing.T) {
	if testing.Short() {
		t.Skip("trains twice for some seconds")
	}
	dir := t.TempDir()
	data := writeFile(t, dir, "data.csv", planeText(1))
	line := "fit --method affine --project ae:2 --hidden 16 --project-steps 6000 --data %s --condition dose --control dose=0 --out %s/%s"
	succeeds(t, line, data, dir, "whole")
	w := start(t, words(line, data, dir, "half"))
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end) && !strings.Contains(w.said(t), "autoencoder: step "); {
		time.Sleep(2 * time.Millisecond)
	}
	if err := w.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := w.end(t); code != exitInterrupted {
		t.Fatalf("interrupted, the exit code is %d\n%s", code, w.said(t))
	}
	succeeds(t, "fit --resume --out %s/half", dir)
	for _, name := range []string{"model/projection/weights.safetensors", "model/latent/weights.safetensors"} {
		if whole, half := filesOf(t, dir+"/whole")[name], filesOf(t, dir+"/half")[name]; whole == "" || whole != half {
			t.Errorf("%s of the run that was interrupted differs", name)
		}
	}
}

func TestBadProjections(t *testing.T) {
	dir := t.TempDir()
	data := writeFile(t, dir, "data.csv", planeText(1))
	for flags, says := range map[string]string{
		"--project umap:2":               "pca:K or ae:K",
		"--project pca":                  "pca:K or ae:K",
		"--project ae:0":                 "pca:K or ae:K",
		"--project pca:2 --hidden 8":     "not of principal components",
		"--hidden 8":                     "--project ae:K",
		"--project pca:40":               "between 1 and",
		"--project ae:2 --hidden 0":      "hidden layers",
		"--project ae:2 --hidden eight":  "hidden",
		"--project ae:2 --project-steps": "project-steps",
	} {
		fails(t, exitRequest, []string{says}, "fit --method mean --data %s --condition dose --control dose=0 --out %s/run %s", data, dir, flags)
	}
}

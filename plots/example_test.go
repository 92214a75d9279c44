package plots_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/mat"

	"github.com/gomonge/gomonge/plots"
)

// Run "go test ./plots -regenerate" after a change of the style, and look at every picture in testdata.
var regenerate = flag.Bool("regenerate", false, "write the golden images anew")

// compare says whether the figure looks as it did when its golden image was looked at. Colours may
// differ where a machine rounds differently: at most 1 pixel in 500 by more than an eighth of the scale.
func compare(name string, fig *plots.Figure, err error) {
	path := filepath.Join("testdata", name+".png")
	if err == nil && *regenerate {
		err = fig.Write(path)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := fig.PNG(192)
	if err != nil {
		fmt.Println(err)
		return
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	if share, err := different(got, golden); err != nil || share > 1.0/500 {
		os.WriteFile(filepath.Join(os.TempDir(), "gomonge-"+name+".png"), got, 0o644)
		fmt.Printf("%s: %.2g of the pixels differ (%v); see gomonge-%s.png in the temporary folder\n", name, share, err, name)
		return
	}
	fmt.Println("as in", filepath.ToSlash(path))
}

// different is the share of pixels in which two PNG images differ by more than 32 of 255 in a channel.
func different(a, b []byte) (float64, error) {
	x, err := png.Decode(bytes.NewReader(a))
	if err != nil {
		return 1, err
	}
	y, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return 1, err
	}
	if x.Bounds() != y.Bounds() {
		return 1, fmt.Errorf("sizes are %v and %v", x.Bounds().Size(), y.Bounds().Size())
	}
	n := 0
	for j := x.Bounds().Min.Y; j < x.Bounds().Max.Y; j++ {
		for i := x.Bounds().Min.X; i < x.Bounds().Max.X; i++ {
			if far(x, y, i, j) {
				n++
			}
		}
	}
	return float64(n) / float64(x.Bounds().Dx()*x.Bounds().Dy()), nil
}

func far(x, y image.Image, i, j int) bool {
	r1, g1, b1, _ := x.At(i, j).RGBA()
	r2, g2, b2, _ := y.At(i, j).RGBA()
	for _, d := range []int64{int64(r1) - int64(r2), int64(g1) - int64(g2), int64(b1) - int64(b2)} {
		if max(d, -d) > 32*257 {
			return true
		}
	}
	return false
}

// gaussian is a cloud of n points about a mean, stretched by sx and sy and turned by an angle.
func gaussian(rng *rand.Rand, n int, mx, my, sx, sy, angle float64) *mat.Dense {
	c := mat.NewDense(n, 2, nil)
	cos, sin := math.Cos(angle), math.Sin(angle)
	for i := range n {
		u, v := sx*rng.NormFloat64(), sy*rng.NormFloat64()
		c.SetRow(i, []float64{mx + cos*u - sin*v, my + sin*u + cos*v})
	}
	return c
}

// Source, target and transported points of three doses.
func ExampleClouds() {
	rng := rand.New(rand.NewPCG(1, 1))
	source := gaussian(rng, 400, 0, 0, 1, 1, 0)
	var panels []plots.CloudsPanel
	for _, dose := range []float64{10, 100, 1000} {
		t := math.Log10(dose)
		moved := mat.NewDense(400, 2, nil)
		for i := range 400 {
			moved.SetRow(i, []float64{source.At(i, 0)*1.2 + 1.5*t, source.At(i, 1)*0.6 + t})
		}
		panels = append(panels, plots.CloudsPanel{
			Title: fmt.Sprintf("dose %g nM", dose),
			Clouds: []plots.Cloud{
				{Name: "source", Points: source},
				{Name: "target", Points: gaussian(rng, 400, 1.5*t, t, 1.2, 0.6, 0)},
				{Name: "transported", Points: moved},
			},
		})
	}
	fig, err := plots.Clouds(plots.Axis{Label: "PC 1"}, plots.Axis{Label: "PC 2"}, 3, panels...)
	compare("clouds", fig, err)
	// Output: as in testdata/clouds.png
}

// A metric of three methods against the dose, in sample beside held out, with 95 % intervals.
func ExampleLines() {
	doses := []float64{10, 100, 1000, 10000}
	series := func(name string, y ...float64) plots.Series {
		s := plots.Series{Name: name, X: doses, Y: y}
		for _, v := range y {
			s.Low, s.High = append(s.Low, 0.93*v), append(s.High, 1.08*v)
		}
		return s
	}
	x := plots.Axis{Label: "dose", Unit: "nM", Log: true, Ticks: doses}
	y := plots.Axis{Label: "W_ε"}
	fig, err := plots.Lines(
		plots.LinesPanel{Title: "in sample", X: x, Y: y, Series: []plots.Series{
			series("condot-identity", 2.1, 2.2, 2.6, 3.4), series("condot-gaussian", 2.0, 2.3, 2.7, 3.3),
			series("icnn", 2.9, 3.4, 4.6, 6.9), series("affine", 2.6, 2.7, 3.3, 4.4), series("identity", 2.4, 3.4, 6.1, 9.8),
		}},
		plots.LinesPanel{Title: "held out", X: x, Y: y, Series: []plots.Series{
			series("condot-identity", 2.3, 2.5, 3.1, 4.6), series("condot-gaussian", 2.2, 2.5, 3.0, 4.4),
			series("icnn", 3.1, 3.6, 4.9, 7.6), series("affine", 2.9, 3.0, 3.9, 6.4), series("identity", 2.4, 3.4, 6.1, 9.8),
		}},
	)
	compare("lines", fig, err)
	// Output: as in testdata/lines.png
}

// Loss and validation against the training step, with the spread of several seeds as a band.
func ExampleLines_training() {
	const n = 60
	curve := func(name string, floor, start float64) plots.Series {
		s := plots.Series{Name: name}
		for i := range n {
			v := floor + start*math.Exp(-float64(i)/9) + 0.04*math.Sin(float64(3*i))*floor
			s.X = append(s.X, float64(100*(i+1)))
			s.Y, s.Low, s.High = append(s.Y, v), append(s.Low, 0.85*v), append(s.High, 1.15*v)
		}
		return s
	}
	fig, err := plots.Lines(plots.LinesPanel{
		Title: "Wasserstein distance while training", X: plots.Axis{Label: "step"}, Y: plots.Axis{Label: "W₂²", Log: true},
		Series: []plots.Series{curve("condot-vanilla", 0.5, 900), curve("condot-identity", 0.3, 20), curve("condot-gaussian", 0.25, 2)},
	})
	compare("training", fig, err)
	// Output: as in testdata/training.png
}

// Marginals of three genes, in sample above held out.
func ExampleDensities() {
	rng := rand.New(rand.NewPCG(2, 1))
	draws := func(mean, sd, zeros float64) []float64 {
		v := make([]float64, 500)
		for i := range v {
			if rng.Float64() >= zeros {
				v[i] = math.Max(0, mean+sd*rng.NormFloat64())
			}
		}
		return v
	}
	var rows []plots.DensityRow
	for k, setting := range []string{"in sample", "held out"} {
		row := plots.DensityRow{Label: setting}
		for g, gene := range []string{"GAPDH", "CDKN1A", "MT2A"} {
			mean, zeros := 1.5+float64(g), 0.25*float64(g)
			row.Panels = append(row.Panels, plots.DensityPanel{
				Title: gene, X: plots.Axis{Label: "expression", Unit: "log1p"},
				Samples: []plots.Sample{
					{Name: "source", Values: draws(mean, 0.5, zeros)},
					{Name: "target", Values: draws(mean+1, 0.6, zeros/2)},
					{Name: "condot", Values: draws(mean+1-0.1*float64(k), 0.6, zeros/2)},
					{Name: "affine", Values: draws(mean+0.9-0.3*float64(k), 0.8, 0)},
				},
			})
		}
		rows = append(rows, row)
	}
	fig, err := plots.Densities(rows...)
	compare("densities", fig, err)
	// Output: as in testdata/densities.png
}

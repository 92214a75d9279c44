package synthetic_test

import (
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets/singlecell"
	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/projection"
)

// A task in the plane whose Gaussian maps have closed forms.
func ExampleNew() {
	task, err := synthetic.New(synthetic.Gaussian, synthetic.Options{Dim: 2, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(task.Train), "training conditions,", len(task.HeldOut), "held out")

	dose := condition.Value{{Number: 0.5}}
	y, err := task.Map(nil, task.TestCloud, dose)
	if err != nil {
		log.Fatal(err)
	}
	x, err := task.Inverse(nil, y, dose)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("first test point %.3f, there and back %.3f\n", task.TestCloud.RawRowView(0), x.RawRowView(0))
	// Output:
	// 6 training conditions, 4 held out
	// first test point [0.399 -0.070], there and back [0.399 -0.070]
}

// Points of a picture.
func ExamplePictureNames() {
	fmt.Println(synthetic.PictureNames())
	// Output: [eight-gaussians swiss-roll black-hole checkerboard rings]
}

// From the counts of a screen to a task in principal components, and the
// counterfactuals of the vehicle cells that were set aside. Everything is fitted on
// training cells.
func ExampleNewScreen() {
	screen, err := synthetic.NewScreen(synthetic.ScreenOptions{Seed: 1, Genes: 1000, VehicleCells: 300, CellsPerDose: 100})
	if err != nil {
		log.Fatal(err)
	}
	train, test, err := screen.Split(0.2, rand.NewPCG(1, 2))
	if err != nil {
		log.Fatal(err)
	}
	trained, err := screen.Counts.SelectRows(train)
	if err != nil {
		log.Fatal(err)
	}
	prepare, err := singlecell.FitPreprocessor(trained, screen.Genes, singlecell.VariableOptions{Top: 500})
	if err != nil {
		log.Fatal(err)
	}
	expression, err := prepare.Apply(screen.Counts)
	if err != nil {
		log.Fatal(err)
	}
	trained, err = expression.SelectRows(train)
	if err != nil {
		log.Fatal(err)
	}
	pca, err := projection.FitPCA(trained, 10)
	if err != nil {
		log.Fatal(err)
	}
	latent, err := pca.Transform(nil, expression)
	if err != nil {
		log.Fatal(err)
	}
	names := make([]string, 10)
	for k := range names {
		names[k] = fmt.Sprintf("pc%d", k+1)
	}
	drug := synthetic.ScreenDrugs[0]
	task, err := screen.Task(drug, latent, names, train)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range task.Train {
		n, d := p.Target.Dims()
		fmt.Printf("%s nM: %d cells, %d components\n", task.Schema.Format(p.Condition), n, d)
	}

	var vehicle []int
	for _, i := range test {
		if screen.Cells[i].Dose == 0 {
			vehicle = append(vehicle, i)
		}
	}
	truth, err := screen.Counterfactual(vehicle, drug, 1000, prepare.Target, prepare.Genes)
	if err != nil {
		log.Fatal(err)
	}
	answer, err := pca.Transform(nil, truth)
	if err != nil {
		log.Fatal(err)
	}
	n, d := answer.Dims()
	fmt.Printf("known answer at 1000 nM: %d cells, %d components\n", n, d)
	// Output:
	// dose=10 nM: 80 cells, 10 components
	// dose=100 nM: 80 cells, 10 components
	// dose=1000 nM: 80 cells, 10 components
	// dose=10000 nM: 80 cells, 10 components
	// known answer at 1000 nM: 60 cells, 10 components
}

package synthetic_test

import (
	"fmt"
	"log"

	"github.com/gomonge/gomonge/condition"
	"github.com/gomonge/gomonge/datasets/synthetic"
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

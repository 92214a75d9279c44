package ncmt_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gomonge/gomonge/datasets/synthetic"
	"github.com/gomonge/gomonge/ncmt"
)

// One map for all doses, asked for a dose that was never trained. (A few steps of small networks on the pure-Go
// engine; leave these options out for a map worth having.)
func ExampleFit() {
	task, err := synthetic.New(synthetic.Dose, synthetic.Options{Dim: 2, Seed: 1, SourcePoints: 400, TargetPoints: 400, TestPoints: 3})
	if err != nil {
		log.Fatal(err)
	}
	model, report, err := ncmt.Fit(context.Background(), task.Task, ncmt.Options{Steps: 3, Pretrain: 10, Batch: 24,
		Architecture: ncmt.Architecture{Width: 8, Encoder: 1, Decoder: 1, CriticDecoder: 1, Hidden: 8}, Backend: "go"})
	if err != nil {
		log.Fatal(err)
	}
	dose, err := model.Schema().Parse("dose=0.4")
	if err != nil {
		log.Fatal(err)
	}
	carried, err := model.Transport(nil, task.TestCloud, dose)
	if err != nil {
		log.Fatal(err)
	}
	rows, columns := carried.Dims()
	ofMap, ofCritic := model.Parameters()
	fmt.Println(report.Reason, "after", report.Steps, "steps;", rows, "points of", columns, "features carried")
	fmt.Println(ofMap, "and", ofCritic, "parameters; stochastic:", model.Stochastic())
	// Output:
	// finished after 3 steps; 3 points of 2 features carried
	// 3314 and 3305 parameters; stochastic: false
}

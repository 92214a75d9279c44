package climate_test

import (
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/gomonge/gomonge/datasets/climate"
)

// What the main estimate of Burke, Hsiang & Miguel (2015) takes from synthetic countries under SSP3.
func ExampleWorld_Project() {
	world, err := climate.Synthetic(48, rand.NewPCG(1, 0))
	if err != nil {
		log.Fatal(err)
	}
	best, err := world.Best(climate.BHM)
	if err != nil {
		log.Fatal(err)
	}
	p, err := world.Project("SSP3", climate.BHM, climate.AR6, best)
	if err != nil {
		log.Fatal(err)
	}
	losers := 0
	for i := range world.Countries {
		if p.Damaged.At(i, p.Column(2100)) < p.Undamaged.At(i, p.Column(2100)) {
			losers++
		}
	}
	fmt.Printf("%d of %d countries are poorer in 2100 than without warming\n", losers, len(world.Countries))
	// Output: 39 of 48 countries are poorer in 2100 than without warming
}

// The task of a map from GDP per capita without damages to that with damages.
func ExampleWorld_Task() {
	world, err := climate.Synthetic(48, rand.NewPCG(1, 0))
	if err != nil {
		log.Fatal(err)
	}
	task, err := world.Task(climate.TaskOptions{Draws: 10, TestDraws: 10})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d conditions to train on, %d held out, %d rows each\n", len(task.Train), len(task.HeldOut), len(task.Rows))
	fmt.Println("first held-out condition:", task.Schema.Format(task.HeldOut[0].Condition))
	// Output:
	// 33 conditions to train on, 12 held out, 480 rows each
	// first held-out condition: ssp=SSP1,year=2030
}

package dice_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/gomonge/gomonge/datasets/dice"
	"gonum.org/v1/gonum/mat"
)

// The base run of DICE-2016R2 and what a tonne of CO2 costs in it.
func ExampleNew() {
	policy, err := dice.BasePolicy(dice.V2016R2)
	if err != nil {
		log.Fatal(err)
	}
	model, err := dice.New(dice.V2016R2, policy)
	if err != nil {
		log.Fatal(err)
	}
	in := dice.V2016R2.Defaults()
	path, err := model.Run(nil, in)
	if err != nil {
		log.Fatal(err)
	}
	for t, year := range model.Years() {
		if year == 2050 || year == 2100 {
			fmt.Printf("%d: %.2f °C, damages %.1f %% of output\n", year, path.Temperature[t], 100*path.Damage[t])
		}
	}
	cost, err := model.SocialCost(in, dice.SocialCostOptions{Year: 2020})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("social cost of carbon in 2020: %.0f $/tCO2\n", cost)
	// Output:
	// 2050: 2.13 °C, damages 1.0 % of output
	// 2100: 4.13 °C, damages 3.9 % of output
	// social cost of carbon in 2020: 36 $/tCO2
}

// How far warming in 2100 spreads with the uncertain inputs of Nordhaus (2018).
func ExampleModel_MonteCarlo() {
	policy, err := dice.BasePolicy(dice.V2016R2)
	if err != nil {
		log.Fatal(err)
	}
	model, err := dice.New(dice.V2016R2, policy)
	if err != nil {
		log.Fatal(err)
	}
	inputs, err := dice.Draw(dice.V2016R2, 1000, rand.NewPCG(1, 0))
	if err != nil {
		log.Fatal(err)
	}
	sample, err := model.MonteCarlo(context.Background(), inputs, []int{2100}, dice.Temperature)
	if err != nil {
		log.Fatal(err)
	}
	warming := sample.Of(dice.Temperature)
	n, _ := warming.Dims()
	fmt.Printf("%d runs, %d collapsed, mean %.1f °C, from %.1f to %.1f\n", n, len(sample.Failures), mat.Sum(warming)/float64(n), mat.Min(warming), mat.Max(warming))
	// Output: 1000 runs, 0 collapsed, mean 4.3 °C, from 2.0 to 9.5
}

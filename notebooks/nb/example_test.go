package nb_test

import (
	"fmt"

	"github.com/gomonge/gomonge/notebooks/nb"
)

// A cell that loads what an earlier one saved, shows it and fails if it cannot.
func ExampleTable() {
	defer nb.Sync()
	nb.Check(nb.Table([]string{"method", "W₂²"}, [][]string{{"condot", "1.2 ± 0.1"}, {"icnn", "3.4 ± 0.2"}}))

	fmt.Println(nb.Table([]string{"method", "W₂²"}, [][]string{{"condot"}}))
	// Output: table: row 1 has 1 cells under a header of 2
}

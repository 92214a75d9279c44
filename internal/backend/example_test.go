package backend_test

import (
	"fmt"

	"github.com/gomonge/gomonge/internal/backend"
)

func ExampleGet() {
	eng, err := backend.Get("go")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(eng.Name, eng.Pure)

	_, err = backend.Get("xla:cup")
	fmt.Println(err != nil)
	// Output:
	// go true
	// true
}

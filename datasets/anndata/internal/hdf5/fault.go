package hdf5

import "fmt"

// Fault is the error of a file that the package meets unprepared. It is a bug
// of the package, which a damaged file brought about.
type Fault struct {
	Panic any
}

func (e *Fault) Error() string {
	return fmt.Sprintf("the file is damaged in a way that reading it was not prepared for; please report it: %v", e.Panic)
}

// guard makes a panic an error: no file makes a program stop.
func guard(err *error) {
	if r := recover(); r != nil {
		*err = &Fault{r}
	}
}

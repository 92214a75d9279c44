package backend

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// runSmallGraph computes x·x + x for a 2×2 matrix and compares with the answer.
func runSmallGraph(be compute.Backend) error {
	shape := shapes.Make(dtypes.Float32, 2, 2)
	b := be.Builder("check")
	f := b.Main()
	x, err := f.Parameter("x", shape, nil)
	if err != nil {
		return err
	}
	xx, err := f.DotGeneral(x, []int{1}, nil, x, []int{0}, nil, compute.DotGeneralConfig{})
	if err != nil {
		return err
	}
	sum, err := f.Add(xx, x)
	if err != nil {
		return err
	}
	if err := f.Return([]compute.Value{sum}, nil); err != nil {
		return err
	}
	exe, err := b.Compile()
	if err != nil {
		return err
	}
	in, err := be.BufferFromFlatData(0, []float32{1, 2, 3, 4}, shape)
	if err != nil {
		return err
	}
	out, err := exe.Execute([]compute.Buffer{in}, nil, 0)
	if err != nil {
		return err
	}
	got, want := make([]float32, 4), []float32{8, 12, 18, 26} // exact also in TF32
	if err := out[0].ToFlatData(got); err != nil {
		return err
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("a 2×2 product gave %v, right is %v", got, want)
	}
	return nil
}

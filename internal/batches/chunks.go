package batches

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Chunk is how many points are carried in one call: one number, so that what becomes of
// a point does not depend on how many there are.
const Chunk = 1024

// Chunks calls do with the normalised points of x, Chunk by Chunk (the last one
// padded by its first row), the row that they begin at and the number of rows that count.
func Chunks(norm Normalisation, x *mat.Dense, do func(from, n int, points []float32) error) error {
	rows, cols := x.Dims()
	points := make([]float32, Chunk*cols)
	for from := 0; from < rows; from += Chunk {
		n := min(Chunk, rows-from)
		for i := range Chunk {
			row := from
			if i < n {
				row = from + i
			}
			norm.In(points[i*cols:(i+1)*cols], x.RawRowView(row))
		}
		if err := do(from, n, points); err != nil {
			return err
		}
	}
	return nil
}

// CheckCloud says why a model of these features cannot read x.
func CheckCloud(x *mat.Dense, features []string) error {
	if x == nil || x.IsEmpty() {
		return fmt.Errorf("the cloud has no points")
	}
	rows, cols := x.Dims()
	if cols != len(features) {
		return fmt.Errorf("the cloud has %d columns, the model %d features", cols, len(features))
	}
	for i := range rows {
		for j, v := range x.RawRowView(i) {
			if v-v != 0 { // NaN or infinite
				return fmt.Errorf("row %d, feature %s of the cloud is %v; coordinates must be finite", i, features[j], v)
			}
		}
	}
	return nil
}

// Destination is dst, or a new cloud of the form of x where dst is nil or empty.
func Destination(dst, x *mat.Dense) (*mat.Dense, error) {
	rows, cols := x.Dims()
	if dst == nil {
		return mat.NewDense(rows, cols, nil), nil
	}
	if dst.IsEmpty() {
		dst.ReuseAs(rows, cols)
	}
	if r, c := dst.Dims(); r != rows || c != cols {
		return nil, fmt.Errorf("the destination is %d×%d, the cloud %d×%d", r, c, rows, cols)
	}
	return dst, nil
}

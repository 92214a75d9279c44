package batches

import (
	"fmt"

	"github.com/gomonge/gomonge/internal/train"
)

// Division is how the batches of a training are shared among devices: each takes some of the conditions
// with all their points, or some points of every condition.
type Division struct {
	// Whole are the sizes of a batch, Part of what one device takes of it.
	Whole, Part Sizes
}

// Divide shares batches among devices (0 counts as 1) in equal parts: conditions, where their number allows, so that no
// two devices work on one condition's network, else points. A loss that compares a cloud as a whole with another,
// and is no mean over points, wants whole clouds.
func Divide(s Sizes, devices int, wholeClouds bool) (Division, error) {
	d, n := Division{Whole: s, Part: s}, max(1, devices)
	switch {
	case s.Conditions%n == 0:
		d.Part.Conditions = s.Conditions / n
	case wholeClouds:
		return d, fmt.Errorf("a batch of %d conditions cannot be shared among %d devices by whole clouds, which this loss compares: take a number of devices that divides %d, or conditions a batch that %d divides",
			s.Conditions, n, s.Conditions, n)
	case s.Points%n == 0:
		d.Part.Points = s.Points / n
	default:
		above := (s.Points/n + 1) * n * s.Conditions
		says := fmt.Sprint(above)
		if below := s.Points / n * n * s.Conditions; below > 0 {
			says = fmt.Sprintf("%d or %d", below, above)
		}
		return d, fmt.Errorf("a batch of %d conditions, %d points of each, cannot be shared among %d devices in equal parts: a batch of %s points can",
			s.Conditions, s.Points, n, says)
	}
	return d, nil
}

// byPoints says that every device has a part of each condition's points.
func (d Division) byPoints() bool { return d.Part.Points < d.Whole.Points }

// IDs adds the ids of the conditions of some steps to a call; dims are those of what a device gets.
func (d Division) IDs(u *train.Uploads, ids []int32, steps int, dims ...int) {
	if d.byPoints() {
		u.Ints(ids, dims...)
		return
	}
	u.IntParts(ids, steps, dims...)
}

// Rows adds rows of clouds, one a point, of some steps.
func (d Division) Rows(u *train.Uploads, rows []int32, steps int, dims ...int) {
	u.IntParts(rows, d.blocks(steps), dims...)
}

// Noise adds as many numbers for each point of some steps.
func (d Division) Noise(u *train.Uploads, z []float32, steps int, dims ...int) {
	u.FloatParts(z, d.blocks(steps), dims...)
}

// blocks are the parts of the points of some steps that are shared one by one: the steps, or the conditions in them.
func (d Division) blocks(steps int) int {
	if d.byPoints() {
		return steps * d.Whole.Conditions
	}
	return steps
}

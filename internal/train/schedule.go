package train

import "math"

// schedule is the learning rate's multiplier at step k of n: a linear warm-up over the
// first 2 % of the steps, times a cosine from 1 down to 1 %.
func schedule(k, n int) float64 {
	warm := math.Min(1, float64(k+1)/math.Max(1, .02*float64(n)))
	return warm * (.01 + .99*.5*(1+math.Cos(math.Pi*float64(k)/float64(n))))
}

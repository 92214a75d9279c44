package batches

import "math"

// Kept are the rows of training conditions that training never sees, in normalised units.
type Kept struct {
	// Conditions of Rows source and target points each, of Dim coordinates.
	Conditions, Rows, Dim int
	// Features of the conditions, Sources and Targets [Conditions, Rows, Dim].
	Features, Sources, Targets []float32
	// SourceWeights and TargetWeights of the points, mean 1 a condition.
	SourceWeights, TargetWeights []float64
}

// Kept rows of the validated conditions.
func (d *Data) Kept() Kept {
	k := Kept{Conditions: len(d.ValidationIndex), Rows: d.ValidationRows, Dim: len(d.Normalisation.Mean), Features: d.ValidationFeatures()}
	k.Sources, k.SourceWeights = d.ValidationPoints(d.Source)
	k.Targets, k.TargetWeights = d.ValidationPoints(d.Target)
	return k
}

// Energies are, for each condition, the energy distance 2E‖a−y‖ − E‖a−a'‖ of
// carried sources a to the targets y, without the targets' own term.
func (k Kept) Energies(carried []float32) []float64 {
	n, size, out := k.Rows, k.Rows*k.Dim, make([]float64, k.Conditions)
	for c := range out {
		a, y := carried[c*size:(c+1)*size], k.Targets[c*size:(c+1)*size]
		wa, wy := k.SourceWeights[c*n:(c+1)*n], k.TargetWeights[c*n:(c+1)*n]
		out[c] = 2*meanDistance(a, y, wa, wy, k.Dim) - meanDistance(a, a, wa, wa, k.Dim)
	}
	return out
}

func meanDistance(a, b []float32, wa, wb []float64, d int) float64 {
	sum, weight := 0.0, 0.0
	for i := range wa {
		for j := range wb {
			square := 0.0
			for k := range d {
				e := float64(a[i*d+k] - b[j*d+k])
				square += e * e
			}
			sum += wa[i] * wb[j] * math.Sqrt(square)
			weight += wa[i] * wb[j]
		}
	}
	return sum / weight
}

// Package metrics measures how far a predicted cloud is from an observed one,
// and a map from the map that is known.
//
// The same name stands for different numbers in the literature: three meanings
// of R², several kernels and biases of the MMD, half or whole squares. Here a
// [Figure] carries the name of its definition, the number of points, an interval
// and its warnings; a [Preset] is a list of definitions under one name; and a
// [Table] prints figures side by side and marks the best as far as the intervals
// allow.
//
// # What there is
//
//   - Distances between a predicted and an observed cloud: [MMDSquared],
//     [EnergySquared], [W2Squared], [SinkhornDivergence], [EntropicCost],
//     [BuresW2Squared], [SlicedW2Squared], [NeighbourEnrichment], and of means and
//     other moments [MeanDifference], [MeansR2] and its kin.
//   - Effects of perturbations: [PearsonDelta], [WeightedMSE],
//     [DifferentialFeatures], [CorrelationAgreement]; over conditions
//     [Discrimination] and [Collapse].
//   - Maps with a known answer: [L2UVP], [Cosine], [BuresUVP].
//   - Maps without: [MongeGap], [DualityGap], [MonotonicityViolations],
//     [CycleViolations], [OutOfSupport].
//   - Scale: [Halves] of what was observed, [Normalised] scores, [OverConditions].
//
// # Conventions
//
// Clouds come as [ot.Measure], whose weights every distance carries; shares of
// pairs, cycles and neighbours count points. Squared quantities say so in their name: mmd_squared, energy_squared,
// w2squared.
package metrics

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
// Clouds come as [ot.Measure], so that weights of points are carried by every
// metric. Squared quantities say so in their name: mmd_squared, energy_squared,
// w2squared.
package metrics

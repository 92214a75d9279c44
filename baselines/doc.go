// Package baselines holds the simple rivals that a conditional transport map
// has to beat, in the shape of the maps that it competes with: fitted to a
// [datasets.Task], asked by Transport.
//
// # Methods
//
// [Methods] lists them and [Fit] fits one by name; each has a constructor of
// its own that returns a concrete type.
//
//   - [Identity] leaves points where they are.
//   - [Shift] moves all points by the difference of two means.
//   - [Additive] adds the shifts of a condition's parts.
//   - [Ridge] predicts the shift by ridge regression on the condition's encoding,
//     in the leading principal components.
//   - [Affine] is the optimal map between the Gaussians that have the clouds' moments.
//   - [Plan] is the optimal coupling of the training points, carried to new points
//     by their nearest neighbour.
//   - [Quantile] matches quantiles, for clouds on the line.
//   - [ICNN] is CondOT without a condition: two input-convex networks.
//   - [CPA] is the compositional perturbation autoencoder: embeddings of
//     perturbations that add up in its latent space.
//
// # Conditions that were never trained
//
// [Shift], [Affine], [Plan], [Quantile] and [ICNN] are a map for each training
// condition, or one for all of them together, and a [Reach]: how other
// conditions are answered. A method that has no answer for a condition returns
// a [NotApplicableError], which tables print as n/a.
//
// # Small clouds
//
// Covariances of fewer points than twice the dimension are shrunk, singular
// ones get a ridge; either is said in [Training.Warnings], which are saved with
// the map and belong beside every number that it makes.
package baselines

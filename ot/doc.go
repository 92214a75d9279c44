// Package ot solves discrete optimal transport problems between clouds of
// weighted points: exactly, with entropy, on the line and between Gaussians.
//
// # Terms
//
//   - A cloud is a *mat.Dense: rows are points, columns are features. A [Measure]
//     is a cloud with weights.
//   - A ground cost c(x,y) is the price of carrying a unit of mass from x to y
//     ([Ground], [Cost]).
//   - A coupling or plan P says how much mass goes from each source point to
//     each target point ([Coupling]).
//   - Potentials u, v are the solution of the dual problem: uᵢ + vⱼ ≤ cᵢⱼ, with
//     equality where mass flows. They prove a plan optimal.
//   - Epsilon ε weighs the entropy in entropic transport ([Sinkhorn]).
//
// # Conventions
//
// Every result is in the units of the ground cost that was asked for:
// [HalfSquaredEuclidean] is ½‖x−y‖², the cost that the potentials of transport
// maps belong to, and [SquaredEuclidean] is ‖x−y‖². What is called W2Squared is
// always W₂² without the ½. Weights are shares: total mass is 1, except in
// unbalanced transport, where they are masses. Numbers of goroutines change the
// time that a call takes and nothing else.
//
// # Which solver
//
// [Exact] is the network simplex: the true optimum with a proof, in seconds for
// thousands of points; [TransportMany] solves it from one source to many targets.
// [Sinkhorn] adds entropy: smooth in its inputs and cheaper for many points, but of
// another value, and it can leave mass behind (unbalanced transport).
// [SinkhornDivergence] removes the entropic bias. Package ot/xla compiles [Sinkhorn] for large clouds.
// On the line [OneD] sorts; [SlicedW2Squared] and [MaxSlicedW2Squared] look at clouds
// along lines; [Gaussian] needs means and covariances only.
package ot

// Package synthetic makes tasks whose answer is known: for every condition the
// optimal map, its potential and the squared Wasserstein distance that it
// attains.
//
// The map of a condition c is the gradient T_c = ∇ψ_c of a convex function, so
// by Brenier's theorem (Brenier 1991) it is the optimal map for the cost
// ½‖x−y‖² from the source µ to ν_c = T_c#µ, whatever µ is. Five kinds use
//
//	ψ_c(x) = ½ a(c) ‖x‖² + Σ_k α_k(c) τ log Σ_i exp((⟨w_ki, x⟩ + b_ki)/τ),  α_k(c) ≥ 0,
//
// with weights that vary smoothly with the condition: [Dose] (a scalar), [Mix]
// (category × dose), [Combination] (sets of one or two of eight actions, nearly
// additive), [Vectors] (embeddings of texts) and [Interpolation] (time on McCann's geodesic between µ and one
// target). [Gaussian] has affine maps with closed forms. [Pictures] are planar
// clouds, of which the rotationally symmetric ones have a known map; [Figure8]
// is the pair of clouds on which initialisations are compared.
//
// [NewScreen] simulates counts of a single-cell screen of drugs and doses, and
// [NewCombinationScreen] one of actions and pairs of them, for the
// whole way from counts to a prediction for each cell.
//
// Targets of a training condition are images of points of their own: source
// and target clouds are not matched. Test points come with their images.
//
// # Randomness
//
// A task is a function of its kind, dimension and seed: separate PCG streams
// draw the potentials, the splits and each cloud, so that asking for more
// points of one cloud changes no other.
package synthetic

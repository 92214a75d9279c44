// Package ncmt trains neural conditional transport maps (NCTM; arXiv:2505.15808), which extend
// Neural Optimal Transport (Korotin, Selikhanovych & Burnaev 2023) by a condition: a map
// T(x,z,c) carries a source population to the target of each condition c, held-out ones
// included, and a critic f(y,c) judges it. The folder is spelled ncmt, prose says NCTM: they
// are the same.
//
// # Objective
//
// T and f are trained against each other on
//
//	sup_f inf_T  E_y f(y,c) + E_x[k(x, T(x,·,c)) − E_z f(T(x,z,c),c)]
//
// in the mean over the conditions. The cost k is ½‖x−y‖² ([StrongCost]; the map is
// deterministic), the weak quadratic cost ([WeakCost]) or the weak kernel cost ([KernelCost]), with
// which T may draw from several images of one point by z. f is a Kantorovich potential, not
// convex; ½‖y‖² − f(y,c) is the Brenier potential of the inverse map.
//
// # Networks
//
// A network encodes the point (two residual blocks), is modulated by the condition — by
// default a hypernetwork makes the weights of a layer from it — and decodes (four blocks for
// T, three for f): h ← h + silu(W·norm(h) + b). What a condition brings is computed once a
// condition, not once a point. [Module] has the other ways to bring it in.
//
// Where the paper's text leaves a choice open, it is ours: [Options] says what was measured.
package ncmt

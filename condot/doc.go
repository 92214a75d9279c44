// Package condot learns conditional optimal-transport maps as gradients of
// partially input-convex networks (Bunne, Krause & Cuturi 2022, "Supervised
// Training of Conditional Monge Maps", called the paper here).
//
// Two potentials are trained on pairs of source and target clouds labelled with
// conditions c: g, whose gradient ∇₁g(x,c) carries the source to the target, and f,
// whose gradient ∇₁f(y,c) carries it back. (The paper's equations 15 and 16 swap the
// two; this is the assignment that its reference code trains.) f and g are conjugate at
// the optimum, so the forward map is also the minimiser of f(y,c) − ⟨x,y⟩.
//
// The defaults of [Options] are what learns fastest on tasks with known answers; the preset
// [Faithful] is the paper's own architecture and training.
package condot

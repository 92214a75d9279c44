// Package xla is Sinkhorn's algorithm of package ot for balanced problems compiled
// by XLA, for clouds so large that a device's arithmetic pays: the same problem
// and the same answer, in double precision to what the tolerance leaves open.
//
// # Single precision
//
// Float32 halves the memory and takes a third of the time or less. Potentials stay in double
// precision on the host, and the clouds are centred first, but the costs that
// exponentials are taken of are rounded to 2⁻²⁴ of the largest: an entry of the
// plan is off by about c/ε · 6·10⁻⁸ of itself. The Value, in which such errors are of second
// order, agrees with package ot to 10⁻⁵ as long as costs are not over some hundred
// ε. The marginal error has a floor of the order of 10⁻⁵, so the default tolerance
// is 10⁻⁴, which is also about how well Cost and KL then agree. Euclidean distances
// under 10⁻³ of the clouds' size have few correct digits.
//
// # Engines
//
// XLA is needed, on a processor or a graphics card; the pure-Go engine is refused,
// since package ot itself is faster there.
package xla

package condot

import (
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph code reads as formulas
)

// expectile is τ of the expectile regularisation: a violation of f(y) + f*(x) ≥ ⟨x,y⟩ weighs 99 times
// what slack does. The publication takes .9 to 1.
const expectile = .99

// fLoss is f's loss E f(y) − f(ŷ) for points ŷ that stand for the conjugates, and, where the
// options ask for it, the expectile regularisation λ·E L_τ(r) of ENOT (Buzun, Bobrin & Dylov 2024,
// "Expectile regularization for fast and accurate training of neural optimal transport"):
//
//	r = ⟨x,y⟩ − f(y) − f̂*(x),  f̂*(x) = ⟨x,ŷ⟩ − f(ŷ),  L_τ(r) = |τ − 1[r<0]|·r²
//
// for independent x and y of one condition. r is positive where y shows that ŷ is no maximiser.
// All are [C,n], the points [C,n,d].
func (t *trainer) fLoss(x, y, conjugate, fy, fConjugate *Node) *Node {
	difference := Sub(fy, fConjugate)
	loss := ReduceAllMean(difference)
	if t.o.ExpectileWeight == 0 {
		return loss
	}
	r := Sub(ReduceSum(Mul(x, Sub(y, conjugate)), -1), difference)
	over := Square(Max(r, ZerosLike(r)))
	under := Square(Min(r, ZerosLike(r)))
	penalty := Add(MulScalar(over, expectile), MulScalar(under, 1-expectile))
	return Add(loss, MulScalar(ReduceAllMean(penalty), t.o.ExpectileWeight))
}

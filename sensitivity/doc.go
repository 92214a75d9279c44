// Package sensitivity says which uncertain inputs of a model its outputs follow from, by optimal transport:
// an input matters as much as knowing it moves the distribution of the outputs.
//
// # Index
//
// The index of input Xᵢ for the outputs Y is (Borgonovo, Figalli, Plischke and Savaré 2024,
// doi:10.1287/mnsc.2023.01796)
//
//	ιᵢ = E[W₂²(P_Y, P_{Y|Xᵢ})] / (2 tr Cov Y),
//
// between 0, where Y and Xᵢ are independent, and 1, where Y is a function of Xᵢ; inputs may
// depend on each other. With another cost k the numerator is the cost of transport and the denominator,
// the bound, E k(Y,Y′) of independent Y, Y′. Of W₂² the part ‖E Y − E[Y|Xᵢ]‖² is called advective, the rest
// diffusive; twice the advective part of the index is Sobol' index of first order.
//
// # Estimators
//
// [Indices] takes runs of a model, from any design, and cuts them into cells by each input in turn: quantile
// cells of a number, a cell a level of labels. The mean over the cells of the distance between all outputs and
// the cell's estimates the index. Distances are exact, entropic, those of the Gaussians with the same
// moments, one-dimensional, or advective alone ([Method]). [Neural] learns one conditional map for all inputs
// and reads its transport costs instead, which are smooth in the input.
//
// Estimates from finite samples are biased upwards: an input without influence scores more than 0. The null
// level says how much more, from cells of rows drawn at random; Corrected takes it away. Cells bias them downwards, since the law of the outputs in a
// cell is wider than at a value of the input; Limit gives back what their mean moves there. [LinearGaussian] and [LinearGaussianCells] are what both
// come to for a linear model.
//
// [Sobol] finds Sobol' indices of first and total order where the model can be run at will. [Study] is such a
// model with its inputs' laws, [Study.Sample] draws designs.
package sensitivity

// Package singlecell prepares single-cell expression, with numbers equal to
// scanpy's, and holds three small measured data sets. Simulated screens, whose
// answer is known, are in package synthetic.
//
//	NormalizeTotal, Log1p            counts to log-expression
//	HighlyVariable                   genes of unusual dispersion, flavours seurat and cell_ranger
//	RankGenes, MarkerGenes           genes that differ between two groups of cells
//	Preprocessor                     the first three, fitted on training cells and applied to others
//	HSMM, Dasatinib, Norman          a time course, a dose series and gene combinations as tasks
//	HoldOutCombinations, SplitSizes  the paper's splits of combinations of actions
//
// Matrices are cells × genes: sparse with the float32 arithmetic of scanpy, or
// dense with float64.
package singlecell

// Package singlecell prepares single-cell expression, with numbers equal to
// scanpy's, and holds two small measured data sets. Simulated screens, whose
// answer is known, are in package synthetic.
//
//	NormalizeTotal, Log1p            counts to log-expression
//	HighlyVariable                   genes of unusual dispersion, flavours seurat and cell_ranger
//	RankGenes, MarkerGenes           genes that differ between two groups of cells
//	Preprocessor                     the first three, fitted on training cells and applied to others
//	HSMM, Dasatinib                  a time course and a dose series as tasks
//
// Matrices are cells × genes: sparse with the float32 arithmetic of scanpy, or
// dense with float64.
package singlecell

// Package singlecell prepares single-cell expression, with numbers equal to
// scanpy's, and holds three small measured data sets. Simulated screens, whose
// answer is known, are in package synthetic.
//
//	NormalizeTotal, Log1p            counts to log-expression
//	FilterCells, FilterGenes         those within limits, and how many are not
//	HighlyVariable                   genes of unusual dispersion: seurat, cell_ranger, seurat_v3
//	RankGenes, RankGenesWilcoxon     genes that differ between two groups of cells
//	MarkerGenes, ConditionMarkers    the most affected of them, of a ranking or of a task's conditions
//	Pseudobulk                       sums and means over groups of cells
//	Preprocessor                     normalisation and choice of genes, fitted on training cells and applied to others
//	Detect, CheckCounts, CheckLogged what the numbers of a matrix look like: counts or logarithms
//	SharedGenes                      genes that several files have
//	ReadNorman, ReadSciPlex, Screen  screens from h5ad files, sparse until a split is made; the paper's filters
//	FindCombinations, SplitSizes     the paper's splits of combinations: HoldOutCombinations, ReadHeldOut
//	HSMM, Dasatinib, Norman          a time course, a dose series and gene combinations as tasks
//
// Matrices are cells × genes: sparse with the float32 arithmetic of scanpy, or
// dense with float64.
package singlecell

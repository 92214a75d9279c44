// Package anndata reads and writes h5ad files, in which single-cell data are
// kept: a matrix of cells × genes, tables about the cells (obs) and the genes
// (var), and what was computed from them.
//
//	Open, File          a file, of which only what is asked for is read; OpenReader, one that is embedded
//	File.X, Layer, Raw  a [Matrix], by blocks of cells: sparse rows or dense
//	File.Obs, Var       a [Frame] of columns: text, categories, numbers, truth values
//	File.Obsm, Varm     points for each cell or gene, such as X_pca
//	File.Uns            settings and results without a place of their own
//	Write, Data         a file that Python's anndata and scanpy open
//
// Files of anndata 0.6 (tables as compounds), 0.7 (categories aside) and 0.8
// and later are read; sparse matrices by rows (CSR) or columns (CSC) and dense
// ones; uncompressed or under gzip, LZF, shuffle and Fletcher-32. What cannot
// be read is an error that names the file, the dataset and what to do. Nothing
// of a file is believed before it was checked: row starts do not fall and end
// where the entries do, columns are in range and stand once in a row, sizes
// agree with the shape, codes have their category, numbers are finite.
//
// The encodings are those of "The on-disk format" in anndata's documentation.
package anndata

// Package datasets holds tasks: pairs of clouds under labelled conditions, the
// files they come from and the ways to split them.
//
//	ReadTable, WriteTable   CSV and TSV files, also gzipped, Parquet and h5ad files, as a [Table]
//	WriteTableLike          an h5ad file with the cells and genes of another
//	Describe                what is in such a file, and what its conditions may be
//	Table.Groups            rows of each condition; Table.Conditions, row by row
//	NewTask                 tables to a [Task]: one with a control, or source and target
//	Task.HoldOut            conditions that a method never sees
//	Task.Folds              k-fold over conditions
//	Task.SplitRows          rows set aside of every condition
//	Task.EmbedActions       mode-of-action coordinates of a task's actions
//
// A table has numbers in its features and text in its condition columns;
// package condition says how the text is read. Errors name the file, the row
// as an editor counts lines (the header is row 1) and the column. Files are
// written under a temporary name and renamed.
package datasets

// Package hdf5 reads and writes the part of the HDF5 file format that data
// sets of numbers and text use, in pure Go.
//
// Reading: superblocks 0 to 3; object headers 1 and 2; groups as symbol
// tables, as link messages and in fractal heaps; attributes in headers and in
// fractal heaps; contiguous, compact and chunked storage with all six chunk
// indices; the filters gzip, shuffle, Fletcher-32 and LZF; integers, floats
// (16, 32 and 64 bits), enumerations, fixed and variable-length text,
// compounds and object references. Everything else is refused by name.
//
// A file is not trusted. Checksums are verified where the format has them. No
// structure is followed further than a file of its size can hold, so that a
// damaged file ends in an error, in time and memory that are proportional to
// its size (deflate's largest ratio, 1032, is the factor).
//
// Writing: superblock 2, groups and attributes in object headers, contiguous
// data or chunks under a version 1 B-tree, which all releases of the HDF5
// library since 1.8 read.
//
// The format is that of "HDF5 File Format Specification Version 4.0" (The HDF
// Group); names in comments are the specification's.
package hdf5

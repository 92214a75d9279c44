// Package sparse holds expression matrices that are mostly zeros, as
// compressed rows of float32: cells in rows, genes in columns.
//
// A [CSR] is a mat.Matrix and a mat.RowNonZeroDoer, so that code written for
// gonum reads it without a dense copy.
package sparse

import (
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/mat"
)

// CSR is a matrix in compressed sparse rows: row i has the entries
// Data[Indptr[i]:Indptr[i+1]] in the columns Indices[Indptr[i]:Indptr[i+1]],
// which increase. Entries that are not stored are 0.
type CSR struct {
	rows, cols int
	// Indptr has an entry more than there are rows.
	Indptr  []int
	Indices []int32
	Data    []float32
}

var (
	_ mat.Matrix         = (*CSR)(nil)
	_ mat.RowNonZeroDoer = (*CSR)(nil)
)

// New makes a matrix of the three arrays, which it keeps. It is an error if
// they do not agree: indptr must start at 0, not fall, and end at the number of
// entries; columns must increase within a row and be in range; entries must be
// finite.
func New(rows, cols int, indptr []int, indices []int32, data []float32) (*CSR, error) {
	m := &CSR{rows, cols, indptr, indices, data}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *CSR) check() error {
	if m.rows < 0 || m.cols < 0 || m.cols > math.MaxInt32 {
		return fmt.Errorf("sparse: a matrix of %d×%d", m.rows, m.cols)
	}
	if len(m.Indptr) != m.rows+1 || m.Indptr[0] != 0 {
		return fmt.Errorf("sparse: %d row starts for %d rows: one more than rows, the first 0", len(m.Indptr), m.rows)
	}
	if len(m.Indices) != len(m.Data) || m.Indptr[m.rows] != len(m.Data) {
		return fmt.Errorf("sparse: %d columns and %d entries, rows end at %d: all three are equal", len(m.Indices), len(m.Data), m.Indptr[m.rows])
	}
	for i := range m.rows {
		if m.Indptr[i+1] < m.Indptr[i] || m.Indptr[i+1] > len(m.Data) {
			return fmt.Errorf("sparse: row %d runs from %d to %d", i, m.Indptr[i], m.Indptr[i+1])
		}
		if err := m.checkRow(i); err != nil {
			return err
		}
	}
	return nil
}

func (m *CSR) checkRow(i int) error {
	indices, data := m.Row(i)
	last := int32(-1)
	for k, j := range indices {
		if j <= last || int(j) >= m.cols {
			return fmt.Errorf("sparse: row %d has column %d after %d: columns increase and are below %d", i, j, last, m.cols)
		}
		if v := float64(data[k]); math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("sparse: entry %g in row %d, column %d: entries are finite", v, i, j)
		}
		last = j
	}
	return nil
}

// FromMatrix stores the entries of m that are not 0, rounded to float32.
func FromMatrix(m mat.Matrix) (*CSR, error) {
	rows, cols := m.Dims()
	out := &CSR{rows: rows, cols: cols, Indptr: make([]int, 1, rows+1)}
	for i := range rows {
		for j := range cols {
			if v := float32(m.At(i, j)); v != 0 {
				out.Indices = append(out.Indices, int32(j))
				out.Data = append(out.Data, v)
			}
		}
		out.Indptr = append(out.Indptr, len(out.Data))
	}
	return out, out.check()
}

// Dims is the number of rows and columns.
func (m *CSR) Dims() (rows, cols int) { return m.rows, m.cols }

// NNZ is the number of stored entries.
func (m *CSR) NNZ() int { return len(m.Data) }

// Row returns the columns and the entries of a row, which are the matrix's own.
func (m *CSR) Row(i int) (indices []int32, data []float32) {
	from, to := m.Indptr[i], m.Indptr[i+1]
	return m.Indices[from:to], m.Data[from:to]
}

// At finds one entry by bisection.
func (m *CSR) At(i, j int) float64 {
	if i < 0 || i >= m.rows {
		panic(mat.ErrRowAccess)
	}
	if j < 0 || j >= m.cols {
		panic(mat.ErrColAccess)
	}
	indices, data := m.Row(i)
	k := sort.Search(len(indices), func(k int) bool { return int(indices[k]) >= j })
	if k == len(indices) || int(indices[k]) != j {
		return 0
	}
	return float64(data[k])
}

// T is the transpose, a view.
func (m *CSR) T() mat.Matrix { return mat.Transpose{Matrix: m} }

// DoRowNonZero calls f on the stored entries of row i.
func (m *CSR) DoRowNonZero(i int, f func(i, j int, v float64)) {
	indices, data := m.Row(i)
	for k, j := range indices {
		f(i, int(j), float64(data[k]))
	}
}

// Clone copies the matrix.
func (m *CSR) Clone() *CSR {
	return &CSR{
		rows: m.rows, cols: m.cols,
		Indptr:  append([]int(nil), m.Indptr...),
		Indices: append([]int32(nil), m.Indices...),
		Data:    append([]float32(nil), m.Data...),
	}
}

// SelectRows copies the rows of those numbers, in that order.
func (m *CSR) SelectRows(rows []int) (*CSR, error) {
	stored := 0
	for _, i := range rows {
		if i < 0 || i >= m.rows {
			return nil, fmt.Errorf("sparse: row %d of a matrix of %d", i, m.rows)
		}
		stored += m.Indptr[i+1] - m.Indptr[i]
	}
	out := &CSR{rows: len(rows), cols: m.cols, Indptr: make([]int, 1, len(rows)+1), Indices: make([]int32, 0, stored), Data: make([]float32, 0, stored)}
	for _, i := range rows {
		indices, data := m.Row(i)
		out.Indices = append(out.Indices, indices...)
		out.Data = append(out.Data, data...)
		out.Indptr = append(out.Indptr, len(out.Data))
	}
	return out, nil
}

// SelectColumns copies the columns of those numbers, which must increase.
func (m *CSR) SelectColumns(columns []int) (*CSR, error) {
	position := make([]int32, m.cols)
	for j := range position {
		position[j] = -1
	}
	for k, j := range columns {
		if j < 0 || j >= m.cols || k > 0 && j <= columns[k-1] {
			return nil, fmt.Errorf("sparse: column %d selected at %d: columns increase and are below %d", j, k, m.cols)
		}
		position[j] = int32(k)
	}
	out := &CSR{rows: m.rows, cols: len(columns), Indptr: make([]int, 1, m.rows+1)}
	stored := 0
	for i := range m.rows {
		indices, _ := m.Row(i)
		for _, j := range indices {
			stored += int(1 + position[j]>>31) // 1 where it is not negative
		}
		out.Indptr = append(out.Indptr, stored)
	}
	out.Indices, out.Data = make([]int32, stored), make([]float32, stored)
	at := 0
	for i := range m.rows {
		indices, data := m.Row(i)
		for k, j := range indices {
			if p := position[j]; p >= 0 {
				out.Indices[at], out.Data[at] = p, data[k]
				at++
			}
		}
	}
	return out, nil
}

// Dense copies the matrix with its zeros; a matrix without rows or columns is
// an empty one.
func (m *CSR) Dense() *mat.Dense {
	if m.rows == 0 || m.cols == 0 {
		return &mat.Dense{}
	}
	out := mat.NewDense(m.rows, m.cols, nil)
	for i := range m.rows {
		row := out.RawRowView(i)
		indices, data := m.Row(i)
		for k, j := range indices {
			row[j] = float64(data[k])
		}
	}
	return out
}

// Stack puts matrices of equally many columns above each other, a copy.
func Stack(parts ...*CSR) (*CSR, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("sparse: no matrices to stack")
	}
	rows, stored := 0, 0
	for _, p := range parts {
		if p.cols != parts[0].cols {
			return nil, fmt.Errorf("sparse: a matrix of %d columns to stack with one of %d", p.cols, parts[0].cols)
		}
		rows, stored = rows+p.rows, stored+len(p.Data)
	}
	out := &CSR{rows: rows, cols: parts[0].cols, Indptr: make([]int, 1, rows+1), Indices: make([]int32, 0, stored), Data: make([]float32, 0, stored)}
	for _, p := range parts {
		for _, end := range p.Indptr[1:] {
			out.Indptr = append(out.Indptr, len(out.Data)+end)
		}
		out.Indices = append(out.Indices, p.Indices...)
		out.Data = append(out.Data, p.Data...)
	}
	return out, nil
}

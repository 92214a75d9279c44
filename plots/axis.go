package plots

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// Axis says what an axis measures.
type Axis struct {
	Label string    // what it shows; a symbol or words
	Unit  string    // its unit, shown in brackets; empty where there is none
	Log   bool      // logarithmic: every value must be positive
	Min   float64   // with Max, the range; both zero: from the data
	Max   float64   //
	Ticks []float64 // where to mark it, each labelled; nil: chosen
}

// text is the axis's title.
func (a Axis) text() string {
	if a.Unit == "" {
		return a.Label
	}
	return a.Label + " (" + a.Unit + ")"
}

// check says what is wrong with the axis itself.
func (a Axis) check(what string) error {
	switch {
	case !finite(a.Min) || !finite(a.Max) || a.Min > a.Max:
		return fmt.Errorf("%s axis %q: the range is %g to %g", what, a.Label, a.Min, a.Max)
	case a.Log && (a.Min != 0 || a.Max != 0) && a.Min <= 0:
		return fmt.Errorf("%s axis %q: a logarithmic axis cannot start at %g", what, a.Label, a.Min)
	}
	for _, t := range a.Ticks {
		if !finite(t) || a.Log && t <= 0 {
			return fmt.Errorf("%s axis %q: no mark can be put at %g", what, a.Label, t)
		}
	}
	return nil
}

// admits says whether a value can be shown.
func (a Axis) admits(v float64) error {
	switch {
	case !finite(v):
		return fmt.Errorf("the value is %g", v)
	case a.Log && v <= 0:
		return fmt.Errorf("%g is not positive, and the axis %q is logarithmic", v, a.Label)
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// span is a range of values; its zero value holds none.
type span struct {
	min, max float64
	any      bool
}

func (s *span) add(values ...float64) {
	for _, v := range values {
		if !finite(v) {
			continue
		}
		if !s.any {
			*s = span{v, v, true}
			continue
		}
		s.min, s.max = min(s.min, v), max(s.max, v)
	}
}

// padded widens the span by a share of its length on both sides, and a span without length by something.
func (s span) padded(log bool, share float64) span {
	if !s.any {
		return span{0.1, 1, true}
	}
	if log {
		a, b := math.Log(s.min), math.Log(s.max)
		pad := share * (b - a)
		if pad == 0 {
			pad = math.Ln2
		}
		return span{math.Exp(a - pad), math.Exp(b + pad), true}
	}
	pad := share * (s.max - s.min)
	if pad == 0 {
		pad = max(math.Abs(s.min)/10, 0.5)
	}
	return span{s.min - pad, s.max + pad, true}
}

// set gives a gonum axis this axis's range, title, scale and marks.
func (a Axis) set(p *plot.Axis, data span) {
	if a.Min != 0 || a.Max != 0 {
		data = span{a.Min, a.Max, true}
	}
	p.Min, p.Max = data.min, data.max
	p.Label.Text = a.text()
	if a.Log {
		p.Scale = plot.LogScale{}
		p.Tick.Marker = plot.TickerFunc(logTicks)
	} else {
		p.Tick.Marker = plot.TickerFunc(linearTicks)
	}
	if a.Ticks != nil {
		marks := make(plot.ConstantTicks, len(a.Ticks))
		for i, v := range a.Ticks {
			marks[i] = plot.Tick{Value: v, Label: number(v)}
		}
		p.Tick.Marker = marks
	}
}

// linearTicks marks multiples of 1, 2 or 5 times a power of ten, at most eight of them.
func linearTicks(lo, hi float64) []plot.Tick {
	if !(hi > lo) {
		return []plot.Tick{{Value: lo, Label: number(lo)}}
	}
	step := math.Pow(10, math.Floor(math.Log10(hi-lo))) / 10
	for _, m := range []float64{1, 2, 5, 10, 20} {
		if (hi-lo)/(m*step) <= 7 {
			step *= m
			break
		}
	}
	var marks []plot.Tick
	for k := math.Ceil(lo/step - 1e-9); k*step <= hi+1e-9*step; k++ {
		v := k*step + 0 // no minus zero
		marks = append(marks, plot.Tick{Value: v, Label: number(v)})
	}
	return marks
}

// logTicks labels powers of ten, every second or third where there are many, or 1, 2 and 5 where
// there are few, with small marks between.
func logTicks(lo, hi float64) []plot.Tick {
	first, last := math.Floor(math.Log10(lo)), math.Ceil(math.Log10(hi))
	every := math.Ceil((last - first) / 6)
	few := math.Log10(hi/lo) < 2
	var marks []plot.Tick
	for e := first; e <= last; e++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow(10, e)
			if v < lo*(1-1e-9) || v > hi*(1+1e-9) {
				continue
			}
			label := ""
			if m == 1 && math.Mod(e-first, every) == 0 || few && (m == 2 || m == 5) {
				label = number(v)
			}
			marks = append(marks, plot.Tick{Value: v, Label: label})
		}
	}
	return marks
}

// number is a short form without noise digits: 0.30000000000000004 is 0.3, 1e4 is 10000, 1e-7 stays.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'g', 6, 64)
	a := math.Abs(v)
	if v == 0 || a >= 1e-4 && a < 1e6 {
		f, _ := strconv.ParseFloat(s, 64) // 6 digits, without an exponent
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return s
}

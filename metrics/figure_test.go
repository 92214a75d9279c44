package metrics

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
)

func TestFigureJSON(t *testing.T) {
	nan := math.NaN()
	for _, k := range []struct {
		f    Figure
		want string
	}{
		{Figure{"mmd_squared", 0.25, 0.2, 0.3, 100, "rbf", []string{"few points"}},
			`{"name":"mmd_squared","value":0.25,"low":0.2,"high":0.3,"n":100,"definition":"rbf","warnings":["few points"]}`},
		{Figure{"r2", nan, nan, nan, 3, "pearson", nil},
			`{"name":"r2","value":null,"n":3,"definition":"pearson","warnings":[]}`},
	} {
		got, err := json.Marshal(k.f)
		if err != nil || string(got) != k.want {
			t.Errorf("%s, %v\nwant %s", got, err, k.want)
		}
		var back Figure
		if err := json.Unmarshal(got, &back); err != nil {
			t.Fatal(err)
		}
		if again, _ := json.Marshal(back); !reflect.DeepEqual(again, got) || back.N != k.f.N {
			t.Errorf("read back as %+v", back)
		}
	}
}

func TestFigureString(t *testing.T) {
	for _, k := range []struct {
		f    Figure
		want string
	}{
		{Figure{Value: 0.012345, Low: 0.01, High: 0.0151}, "0.0123 [0.0100, 0.0151]"},
		{Unbounded("w", 123.4, 5, ""), "123"},
		{Unbounded("w", 12.34, 5, ""), "12.3"},
		{Unbounded("w", -1.234, 5, ""), "-1.23"},
		{Unbounded("w", 0, 5, ""), "0"},
		{Unbounded("w", 1.234e-7, 5, ""), "1.23e-07"},
		{Unbounded("w", math.NaN(), 5, ""), "n/a"},
	} {
		if got := k.f.String(); got != k.want {
			t.Errorf("%v prints as %q, want %q", k.f.Value, got, k.want)
		}
	}
}

package batches

import (
	"strings"
	"testing"
)

func TestDivide(t *testing.T) {
	for _, c := range []struct {
		whole       Sizes
		devices     int
		wholeClouds bool
		part        Sizes
		says        string
	}{
		{Sizes{5, 102, 10}, 0, false, Sizes{5, 102, 10}, ""},
		{Sizes{5, 102, 10}, 1, true, Sizes{5, 102, 10}, ""},
		{Sizes{6, 85, 10}, 2, false, Sizes{3, 85, 10}, ""},
		{Sizes{5, 102, 10}, 2, false, Sizes{5, 51, 10}, ""},
		{Sizes{512, 1, 5}, 4, true, Sizes{128, 1, 5}, ""},
		{Sizes{5, 102, 10}, 4, false, Sizes{}, "a batch of 500 or 520 points can"},
		{Sizes{5, 1, 10}, 2, false, Sizes{}, "a batch of 10 points can"},
		{Sizes{5, 102, 10}, 2, true, Sizes{}, "divides 5"},
	} {
		d, err := Divide(c.whole, c.devices, c.wholeClouds)
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%+v on %d devices: %v; want %q", c.whole, c.devices, err, c.says)
			}
			continue
		}
		if err != nil || d.Part != c.part || d.Whole != c.whole {
			t.Errorf("%+v on %d devices: %+v, %v; want parts %+v", c.whole, c.devices, d, err, c.part)
		}
	}
}

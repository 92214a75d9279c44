//go:build !unix

package nb

import "time"

// processorTime is not known here.
func processorTime() time.Duration { return 0 }

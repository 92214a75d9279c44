//go:build cgo && !noxla && linux

package backend

/*
#include <malloc.h>

static void keep_large_blocks(void) {
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
}
*/
import "C"

// keepLargeBlocks has the C library keep up to 256 MB of freed memory for the next request. By default it
// maps blocks of more than 32 MB anew each time and the kernel clears every page of them: with a state of that size,
// which a program of XLA gives back in new buffers, a third of a training step went there.
func keepLargeBlocks() { C.keep_large_blocks() }

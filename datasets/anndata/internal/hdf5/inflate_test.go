package hdf5

import (
	"bytes"
	"compress/zlib"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// compressible are texts and numbers of which deflate makes blocks of all kinds.
func compressible(r *rand.Rand) [][]byte {
	noise := make([]byte, 70000)
	few := make([]byte, 200000)
	ramp := make([]byte, 100000)
	geometric := make([]byte, 150000) // codes of very different lengths
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for i := range few {
		few[i] = "ACGT"[r.IntN(4)]
	}
	for i := range ramp {
		ramp[i] = byte(i / 4 * (i % 4) >> 3)
	}
	for i := range geometric {
		for geometric[i] < 250 && r.IntN(3) == 0 {
			geometric[i]++
		}
		if r.IntN(500) == 0 {
			geometric[i] = byte(r.Uint32())
		}
	}
	return [][]byte{{}, {7}, []byte("a"), []byte(strings.Repeat("a", 100000)), []byte(strings.Repeat("abcdefghijk", 9000)),
		[]byte(strings.Repeat("ab", 300)), noise, noise[:300], few, ramp, geometric, bytes.Repeat(noise[:40000], 3)}
}

func zipped(t testing.TB, b []byte, level int) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := zlib.NewWriterLevel(&out, level)
	if err == nil {
		_, err = z.Write(b)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestInflate(t *testing.T) {
	z := new(inflater)
	for i, want := range compressible(rand.New(rand.NewPCG(1, 2))) {
		for _, level := range []int{zlib.HuffmanOnly, 0, 1, 4, 6, 9} {
			packed := zipped(t, want, level)
			got, err := z.inflate(make([]byte, len(want)), packed)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("text %d at level %d: %d bytes of %d, %v", i, level, len(got), len(want), err)
			}
			if got, err = z.inflate(make([]byte, len(want)+500), packed); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("text %d at level %d, with room: %d bytes of %d, %v", i, level, len(got), len(want), err)
			}
			if len(want) > 0 {
				if _, err := z.inflate(make([]byte, len(want)-1), packed); err == nil {
					t.Errorf("text %d at level %d fits into a byte less than it has", i, level)
				}
			}
			for _, n := range []int{0, 1, 2, len(packed) / 2, len(packed) - 5, len(packed) - 1} {
				if _, err := z.inflate(make([]byte, len(want)), packed[:max(0, n)]); err == nil {
					t.Errorf("text %d at level %d: %d bytes of %d are enough", i, level, n, len(packed))
				}
			}
		}
	}
}

// TestInflateDamaged compares with compress/zlib on damaged streams: both refuse
// one, or both give the same.
func TestInflateDamaged(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	z := new(inflater)
	for _, text := range compressible(r) {
		text = text[:min(len(text), 3000)]
		for _, level := range []int{0, 1, 6} {
			packed := zipped(t, text, level)
			for range 300 {
				damaged := bytes.Clone(packed)
				for range 1 + r.IntN(3) {
					damaged[r.IntN(len(damaged))] ^= 1 << r.IntN(8)
				}
				compareInflate(t, z, damaged, 4000)
			}
		}
	}
}

// compareInflate holds the inflater against compress/zlib.
func compareInflate(t *testing.T, z *inflater, packed []byte, limit int) {
	t.Helper()
	got, err := z.inflate(make([]byte, limit), packed)
	var want []byte
	std, stdErr := zlib.NewReader(bytes.NewReader(packed))
	if stdErr == nil {
		want, stdErr = io.ReadAll(io.LimitReader(std, int64(limit)+1))
	}
	if stdErr == nil && len(want) <= limit {
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%x: %v where %d bytes belong", packed, err, len(want))
		}
	} else if err == nil {
		t.Fatalf("%x: %d bytes where compress/zlib has %v", packed, len(got), stdErr)
	}
}

func FuzzInflate(f *testing.F) {
	for _, text := range compressible(rand.New(rand.NewPCG(1, 2))) {
		f.Add(zipped(f, text[:min(len(text), 500)], 6))
	}
	f.Fuzz(func(t *testing.T, packed []byte) { compareInflate(t, new(inflater), packed, 4096) })
}

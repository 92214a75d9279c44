package synthetic

import (
	"fmt"
	"slices"
	"strings"
)

// Kind names a family of tasks.
type Kind string

const (
	// Dose has a scalar condition dose: trained at .05, .2, .35, .5, .65 and .8,
	// held out at .275, .425 and .725, extrapolated to .95.
	Dose Kind = "dose"
	// Mix has conditions (cat, dose): three categories with dose responses of
	// their own, five doses each, four of the fifteen pairs held out.
	Mix Kind = "mix"
	// Combination has sets of one or two of eight actions: all singles and twelve
	// pairs trained, eight other pairs held out. Weights of a set are the sum of
	// those of its members plus a small interaction for each pair in it.
	Combination Kind = "combination"
	// Gaussian has a Gaussian source and affine maps A(c)x + m(c), doses as in Dose.
	Gaussian Kind = "gaussian"
	// Interpolation has a scalar condition time t in [0, 1] and the maps
	// (1−t)x + tT(x) of McCann's displacement interpolation; t = 0, .25, .5, .75
	// and 1 are trained, the values half way between are held out.
	Interpolation Kind = "interpolation"
	// Pictures has planar clouds as targets of a standard Gaussian, named by the
	// categorical condition picture; see [PictureNames].
	Pictures Kind = "pictures"
	// Figure8 has one narrow Gaussian at the origin as source and eight narrow
	// Gaussians on a circle as target: the pair of clouds on which Bunne, Krause
	// and Cuturi compare initialisations (2022, figure 8), in the form in which
	// the OTT-JAX tutorial on that comparison draws it. Its map is not known.
	Figure8 Kind = "figure8"
	// Vectors has conditions that are vectors of length 1 in 16 dimensions, such as embeddings of texts are, near
	// a subspace of three: 40 are trained, 12 others held out.
	Vectors Kind = "vectors"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Dose, Mix, Combination, Gaussian, Interpolation, Pictures, Figure8, Vectors}
}

// check reports whether k can be drawn in dimension dim.
func (k Kind) check(dim int) error {
	if !slices.Contains(Kinds(), k) {
		names := make([]string, len(Kinds()))
		for i, known := range Kinds() {
			names[i] = string(known)
		}
		return fmt.Errorf("synthetic: unknown kind %q: it is one of %s", k, strings.Join(names, ", "))
	}
	if dim < 2 {
		return fmt.Errorf("synthetic: dimension %d: it is at least 2", dim)
	}
	if planar := k == Pictures || k == Figure8; planar && dim != 2 {
		return fmt.Errorf("synthetic: dimension %d: %s are drawn in the plane, dimension 2", dim, k)
	}
	return nil
}

// Split says on which side of training a condition is.
type Split string

const (
	// Train conditions have a target cloud that a method sees.
	Train Split = "train"
	// HeldOut conditions lie between or beside trained ones and are never seen.
	HeldOut Split = "heldout"
	// Extrapolated conditions lie beyond the trained ones and are never seen.
	Extrapolated Split = "extrapolated"
)

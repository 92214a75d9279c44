// Package plots draws the project's figures on gonum/plot in one house style.
//
// A drawing function takes plain numbers and returns a [Figure], which renders itself as SVG or PNG and
// writes itself to a file, whole or not at all:
//
//   - [Clouds]: source, target and transported points side by side, one panel a condition or method;
//   - [Lines]: a metric against a condition with its intervals, or losses against steps;
//   - [Densities]: marginal densities of features, estimated with Gaussian kernels.
//
// Figures of one experiment that need something else start from [NewPanel] and end in [Grid], and look
// like the rest.
//
// A name has one look everywhere: [StyleOf] gives each method, and the names source, target and truth,
// its colour, dashes and marker. The colours are those of Okabe and Ito (Color Universal Design, 2008),
// which people with any common colour blindness tell apart; dashes and markers tell the lines apart
// where there is no colour. Axes carry their unit in brackets. Letters are without serifs.
//
// What gonum/plot would panic at, NaN ranges and missing glyphs among it, comes back as an error.
package plots

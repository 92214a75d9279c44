// Package plots draws the project's figures on gonum/plot in one house style.
//
// A drawing function takes plain numbers and returns a [Figure], which renders itself as SVG or PNG and
// writes itself to a file, whole or not at all:
//
//   - [Clouds]: source, target and transported points side by side, one panel a condition or method;
//   - [Lines]: a metric against a condition with its intervals, or losses against steps;
//   - [LinesGrid]: the same for many panels, such as a statistic against each input;
//   - [Densities]: marginal densities of features, estimated with Gaussian kernels;
//   - [Ridges]: densities row over row, such as years of scenarios;
//   - [Paired]: a method's values against another's, with the diagonal and the counts beside it;
//   - [Embeddings]: observed points in grey under each method's predictions;
//   - [Measured]: which single actions and pairs were measured, and the sizes of splits;
//   - [Stages]: where a map carries points while it is trained;
//   - [Intervals] and [Bars]: values with intervals by name, bars ranked and beside a threshold;
//   - [HeatMaps]: tables as coloured cells, such as indices of inputs over outputs.
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

// Package condition says what a condition is: a setting of named variables
// such as drug=givinostat, dose=100 or perturbation=KLF1+MAP2K6, and how it
// becomes numbers that a network reads.
//
// A [Schema] names the variables and their kinds; a [Value] is one setting of
// them. Text, JSON and numeric forms all follow the order of the schema, and
// a set has no order: A+B is B+A everywhere.
//
// # From words to numbers
//
//	ParseVariable("dose:log")          a variable as a user asks for it
//	Schema.Parse("drug=a,dose=100")    a value from text; Format writes it back
//	Schema.ParseCells                  a value from the cells of a table's row
//	Schema.Fit(values)                 training range and levels
//	Schema.Check(v)                    what a trained model can and cannot be asked
//	Schema.Encode(dst, v)              the numbers, laid out as Schema.Blocks says
//
// Continuous variables become one number on [0, 1] by the training range, on
// a linear or log scale; categorical ones a one-hot code or coordinates; sets
// a multi-hot code beside a table of one code an action, which a trainable
// combinator reads. [SinCos] and [Fourier] widen a scalar. [ModeOfAction]
// makes coordinates of actions from what they do: distances between their
// target clouds, embedded by metric multidimensional scaling.
package condition

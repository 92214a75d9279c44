// Package experiments runs the experiments of the papers from data to tables and figures.
//
//	Dosage          conditional maps over a drug's dose or over time, in sample and with doses held
//	                out, against simple rivals (Bunne et al. 2022, section 5.1)
//	Covariate       maps that depend on the cell line, and source populations never seen (section 5.2)
//	Combination     single actions and unseen pairs of them, in six splits (section 5.3)
//	Climate         GDP per capita with and without climate damages, over SSP and year (NCTM's application)
//	Initialisation  how the start of the potentials decides their training (the same, figure 8)
//	Sensitivity     which inputs of a model matter, by several methods, and one learned map for all
//	Climate         incomes with climate damages over scenario and year, against the exact answer
//	Sensitivity     which inputs of a model matter, by optimal transport
//	Ablation        what each part of NCTM brings, on a task with a known answer
//	Pictures        NCTM from a Gaussian to planar pictures
//	Comparison      methods on tasks with a known answer
//	Chapters        all of them, for one report
//
// An experiment is a function of a context, options whose zero values are stated defaults, and the
// data that they name. It tells its progress to a function that the caller gives, so that a terminal
// and a notebook show it each in its own way, and returns a [Result]: figures with intervals, tables,
// drawings and warnings, which [Result.Write] puts in a folder.
//
// The same options and seed give the same numbers on the same engine.
package experiments

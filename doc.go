// Package gomonge is the map of the house: it holds no code. The module learns
// conditional optimal-transport maps T(x, c), one map that carries a source
// population to the population under any condition c, conditions never seen included.
//
// # Rooms
//
//	condition            what a condition is: schema, values, parsing, encodings, mode-of-action embedding
//	datasets             tasks (labelled pairs of clouds), tables in files, splits
//	datasets/synthetic   tasks whose exact maps are known, pictures, a simulated sci-Plex screen
//	datasets/singlecell  preprocessing equal to scanpy's; a time course and a dose series that ship
//	datasets/dice        the integrated assessment model DICE, forward: Monte Carlo, social cost of carbon
//	datasets/climate     countries' GDP per capita with and without climate damages, by SSP and year
//	datasets/anndata     h5ad files of every layout, read by blocks of cells, and written
//	datasets/sparse      compressed sparse rows
//	projection           principal components and an autoencoder, to a latent space and back
//	projection/umap      UMAP: points in the plane for figures, new points beside them
//	ot                   exact and entropic discrete transport, on the line, between Gaussians, sliced
//	ot/xla               entropic transport between large clouds, compiled
//	metrics              distances between clouds and errors of maps, with intervals, by named presets
//	condot               CondOT: gradients of partially input-convex potentials
//	ncmt                 NCTM: a map from encoder, hypernetwork and decoder, trained against a critic
//	baselines            identity, shifts, ridge, affine maps, nearest condition, ICNN transport, CPA
//	sensitivity          which inputs of a model matter: indices by optimal transport, Sobol', one learned map
//	experiments          the papers' experiments: dosage, covariate, combination, climate and more
//	plots                figures in one house style
//	cmd/gomonge          the command line: fit, transport, evaluate, distance, the experiments
//	notebooks            GoNB notebooks; notebooks/nb shows figures, tables and progress in a cell
//	bench                speed beside JAX, PyTorch, POT and others; RESULTS.md has what was measured
//	workflow             a Snakemake grid of fits on many cores or machines
//	tools, .ci           the notebooks' pinned tools, CI
//	internal/backend     which engine runs the graphs: XLA through PJRT, or pure Go
//	internal/batches     a task's clouds and conditions as networks read them, minibatches
//	internal/train       the training loop, the optimiser, checkpoints, the state on one device or several
//	internal/nn          flat parameters, layers, the condition path, Sinkhorn in a graph
//	internal/modelfolder the folders of saved models
//
// # Conventions
//
// The cost is c(x,y) = ½‖x−y‖²; the squared Wasserstein distance is reported without
// the ½ and named W2Squared. A cloud is a *mat.Dense with points in rows. For CondOT, g is
// the convex potential of the forward map T = ∇₁g(x,c), source to target, and f that of the
// inverse map; for NCTM (in code ncmt), T(x,z,c) is the forward map and f(y,c) its critic.
// Randomness is an argument: the same seed, backend and number of threads give the same bits.
package gomonge

package experiments

// The numbers of Bunne, Krause and Cuturi (2022), Tables 1 and 2, on the sci-Plex cells of Srivatsan et
// al. (2020): as printed, mean ± standard deviation.

// paperOrigin labels them wherever they stand beside ours.
const paperOrigin = "The paper's columns are its own numbers (Bunne et al. 2022) for sci-Plex cells, which are other data: compare the order of methods, not the values."

// cpaLabel is the paper's rival where it is not compared.
const cpaLabel = "CPA (Lotfollahi et al. 2021)"

// paperTable1 has MMD and ℓ2(PS) in sample, then out of sample, conditioned on the dose of Givinostat.
var paperTable1 = map[string][4]string{
	"cpa":             {"0.1502 ± 0.0769", "2.47 ± 2.89", "0.1568 ± 0.0729", "2.65 ± 2.75"},
	"icnn":            {"0.0365 ± 0.0473", "2.37 ± 2.15", "0.0466 ± 0.0479", "2.24 ± 2.39"},
	"condot-identity": {"0.0111 ± 0.0055", "0.63 ± 0.09", "0.0374 ± 0.0052", "2.02 ± 0.10"},
	"condot-gaussian": {"0.0128 ± 0.0081", "0.60 ± 0.11", "0.0325 ± 0.0062", "1.84 ± 0.14"},
}

// paperTable2 has W_ε at 10, 100, 1 000 and 10 000 nM of Givinostat and Trametinib, in sample.
var paperTable2 = map[string][4]string{
	"cpa":                {"13.75 ± 1.41", "13.75 ± 0.93", "15.81 ± 2.16", "55.12 ± 58.14"},
	"icnn":               {"12.37 ± 1.66", "12.53 ± 2.40", "13.36 ± 3.02", "31.02 ± 28.12"},
	"icnn-per-condition": {"10.98 ± 1.15", "10.37 ± 0.23", "10.58 ± 1.93", "20.55 ± 14.16"},
	"condot-identity":    {"10.54 ± 0.37", "10.58 ± 0.04", "12.13 ± 2.43", "20.97 ± 15.02"},
	"condot-gaussian":    {"10.56 ± 0.45", "10.54 ± 0.16", "12.12 ± 2.26", "21.30 ± 15.29"},
}

// paperDoses are the columns of paperTable2 as conditions of the screen.
var paperDoses = []string{"dose=10", "dose=100", "dose=1000", "dose=10000"}

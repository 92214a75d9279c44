"""The file of the single-cell bench: counts of cells whose log-rates lie in 60 directions of falling strength, about a
tenth of them above 0, written by anndata: singlecell_file.py FILE CELLS GENES COMPRESSION (gzip or none)."""
import sys

import anndata
import numpy as np
import pandas as pd
from scipy import sparse

DIRECTIONS, BLOCK = 60, 2000


def counts(cells, genes, seed=0):
    r = np.random.default_rng(seed)
    strength = .8 * .97 ** np.arange(DIRECTIONS)
    loadings = r.standard_normal((DIRECTIONS, genes)) * (r.random((DIRECTIONS, genes)) < .15) * strength[:, None]
    base = r.normal(-3.35, 1.2, genes)
    parts = []
    for first in range(0, cells, BLOCK):
        n = min(BLOCK, cells - first)
        log_rate = base + r.standard_normal((n, DIRECTIONS)) @ loadings + r.normal(0, .3, (n, 1))
        parts.append(sparse.csr_matrix(r.poisson(np.exp(np.minimum(log_rate, 6))).astype(np.float32)))
    return sparse.vstack(parts, format="csr")


def main():
    path, cells, genes, compression = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    x = counts(cells, genes)
    kinds = np.random.default_rng(1).integers(12, size=cells)
    a = anndata.AnnData(x, obs=pd.DataFrame({"kind": pd.Categorical([f"kind {k}" for k in kinds])}, index=[f"cell {i}" for i in range(cells)]),
                        var=pd.DataFrame(index=[f"gene {j}" for j in range(genes)]))
    a.write_h5ad(path, compression=None if compression == "none" else compression)
    print(f"{cells} × {genes}, {x.nnz / 1e6:.1f} M entries, {100 * x.nnz / cells / genes:.1f} %")


if __name__ == "__main__":
    main()

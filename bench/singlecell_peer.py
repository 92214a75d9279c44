"""anndata and scanpy on the steps of singlecell-steps: singlecell_peer.py read|pipeline|none FILE OUT.

numba has compiled before the clock starts, on a small matrix, and only what a step needs is imported."""
import json
import resource
import sys
import time
import warnings

import anndata
import numpy as np

VARIABLE, COMPONENTS = 1000, 50  # as singlecell-steps has them

warnings.filterwarnings("ignore")


def measure(steps, name, do):
    cpu, start = time.process_time(), time.perf_counter()
    result = do()
    steps[name] = dict(seconds=time.perf_counter() - start, cpu=time.process_time() - cpu)
    return result


def pipeline(a, steps):
    import scanpy as sc
    measure(steps, "normalise", lambda: sc.pp.normalize_total(a))
    measure(steps, "log1p", lambda: sc.pp.log1p(a))
    measure(steps, "hvg", lambda: sc.pp.highly_variable_genes(a, n_top_genes=min(VARIABLE, a.n_vars // 2)))
    measure(steps, "pca", lambda: sc.pp.pca(a, n_comps=min(COMPONENTS, a.n_obs // 2)))


def main():
    task, path, out = sys.argv[1:]
    steps, stored = {}, 0
    if task == "pipeline":
        from scipy import sparse
        pipeline(anndata.AnnData(sparse.random(200, 300, .1, format="csr", dtype=np.float32, random_state=0)), {})
    if task != "none":
        a = measure(steps, "read", lambda: anndata.read_h5ad(path))
        stored = int(a.X.nnz)
        if task == "pipeline":
            pipeline(a, steps)
            flags = a.var.highly_variable.to_numpy()
            with open(out, "wb") as f:
                f.write(flags.astype("<f8").tobytes() + a.varm["PCs"][flags].T.astype("<f8").tobytes())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(dict(steps=steps, stored=stored, peak_mb=peak)))


if __name__ == "__main__":
    main()

"""Numbers of the real files of $GOMONGE_DATA/singlecell, as Python reads them.

anndata 0.12.19, scipy 1.17:  GOMONGE_DATA=... python real.py > real.json

The files are subsets of Trapnell et al. 2014 (HSMM), Kang et al. 2018 (GSE96583),
Norman et al. 2019 (GSE133344), Papalexi et al. 2021 (THP-1 ECCITE-seq) and scanpy's
pbmc68k_reduced; these numbers are all that is kept of them here.

weighted is the sum of entry · (1 + (31·row + 17·column) mod 101), which tells a
transposed or shifted matrix from the right one.
"""
import glob
import json
import os
import warnings

warnings.filterwarnings("ignore")
import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

out = {}


def matrix(m):
    m = sp.coo_matrix(m)
    v = m.data.astype("f4").astype("f8")
    w = 1 + (31 * m.row.astype("i8") + 17 * m.col.astype("i8")) % 101
    return {"shape": list(m.shape), "stored": int((v != 0).sum()), "sum": float(v.sum()), "weighted": float((v * w).sum())}


def column(s):
    if isinstance(s.dtype, pd.CategoricalDtype):
        return {"kind": "categorical", "counts": {str(k): int((s == k).sum()) for k in s.cat.categories}}
    if s.dtype.kind in "iufb":
        return {"kind": {"f": "real", "b": "bool"}.get(s.dtype.kind, "integer"), "sum": float(s.sum())}
    return {"kind": "string", "text": "|".join(s)}


for path in sorted(glob.glob(os.path.join(os.environ["GOMONGE_DATA"], "singlecell", "*.h5ad"))):
    a = ad.read_h5ad(path)
    out[os.path.basename(path)] = {
        "x": matrix(a.X), "raw": matrix(a.raw.X) if a.raw is not None else None,
        "obs": {c: column(a.obs[c]) for c in a.obs}, "var": {c: column(a.var[c]) for c in a.var},
        "cells": [a.obs_names[0], a.obs_names[-1]], "genes": [a.var_names[0], a.var_names[-1]],
        "obsm": {k: {"shape": list(v.shape), "sum": float(np.asarray(v, "f8").sum())} for k, v in a.obsm.items()},
    }
    for frame in ["obs", "var"]:  # long lists of genes are told by their number
        for c in out[os.path.basename(path)][frame].values():
            if len(c.get("counts", {})) > 200:
                c["counts"] = {"": len(c["counts"])}
print(json.dumps(out, indent=1))

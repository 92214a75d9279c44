"""check.py WRITTEN ORIGINAL ...: each WRITTEN, opened by anndata, holds what its ORIGINAL does.

Run by the tests of package anndata, with anndata 0.11 or later; scanpy's log1p
and highly_variable_genes and a second writing run where they are installed.
"""
import os
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp


def dense(m):
    return m.toarray() if sp.issparse(m) else np.asarray(m)


def same(a, b, where):
    if isinstance(a, dict):
        assert sorted(a) == sorted(b), (where, sorted(a), sorted(b))
        for k in a:
            same(a[k], b[k], f"{where}/{k}")
    elif a is None or isinstance(a, str):
        assert a == b, (where, a, b)
    else:
        assert np.array_equal(np.asarray(a), np.asarray(b)), (where, a, b)


def check(path, other):
    written, original = ad.read_h5ad(path), ad.read_h5ad(other)
    assert sp.issparse(written.X) == sp.issparse(original.X)
    assert not sp.issparse(written.X) or written.X.has_canonical_format
    assert np.array_equal(dense(written.X), dense(original.X))
    for frame in ["obs", "var"]:
        a, b = getattr(written, frame), getattr(original, frame)
        assert list(a.index) == list(b.index) and a.index.name == b.index.name, (a.index, b.index)
        assert list(a.columns) == list(b.columns), (a.columns, b.columns)
        for c in a:
            if isinstance(b[c].dtype, pd.CategoricalDtype):
                assert [str(k) for k in a[c].cat.categories] == [str(k) for k in b[c].cat.categories], c
                assert (a[c].cat.codes == b[c].cat.codes).all() and a[c].cat.ordered == b[c].cat.ordered, c
            else:
                missing = b[c].isna()
                assert (a[c].isna() == missing).all() and (a[c][~missing].astype(object) == b[c][~missing].astype(object)).all(), c
    for group in ["layers", "obsm", "varm"]:
        a, b = getattr(written, group), getattr(original, group)
        assert sorted(a) == sorted(b), (group, sorted(a), sorted(b))
        for k in a:
            assert np.array_equal(dense(a[k]), dense(b[k])), (group, k)
    same(dict(written.uns), dict(original.uns), "uns")
    with tempfile.TemporaryDirectory() as folder:  # it can be worked on and written again
        written.obs["more"] = 1.5
        written.write_h5ad(os.path.join(folder, "again.h5ad"))
        assert (ad.read_h5ad(os.path.join(folder, "again.h5ad")).obs["more"] == 1.5).all()
    backed = ad.read_h5ad(path, backed="r")
    assert backed.shape == original.shape
    backed.file.close()
    try:
        import scanpy as sc
    except ImportError:
        print("no scanpy here")
    else:
        written.uns.pop("log1p", None)
        sc.pp.normalize_total(written)
        sc.pp.log1p(written)
        sc.pp.highly_variable_genes(written, n_top_genes=4)
        assert written.var["highly_variable"].sum() == 4


for i in range(1, len(sys.argv), 2):
    check(*sys.argv[i:i + 2])
print("all equal")

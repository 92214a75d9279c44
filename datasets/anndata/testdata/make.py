"""One small data set in every layout of h5ad files that is met, and its values as JSON.

anndata 0.12.19, h5py 3.16.0 with HDF5 2.0.0, scipy 1.17, pandas 2.3:  python make.py

The encodings of anndata 0.7 and 0.6 are written with h5py, after those versions' source.
All files hold the data of expected.json, as far as their layout has a place for it.
"""
import json
import os
import warnings

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

warnings.filterwarnings("ignore")
here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(5)
n, m = 23, 11

x = np.where(rng.random((n, m)) < 0.35, rng.integers(1, 40, (n, m)) / 4, 0)
x[4] = 0  # a cell without counts
x[:, 6] = 0  # a gene without counts
counts = np.floor(4 * x)
cells = [f"cell_{i}" for i in range(n - 1)] + ["ünïcode"]
genes = [f"Gene{j}" for j in range(m)]
obs = pd.DataFrame(index=pd.Index(cells, name="barcode"))
obs["drug"] = pd.Categorical([["control", "givinostat", "KLF1+MAP2K6"][i % 3] for i in range(n)], categories=["control", "givinostat", "KLF1+MAP2K6", "unused"])
obs["stage"] = pd.Categorical([None if i == 2 else ["early", "late"][i % 2] for i in range(n)], categories=["early", "late"], ordered=True)
obs["dose"] = [0.0, 0.1, 10.0][:1] * n
obs["dose"] = [[0.0, 0.1, 10.0][i % 3] for i in range(n)]
obs["n_counts"] = counts.sum(1).astype("int64")
obs["passed"] = [i % 4 != 1 for i in range(n)]
obs["note"] = [f"note {i}" if i % 5 else "" for i in range(n)]
obs["batch"] = pd.Categorical([1 + i % 2 for i in range(n)])
var = pd.DataFrame({"highly_variable": [j % 2 == 0 for j in range(m)], "means": x.mean(0), "symbol": [f"S{j}" for j in range(m)]}, index=genes)
pca = rng.integers(-8, 8, (n, 3)) / 2
loadings = rng.integers(-8, 8, (m, 3)) / 2
uns = {"log1p": {"base": None}, "hvg": {"flavor": "seurat"}, "count": np.int64(3), "ratio": 0.25, "yes": True,
       "colours": np.array(["#ff0000", "#00ff00"], dtype=object), "sizes": np.arange(4), "weights": np.arange(3) / 2}


def adata(matrix, **more):
    return ad.AnnData(matrix, obs=obs.copy(), var=var.copy(), obsm={"X_pca": pca.astype("f4")}, varm={"PCs": loadings}, uns=dict(uns), **more)


def path(name):
    p = os.path.join(here, name)
    if os.path.exists(p):
        os.remove(p)
    return p


def write(name, a, **how):
    a.write_h5ad(path(name), **how)


csr = sp.csr_matrix(x.astype("f4"))
a = adata(csr, layers={"counts": sp.csc_matrix(counts.astype("f4")), "dense": x.astype("f4")})
a.raw = ad.AnnData(sp.csr_matrix(counts), obs=obs.copy(), var=var[[]].copy())
a.obsp["distances"] = sp.csr_matrix(np.diag(np.arange(n - 1) + 1.0, 1))
write("csr-gzip.h5ad", a, compression="gzip")
write("csr-plain.h5ad", adata(csr))
write("csr-lzf.h5ad", adata(csr), compression="lzf")
write("csc-gzip.h5ad", adata(sp.csc_matrix(x)), compression="gzip")
write("dense-plain.h5ad", adata(x.astype("f4")))
write("dense-gzip.h5ad", adata(x), compression="gzip")
long = sp.csr_matrix(x)
long.indices, long.indptr = long.indices.astype("i8"), long.indptr.astype("i8")
write("csr-int64.h5ad", adata(long))
write("counts-int.h5ad", adata(sp.csr_matrix(counts.astype("i4"))), compression="gzip")
nullable = adata(csr)
nullable.obs["whole"] = pd.array([None if i == 3 else i for i in range(n)], dtype="Int64")
nullable.obs["truth"] = pd.array([None if i == 4 else i % 2 == 0 for i in range(n)], dtype="boolean")
nullable.obs["words"] = pd.array([None if i == 5 else f"word {i}" for i in range(n)], dtype="string")
nullable.obs["gaps"] = [np.nan if i == 6 else i / 2 for i in range(n)]
ad.settings.allow_write_nullable_strings = True
g = h5py.File(path("nullable.h5ad"), "w")
nullable.strings_to_categoricals = lambda *_: None
ad.io.write_elem(g, "/", nullable)
g.close()

# The same through h5py in other forms of storage.


def copy(name, libver="earliest", strip=False, **how):
    """csr-plain.h5ad again, its arrays stored in another way."""
    with h5py.File(os.path.join(here, "csr-plain.h5ad")) as old, h5py.File(path(name), "w", libver=libver) as new:
        def visit(where, o):
            if isinstance(o, h5py.Group):
                made = new.create_group(where)
            elif o.shape and o.dtype != object:
                made = new.create_dataset(where, data=o[...], chunks=tuple(max(1, (k + 2) // 3) for k in o.shape), maxshape=(None,) + o.shape[1:], **how)
            else:
                made = new.create_dataset(where, data=o[...] if o.shape is not None else h5py.Empty("f4"), dtype=o.dtype)
            for k, v in o.attrs.items():
                made.attrs[k] = v
        for k, v in old.attrs.items():
            new.attrs[k] = v
        old.visititems(visit)


copy("latest-gzip.h5ad", libver="latest", compression="gzip")
copy("latest-plain.h5ad", libver="latest")
copy("v110-gzip.h5ad", libver="v110", compression="gzip", shuffle=True)
copy("shuffle.h5ad", compression="gzip", shuffle=True)
copy("fletcher.h5ad", fletcher32=True)
copy("lzf-shuffle.h5ad", compression="lzf", shuffle=True)


def sparse(f, where, s, **attrs):
    g = f.create_group(where)
    g["data"], g["indices"], g["indptr"] = s.data, s.indices, s.indptr
    g.attrs.update(attrs)


def frame07(f, where, d):
    g = f.create_group(where)
    g.attrs["encoding-type"], g.attrs["encoding-version"] = "dataframe", "0.1.0"
    g.attrs["_index"], g.attrs["column-order"] = d.index.name or "_index", np.array(d.columns, dtype=object)
    g[d.index.name or "_index"] = np.array(d.index, dtype=object)
    for c in d:
        if isinstance(d[c].dtype, pd.CategoricalDtype):
            g[c] = d[c].cat.codes.to_numpy()
            values = d[c].cat.categories.to_numpy()
            k = g.require_group("__categories").create_dataset(c, data=values)
            k.attrs["ordered"] = d[c].cat.ordered
            g[c].attrs["categories"] = k.ref
        else:
            g[c] = d[c].to_numpy()


with h5py.File(path("v0.7.h5ad"), "w") as f:
    sparse(f, "X", csr, **{"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": np.array([n, m])})
    frame07(f, "obs", obs)
    frame07(f, "var", var)
    f["obsm/X_pca"], f["varm/PCs"] = pca, loadings
    f["uns/hvg/flavor"], f["uns/count"] = "seurat", 3


def frame06(f, where, d):
    columns, kinds = [d.index.to_numpy()], [("index", h5py.string_dtype())]
    for c in d:
        v = d[c]
        if isinstance(v.dtype, pd.CategoricalDtype):
            f[f"uns/{c}_categories"] = np.array([str(k).encode() for k in v.cat.categories]) if v.cat.categories.dtype == object else v.cat.categories.to_numpy()
            v = v.cat.codes
        if v.dtype == object or v.dtype.name in ("str", "string"):
            kinds.append((c, h5py.string_dtype()))
        else:
            kinds.append((c, v.dtype))
        columns.append(v.to_numpy())
    t = np.zeros(len(d), dtype=kinds)
    for (name, _), v in zip(kinds, columns):
        t[name] = v
    f.create_dataset(where, data=t)


with h5py.File(path("v0.6.h5ad"), "w") as f:
    sparse(f, "X", csr, h5sparse_format="csr", h5sparse_shape=np.array([n, m]))
    frame06(f, "obs", obs)
    frame06(f, "var", var)
    f.create_dataset("obsm", data=np.array([(row,) for row in pca], dtype=[("X_pca", "f8", (3,))]))
    sparse(f, "raw.X", sp.csr_matrix(counts), h5sparse_format="csr", h5sparse_shape=np.array([n, m]))
    frame06(f, "raw.var", var[[]])

backwards = csr.copy()  # columns of a row in falling order, as some tools leave them
for i in range(n):
    k = slice(backwards.indptr[i], backwards.indptr[i + 1])
    backwards.indices[k], backwards.data[k] = backwards.indices[k][::-1].copy(), backwards.data[k][::-1].copy()
with h5py.File(path("unsorted.h5ad"), "w") as f:
    sparse(f, "X", backwards, **{"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": np.array([n, m])})
    frame07(f, "obs", obs)
    frame07(f, "var", var)


def broken(name, change):
    """csr-plain.h5ad with one thing wrong."""
    with h5py.File(path(name), "w") as f:
        sparse(f, "X", csr, **{"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": np.array([n, m])})
        frame07(f, "obs", obs)
        frame07(f, "var", var)
        change(f)


def replace(f, where, values):
    del f[where]
    f[where] = values


def fall(f):
    p = csr.indptr.copy()
    p[3], p[4] = p[4] + 1, p[3]
    replace(f, "X/indptr", p)


def at(values, i, v):
    values = values.copy()
    values[i] = v
    return values


broken("bad-indptr-falls.h5ad", fall)
broken("bad-indptr-ends.h5ad", lambda f: replace(f, "X/indptr", at(csr.indptr, -1, csr.nnz - 1)))
broken("bad-indptr-short.h5ad", lambda f: replace(f, "X/indptr", csr.indptr[:-1]))
broken("bad-index.h5ad", lambda f: replace(f, "X/indices", at(csr.indices, 5, m)))
broken("bad-index-negative.h5ad", lambda f: replace(f, "X/indices", at(csr.indices, 5, -1)))
broken("bad-duplicate.h5ad", lambda f: replace(f, "X/indices", at(csr.indices, 1, csr.indices[0])))
broken("bad-nan.h5ad", lambda f: replace(f, "X/data", at(csr.data, 7, np.nan)))
broken("bad-shape.h5ad", lambda f: f["X"].attrs.__setitem__("shape", np.array([n, m - 1])))
broken("bad-data-short.h5ad", lambda f: replace(f, "X/data", csr.data[:-1]))
broken("bad-codes.h5ad", lambda f: f["obs/drug"].__setitem__(0, 9))
broken("bad-column-length.h5ad", lambda f: replace(f, "obs/dose", np.zeros(n - 1)))
broken("bad-genes-twice.h5ad", lambda f: replace(f, "var/_index", np.array([genes[0]] + genes[:-1], dtype=object)))
broken("bad-no-x.h5ad", lambda f: f.__delitem__("X"))
empty = adata(csr)[:0].copy()
write("no-cells.h5ad", empty)


def cells_of(s):
    if isinstance(s.dtype, pd.CategoricalDtype):
        return {"kind": "categorical", "categories": [str(k) for k in s.cat.categories], "codes": s.cat.codes.tolist(), "ordered": bool(s.cat.ordered)}
    kind = {"f": "real", "i": "integer", "b": "bool"}.get(s.dtype.kind, "string")
    return {"kind": kind, "values": s.tolist()}


with open(os.path.join(here, "expected.json"), "w") as f:
    json.dump({"cells": cells, "genes": genes, "X": x.tolist(), "counts": counts.tolist(), "pca": pca.tolist(), "loadings": loadings.tolist(),
               "obs": {c: cells_of(obs[c]) for c in obs}, "var": {c: cells_of(var[c]) for c in var}}, f, ensure_ascii=False)

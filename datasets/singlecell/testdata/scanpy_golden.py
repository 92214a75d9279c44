"""Reference output of scanpy for preprocess_test.go.

Writes to this folder
  pbmc68k.csr.gz        the log-normalised expression of pbmc68k_reduced (raw/X, 700 x 765, BSD-3): rows, cols and
                        nnz as int32, then indptr (int32), indices (uint16) and data (float32), little endian
  pbmc68k_hvg.csv.gz    highly_variable_genes after normalize_total to 10 000 and log1p of it (scanpy's own test against
                        Seurat treats these values as counts), both flavours; flags by cut-offs and of the top 200;
                        seurat_flag is Seurat's own table (scanpy's tests/_scripts/seurat_hvg.csv)
  counts.csv.gz         a small count matrix, cells x genes, drawn here, with cells and genes without counts
  counts_scanpy.json.gz what scanpy makes of it

    python scanpy_golden.py FOLDER     # FOLDER holds pbmc68k_reduced_700x765.h5ad and scanpy_seurat_hvg_golden.csv
    # scanpy 1.11.5, anndata 0.12.19, numpy 2.4.6, scipy 1.17.1, pandas 2.3.3
"""
import gzip, json, sys, warnings
import numpy as np, pandas as pd, anndata, scanpy as sc
from scipy import sparse

warnings.filterwarnings("ignore")
folder = sys.argv[1]


def save(name, text):
    with open(name, "wb") as f, gzip.GzipFile(filename="", mode="wb", fileobj=f, mtime=0) as z:
        z.write(text if isinstance(text, bytes) else text.encode())


def hvg(a, flavor, top):
    kw = dict(n_top_genes=top) if top else {}
    return sc.pp.highly_variable_genes(a, flavor=flavor, inplace=False, **kw)


# --- pbmc68k_reduced
full = anndata.read_h5ad(f"{folder}/pbmc68k_reduced_700x765.h5ad")
x = full.raw.X.tocsr().astype(np.float32)
x.sort_indices()
save("pbmc68k.csr.gz", b"".join([np.array([*x.shape, x.nnz], "<i4").tobytes(), x.indptr.astype("<i4").tobytes(),
                                 x.indices.astype("<u2").tobytes(), x.data.astype("<f4").tobytes()]))
a = anndata.AnnData(x.copy(), var=pd.DataFrame(index=full.raw.var_names))
sc.pp.normalize_total(a, target_sum=1e4)
sc.pp.log1p(a)
table = pd.DataFrame(index=a.var_names)
for flavor in ("seurat", "cell_ranger"):
    h, t = hvg(a, flavor, 0), hvg(a, flavor, 200)
    table[f"{flavor}_mean"], table[f"{flavor}_dispersion"] = h.means, h.dispersions
    table[f"{flavor}_norm"] = h.dispersions_norm
    table[f"{flavor}_flag"] = h.highly_variable.astype(int)
    table[f"{flavor}_top200"] = t.highly_variable.astype(int)
golden = pd.read_csv(f"{folder}/scanpy_seurat_hvg_golden.csv", index_col=0)
table["seurat_own"] = golden.highly_variable.reindex(table.index).astype(int)
save("pbmc68k_hvg.csv.gz", table.to_csv(index_label="gene"))

# --- a small count matrix
r = np.random.default_rng(5)
n, g = 90, 240
base = np.exp(r.normal(-.5, 1.4, size=g))
state = r.normal(size=(n, 3)) @ (r.normal(size=(3, g)) * (r.random((3, g)) < .2))
group = (np.arange(n) % 3 == 0)
state[group] += (r.random(g) < .15) * r.normal(0, 1.2, size=g)
mu = base * np.exp(.6 * state) * np.exp(r.normal(0, .4, size=(n, 1)))
counts = r.poisson(mu * r.gamma(2, .5, size=(n, g))).astype(np.float32)
counts[:, [7, 100]] = 0
counts[41] = 0
save("counts.csv.gz", "\n".join(",".join(str(int(v)) for v in row) for row in counts) + "\n")

out = {}
for form in ("csr", "dense"):
    X = sparse.csr_matrix(counts) if form == "csr" else counts.astype(np.float64)
    b = anndata.AnnData(X)
    b.obs["group"] = pd.Categorical(np.where(group, "treated", "control"))
    target = float(np.median(counts.sum(1)[counts.sum(1) > 0]))
    sc.pp.normalize_total(b, target_sum=target)
    norm = b.X.toarray() if form == "csr" else b.X.copy()
    sc.pp.log1p(b)
    log = b.X.toarray() if form == "csr" else b.X
    o = dict(target=target, normalized_rows=norm[[0, 41, 89]].astype(float).tolist(), log_rows=log[[0, 41, 89]].astype(float).tolist())
    for flavor in ("seurat", "cell_ranger"):
        h, t = hvg(b, flavor, 0), hvg(b, flavor, 50)
        o[flavor] = dict(mean=h.means.tolist(), dispersion=h.dispersions.tolist(), normalized=h.dispersions_norm.tolist(),
                         flag=h.highly_variable.tolist(), top=t.highly_variable.tolist())
    sc.tl.rank_genes_groups(b, "group", groups=["treated"], reference="control", method="t-test_overestim_var", use_raw=False)
    s = sc.get.rank_genes_groups_df(b, "treated").set_index("names").reindex(b.var_names)
    o["rank"] = dict(score=s.scores.astype(float).tolist(), p=s.pvals.tolist(), fold=s.logfoldchanges.astype(float).tolist())
    sc.tl.rank_genes_groups(b, "group", groups=["treated"], reference="control", method="t-test_overestim_var", use_raw=False,
                            rankby_abs=True, n_genes=20)
    o["markers"] = [int(v) for v in sc.get.rank_genes_groups_df(b, "treated").names]
    out[form] = o
out["group"] = [int(i) for i in np.flatnonzero(group)]
save("counts_scanpy.json.gz", json.dumps(out).replace("NaN", "null"))
print("seurat flags by scanpy differ from Seurat's in", int((table.seurat_flag != table.seurat_own).sum()), "genes;",
      int(table.seurat_own.sum()), "flagged")

"""What scanpy makes of three real data sets, for parity_test.go: a table each, a row a gene.

  parity_norman.csv.gz  the Norman screen that ships (../data/norman.h5ad, log-normalised)
  parity_kang.csv.gz    kang2018_ifnb_subset_1556x1267.h5ad: raw counts, normalised to their median total and logged;
                        only these numbers ship, the file does not
  parity_pbmc.csv.gz    pbmc68k_reduced (pbmc68k.csr.gz, log-normalised); its seurat_v3 is of round(10 x), whole numbers
                        that stand for counts
  parity_groups.json    the cells that are compared (of Norman KLF1 and the control, of kang stimulated and control, of
                        pbmc68k monocytes and dendritic cells)

Columns: FLAVOR_mean, _dispersion, _norm, _flag (by cut-offs), _top (of TOP genes); v3_mean, _variance, _norm, _top;
t and wilcoxon (untied, tied) scores, p values and log fold changes.

    python parity.py FOLDER    # FOLDER holds the kang2018 and pbmc68k_reduced files
    # scanpy 1.11.5, anndata 0.12.19, numpy 2.4.6, scipy 1.17.1, scikit-misc 0.5.3, pandas 2.3.3
"""
import gzip, json, sys, warnings
import anndata, numpy as np, pandas as pd, scanpy as sc

warnings.filterwarnings("ignore")
folder, TOP = sys.argv[1], 200


def table(name, logged, counts, group, reference):
    out = pd.DataFrame(index=logged.var_names)
    for flavor in ("seurat", "cell_ranger"):
        h = sc.pp.highly_variable_genes(logged, flavor=flavor, inplace=False)
        out[f"{flavor}_mean"], out[f"{flavor}_dispersion"], out[f"{flavor}_norm"] = h.means, h.dispersions, h.dispersions_norm
        out[f"{flavor}_flag"] = h.highly_variable.astype(int)
        h = sc.pp.highly_variable_genes(logged, flavor=flavor, n_top_genes=TOP, inplace=False)
        out[f"{flavor}_top"] = h.highly_variable.astype(int)
    if counts is not None:
        h = sc.pp.highly_variable_genes(counts, flavor="seurat_v3", n_top_genes=TOP, inplace=False)
        out["v3_mean"], out["v3_variance"], out["v3_norm"] = h.means, h.variances, h.variances_norm
        out["v3_top"] = h.highly_variable.astype(int)
    side = np.full(logged.n_obs, "other", dtype=object)
    side[group], side[reference] = "group", "reference"
    logged.obs["side"] = pd.Categorical(side)
    for method, kw, column in (("t-test_overestim_var", {}, "t"), ("wilcoxon", {}, "wilcoxon"), ("wilcoxon", {"tie_correct": True}, "tied")):
        sc.tl.rank_genes_groups(logged, "side", groups=["group"], reference="reference", method=method, use_raw=False, **kw)
        # the scores of the result are float32; those of the test object are not
        test = sc.tools._rank_genes_groups._RankGenes(logged, ["group", "reference"], "side", reference="reference", use_raw=False)
        scores, p = next((s, p) for i, s, p in (test.wilcoxon(tie_correct=bool(kw)) if method == "wilcoxon" else test.t_test(method))
                         if test.groups_order[i] == "group")
        frame = sc.get.rank_genes_groups_df(logged, "group").set_index("names").reindex(logged.var_names)
        assert np.allclose(frame.scores, scores, rtol=1e-6)
        out[f"{column}_score"], out[f"{column}_p"] = scores, p
    out["fold"] = frame.logfoldchanges
    with open(f"parity_{name}.csv.gz", "wb") as f, gzip.GzipFile(filename="", mode="wb", fileobj=f, mtime=0) as z:
        z.write(out.to_csv(index_label="gene", float_format="%.9g").encode())
    return dict(group=[int(i) for i in group], reference=[int(i) for i in reference])


groups = {}
a = anndata.read_h5ad("../data/norman.h5ad")
a.X = a.X.tocsr().astype(np.float32)
a = a[:, np.asarray((a.X > 0).sum(0)).ravel() > 0].copy()  # with more than a tenth of genes at 0 cell_ranger has equal edges
where = lambda column, value: np.flatnonzero((column == value).to_numpy())
groups["norman"] = table("norman", a, None, where(a.obs.condition, "KLF1"), where(a.obs.condition, "control"))

a = anndata.read_h5ad(f"{folder}/kang2018_ifnb_subset_1556x1267.h5ad")
a.X = a.X.tocsr().astype(np.float32)
counts = a.copy()
sc.pp.normalize_total(a)
# NumPy's float32 log1p differs between machines in the last two places, which makes and breaks ties of ranks: scanpy gets
# the correctly rounded logarithm
exact = np.log1p(a.X.data.astype(np.float64)).astype(np.float32)
sc.pp.log1p(a)
assert np.abs(a.X.data.view(np.int32) - exact.view(np.int32)).max() <= 2
a.X.data = exact
groups["kang"] = table("kang", a, counts, where(a.obs.group_id, "stim"), where(a.obs.group_id, "ctrl"))

full = anndata.read_h5ad(f"{folder}/pbmc68k_reduced_700x765.h5ad")
a = anndata.AnnData(full.raw.X.tocsr().astype(np.float32), obs=full.obs, var=pd.DataFrame(index=full.raw.var_names))
a.X.sort_indices()
counts = a.copy()
counts.X.data = np.rint(counts.X.data * np.float32(10))
groups["pbmc"] = table("pbmc", a, counts, where(a.obs.bulk_labels, "CD14+ Monocyte"), where(a.obs.bulk_labels, "Dendritic"))
with open("parity_groups.json", "w") as f:
    json.dump(groups, f, separators=(",", ":"))
print({k: (len(v["group"]), len(v["reference"])) for k, v in groups.items()})

"""Makes hsmm.csv.gz, the myoblast time course that the package embeds.

Input: the FPKM matrix of the Bioconductor package HSMMSingleCell 1.18.0 (Artistic-2.0; Trapnell et al. 2014), 271 cells
x 3000 genes at 0, 24, 48 and 72 hours after the switch to differentiation medium, as an h5ad file.

Rule: log1p of FPKM; genes that are expressed (FPKM > 0) in at least a tenth of all cells and whose short name is unique;
of these the 500 of largest normalised dispersion by scanpy's highly_variable_genes, flavour seurat, over all cells
without regard to time; genes sorted by name; values rounded to 3 decimals. Cells are in the order of the input, their
names dropped.

    python hsmm.py hsmm_trapnell2014_time_271x3000.h5ad     # scanpy 1.11.5, anndata 0.12.19, numpy 2.4.6
"""
import gzip, sys, warnings
import anndata, numpy as np, scanpy as sc

warnings.filterwarnings("ignore")
a = anndata.read_h5ad(sys.argv[1])
x = a.X.toarray().astype(np.float64)
hours = a.obs["Hours"].to_numpy()
names = a.var["gene_short_name"].astype(str).to_numpy()
keep = (x > 0).mean(0) >= .1
unique, count = np.unique(names, return_counts=True)
keep &= ~np.isin(names, unique[count > 1])
b = anndata.AnnData(np.log1p(x[:, keep]))
b.var_names = names[keep]
flag = sc.pp.highly_variable_genes(b, flavor="seurat", n_top_genes=500, inplace=False).highly_variable.to_numpy()
order = np.argsort(b.var_names[flag])
genes, values = b.var_names[flag][order], b.X[:, flag][:, order]
lines = [",".join(["hours", *genes])]
for h, row in zip(hours, values):
    lines.append(",".join([str(h)] + [f"{v:.3f}".rstrip("0").rstrip(".") or "0" for v in row]))
with open("hsmm.csv.gz", "wb") as f, gzip.GzipFile(filename="", mode="wb", fileobj=f, mtime=0) as z:
    z.write(("\n".join(lines) + "\n").encode())
print(values.shape, [g for g in ("MYOG", "MYH3", "MYF5", "CDK1", "TNNT1", "ID1", "ENO3") if g in set(genes)])

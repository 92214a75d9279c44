"""Principal components by scanpy, for scanpy_test.go, which compares |cos| of components and shares of variance.

  pca_norman.json.gz  the log-expression of ../../datasets/singlecell/data/norman.h5ad, 500 genes: the formed covariance
  pca_kang.json.gz    kang2018_ifnb_subset_1556x1267.h5ad after normalize_total and log1p, 1267 genes: the iteration; only
                      these numbers ship, the file does not

    python pca_scanpy.py FOLDER    # FOLDER holds the kang2018 file
    # scanpy 1.11.5, scikit-learn 1.9.1 (svd_solver arpack), anndata 0.12.19, numpy 2.4.6, scipy 1.17.1
"""
import gzip, json, sys
import anndata, numpy as np, scanpy as sc

COMPONENTS = 20


def write(name, a):
    sc.pp.pca(a, n_comps=COMPONENTS)
    found = dict(components=[[float(f"{v:.7g}") for v in row] for row in a.varm["PCs"].T], ratio=[float(v) for v in a.uns["pca"]["variance_ratio"]],
                 variance=[float(v) for v in a.uns["pca"]["variance"]])
    with open(f"pca_{name}.json.gz", "wb") as f, gzip.GzipFile(filename="", mode="wb", fileobj=f, mtime=0) as z:
        z.write(json.dumps(found, separators=(",", ":")).encode())
    v = found["variance"]
    print(name, a.shape, "least relative gap of variances", min((p - q) / p for p, q in zip(v, v[1:])))


a = anndata.read_h5ad("../../datasets/singlecell/data/norman.h5ad")
write("norman", a)
a = anndata.read_h5ad(f"{sys.argv[1]}/kang2018_ifnb_subset_1556x1267.h5ad")
a.X = a.X.tocsr().astype(np.float32)
sc.pp.normalize_total(a)
sc.pp.log1p(a)
write("kang", a)

"""Reference output of scikit-learn for pca_test.go: a dense matrix, and a sparse one that is wide.

    python pca_golden.py > pca_golden.json     # scikit-learn 1.9.1, numpy 2.4.6, scipy 1.17.1
"""
import json, sys
import numpy as np
from scipy import sparse
from sklearn.decomposition import PCA

r = np.random.default_rng(11)
dense = np.round(r.normal(size=(60, 4)) * [5, 3, 2, 1] @ r.normal(size=(4, 20)) + .3 * r.normal(size=(60, 20)) + r.normal(size=20), 6)
wide = sparse.random(90, 700, .04, random_state=3, data_rvs=lambda n: r.gamma(2, .5, n), format="csr").astype(np.float32)
out = []
for x, k, solver in ((dense, 6, "full"), (wide, 12, "arpack")):
    p = PCA(k, svd_solver=solver, random_state=0, tol=1e-12).fit(x)
    z = p.transform(x)
    c = dict(components=p.components_.tolist(), mean=np.asarray(p.mean_).ravel().tolist(), variance=p.explained_variance_.tolist(),
             ratio=p.explained_variance_ratio_.tolist(), z=z[:5].tolist(), back=p.inverse_transform(z[:5])[:, :10].tolist())
    if sparse.issparse(x):
        x = x.tocsr(); x.sort_indices()
        c.update(rows=x.shape[0], cols=x.shape[1], indptr=x.indptr.tolist(), indices=x.indices.tolist(),
                 data=[float(v) for v in x.data])
    else:
        c["x"] = x.tolist()
    out.append(c)
json.dump(out, sys.stdout)

"""Sets of points and what umap-learn makes of them: writes sets.json.gz and umap_golden.json.

python umap_golden.py pbmc68k_reduced.h5ad, with umap-learn 0.5.12, scikit-learn 1.9.1, h5py 3.16.0 and numpy 2.4.6.
The h5ad file is scanpy's data set pbmc68k_reduced (BSD-3), of which the first 20 principal components are kept.
Trustworthiness (k = 15) is that of scikit-learn, of seeds 0 to 2; "joint" is that of all points together where every fifth was
left out of the fit and placed by transform."""
import gzip
import json
import sys

import h5py
import numpy as np
from sklearn.datasets import make_swiss_roll
from sklearn.manifold import trustworthiness
from umap import UMAP
from umap.umap_ import find_ab_params, fuzzy_simplicial_set

r = np.random.default_rng(0)
with h5py.File(sys.argv[1]) as f:
    pbmc = f["obsm"]["X_pca"][:, :20]
centres = 3 * r.standard_normal((8, 10))
sets = {"pbmc68k": pbmc, "mixture": centres[r.integers(0, 8, 800)] + r.standard_normal((800, 10)), "swiss roll": make_swiss_roll(800, random_state=0)[0]}
sets = {name: np.round(np.asarray(x, float), 3) for name, x in sets.items()}

golden = {"curves": [], "trustworthiness": {}, "joint": {}}
for min_dist, spread in ((.1, 1), (.5, 1), (.01, 1), (.3, 2), (1, 1)):
    golden["curves"].append([min_dist, spread, *map(float, find_ab_params(spread, min_dist))])
for name, x in sets.items():
    new = np.arange(len(x)) % 5 == 4
    golden["trustworthiness"][name], golden["joint"][name] = [], []
    for seed in range(3):
        golden["trustworthiness"][name].append(float(trustworthiness(x, UMAP(random_state=seed).fit_transform(x), n_neighbors=15)))
        u, y = UMAP(random_state=seed).fit(x[~new]), np.empty((len(x), 2))
        y[~new], y[new] = u.embedding_, u.transform(x[new])
        golden["joint"][name].append(float(trustworthiness(x, y, n_neighbors=15)))
    print(name, golden["trustworthiness"][name], golden["joint"][name])

x = sets["pbmc68k"][:40]
graph = fuzzy_simplicial_set(x, 6, np.random.RandomState(0), "euclidean")[0].tocoo()
golden["graph"] = sorted([int(i), int(j), float(v)] for i, j, v in zip(graph.row, graph.col, graph.data))
y = sets["pbmc68k"][:100]
e = np.stack([np.arange(100.), 40 * np.sin(np.arange(100.) ** 2)], 1)
golden["agreement"] = float(trustworthiness(y, e, n_neighbors=7))

with gzip.GzipFile("sets.json.gz", "wb", mtime=0) as f:
    f.write(json.dumps({name: x.tolist() for name, x in sets.items()}).encode())
with open("umap_golden.json", "w") as f:
    json.dump(golden, f)
    f.write("\n")

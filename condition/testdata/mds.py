# Metric MDS by scikit-learn, for the Go tests of SMACOF.
# Made with Python 3.11.7, scikit-learn 1.7.2, numpy 2.4.6:
#     python mds.py > mds.json
# Distances of 20 points in 12 dimensions, times (1 + .15 |normal|) pair by pair,
# so that no configuration realises them. For each dimension:
#   init, stress: sklearn.manifold.smacof from that start, run until it stands still
#   best: the lowest raw stress of 64 random starts
import json

import numpy as np
from sklearn.manifold import smacof

rng = np.random.default_rng(7)
n = 20
points = rng.normal(size=(n, 12)) * np.linspace(2, 0.2, 12)
d = np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1))
noise = np.triu(1 + 0.15 * np.abs(rng.normal(size=(n, n))), 1)
d = np.round(np.triu(d, 1) * noise, 6)
d = d + d.T

cases = []
for dim in (2, 3, 10):
    init = np.round(rng.normal(size=(n, dim)), 6)
    run = dict(metric=True, n_components=dim, max_iter=100000, eps=1e-16, normalized_stress=False)
    _, stress = smacof(d, init=init, n_init=1, **run)
    _, best = smacof(d, n_init=64, random_state=1, **dict(run, eps=1e-10, max_iter=5000))
    cases.append(dict(dim=dim, init=init.tolist(), stress=float(stress), best=float(best)))
print(json.dumps(dict(distances=d.tolist(), cases=cases)))

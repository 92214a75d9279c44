# Interpolation weights of scattered points, for the Go test of hullWeights.
# Made with Python 3.11.7, scipy 1.17.1, numpy 2.4.6:
#     python hull.py > hull.json
#   inside, weights: barycentric coordinates in scipy.spatial.Delaunay's simplex
#   outside, nearest: the hull's nearest point by SLSQP from the best corner
import json

import numpy as np
from scipy.optimize import minimize
from scipy.spatial import Delaunay

rng = np.random.default_rng(11)
cases = []
for d, n in [(2, 12), (3, 20), (5, 25)]:
    points = np.round(rng.random((n, d)), 4)
    tri = Delaunay(points)
    inside, weights, outside, nearest = [], [], [], []
    while len(inside) < 12 or len(outside) < 6:
        p = np.round(rng.uniform(-0.3, 1.3, d) if rng.random() < 0.3 else rng.dirichlet(np.ones(n)) @ points, 4)
        s = int(tri.find_simplex(p))
        if s >= 0 and len(inside) < 12:
            b = tri.transform[s, :d] @ (p - tri.transform[s, d])
            b = np.append(b, 1 - b.sum())
            if b.min() < 0.02:  # too near to a face: its neighbour would do as well
                continue
            w = np.zeros(n)
            w[tri.simplices[s]] = b
            inside.append(p.tolist())
            weights.append(w.tolist())
        elif s < 0 and len(outside) < 6:
            best = np.eye(n)[((points - p) ** 2).sum(1).argmin()]
            r = minimize(
                lambda w: ((w @ points - p) ** 2).sum(), best, jac=lambda w: 2 * points @ (w @ points - p),
                bounds=[(0, 1)] * n, constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(n)},
                method="SLSQP", options={"ftol": 1e-16, "maxiter": 1000})
            outside.append(p.tolist())
            nearest.append((r.x @ points).tolist())
    cases.append({"points": points.tolist(), "inside": inside, "weights": weights, "outside": outside, "nearest": nearest})
print(json.dumps(cases))

"""Exact transport costs by POT's network simplex (ot.emd2, LEMON).

    pip install POT==0.9.7.post1 numpy==2.4.6
    python pot_exact.py > pot_exact.json
"""
import json
import numpy as np
import ot
from clouds import cloud, weights

out = []
for name, n, m, d, weighted in [("square", 200, 200, 3, False), ("rectangle", 150, 40, 5, False),
                                ("weighted", 120, 180, 2, True), ("line", 100, 90, 1, True), ("wide", 100, 100, 50, False)]:
    x, y = cloud(1, n, d), cloud(2, m, d, 1.2, 0.5)
    a = weights(3, n) if weighted else np.full(n, 1 / n)
    b = weights(4, m) if weighted else np.full(m, 1 / m)
    for metric in ("sqeuclidean", "euclidean"):
        v = ot.emd2(a, b, ot.dist(x, y, metric=metric), numItermax=10**8)
        out.append(dict(name=name, n=n, m=m, d=d, weighted=weighted, metric=metric, value=float(v)))
print("[\n" + ",\n".join(json.dumps(o) for o in out) + "\n]")

"""W2^2 and the optimal map between Gaussians by POT.

    pip install POT==0.9.7.post1 numpy==2.4.6
    python pot_gaussian.py > pot_gaussian.json
"""
import json
import numpy as np
import ot
from clouds import cloud, weights

out = []
for d in (1, 4, 12):
    x, y, w = cloud(1, 60, d), cloud(2, 50, d, 1.2, 0.5), weights(4, 50)
    mx, cx = x.mean(0), np.atleast_2d(np.cov(x.T, bias=True))
    my, cy = w @ y, np.atleast_2d(np.cov(y.T, aweights=w, bias=True))
    dist = ot.gaussian.bures_wasserstein_distance(mx, my, cx, cy)
    a, b = ot.gaussian.bures_wasserstein_mapping(mx, my, cx, cy)
    out.append(dict(d=d, w2squared=float(dist) ** 2, a=a.ravel().tolist(), b=b.ravel().tolist()))
print("[\n" + ",\n".join(json.dumps(o) for o in out) + "\n]")

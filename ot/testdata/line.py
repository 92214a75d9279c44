"""Transport costs on the line by scipy (p = 1) and POT (W_p^p, any p).

    pip install scipy==1.17.1 POT==0.9.7.post1 numpy==2.4.6
    python line.py > line.json
"""
import json
import ot
from scipy.stats import wasserstein_distance
from clouds import cloud, weights

out = []
for n, m, weighted in [(200, 300, False), (250, 150, True)]:
    x, y = cloud(1, n, 1).ravel(), cloud(2, m, 1, 1.2, 0.5).ravel()
    a, b = (weights(3, n), weights(4, m)) if weighted else (None, None)
    for p in (1, 2, 3.5):
        v = float(ot.wasserstein_1d(x, y, a, b, p=p))
        if p == 1:
            s = float(wasserstein_distance(x, y, a, b))
            assert abs(s - v) < 1e-12
        out.append(dict(n=n, m=m, weighted=weighted, p=p, value=v))
print("[\n" + ",\n".join(json.dumps(o) for o in out) + "\n]")

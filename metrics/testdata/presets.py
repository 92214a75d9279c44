"""The figures of every preset for two clouds, from the definitions, by numpy, scipy and scikit-learn.

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
    python presets.py > presets.json

Entropic transport is solved here by Newton's method on the dual, not by Sinkhorn's iteration:
at the presets' small epsilons that is exact to rounding in a few steps.
"""
import json
import os
import sys
import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from scipy.stats import pearsonr, ttest_ind
from sklearn.metrics import r2_score
from sklearn.neighbors import NearestNeighbors
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../ot/testdata"))
from clouds import cloud

n, d = 100, 6
x, y, control = cloud(1, n, d), cloud(2, n, d, 1.2, 0.3), cloud(3, n, d, 1.1, -0.2)
y *= 1 + np.arange(d) / d  # features of different spread
y[:, 1] += 0.5 * y[:, 0]  # and correlation
x[:, 1] += 0.3 * x[:, 0]
off = ~np.eye(n, dtype=bool)
sq = lambda a, b: cdist(a, b, "sqeuclidean")
k = lambda s, gammas: np.mean([np.exp(-g * s) for g in gammas], 0)
out = {}


def mmd(gammas, unbiased):
    xx, yy, xy = k(sq(x, x), gammas), k(sq(y, y), gammas), k(sq(x, y), gammas)
    return (xx[off].mean() + yy[off].mean() if unbiased else xx.mean() + yy.mean()) - 2 * xy.mean()


def entropic(c, epsilon):
    """min <P,C> + eps KL(P|a x b) for equal weights: (value, plan)."""
    n, m = c.shape
    la, lb, v = -np.log(n), -np.log(m), np.zeros(m)

    def state(v, e):
        u = -e * logsumexp((v - c) / e + lb, axis=1)
        p = np.exp((u[:, None] + v - c) / e + la + lb)
        return u.mean() + v.mean(), u, p

    e = max(epsilon, c.mean())
    while True:
        for _ in range(100):
            value, u, p = state(v, e)
            gradient = 1 / m - p.sum(0)
            if np.abs(gradient).sum() < 1e-11:
                break
            h = (np.diag(p.sum(0)) - p.T @ p * n) / e
            step = np.linalg.solve(h + 1 / m / e * np.ones((m, m)) / m + 1e-14 / e * np.eye(m), gradient)
            t = 1.0
            while t > 1e-6 and state(v + t * step, e)[0] < value + 1e-4 * t * gradient @ step:
                t /= 2
            if t < 1e-6:
                break  # as near as rounding allows
            v = v + t * step
        if e == epsilon:
            break
        e = max(epsilon, e / 2)
    value, u, p = state(v, epsilon)
    error = np.abs(p.sum(0) - 1 / m).sum() + np.abs(p.sum(1) - 1 / n).sum()
    assert error < 1e-8, error
    return value, p


def divergence(cost, epsilon):
    return entropic(cost(x, y), epsilon)[0] - entropic(cost(x, x), epsilon)[0] / 2 - entropic(cost(y, y), epsilon)[0] / 2


half = lambda a, b: sq(a, b) / 2
paper, code = [0.5, 0.1, 0.01, 0.005], [2, 1, 0.5, 0.1, 0.01, 0.005]
mx, my, mc = x.mean(0), y.mean(0), control.mean(0)
l2 = np.linalg.norm(mx - my)

# panel
out["panel/mmd_squared"] = mmd(paper, True)
out["panel/sinkhorn_divergence"] = divergence(half, 0.05 * half(y, y).mean())
out["panel/energy_squared"] = 2 * cdist(x, y).mean() - cdist(x, x)[off].mean() - cdist(y, y)[off].mean()
out["panel/l2_ps"] = l2
out["panel/means_r2"] = r2_score(my, mx)

# condot-paper
c = sq(x, y)
value, p = entropic(c, 0.1)
out["condot-paper/mmd_squared"] = mmd(paper, True)
out["condot-paper/w_eps_kl"] = value
out["condot-paper/w_eps_eq17"] = (p * c).sum() + 0.1 * (p[p > 0] * (np.log(p[p > 0]) - 1)).sum()
out["condot-paper/l2_ps"] = l2

# condot-code
out["condot-code/mmd_squared"] = mmd(code, False)
out["condot-code/sinkhorn_divergence"] = divergence(half, 0.01)
out["condot-code/l2_ps"] = l2

# cellot: 100 points are all of them
corr = lambda a: np.corrcoef(a.T)[np.triu_indices(d, 1)]
out["cellot/l2_ps_n100"] = l2
out["cellot/means_pearson_n100"] = pearsonr(mx, my)[0]
out["cellot/stds_pearson_n100"] = pearsonr(x.std(0, ddof=1), y.std(0, ddof=1))[0]
out["cellot/correlation_pearson_n100"] = pearsonr(corr(x), corr(y))[0]
out["cellot/mmd_squared_n100"] = mmd(np.logspace(1, -3, num=50), False)
joint = np.concatenate([x, y])
near = NearestNeighbors(n_neighbors=n).fit(joint).kneighbors(x)[1][:, 1:]
out["cellot/knn_enrichment_k50_n100"] = (near[:, :50] < n).mean()
out["cellot/knn_enrichment_k100_n100"] = (near[:, :100] < n).mean()

# cmonge
out["cmonge/mmd_squared"] = mmd(code, False)
out["cmonge/w_eps_kl_euclidean"] = entropic(cdist(x, y), 0.1)[0]
out["cmonge/l2_ps"] = l2
out["cmonge/means_pearson_squared"] = pearsonr(mx, my)[0] ** 2

# cellflow
out["cellflow/means_r2"] = r2_score(my, mx)
for e in (1, 10, 100):
    out[f"cellflow/sinkhorn_divergence_eps{e}"] = divergence(sq, e)
out["cellflow/energy_squared_norms"] = 2 * sq(x, y).mean() - sq(x, x).mean() - sq(y, y).mean()
out["cellflow/mmd_squared"] = mmd(code, False)

# effects against control
dx, dy = mx - mc, my - mc
t = np.array([ttest_ind(y[:, f], control[:, f], equal_var=False).statistic for f in range(d)])
s = np.array([ttest_ind(x[:, f], control[:, f], equal_var=False).statistic for f in range(d)])
top, guessed = np.argsort(-np.abs(t))[:3], np.argsort(-np.abs(s))[:3]
perturbed = (mx + my) / 2
w = np.abs(dy) / np.abs(dy).sum()
out["effects/pearson_delta"] = pearsonr(dx, dy)[0]
out["effects/pearson_delta_top3"] = pearsonr(dx[top], dy[top])[0]
out["effects/pearson_delta_perturbed"] = pearsonr(mx - perturbed + 0.01 * np.arange(d), my - perturbed + 0.01 * np.arange(d))[0]
out["effects/weighted_mse"] = (w * (mx - my) ** 2).sum()
out["effects/de_overlap"] = len(set(top) & set(guessed)) / 3
out["effects/de_direction"] = (np.sign(s[top]) == np.sign(t[top])).mean()
out["effects/correlation_pearson"] = pearsonr(corr(x), corr(y))[0]
print(json.dumps({key: float(v) for key, v in out.items()}, indent=1))

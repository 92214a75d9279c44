"""MMD, energy distance, R2 and transport metrics by numpy, scipy, scikit-learn, POT and OTT-JAX.

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 POT==0.9.7.post1 "jax[cpu]==0.10.2" ott-jax==0.6.0
    python reference.py > reference.json
"""
import json
import os
import sys
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np
import ot
from ott.geometry import geometry
from ott.problems.linear import linear_problem
from ott.solvers.linear import sinkhorn
from scipy.spatial.distance import cdist
from scipy.stats import pearsonr
from sklearn.metrics import r2_score
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../ot/testdata"))
from clouds import cloud

x, y = cloud(1, 80, 6), cloud(2, 80, 6, 1.2, 0.3)
n = len(x)
off = ~np.eye(n, dtype=bool)
sq = lambda a, b: cdist(a, b, "sqeuclidean")
k = lambda a, b, gs: np.mean([np.exp(-g * sq(a, b)) for g in gs], 0)
out = {}
gs = [0.5, 0.1, 0.01, 0.005]
out["mmd_paper"] = k(x, x, gs)[off].mean() + k(y, y, gs)[off].mean() - 2 * k(x, y, gs).mean()
gs = [2, 1, 0.5, 0.1, 0.01, 0.005]
out["mmd_code"] = k(x, x, gs).mean() + k(y, y, gs).mean() - 2 * k(x, y, gs).mean()
out["energy"] = 2 * cdist(x, y).mean() - cdist(x, x)[off].mean() - cdist(y, y)[off].mean()
out["l2_ps"] = np.linalg.norm(x.mean(0) - y.mean(0))
out["r2"] = r2_score(y.mean(0), x.mean(0))
out["pearson"] = pearsonr(x.mean(0), y.mean(0))[0]
a = np.full(n, 1 / n)
out["w2"] = ot.emd2(a, a, sq(x, y))


def entropic(c, eps):
    r = sinkhorn.Sinkhorn(threshold=1e-9, max_iterations=1_000_000)(linear_problem.LinearProblem(geometry.Geometry(cost_matrix=jnp.asarray(c), epsilon=eps)))
    assert r.converged
    return float(r.reg_ot_cost), np.asarray(r.matrix)


eps = 2.0  # the preset's 0.1 takes this solver hours; the definitions are what is compared
v, p = entropic(sq(x, y), eps)
out["w_eps_kl"] = v
out["w_eps_eq17"] = (p * sq(x, y)).sum() + eps * (p * (np.log(p) - 1)).sum()
mean = np.mean(sq(y, y)) / 2
eps = 0.5 * mean  # likewise .5 for .05
out["mean_observed_cost"] = mean
half = lambda a, b: entropic(sq(a, b) / 2, eps)[0]
out["divergence"] = half(x, y) - half(x, x) / 2 - half(y, y) / 2
print(json.dumps({key: float(v) for key, v in out.items()}, indent=1))

"""Unbalanced entropic transport (KL penalties on the marginals) by POT, OTT-JAX and geomloss.
POT's plan is judged by the definition, <P,C> + eps KL(P|a b') + rho_a KL(P1|a) + rho_b KL(P'1|b).

    pip install POT==0.9.7.post1 numpy==2.4.6 "jax[cpu]==0.10.2" ott-jax==0.6.0 torch==2.15.0 geomloss==0.3.1
    python unbalanced.py > unbalanced.json
"""
import json
import warnings
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np
import ot
import torch
from geomloss import SamplesLoss
from ott.geometry import pointcloud
from ott.problems.linear import linear_problem
from ott.solvers.linear import sinkhorn
from clouds import cloud, weights

warnings.filterwarnings("error")  # POT warns where it has not converged


def kl(p, q):
    return float((p * np.log(p / q) - p + q).sum())


def rho(tau, eps):
    return np.inf if tau == 1 else eps * tau / (1 - tau)


def penalty(r, p, q):
    return 0 if np.isinf(r) else r * kl(p, q)


out = []
# Total masses of source and target; where a tau is 1, POT gets rho = inf.
for name, n, m, d, eps, tau_a, tau_b, mass_a, mass_b in [
        ("both", 60, 50, 3, 1.0, 0.9, 0.9, 1.0, 1.0), ("masses", 40, 55, 2, 0.5, 0.8, 0.8, 1.5, 0.7),
        ("sides", 50, 40, 2, 0.5, 0.95, 0.7, 1.0, 2.0), ("source", 30, 40, 2, 0.5, 0.9, 1.0, 0.6, 1.3),
        ("target", 30, 40, 2, 0.5, 1.0, 0.9, 0.6, 1.3), ("nearly balanced", 40, 40, 2, 0.3, 0.999, 0.999, 1.0, 1.2)]:
    x, y, a, b = cloud(1, n, d), cloud(2, m, d, 1.2, 0.5), mass_a * weights(3, n), mass_b * weights(4, m)
    cost = ot.dist(x, y)
    ra, rb = rho(tau_a, eps), rho(tau_b, eps)
    p = ot.unbalanced.sinkhorn_unbalanced(a, b, cost, eps, (ra, rb), reg_type="kl", stopThr=1e-15, numItermax=10**6)
    value = (p * cost).sum() + eps * kl(p, np.outer(a, b)) + penalty(ra, p.sum(1), a) + penalty(rb, p.sum(0), b)
    r = sinkhorn.Sinkhorn(threshold=1e-13, max_iterations=10**6)(linear_problem.LinearProblem(
        pointcloud.PointCloud(jnp.asarray(x), jnp.asarray(y), epsilon=eps), a=jnp.asarray(a), b=jnp.asarray(b), tau_a=tau_a, tau_b=tau_b))
    q = np.asarray(r.matrix)
    out.append(dict(name=name, n=n, m=m, d=d, epsilon=eps, source_tau=tau_a, target_tau=tau_b, source_mass=mass_a, target_mass=mass_b,
                    cost=float((p * cost).sum()), mass=float(p.sum()), value=float(value), ott_cost=float((q * cost).sum()), ott_mass=float(q.sum())))
# The divergence: cost ½‖x−y‖², eps = blur², rho = reach². geomloss anneals and stops near the limit.
divergence = []
for n, m, d, blur, reach in [(60, 60, 3, 0.4, 1.0), (50, 70, 2, 0.3, 2.0)]:
    x, y = torch.tensor(cloud(1, n, d)), torch.tensor(cloud(2, m, d, 1.2, 0.5))
    a, b = torch.tensor(weights(3, n)), torch.tensor(weights(4, m))
    v = SamplesLoss("sinkhorn", p=2, blur=blur, reach=reach, scaling=0.99, backend="tensorized")(a, x, b, y)
    divergence.append(dict(n=n, m=m, d=d, blur=blur, reach=reach, value=float(v)))
print(json.dumps(dict(plans=out, divergence=divergence), indent=1))

"""Entropic transport by OTT-JAX: regularised cost, plan cost and debiased divergence.

    pip install "jax[cpu]==0.10.2" ott-jax==0.6.0
    python ott_sinkhorn.py > ott.json
"""
import json
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
from ott.geometry import pointcloud
from ott.problems.linear import linear_problem
from ott.solvers.linear import sinkhorn
from clouds import cloud, weights

solver = sinkhorn.Sinkhorn(threshold=1e-9, max_iterations=2_000_000)


def solve(x, y, a, b, eps):
    out = solver(linear_problem.LinearProblem(pointcloud.PointCloud(x, y, epsilon=eps), a=a, b=b))
    assert out.converged
    return out


out = []
for name, n, m, d, weighted, eps in [("square", 60, 60, 3, False, 1.0), ("weighted", 50, 70, 2, True, 0.5), ("wide", 60, 50, 20, True, 5.0)]:
    x, y = jnp.asarray(cloud(1, n, d)), jnp.asarray(cloud(2, m, d, 1.2, 0.5))
    a = jnp.asarray(weights(3, n)) if weighted else jnp.full(n, 1 / n)
    b = jnp.asarray(weights(4, m)) if weighted else jnp.full(m, 1 / m)
    xy, xx, yy = solve(x, y, a, b, eps), solve(x, x, a, a, eps), solve(y, y, b, b, eps)
    out.append(dict(name=name, n=n, m=m, d=d, weighted=weighted, epsilon=eps, value=float(xy.reg_ot_cost), cost=float(xy.primal_cost),
                    divergence=float(xy.reg_ot_cost - (xx.reg_ot_cost + yy.reg_ot_cost) / 2)))
print("[\n" + ",\n".join(json.dumps(o) for o in out) + "\n]")

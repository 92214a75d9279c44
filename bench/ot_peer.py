"""One optimal-transport problem by another program, solved as often as the driver says: ot_peer.py PROGRAM TASK.

Only what the problem needs is imported, and only that is timed which a user would repeat: costs and
compilation are done before, except where the name says otherwise."""
import json
import math
import sys
import time

import numpy as np

TOLERANCE = 1e-6  # L1 error of the marginals


def pair(t):
    read = lambda name, n: np.fromfile(f"{t['Folder']}/{name}", dtype="<f8").reshape(n, t["D"])
    return read("x", t["N"]), read("y", t["M"])


def uniform(n):
    return np.full(n, 1 / n)


def spread(p):
    """L1 error of a plan's marginals against equal weights."""
    return float(abs(p.sum(1) - 1 / p.shape[0]).sum() + abs(p.sum(0) - 1 / p.shape[1]).sum())


def pot_exact(t, threads):
    import ot
    x, y = pair(t)
    cost, a, b = ot.dist(x, y), uniform(t["N"]), uniform(t["M"])
    del x, y

    def solve():
        plan, log = ot.emd(a, b, cost, numItermax=10**9, log=True, numThreads=threads)
        return dict(value=float(log["cost"]))
    return solve


def pot_many(t, with_costs):
    import ot
    x, y = pair(t)
    targets = np.split(y, t["Targets"])
    a, b = uniform(t["N"]), uniform(len(targets[0]))
    costs = None if with_costs else [ot.dist(x, z) for z in targets]

    def solve():
        return dict(value=float(np.mean([ot.emd2(a, b, ot.dist(x, targets[k]) if with_costs else costs[k], numItermax=10**9) for k in range(len(targets))])))
    return solve


def pot_sinkhorn(t, method):
    import ot
    x, y = pair(t)
    cost, a, b = ot.dist(x, y), uniform(t["N"]), uniform(t["M"])
    del x, y
    # POT stops by the L2 norm of the target's error: 1/√m of the L1 norm where it is spread evenly.
    stop = TOLERANCE / math.sqrt(t["M"])

    def solve():
        plan, log = ot.sinkhorn(a, b, cost, t["Epsilon"], method=method, stopThr=stop, numItermax=10_000, log=True)
        return dict(value=float(np.vdot(plan, cost)), plan=plan, iterations=int(log["niter"]))
    return solve


def ott(t, kind):
    import jax
    jax.config.update("jax_enable_x64", not t["Float32"])
    import jax.numpy as jnp
    # OTT 0.6.0 looks for this where JAX 0.10 no longer has it.
    from jax._src.interpreters import batching
    jax.interpreters.batching.is_vmappable = batching.is_vmappable
    from ott.geometry import geometry, pointcloud
    from ott.problems.linear import linear_problem
    from ott.solvers.linear import sinkhorn
    x, y = map(jnp.asarray, pair(t))
    if kind == "matrix":
        x = ((x**2).sum(1)[:, None] + (y**2).sum(1)[None] - 2 * x @ y.T)
    solver = sinkhorn.Sinkhorn(lse_mode=True, threshold=1e-4 if t["Float32"] else TOLERANCE, max_iterations=10_000)

    def f(x, y):
        if kind == "matrix":
            geom = geometry.Geometry(cost_matrix=x, epsilon=t["Epsilon"])
        else:
            geom = pointcloud.PointCloud(x, y, epsilon=t["Epsilon"], batch_size=min(1000, t["N"] // 2) if kind == "blocks" else None)
        o = solver(linear_problem.LinearProblem(geom))
        return o.reg_ot_cost, o.n_iters, o.errors, o.f, o.g
    y = y if kind != "matrix" else jnp.zeros(())
    f = jax.jit(f).lower(x, y).compile()

    def solve():
        value, iterations, errors, u, v = f(x, y)
        value.block_until_ready()
        errors = np.asarray(errors)
        return dict(regularised=float(value), iterations=int(iterations), error=float(errors[errors >= 0][-1]))
    return solve


def geomloss(t):
    import torch
    from geomloss import SamplesLoss
    x, y = map(torch.tensor, pair(t))
    loss = SamplesLoss("sinkhorn", p=2, blur=math.sqrt(t["Epsilon"]), scaling=.9, backend="tensorized")
    return lambda: dict(value=float(loss(x, y)))


def numpy_mmd(t):
    x, y = pair(t)

    def solve():
        xx, yy = (x * x).sum(1), (y * y).sum(1)
        mean = lambda a, b, aa, bb: np.exp(-t["Gamma"] * np.maximum(aa[:, None] + bb[None] - 2 * (a @ b.T), 0)).mean()
        return dict(value=float(mean(x, x, xx, xx) + mean(y, y, yy, yy) - 2 * mean(x, y, xx, yy)))
    return solve


def scipy_line(t):
    from scipy.stats import wasserstein_distance
    x, y = (z.ravel() for z in pair(t))
    return lambda: dict(value=float(wasserstein_distance(x, y)))


PROGRAMS = {
    "POT emd": lambda t: pot_exact(t, 1), "POT emd, all threads": lambda t: pot_exact(t, "max"),
    "POT emd, costs given": lambda t: pot_many(t, False), "POT emd, costs included": lambda t: pot_many(t, True),
    "POT kernel": lambda t: pot_sinkhorn(t, "sinkhorn"), "POT log": lambda t: pot_sinkhorn(t, "sinkhorn_log"),
    "OTT log, costs given": lambda t: ott(t, "matrix"), "OTT log": lambda t: ott(t, "clouds"), "OTT log, in blocks": lambda t: ott(t, "blocks"),
    "geomloss": geomloss, "numpy": numpy_mmd, "scipy": scipy_line}


def main():
    solve, last = PROGRAMS[sys.argv[1]](json.loads(sys.argv[2])), {}
    say = lambda x: print(json.dumps(x), flush=True)
    say({"ready": True})
    for line in sys.stdin:
        if line.strip() in ("answer", "0"):
            if "plan" in last:
                last["error"] = spread(last.pop("plan"))
            say(last)
            if line.strip() == "0":
                return
            continue
        start = time.perf_counter()
        for _ in range(int(line)):
            last = None  # its memory before the next
            last = solve()
        say({"seconds": time.perf_counter() - start})


if __name__ == "__main__":
    main()

"""Numbers for TestBankAgainstJAX: the potential of bank.go, written anew in JAX in float64.

Made with Python 3.11, jax 0.10.2:  JAX_ENABLE_X64=1 python bank.py > bank.json

Parameters are one flat vector in the order of newBank. Inputs are rounded to float32 first.
"""
import json

import jax
import jax.numpy as jnp
import numpy as np

ACTIVATIONS = {
    "softplus": jax.nn.softplus,
    "leaky-relu": lambda a: jnp.where(a > 0, a, .2 * a),
    "celu": jax.nn.celu,
}


def shapes_of(d, layers, h, fixed, j):
    shapes = [(fixed, j), (j,)] + [(j, j), (j,)] * layers + [(d, j, d), (j, d)]
    width = j
    for k in range(layers + 1):
        out = h if k < layers else 1
        shapes += [(j, width), (width,), (width, out), (d, out), (j, d), (d,), (j, out), (out,)]
        width = out
    return shapes


def split(flat, shapes):
    parts, at = [], 0
    for shape in shapes:
        n = int(np.prod(shape))
        parts.append(flat[at:at + n].reshape(shape))
        at += n
    assert at == flat.size
    return parts


def potential(flat, shapes, a, v, x):
    """psi at one point x [d] under a condition with features v."""
    parts, layers = split(flat, shapes), a["Layers"]
    wm, bm, path = parts[0], parts[1], parts[2:2 + 2 * layers]
    bank, centre, rest = parts[2 + 2 * layers], parts[3 + 2 * layers], parts[4 + 2 * layers:]
    sigma = ACTIVATIONS[a["Activation"]]
    u = jax.nn.softmax(v @ wm + bm)
    # M_j[e, b] stands at bank[b, j, e].
    z = jnp.stack([.5 * jnp.sum((bank[:, j, :].T @ (x - centre[j])) ** 2) for j in range(centre.shape[0])])
    for k in range(layers + 1):
        wg, bg, wz, wx, ws, bs, wu, bu = rest[8 * k:8 * k + 8]
        gate = u @ wg + bg
        gate = jnp.maximum(gate, 0) if k == 0 else jax.nn.softplus(gate)
        if a["NonNegativity"] == "softplus":
            wz = jax.nn.softplus(wz)
        z = (z * gate) @ wz + (x * (u @ ws + bs)) @ wx + u @ wu + bu
        if k < layers:
            z = sigma(z)
            u = u @ path[2 * k] + path[2 * k + 1]
            u = jnp.where(u > 0, u, .2 * u)
    return z[0]


def main():
    rng, cases = np.random.default_rng(12), []
    for layers, width, activation, positivity in [(3, 6, "leaky-relu", "clamp-penalty"), (2, 5, "softplus", "softplus")]:
        a = {"Layers": layers, "Width": width, "Activation": activation, "Quadratic": "bank", "Modulator": "dot", "NonNegativity": positivity}
        d, c, n, fixed, j = 3, 2, 5, 4, 3
        shapes = shapes_of(d, layers, width, fixed, j)
        flat = (.5 * rng.standard_normal(sum(int(np.prod(s)) for s in shapes))).astype(np.float32)
        v = rng.standard_normal((c, fixed)).astype(np.float32)
        x = rng.standard_normal((c, n, d)).astype(np.float32)
        one = lambda p, vi, xi: potential(p, shapes, a, vi, xi)
        grad = jax.grad(one, argnums=2)
        over = lambda f: jax.vmap(jax.vmap(f, in_axes=(None, None, 0)), in_axes=(None, 0, 0))
        p64, v64, x64 = (jnp.asarray(m, dtype=jnp.float64) for m in (flat, v, x))
        total = lambda p: jnp.sum(over(one)(p, v64, x64) ** 2) + jnp.sum(over(grad)(p, v64, x64) ** 2)
        numbers = lambda m: [float(str(np.float32(e))) for e in np.asarray(m).ravel()]
        cases.append({"Architecture": a, "Dim": d, "Conditions": c, "Members": j, "Fixed": fixed,
                      "Params": numbers(flat), "Features": numbers(v), "Points": numbers(x),
                      "Value": numbers(over(one)(p64, v64, x64)), "Gradient": numbers(over(grad)(p64, v64, x64)),
                      "InParam": numbers(jax.grad(total)(p64))})
    print(json.dumps(cases))


main()

"""Numbers for TestAgainstJAX: the networks of network.go and modules.go, written anew in JAX in float64.

Made with Python 3.11, jax 0.10.2:  JAX_ENABLE_X64=1 python networks.py > networks.json

Parameters are one flat vector in the order of newNetwork: embed1_w, embed1_b, embed2_w, embed2_b, input_w, input_b,
block0_w ..., output_w, output_b, then those of the module. Inputs are rounded to float32 first.
"""
import json

import jax
import jax.numpy as jnp
import numpy as np

D, OUT, FIXED, HIDDEN, E, WIDTH, ENCODER, DECODER = 3, 2, 2, 5, 4, 6, 2, 2
HYPER, RANK, TOKENS, C, N = 7, 2, 3, 2, 5
BLOCKS, CODE = ENCODER + DECODER, E + FIXED


def dense(name, i, o):
    return [(name + "_w", (i, o)), (name + "_b", (o,))]


def shapes(module):
    s = dense("embed1", FIXED, HIDDEN) + dense("embed2", HIDDEN, E) + dense("input", D, WIDTH)
    for k in range(BLOCKS):
        s += dense(f"block{k}", WIDTH, WIDTH)
    s += dense("output", WIDTH, OUT)
    s += {
        "hypernetwork": dense("hyper", CODE, HYPER) + dense("hyperW", HYPER, WIDTH * WIDTH) + dense("hyperB", HYPER, WIDTH),
        "low-rank": dense("hyper", CODE, HYPER) + dense("hyperW", WIDTH, WIDTH) + dense("hyperU", HYPER, WIDTH * RANK)
        + dense("hyperV", HYPER, RANK * WIDTH) + dense("hyperB", HYPER, WIDTH),
        "film": dense("modulate", CODE, 2 * WIDTH * BLOCKS),
        "adain": dense("modulate", CODE, 2 * WIDTH * BLOCKS),
        "concatenation": dense("concatenate", CODE, WIDTH),
        "attention": dense("keys", CODE, TOKENS * WIDTH) + dense("values", CODE, TOKENS * WIDTH) + dense("query", WIDTH, WIDTH),
    }[module]
    return s


def norm(h):
    m = h - h.mean()
    return m / jnp.sqrt((m * m).mean() + 1e-5)


def network(flat, module, residual, normed, v, x):
    """The network at one point x [D] under a condition with features v."""
    p, at = {}, 0
    for name, shape in shapes(module):
        n = int(np.prod(shape))
        p[name] = flat[at:at + n].reshape(shape)
        at += n
    assert at == flat.size
    ap = lambda name, t: t @ p[name + "_w"] + p[name + "_b"]
    c = jnp.concatenate([jnp.tanh(ap("embed2", jax.nn.silu(ap("embed1", v)))), v])
    h = ap("input", x)
    if module == "concatenation":
        h = h + ap("concatenate", c)
    if module in ("film", "adain"):
        mod = ap("modulate", c).reshape(BLOCKS, 2, WIDTH)
    for k in range(BLOCKS):
        t = norm(h) if normed else h
        if module == "adain":
            t = t * (1 + mod[k, 0]) + mod[k, 1]
        t = ap(f"block{k}", t)
        if module == "film":
            t = t * (1 + mod[k, 0]) + mod[k, 1]
        t = jax.nn.silu(t)
        h = h + t if residual else t
        if k == ENCODER - 1:
            if module in ("hypernetwork", "low-rank"):
                r = jax.nn.silu(ap("hyper", c))
                if module == "hypernetwork":
                    layer = ap("hyperW", r).reshape(WIDTH, WIDTH)
                    h = h @ layer + ap("hyperB", r)
                else:
                    u, w = ap("hyperU", r).reshape(WIDTH, RANK), ap("hyperV", r).reshape(RANK, WIDTH)
                    h = ap("hyperW", h) + (h @ u) @ w + ap("hyperB", r)
            elif module == "attention":
                keys, values = ap("keys", c).reshape(TOKENS, WIDTH), ap("values", c).reshape(TOKENS, WIDTH)
                h = h + jax.nn.softmax(keys @ ap("query", norm(h)) / jnp.sqrt(WIDTH)) @ values
    return ap("output", h)


def main():
    rng, cases = np.random.default_rng(21), []
    numbers = lambda m: [float(str(np.float32(e))) for e in np.asarray(m).ravel()]
    for module, residual, normed in [("hypernetwork", True, True), ("low-rank", True, True), ("film", True, True), ("adain", True, True),
                                     ("concatenation", True, True), ("attention", True, True), ("hypernetwork", False, True), ("film", True, False)]:
        size = sum(int(np.prod(s)) for _, s in shapes(module))
        flat = (.5 * rng.standard_normal(size)).astype(np.float32)
        v, x = rng.standard_normal((C, FIXED)).astype(np.float32), rng.standard_normal((C, N, D)).astype(np.float32)
        p64, v64, x64 = (jnp.asarray(m, dtype=jnp.float64) for m in (flat, v, x))
        f = lambda p: jax.vmap(jax.vmap(lambda vi, xi: network(p, module, residual, normed, vi, xi), in_axes=(None, 0)))(v64, x64)
        cases.append({"Module": module, "Residual": residual, "Norm": normed, "Params": numbers(flat), "Features": numbers(v), "Points": numbers(x),
                      "Value": numbers(f(p64)), "Gradient": numbers(jax.grad(lambda p: jnp.sum(f(p) ** 2))(p64))})
    print(json.dumps(cases))


main()

"""Numbers for TestAgainstJAX: the potential of network.go, written anew in JAX in float64.

Made with Python 3.11, jax 0.10.2:  JAX_ENABLE_X64=1 python picnn.py > picnn.json

Parameters are one flat vector in the order of newPICNN: embed1_w, embed1_b, embed2_w, embed2_b,
condition_w, condition_b, x, z1 ..., out. Inputs are rounded to float32 first.
"""
import json

import jax
import jax.numpy as jnp
import numpy as np


def split(flat, shapes):
    parts, at = [], 0
    for shape in shapes:
        n = int(np.prod(shape))
        parts.append(flat[at:at + n].reshape(shape))
        at += n
    assert at == flat.size
    return parts


def segments(d, a):
    layers, h = a["Layers"], a["Width"]
    s = [(f"gate{k}", h, True) for k in range(1, layers)] + [("gate", h, True)]
    if a["Quadratic"] != "none":
        s.append(("diagonal", d, True))
    s += [("scale", d * layers, False), ("shift", h * layers, False), ("linear", d, False)]
    if a["Quadratic"] == "full":
        s.append(("matrix", d * d, False))
    return s


def shapes_of(d, a, fixed, hidden, out):
    layers, h = a["Layers"], a["Width"]
    total = sum(w for _, w, _ in segments(d, a))
    return ([(fixed, hidden), (hidden,), (hidden, out), (out,), (out + fixed, total), (total,), (d, layers * h)]
            + [(h, h)] * (layers - 1) + [(h,)])


ACTIVATIONS = {
    "softplus": jax.nn.softplus,
    "leaky-relu": lambda a: jnp.where(a > 0, a, .2 * a),
    "celu": jax.nn.celu,
}


def potential(flat, shapes, a, d, v, x):
    """psi at one point x [d] under a condition with features v."""
    layers, h = a["Layers"], a["Width"]
    w1, b1, w2, b2, wc, bc, wx, *rest = split(flat, shapes)
    wz, wout = rest[:-1], rest[-1]
    if a["NonNegativity"] == "softplus":
        wz, wout = [jax.nn.softplus(w) for w in wz], jax.nn.softplus(wout)
    u = jnp.concatenate([jnp.tanh(jax.nn.silu(v @ w1 + b1) @ w2 + b2), v])
    everything, part, at = u @ wc + bc, {}, 0
    for name, width, positive in segments(d, a):
        p = everything[at:at + width]
        part[name] = jax.nn.softplus(p) if positive else p
        at += width
    scale = part["scale"].reshape(d, layers)
    sigma = ACTIVATIONS[a["Activation"]]
    z = None
    for k in range(layers):
        pre = (x * scale[:, k]) @ wx[:, k * h:(k + 1) * h] + part["shift"][k * h:(k + 1) * h]
        if k > 0:
            pre = pre + (z * part[f"gate{k}"]) @ wz[k - 1]
        z = sigma(pre)
    psi = z @ (part["gate"] * wout) + x @ part["linear"]
    if "diagonal" in part:
        psi = psi + .5 * jnp.sum(part["diagonal"] * x * x)
    if "matrix" in part:
        psi = psi + .5 * jnp.sum((part["matrix"].reshape(d, d).T @ x) ** 2)
    return psi


def main():
    rng, cases = np.random.default_rng(11), []
    for layers, width, activation, quadratic, positivity in [
            (4, 8, "softplus", "diagonal", "clamp-penalty"), (3, 6, "celu", "full", "clamp"),
            (2, 6, "leaky-relu", "none", "clamp-penalty"), (3, 5, "softplus", "diagonal", "softplus")]:
        a = {"Layers": layers, "Width": width, "Activation": activation, "Quadratic": quadratic, "NonNegativity": positivity}
        d, c, n, fixed, hidden, out = 3, 2, 5, 4, 7, 6
        shapes = shapes_of(d, a, fixed, hidden, out)
        flat = (.5 * rng.standard_normal(sum(int(np.prod(s)) for s in shapes))).astype(np.float32)
        v = rng.standard_normal((c, fixed)).astype(np.float32)
        x = rng.standard_normal((c, n, d)).astype(np.float32)
        one = lambda p, vi, xi: potential(p, shapes, a, d, vi, xi)
        grad = jax.grad(one, argnums=2)
        over = lambda f: jax.vmap(jax.vmap(f, in_axes=(None, None, 0)), in_axes=(None, 0, 0))
        p64, v64, x64 = (jnp.asarray(m, dtype=jnp.float64) for m in (flat, v, x))
        total = lambda p: jnp.sum(over(one)(p, v64, x64) ** 2) + jnp.sum(over(grad)(p, v64, x64) ** 2)
        numbers = lambda m: [float(str(np.float32(e))) for e in np.asarray(m).ravel()]
        cases.append({"Architecture": a, "Dim": d, "Conditions": c, "Fixed": fixed, "Hidden": hidden, "Out": out,
                      "Params": numbers(flat), "Features": numbers(v), "Points": numbers(x),
                      "Value": numbers(over(one)(p64, v64, x64)), "Gradient": numbers(over(grad)(p64, v64, x64)),
                      "InParam": numbers(jax.grad(total)(p64))})
    print(json.dumps(cases))


main()

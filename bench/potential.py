"""CondOT's potential in the formulas of condot/picnn.go, for JAX and PyTorch alike.

Everything that depends on the condition alone is evaluated once a condition, the gates of
x are folded into its weights, and the gradient in x is written out, as in the Go program.
A module of functions that both libraries have comes in as `np` (see workers)."""
import math
import numpy

SOFTPLUS_INVERSE_OF_1 = 0.5413248546129181


class Network:
    """Shapes, initial values and formulas of one potential ψ(x, c)."""

    def __init__(self, dim, features, layers=4, width=64, hidden=64, embedding=32):
        self.dim, self.layers, self.width = dim, layers, width
        h, e = width, embedding
        gate = lambda kernel: dict(kernel=kernel, bias=SOFTPLUS_INVERSE_OF_1, positive=True)
        self.segments = {f"gate{k}": dict(size=h, **gate(.1)) for k in range(1, layers)}
        self.segments["gate"] = dict(size=h, **gate(.001))
        self.segments["diagonal"] = dict(size=dim, **gate(0))
        self.segments["scale"] = dict(size=dim * layers, kernel=.1 / math.sqrt(e), bias=1)
        self.segments["shift"] = dict(size=h * layers, kernel=1 / math.sqrt(e), deviation=.7)
        self.segments["linear"] = dict(size=dim)
        total = sum(s["size"] for s in self.segments.values())
        self.shapes = {"embed1_w": (features, hidden), "embed1_b": (hidden,), "embed2_w": (hidden, e), "embed2_b": (e,),
                       "condition_w": (e + features, total), "condition_b": (total,), "x": (dim, layers * h)}
        self.shapes |= {f"z{k}": (h, h) for k in range(1, layers)} | {"out": (h,)}
        self.non_negative = [f"z{k}" for k in range(1, layers)] + ["out"]

    def split(self, flat):
        """The parameters of a flat vector in the order of the Go program."""
        out, at = {}, 0
        for name, shape in self.shapes.items():
            size = math.prod(shape)
            out[name] = flat[at:at + size].reshape(shape)
            at += size
        if at != len(flat):
            raise ValueError(f"the flat vector has {len(flat)} numbers, this network {at}")
        return out

    def initial(self, rng):
        """Random weights that start at the identity map, from the distributions of the Go program."""
        normal = lambda deviation, *shape: deviation * rng.standard_normal(shape)
        w = {n: normal(1 / math.sqrt(s[0]), *s) if n.endswith("_w") else numpy.zeros(s) for n, s in self.shapes.items()}
        parts = self.segments.values()
        rows = len(w["condition_w"])
        w["condition_w"] = numpy.concatenate([normal(s.get("kernel", 0), rows, s["size"]) for s in parts], 1)
        w["condition_b"] = numpy.concatenate([s.get("bias", 0) + normal(s.get("deviation", 0), s["size"]) for s in parts])
        w["x"] = normal(1 / math.sqrt(self.dim), *self.shapes["x"])
        for k in range(1, self.layers):
            w[f"z{k}"] = rng.uniform(0, 2 / self.width, (self.width, self.width))
        w["out"] = numpy.full(self.width, 2e-4)
        return {n: numpy.asarray(v, numpy.float32) for n, v in w.items()}

    def terms(self, np, w, v):
        """What depends on the conditions v [C, features] alone."""
        hidden = v @ w["embed1_w"] + w["embed1_b"]
        u = np.concatenate([np.tanh((hidden * np.sigmoid(hidden)) @ w["embed2_w"] + w["embed2_b"]), v])
        everything = u @ w["condition_w"] + w["condition_b"]
        t, at = {}, 0
        for name, s in self.segments.items():
            part = everything[:, at:at + s["size"]]
            t[name] = (np.softplus(part) if s.get("positive") else part)[:, None]
            at += s["size"]
        count, d, layers, h = len(v), self.dim, self.layers, self.width
        t["gate"] = t["gate"] * w["out"]
        t["input"] = (t["scale"].reshape(count, d, layers, 1) * w["x"].reshape(1, d, layers, h)).reshape(count, d, layers * h)
        return t

    def evaluate(self, np, w, t, x):
        """ψ [C, n] and its gradient [C, n, d] at x [C, n, d]."""
        h, layers = self.width, self.layers
        everything = x @ t["input"] + t["shift"]
        slopes, z = [], None
        for k in range(layers):
            a = everything[..., k * h:(k + 1) * h]
            if k:
                a = a + (z * t[f"gate{k}"]) @ w[f"z{k}"]
            z = np.softplus(a)
            slopes.append(np.sigmoid(a))
        quadratic = t["diagonal"] * x
        value = (z * t["gate"]).sum(-1) + (x * (.5 * quadratic + t["linear"])).sum(-1)
        back, parts = t["gate"], [None] * layers
        for k in range(layers - 1, -1, -1):
            parts[k] = back * slopes[k]
            if k:
                back = (parts[k] @ w[f"z{k}"].T) * t[f"gate{k}"]
        gradient = np.concatenate(parts) @ t["input"].swapaxes(1, 2)
        return value, gradient + quadratic + t["linear"]

    def penalty(self, np, w):
        """Σ‖max(−W, 0)‖ over the weights that should not be negative."""
        return sum(np.sqrt((np.relu(-w[n]) ** 2).sum() + 1e-12) for n in self.non_negative)

    # Losses of the paper's minimax (section 3.2): g minimises, f minimises.
    def loss_g(self, np, g, f, x, v):
        _, y = self.evaluate(np, g, self.terms(np, g, v), x)
        fy, _ = self.evaluate(np, f, self.terms(np, f, v), y)
        return (fy - (x * y).sum(-1)).mean()

    def loss_f(self, np, f, carried, y, v):
        t = self.terms(np, f, v)
        return (self.evaluate(np, f, t, y)[0] - self.evaluate(np, f, t, carried)[0]).mean()

    def transport(self, np, g, x, v):
        return self.evaluate(np, g, self.terms(np, g, v), x)[1]


def improve(np, gradient, x, start, evaluations, first=.4):
    """evaluations−1 Barzilai–Borwein steps from start towards the minimiser of f(y) − ⟨x, y⟩; the
    point of least ‖∇f(y) − x‖ that was evaluated."""
    y, best = start, start
    for k in range(evaluations):
        residual = gradient(y) - x
        norm = (residual ** 2).sum(-1)
        if k == 0:
            least, step = norm, first * np.ones_like(norm)
        else:
            best = np.where((norm < least)[..., None], y, best)
            least = np.minimum(norm, least)
            dy, dr = y - last[0], residual - last[1]
            step = np.clip((dy * dr).sum(-1) / ((dr ** 2).sum(-1) + 1e-12), .02, 20)
        last = y, residual
        y = y - step[..., None] * residual
    return best

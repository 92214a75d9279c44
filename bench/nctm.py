"""NCTM's networks and losses in the formulas of ncmt/network.go, modules.go and losses.go, for JAX and PyTorch
alike: a hypernetwork between encoder and decoder, the strong cost, the expectile regularisation of the critic.

A module of functions that both libraries have comes in as `np` (see the workers)."""
import math

import numpy

import exchange


class Network:
    """Shapes, initial values and formulas of T (out = dim) or of f (out = 1)."""

    def __init__(self, dim, out, features, decoder, width=256, encoder=2, hidden=128, embed=64, code=32):
        self.width, self.encoder, self.blocks, self.hidden = width, encoder, encoder + decoder, hidden
        self.shapes = {}
        dense = lambda name, i, o: self.shapes.update({f"{name}_w": (i, o), f"{name}_b": (o,)})
        dense("embed1", features, embed)
        dense("embed2", embed, code)
        dense("input", dim, width)
        for k in range(self.blocks):
            dense(f"block{k}", width, width)
        dense("output", width, out)
        dense("hyper", code + features, hidden)
        dense("hyperW", hidden, width * width)
        dense("hyperB", hidden, width)

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
        """Random weights from the distributions of the Go program."""
        def orthogonal(rows, columns):
            q, _ = numpy.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
            return q if rows >= columns else q.T
        gain = {"hyperW": .3 / math.sqrt(self.width), "hyperB": .1, "output": .1 if self.shapes["output_b"] == (1,) else 1}
        w = {}
        for name, shape in self.shapes.items():
            layer = name[:-2]
            if name.endswith("_b"):
                w[name] = numpy.zeros(shape)
            elif layer == "input" or layer.startswith("block"):
                w[name] = orthogonal(*shape)
            else:
                w[name] = gain.get(layer, 1) * rng.standard_normal(shape) / math.sqrt(shape[0])
        w["hyperW_b"] = orthogonal(self.width, self.width).ravel()
        return {n: numpy.asarray(v, numpy.float32) for n, v in w.items()}

    def apply(self, np, w, v, x):
        """The network at x [C, n, dim] under C conditions with the features v [C, features]."""
        dense = lambda name, t: t @ w[name + "_w"] + w[name + "_b"]
        c = np.concatenate([np.tanh(dense("embed2", np.silu(dense("embed1", v)))), v])
        r = np.silu(dense("hyper", c))
        h = dense("input", x)
        for k in range(self.blocks):
            h = h + np.silu(dense(f"block{k}", np.norm(h)))
            if k == self.encoder - 1:
                h = self.generated(w, r, h) + dense("hyperB", r)[:, None]
        return dense("output", h)

    def generated(self, w, r, h):
        """h·W(c), W(c) made by the hypernetwork's units r: once a condition, or, where every point has a
        condition of its own, never, by way of the outer product of r and h."""
        count, points, width = h.shape
        if points == 1:
            h = h[:, 0]
            outer = (r[:, :, None] * h[:, None, :]).reshape(count, self.hidden * width)
            return (outer @ w["hyperW_w"].reshape(self.hidden * width, width) + h @ w["hyperW_b"].reshape(width, width))[:, None]
        return h @ (r @ w["hyperW_w"] + w["hyperW_b"]).reshape(count, width, width)


EXPECTILE, WEIGHT = .99, .3


def cost(x, y):
    return .5 * ((x - y) ** 2).sum(-1)


def map_loss(np, t, f, tw, fw, v, x):
    """E k(x,T) − E f(T)."""
    y = t.apply(np, tw, v, x)
    return cost(x, y).mean() - f.apply(np, fw, v, y).mean()


def critic_loss(np, f, fw, v, x, image, y):
    """E f(T) − E f(y) with the expectile regularisation."""
    at_image, at_target = f.apply(np, fw, v, image)[..., 0], f.apply(np, fw, v, y)[..., 0]
    r = cost(x, image) - at_image - (cost(x, y) - at_target)
    weight = np.where(r < 0, 1 - EXPECTILE, EXPECTILE)
    return at_image.mean() - at_target.mean() + WEIGHT * (weight * r ** 2).mean()


class Data(exchange.Data):
    """Batches of several conditions, all of them where there are no more."""

    def __init__(self, path, conditions, batch, inner, seed):
        super().__init__(path, batch, inner, seed)
        self.per_batch, self.points = conditions, batch // conditions

    def draw(self, f_steps=1):
        """Condition ids [C], rows of the map steps [inner, C, n] and of the critic step [C, n] twice."""
        count = len(self.features)
        ids = numpy.arange(count, dtype=numpy.int32) if self.per_batch == count else self.random.permutation(count)[:self.per_batch].astype(numpy.int32)
        shape = (self.per_batch, self.points)
        if self.per_source:
            x = lambda *lead: self.random.integers(self.per_source, size=(*lead, *shape), dtype=numpy.int32) + ids[:, None] * numpy.int32(self.per_source)
        else:
            x = lambda *lead: self.random.integers(len(self.source), size=(*lead, *shape), dtype=numpy.int32)
        y = self.random.integers(self.per_target, size=shape, dtype=numpy.int32) + ids[:, None] * numpy.int32(self.per_target)
        return ids, x(self.inner), x(), y


def networks(settings, dim, features):
    """T and f of a comparison."""
    shape = dict(dim=dim, features=features, width=settings.width)
    return Network(out=dim, decoder=settings.decoder, **shape), Network(out=1, decoder=settings.critic_decoder, **shape)

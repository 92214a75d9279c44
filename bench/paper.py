"""The paper's potential (eq. 14) as existing programs write it, for JAX and PyTorch alike: the
condition's path has layers of the network's own width and is evaluated for every point,
units are leaky ReLU, and the gradient in x comes from automatic differentiation."""
import math
import numpy


class Network:
    def __init__(self, dim, features, layers=4, width=64):
        self.dim, self.layers, self.width = dim, layers, width
        self.shapes = {}
        dense = lambda name, i, o: self.shapes.update({f"{name}_w": (i, o), f"{name}_b": (o,)})
        for k in range(layers + 1):
            u, out = (width if k else features), (width if k < layers else 1)
            if k < layers:
                dense(f"u{k}", u, width)
            if k:
                self.shapes[f"z{k}"] = (width, out)
                dense(f"gate{k}", u, width)
            self.shapes[f"x{k}"] = (dim, out)
            dense(f"scale{k}", u, dim)
            dense(f"shift{k}", u, out)
        self.non_negative = [f"z{k}" for k in range(1, layers + 1)]

    def initial(self, rng):
        w = {}
        for n, s in self.shapes.items():
            w[n] = rng.standard_normal(s) * (1 / math.sqrt(s[0]) if len(s) == 2 else .1)
            if n in self.non_negative:
                w[n] = abs(w[n]) * .3 * min(1, 64 / self.width)
        return {n: numpy.asarray(v, numpy.float32) for n, v in w.items()}

    def value(self, np, w, x, c):
        """ψ [n] at points x [n, d] with a condition each, c [n, features]."""
        u, z = c, None
        dense = lambda name: np.affine(u, w[name + "_w"], w[name + "_b"])
        for k in range(self.layers + 1):
            a = (x * dense(f"scale{k}")) @ w[f"x{k}"] + dense(f"shift{k}")
            if k:
                a = a + (z * np.relu(dense(f"gate{k}"))) @ w[f"z{k}"]
            z = a
            if k < self.layers:
                z, u = np.leaky(a), np.leaky(dense(f"u{k}"))
        return z[:, 0]

    def penalty(self, np, w):
        return sum(np.sqrt((np.relu(-w[n]) ** 2).sum() + 1e-12) for n in self.non_negative)

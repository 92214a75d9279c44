"""Clouds and weights that the Go tests draw too: a linear congruential generator
(Numerical Recipes' constants, modulo 2^32), so that no data need be stored."""
import numpy as np


class Stream:
    def __init__(self, seed):
        self.s = seed

    def u(self):
        self.s = (self.s * 1664525 + 1013904223) % 2**32
        return self.s / 2**32


def cloud(seed, n, d, scale=1.0, shift=0.0):
    r = Stream(seed)
    return np.array([[shift + scale * 2 * (r.u() + r.u() + r.u() - 1.5) for _ in range(d)] for _ in range(n)])


def weights(seed, n):
    r = Stream(seed)
    w = np.array([0.05 + r.u() for _ in range(n)])
    return w / w.sum()

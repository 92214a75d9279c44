"""Indices of the linear Gaussian study (sensitivity.LinearStudy) in cells of equal probability, for TestLinearGaussianCells:

    python cells.py > cells.json

numpy 2.4.6, scipy 1.17.1. Moments of a normal score in a cell are integrated numerically; W2 between Gaussians is by matrix square roots.
"""
import json

import numpy as np
from scipy.integrate import quad
from scipy.linalg import sqrtm
from scipy.stats import norm

A = np.array([[4, -2, 1], [2, 5, -1.0]])
S = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
WHOLE = A @ S @ A.T
ROOT = np.real(sqrtm(WHOLE))


def bures(cov):
    return np.trace(WHOLE) + np.trace(cov) - 2 * np.trace(np.real(sqrtm(ROOT @ cov @ ROOT)))


def moments(cells):
    ends = norm.ppf(np.arange(cells + 1) / cells)
    for low, high in zip(ends[:-1], ends[1:]):
        first, second = (cells * quad(lambda z: z**k * norm.pdf(z), low, high, epsabs=1e-13, epsrel=1e-12)[0] for k in (1, 2))
        yield first**2, second - first**2


found = {}
for cells in (1, 2, 5, 25, 100):
    rows = []
    for i in range(3):
        c = A @ S[:, i]
        parts = np.array([(square * (c @ c), bures(WHOLE + (variance - 1) * np.outer(c, c))) for square, variance in moments(cells)])
        rows.append([float(v) for v in parts.mean(axis=0) / (2 * np.trace(WHOLE))])
    found[cells] = rows
print(json.dumps(found, indent=1))

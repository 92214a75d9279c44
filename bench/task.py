"""The tasks of the bench: a Gaussian mixture, and for each condition, ten numbers, a target
cloud that a diagonal affine map makes of other points, so that the optimal maps are known."""
import numpy

import exchange

CONDITIONS, FEATURES = 8, 10


def write(path, dim, seed=0, source=2000, target=1000, test=500, count=CONDITIONS):
    rng = numpy.random.default_rng([seed, dim])
    centres = rng.standard_normal((3, dim))
    cloud = lambda n: .5 * rng.standard_normal((n, dim)) + centres[rng.integers(3, size=n)]
    stretch, shift = (rng.standard_normal((FEATURES, dim)) / FEATURES ** .5 for _ in range(2))
    conditions = rng.standard_normal((count, FEATURES))
    carry = lambda x, c: x * numpy.exp(.4 * c @ stretch) + .5 * c @ shift
    arrays = {"source": cloud(source), "conditions": conditions, "test": cloud(test)}
    for k, c in enumerate(conditions):
        arrays[f"target{k}"] = carry(cloud(target), c)
        arrays[f"truth{k}"] = carry(arrays["test"], c)
    exchange.write_arrays(path, arrays)
    return float(numpy.mean([exchange.unexplained(arrays["test"], arrays[f"truth{k}"]) for k in range(count)]))


def write_check(path, dim, seed=0, conditions=32):
    """A task of which every batch is known although its rows are drawn: the clouds of a condition are one
    point twice, and a batch holds all conditions."""
    rng = numpy.random.default_rng([seed, dim, conditions])
    arrays = {"conditions": rng.standard_normal((conditions, FEATURES))}
    for k in range(conditions):
        for name in ("source", "target"):
            arrays[f"{name}{k}"] = numpy.repeat(rng.standard_normal((1, dim)), 2, 0)
    exchange.write_arrays(path, arrays)

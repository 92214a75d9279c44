"""A CondOT in JAX to compare time to quality with: the settings that did best when this project's training
was first tried out in JAX, on condot's network.  prototype.py TASK SECONDS SEED

A round improves the conjugate of a batch over all conditions by 15 Barzilai–Borwein steps, fits g to it in
three steps and takes one step of f; Adam, cosine by time, averaged weights. 20 rounds are a call. Prints lines like
condot-quality's: seconds of training without compiling and scoring, and held-out L2-UVP in percent of ∇g (averaged
weights) and of the refined map (present and averaged weights)."""
import csv
import json
import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy
from jax import lax, random

import exchange
import potential
from worker_jax import ADAM, NP, adam, clamp, mix

BATCH, INNER, IMPROVE, SERVE, RATE, AVERAGE, ROUNDS, LOOKS, FREQUENCIES = 512, 3, 15, 60, 3e-3, .99, 20, 20, 64


def clouds(path):
    """The clouds of a file by dose; the dose of a file without that column is None."""
    with open(path, newline="") as file:
        rows = csv.reader(file)
        at = 1 if next(rows)[0] == "dose" else 0
        found = {}
        for r in rows:
            found.setdefault(r[0] if at else None, []).append(r[at:])
    return {k if k is None else float(k): numpy.array(v, numpy.float32) for k, v in found.items()}


def features(doses):
    """Sines and cosines of ten times the dose (the positional encoding of transformers)."""
    angles = 10 * numpy.asarray(doses, float)[:, None] / 10000 ** (2 * numpy.arange(FREQUENCIES // 2) / FREQUENCIES)
    return jnp.asarray(numpy.concatenate([numpy.sin(angles), numpy.cos(angles)], 1), jnp.float32)


class Prototype:
    def __init__(self, folder, seed):
        read = lambda name: clouds(Path(folder) / name)
        train, test, truth = read("train.csv"), read("test.csv"), read("truth.csv")
        self.source = jnp.asarray(read("source.csv")[None])
        self.target, self.conditions = jnp.stack([jnp.asarray(c) for c in train.values()]), features(list(train))
        self.net = potential.Network(self.source.shape[1], FREQUENCIES)
        between = [d for d in test if d not in train and min(train) < d < max(train)]
        self.test, self.truth = jnp.stack([jnp.asarray(test[d]) for d in between]), [truth[d].astype(float) for d in between]
        self.asked = features(between)
        g, f = (jax.tree.map(jnp.asarray, self.net.initial(numpy.random.default_rng([seed, k]))) for k in (0, 1))
        self.state = g, ADAM.init(g), f, ADAM.init(f), (g, f)
        self.key = random.PRNGKey(seed)
        self.take = jax.jit(lambda state, key, rate: lax.scan(lambda s, k: (self.round(s, k, rate), None), state, random.split(key, ROUNDS))[0])
        self.look = jax.jit(lambda g, f: self.maps(g, f))

    def slope(self, w, x, v):
        return self.net.transport(NP, w, x, v)

    def conjugate(self, f, x, start, v, steps):
        terms = self.net.terms(NP, f, v)
        residual = lambda y: self.net.evaluate(NP, f, terms, y)[1] - x
        r = residual(start)

        def body(_, s):
            y, r, step, best, least = s
            next_y = y - step[..., None] * r
            next_r = residual(next_y)
            norm, dy, dr = (next_r ** 2).sum(-1), next_y - y, next_r - r
            step = jnp.clip((dy * dr).sum(-1) / ((dr ** 2).sum(-1) + 1e-12), .02, 20)
            better = norm < least
            return next_y, next_r, step, jnp.where(better[..., None], next_y, best), jnp.where(better, norm, least)
        norm = (r ** 2).sum(-1)
        return lax.fori_loop(0, steps, body, (start, r, jnp.full(norm.shape, .3), start, norm))[3]

    def round(self, state, key, rate):
        g, sg, f, sf, means = state
        v, n = self.conditions, BATCH // len(self.conditions)
        draw = lambda k, count: random.randint(k, (len(v), n), 0, count)
        k1, k2 = random.split(key)
        x = self.source[draw(k1, len(self.source))]
        y = jnp.take_along_axis(self.target, draw(k2, self.target.shape[1])[..., None], 1)
        better = lax.stop_gradient(self.conjugate(f, x, self.slope(g, x, v), v, IMPROVE))
        for _ in range(INNER):
            loss = lambda g: ((self.slope(g, x, v) - better) ** 2).sum(-1).mean() + self.net.penalty(NP, g)
            g, sg = adam(g, sg, jax.grad(loss)(g), rate)
        f, sf = adam(f, sf, jax.grad(lambda f: self.net.loss_f(NP, f, better, y, v))(f), rate)
        f = clamp(self.net, f)
        return g, sg, f, sf, mix(AVERAGE, means, (g, f))

    def maps(self, g, f):
        start = self.slope(g, self.test, self.asked)
        return start, self.conjugate(f, self.test, start, self.asked, SERVE)

    def scores(self):
        uvp = lambda images: float(numpy.mean([exchange.unexplained(numpy.asarray(i, float), t) for i, t in zip(images, self.truth)]))
        g, _, f, _, means = self.state
        mean_gradient, mean_refined = self.look(*means)
        return {"gradient": uvp(mean_gradient), "refined": uvp(self.look(g, f)[1]), "refined_mean": uvp(mean_refined)}


def main(folder, seconds, seed):
    p, seconds = Prototype(folder, int(seed)), float(seconds)
    start = time.perf_counter()
    jax.block_until_ready(p.take(p.state, p.key, jnp.float32(0)))
    compile_seconds, trained, rounds, looks = time.perf_counter() - start, 0., 0, 0
    while trained < seconds:
        part = trained / seconds
        rate = RATE * min(1, part / .02 + .05) * (.01 + .99 * .5 * (1 + numpy.cos(numpy.pi * part)))
        p.key, key = random.split(p.key)
        start = time.perf_counter()
        p.state = jax.block_until_ready(p.take(p.state, key, jnp.float32(rate)))
        trained += time.perf_counter() - start
        rounds += ROUNDS
        if trained > seconds * (looks + 1) / LOOKS:
            looks += 1
            print(json.dumps({"seconds": trained, "step": rounds, **p.scores()}), flush=True)
    print(json.dumps({"served": p.scores()["refined"], "steps": rounds, "seconds": trained, "compile_seconds": compile_seconds}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

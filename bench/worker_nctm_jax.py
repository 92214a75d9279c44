"""NCTM's rounds in JAX and Optax: a compiled call of some map steps and one critic step.

worker_nctm_jax.py TASK SETTINGS"""
import json
import sys
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy
import optax
from jax import lax

import exchange
import nctm


def norm(h):
    centred = h - h.mean(-1, keepdims=True)
    return centred * lax.rsqrt((centred ** 2).mean(-1, keepdims=True) + 1e-5)


NP = SimpleNamespace(tanh=jnp.tanh, silu=jax.nn.silu, norm=norm, where=jnp.where, concatenate=lambda parts: jnp.concatenate(parts, -1))
ADAMW = optax.chain(optax.clip_by_global_norm(1), optax.scale_by_adam(b1=.5, b2=.999, eps=1e-8), optax.add_decayed_weights(.03))


def update(weights, state, gradient, rate):
    step, state = ADAMW.update(gradient, state, weights)
    return jax.tree.map(lambda w, s: w - rate * s, weights, step), state


def rounds(t, f):
    """A round as one call; its state is given back in place."""
    def take(state, data, ids, rows, x_rows, y_rows, rate, keep):
        tw, ts, fw, fs, means = state
        v = data["features"][ids]

        def step(carry, rows):
            tw, ts = carry
            loss, gradient = jax.value_and_grad(lambda tw: nctm.map_loss(NP, t, f, tw, fw, v, data["source"][rows]))(tw)
            return update(tw, ts, gradient, rate), loss
        (tw, ts), losses = lax.scan(step, (tw, ts), rows)
        x = data["source"][x_rows]
        image = lax.stop_gradient(t.apply(NP, tw, v, x))
        loss, gradient = jax.value_and_grad(lambda fw: nctm.critic_loss(NP, f, fw, v, x, image, data["target"][y_rows]))(fw)
        fw, fs = update(fw, fs, gradient, rate)
        means = jax.tree.map(lambda m, w: w + keep * (m - w), means, (tw, fw))
        return (tw, ts, fw, fs, means), (losses.mean(), loss)
    return jax.jit(take, donate_argnums=0)


def main(path, settings):
    s = SimpleNamespace(**json.loads(settings))
    data = nctm.Data(path, s.conditions, s.batch, s.inner, s.seed)
    t, f = nctm.networks(s, data.source.shape[1], data.features.shape[1])
    device = {"source": jnp.asarray(data.source), "target": jnp.asarray(data.target), "features": jnp.asarray(data.features)}
    tw, fw = (jax.tree.map(jnp.asarray, n.initial(numpy.random.default_rng([s.seed, k]))) for k, n in enumerate((t, f)))
    state = (tw, ADAMW.init(tw), fw, ADAMW.init(fw), jax.tree.map(jnp.copy, (tw, fw)))
    call = rounds(t, f)

    def take(state, k):
        rate, keep = numpy.float32(s.rate * exchange.schedule(k, s.steps)), numpy.float32(exchange.decay(k))
        return call(state, device, *data.draw(), rate, keep)

    def advance(k):
        nonlocal state
        state, losses = take(state, k)
        return lambda: [float(l) for l in losses]

    spare = jax.tree.map(jnp.copy, state)

    def once():
        nonlocal spare
        spare, losses = take(spare, 0)
        jax.block_until_ready(losses)
    compile_seconds = exchange.compiling(once)
    del spare

    def finish():
        carry = jax.jit(lambda w, x, v: t.apply(NP, w, v[None], x[None])[0])
        return {"uvp": data.uvp(lambda x, k: carry(state[4][0], x, device["features"][k])), "device": str(jax.devices()[0].platform)}
    exchange.serve(advance, compile_seconds, finish)


if __name__ == "__main__":
    main(*sys.argv[1:])

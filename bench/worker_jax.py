"""CondOT's rounds in JAX and Optax.  worker_jax.py FORM MODE TASK SETTINGS

FORM  same       condot's network and losses (potential.py)
      paper      the paper's network as existing programs write it (paper.py)
      amortised  condot's default training: improved conjugates instead of g-steps
MODE  scan       a round is one compiled call (lax.scan over its steps)
      step       every step is a compiled call"""
import json
import sys
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy
import optax
from jax import lax

import exchange
import paper
import potential

NP = SimpleNamespace(
    softplus=lambda a: jnp.maximum(a, 0) + jnp.log1p(jnp.exp(-jnp.abs(a))), sigmoid=jax.nn.sigmoid, tanh=jnp.tanh,
    relu=lambda a: jnp.maximum(a, 0), leaky=lambda a: jnp.where(a > 0, a, .2 * a), sqrt=jnp.sqrt, affine=lambda a, w, b: a @ w + b,
    concatenate=lambda parts: jnp.concatenate(parts, -1), where=jnp.where, minimum=jnp.minimum, clip=jnp.clip, ones_like=jnp.ones_like)
ADAM = optax.scale_by_adam(b1=.5, b2=.9, eps=1e-8)


def adam(weights, state, gradient, rate):
    update, state = ADAM.update(gradient, state)
    return jax.tree.map(lambda w, u: w - rate * u, weights, update), state


def clamp(net, weights):
    return weights | {n: jnp.maximum(weights[n], 0) for n in net.non_negative}


def mix(keep, mean, now):
    return jax.tree.map(lambda m, w: w + keep * (m - w), mean, now)


class Same:
    """Losses and updates of condot's own network; conditions are evaluated once."""
    averages = True

    def __init__(self, net):
        self.net = net

    def pick(self, data, condition, rows):
        return data["source"][rows][None], data["features"][condition][None]

    def loss_g(self, g, f, x, v):
        loss = self.net.loss_g(NP, g, f, x, v)
        return loss + self.net.penalty(NP, g), loss

    def carry(self, g, x, v):
        return self.net.transport(NP, g, x, v)

    def loss_f(self, f, carried, y, v):
        return self.net.loss_f(NP, f, carried, y[None], v)

    def uvp_map(self, g, x, v):
        return self.net.transport(NP, g, x[None], v[None])[0]


class Paper:
    """Losses of the paper's network; every point has its condition."""
    averages = False

    def __init__(self, net):
        self.net = net

    def pick(self, data, condition, rows):
        return data["source"][rows], data["features"][jnp.broadcast_to(condition, rows.shape)]

    def carry(self, g, x, v):
        return jax.grad(lambda x: self.net.value(NP, g, x, v).sum())(x)

    def loss_g(self, g, f, x, v):
        y = self.carry(g, x, v)
        loss = (self.net.value(NP, f, y, v) - (x * y).sum(-1)).mean()
        return loss + self.net.penalty(NP, g), loss

    def loss_f(self, f, carried, y, v):
        return (self.net.value(NP, f, y, v) - self.net.value(NP, f, carried, v)).mean()

    def uvp_map(self, g, x, v):
        return self.carry(g, x, jnp.broadcast_to(v, (len(x), len(v))))


def g_step(form, g, state, f, data, condition, rows, rate):
    x, v = form.pick(data, condition, rows)
    (_, loss), gradient = jax.value_and_grad(form.loss_g, has_aux=True)(g, f, x, v)
    g, state = adam(g, state, gradient, rate)
    return g, state, loss


def f_step(form, f, state, means, g, data, condition, x_rows, y_rows, rate, keep):
    x, v = form.pick(data, condition, x_rows)
    carried = lax.stop_gradient(form.carry(g, x, v))
    loss, gradient = jax.value_and_grad(form.loss_f)(f, carried, data["target"][y_rows], v)
    f, state = adam(f, state, gradient, rate)
    f = clamp(form.net, f)
    return f, state, mix(keep, means, (g, f)) if form.averages else means, loss


def scanned(form):
    """A round as one call."""
    def take(state, data, condition, rows, x_rows, y_rows, rate, keep):
        g, sg, f, sf, means = state

        def body(carry, rows):
            *carry, loss = g_step(form, *carry, f, data, condition, rows, rate)
            return tuple(carry), loss
        (g, sg), losses = lax.scan(body, (g, sg), rows)
        f, sf, means, loss = f_step(form, f, sf, means, g, data, condition, x_rows, y_rows, rate, keep)
        return (g, sg, f, sf, means), (losses.mean(), loss)
    return jax.jit(take, donate_argnums=0)


def stepped(form):
    """A round as a call a step."""
    take_g = jax.jit(lambda *a: g_step(form, *a), donate_argnums=(0, 1))
    take_f = jax.jit(lambda *a: f_step(form, *a), donate_argnums=(0, 1, 2))

    def take(state, data, condition, rows, x_rows, y_rows, rate, keep):
        g, sg, f, sf, means = state
        for r in rows:
            g, sg, loss_g = take_g(g, sg, f, data, condition, r, rate)
        f, sf, means, loss_f = take_f(f, sf, means, g, data, condition, x_rows, y_rows, rate, keep)
        return (g, sg, f, sf, means), (loss_g, loss_f)
    return take


def amortised_losses(net, g, f, x, y, v, refine):
    """Loss and gradient of g and of f of one amortised step."""
    tf = net.terms(NP, f, v)
    proposal = net.transport(NP, g, x, v)
    better = lax.stop_gradient(potential.improve(NP, lambda y: net.evaluate(NP, f, tf, y)[1], x, proposal, refine))

    def loss_g(g):
        loss = ((net.transport(NP, g, x, v) - better) ** 2).sum(-1).mean()
        return loss + net.penalty(NP, g), loss
    return jax.value_and_grad(loss_g, has_aux=True)(g), jax.value_and_grad(lambda f: net.loss_f(NP, f, better, y, v))(f)


def amortised(form, refine):
    """A round of amortised steps as one call."""
    def take(state, data, conditions, x_rows, y_rows, rate, keep):
        def body(state, drawn):
            g, sg, f, sf, means = state
            x, v = form.pick(data, drawn[0], drawn[1])
            y = data["target"][drawn[2]][None]
            ((_, loss_g), grad_g), (loss_f, grad_f) = amortised_losses(form.net, g, f, x, y, v, refine)
            g, sg = adam(g, sg, grad_g, rate)
            f, sf = adam(f, sf, grad_f, rate)
            f = clamp(form.net, f)
            return (g, sg, f, sf, mix(keep, means, (g, f))), (loss_g, loss_f)
        state, losses = lax.scan(body, state, (conditions, x_rows, y_rows))
        return state, jax.tree.map(jnp.mean, losses)
    return jax.jit(take, donate_argnums=0)


def start(net, seed):
    g, f = (jax.tree.map(jnp.asarray, net.initial(numpy.random.default_rng([seed, k]))) for k in (0, 1))
    return g, ADAM.init(g), f, ADAM.init(f), jax.tree.map(jnp.copy, (g, f))


def main(form_name, mode, path, settings):
    s = SimpleNamespace(**json.loads(settings))
    data = exchange.Data(path, s.batch, s.inner, s.seed)
    shape = dict(dim=data.source.shape[1], features=data.features.shape[1], layers=s.layers, width=s.width)
    form = Paper(paper.Network(**shape)) if form_name == "paper" else Same(potential.Network(**shape))
    device = {"source": jnp.asarray(data.source), "target": jnp.asarray(data.target), "features": jnp.asarray(data.features)}
    state = start(form.net, s.seed)
    if form_name == "amortised":
        call, f_steps = amortised(form, s.refine), s.inner
    else:
        call, f_steps = {"scan": scanned, "step": stepped}[mode](form), 1

    def take(state, k):
        ids, rows, x_rows, y_rows = data.draw(f_steps)
        rate, keep = numpy.float32(s.rate * exchange.schedule(k, s.steps)), numpy.float32(exchange.decay(k * f_steps))
        if form_name == "amortised":
            return call(state, device, ids, x_rows, y_rows, rate, keep)
        return call(state, device, ids[0], rows, x_rows[0], y_rows[0], rate, keep)

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
        g = state[4][0] if form.averages else state[0]
        carry = jax.jit(form.uvp_map)
        return {"uvp": data.uvp(lambda x, k: carry(g, x, device["features"][k])), "device": str(jax.devices()[0].platform)}
    exchange.serve(advance, compile_seconds, finish)


if __name__ == "__main__":
    main(*sys.argv[1:])

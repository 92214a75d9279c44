"""Are the programs under comparison the same? As check.py, for NCTM: from the Go program's weights and its
batch, which is known although rows are drawn, JAX's and PyTorch's losses and gradients are held against its own."""
import json
import subprocess
from pathlib import Path

import numpy

import check
import exchange
import nctm
import task


def options(settings, backend):
    """ncmt.Options of a comparison's settings."""
    return dict(Inner=settings.inner, Batch=settings.batch, PerBatch=settings.conditions, Rate=settings.rate, Steps=settings.steps, Seed=1, Validation=-1, Pretrain=-1,
                Backend=backend, Architecture=dict(Width=settings.width, Decoder=settings.decoder, CriticDecoder=settings.critic_decoder))


def clipped(gradients):
    norm = numpy.sqrt(sum((g ** 2).sum() for g in gradients.values()))
    return {n: g * min(1, 1 / norm) for n, g in gradients.items()}


class Comparison(check.Round):
    """One round of the Go program: weights before it, batch, losses and gradients."""

    def __init__(self, program, folder, settings, backend):
        path = Path(folder) / "check.safetensors"
        task.write_check(path, 2, conditions=settings.conditions)
        subprocess.run([program, "-method", "ncmt", "-task", path, "-options", json.dumps(options(settings, backend)), "-state", folder], check=True)
        before, after, self.losses = check.states(folder)
        data = exchange.Data(path, settings.batch, 1, 0)
        points = settings.batch // settings.conditions
        self.x, self.y = (numpy.repeat(c[::2, None], points, 1) for c in (data.source, data.target))
        self.v = data.features
        self.t, self.f = nctm.networks(settings, 2, data.features.shape[1])
        self.tw, self.fw, self.next_t = self.t.split(before["t"]), self.f.split(before["f"]), self.t.split(after["t"])
        self.gradients = [n.split(check.gradient(before[w], after[w])) for n, w in ((self.t, "t_first"), (self.f, "f_first"))]


def with_jax(c):
    import jax
    import worker_nctm_jax as w
    loss_t, gradient_t = jax.value_and_grad(lambda p: nctm.map_loss(w.NP, c.t, c.f, p, c.fw, c.v, c.x))(c.tw)
    image = c.t.apply(w.NP, c.next_t, c.v, c.x)
    loss_f, gradient_f = jax.value_and_grad(lambda p: nctm.critic_loss(w.NP, c.f, p, c.v, c.x, image, c.y))(c.fw)
    return [loss_t, loss_f], [gradient_t, gradient_f]


def with_torch(c):
    import torch
    import worker_nctm_torch as w
    x, y, v = (torch.tensor(a) for a in (c.x, c.y, c.v))
    tw, fw, next_t = (w.trainable(p) for p in (c.tw, c.fw, c.next_t))
    loss_t = nctm.map_loss(w.NP, c.t, c.f, tw, w.frozen(fw), v, x)
    image = c.t.apply(w.NP, w.frozen(next_t), v, x)
    loss_f = nctm.critic_loss(w.NP, c.f, fw, v, x, image, y)
    gradients = [dict(zip(p, torch.autograd.grad(l, list(p.values())))) for l, p in ((loss_t, tw), (loss_f, fw))]
    return [loss_t.detach(), loss_f.detach()], gradients


def checked(program, folder, settings, torch, backend="xla:cpu"):
    """The differences, by library; an error where one is above the tolerance."""
    c, found = Comparison(program, folder, settings, backend), {}
    for other in [with_jax] + torch * [with_torch]:
        losses, gradients = other(c)
        theirs = [clipped({n: numpy.asarray(a, float) for n, a in g.items()}) for g in gradients]
        found[other.__name__.removeprefix("with_")] = c.against(losses, theirs)
    check.demand(found, "NCTM's", "bench/nctm.py")
    return found

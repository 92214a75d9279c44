"""Are the programs under comparison the same? From the same weights and the same batch, JAX's and
PyTorch's losses and gradients are held against those of the Go program.

The Go program writes its training state after nine rounds of one g-step and after a tenth. The
weights in the first are where the others start; the gradients of the tenth round follow from
Adam's first moments m ← β₁m + (1−β₁)∇: ∇ = (after − β₁·before)/(1 − β₁)."""
import json
import subprocess
from pathlib import Path

import numpy

import exchange
import potential
import task

# Both sides compute in float32, where sums of a few thousand products differ by about 1e-6 of their size.
TOLERANCE = 1e-4
BETA1 = .5
CONDITIONS = 32


def difference(ours, theirs):
    """Largest difference of one array's norm, relative to it or, for arrays of small gradients, to a
    thousandth of the whole gradient's norm."""
    whole = numpy.sqrt(sum((a ** 2).sum() for a in ours.values()))
    return max(float(numpy.linalg.norm(ours[n] - theirs[n]) / max(numpy.linalg.norm(ours[n]), 1e-3 * whole)) for n in ours)


def states(folder):
    """The Go program's training state before and after its tenth round, and that round's losses."""
    before, _ = exchange.read_arrays(Path(folder) / "before.safetensors")
    after, about = exchange.read_arrays(Path(folder) / "after.safetensors")
    return before, after, json.loads(about["state"])["losses"][-1]["value"]


def gradient(before, after):
    """The gradient between two of Adam's first moments."""
    return (after.astype(float) - BETA1 * before.astype(float)) / (1 - BETA1)


class Round:
    """One round of the Go program, with its losses and the gradients of its two networks."""

    def against(self, losses, gradients):
        """The largest relative difference of losses and gradients."""
        found = {"loss": max(abs(float(a) - b) / max(abs(b), 1e-3) for a, b in zip(losses, self.losses))}
        for name, ours, theirs in zip(("gradient_1", "gradient_2"), self.gradients, gradients):
            found[name] = difference(ours, {n: numpy.asarray(a, float) for n, a in theirs.items()})
        return found


def demand(found, whose, formulas):
    """An end with an error where a difference is above the tolerance."""
    wrong = {n: d for n, d in found.items() if not max(d.values()) <= TOLERANCE}
    if wrong:
        raise SystemExit(f"losses or gradients differ from {whose} by more than {TOLERANCE}: {wrong}\n"
                         f"the network or the training changed: bring {formulas} up to date")


class Comparison(Round):
    """One round of the Go program: weights before it, batch, losses and gradients."""

    def __init__(self, program, folder, dim, width, refine, backend):
        self.refine, path = refine, Path(folder) / "check.safetensors"
        task.write_check(path, dim, conditions=CONDITIONS)
        options = dict(Refine=refine, Inner=1, Conditions=CONDITIONS, Batch=256, Steps=1000, Validation=-1, Backend=backend,
                       Architecture=dict(Layers=4, Width=width))
        subprocess.run([program, "-task", path, "-options", json.dumps(options), "-state", folder], check=True)
        before, after, self.losses = states(folder)
        data = exchange.Data(path, 256, 1, 0)
        points = 256 // CONDITIONS
        self.x, self.y = (numpy.repeat(c[::2, None], points, 1) for c in (data.source, data.target))
        self.v = data.features
        self.net = potential.Network(dim, data.features.shape[1], 4, width)
        self.g, self.f = self.net.split(before["g"]), self.net.split(before["f"])
        self.next_g = self.net.split(after["g"])
        self.gradients = [self.net.split(gradient(before[n], after[n])) for n in ("g_first", "f_first")]


def with_jax(c):
    import jax
    import worker_jax as w
    form = w.Same(c.net)
    if c.refine > 0:
        ((_, loss_g), gradient_g), (loss_f, gradient_f) = w.amortised_losses(c.net, c.g, c.f, c.x, c.y, c.v, c.refine)
        return c.against([loss_g, loss_f], [gradient_g, gradient_f])
    (_, loss_g), gradient_g = jax.value_and_grad(form.loss_g, has_aux=True)(c.g, c.f, c.x, c.v)
    carried = form.carry(c.next_g, c.x, c.v)
    loss_f, gradient_f = jax.value_and_grad(lambda f: c.net.loss_f(w.NP, f, carried, c.y, c.v))(c.f)
    return c.against([loss_g, loss_f], [gradient_g, gradient_f])


def with_torch(c):
    import torch
    import worker_torch as w
    form = w.Same(c.net)
    x, y, v = (torch.tensor(a) for a in (c.x, c.y, c.v))
    g, f, next_g = (w.trainable(p, "cpu") for p in (c.g, c.f, c.next_g))
    gradient_g, loss_g = form.g_gradient(g, f, x, v)
    gradient_f, loss_f = form.f_gradient(f, next_g, x, y, v)
    return c.against([loss_g.detach(), loss_f.detach()], [dict(zip(g, gradient_g)), dict(zip(f, gradient_f))])


def check(program, folder, dim, width, torch, backend="xla:cpu"):
    """The differences, by library and training; an error where one is above the tolerance."""
    found = {}
    for name, refine, others in (("minimax", -1, [with_jax] + torch * [with_torch]), ("amortised", 5, [with_jax])):
        c = Comparison(program, folder, dim, width, refine, backend)
        for other in others:
            found[f"{name} {other.__name__.removeprefix('with_')}"] = other(c)
    demand(found, "condot's", "bench/potential.py")
    return found

"""CondOT's rounds in PyTorch.  worker_torch.py FORM MODE TASK SETTINGS

FORM  same     condot's network and losses (potential.py)
      paper    the paper's network as existing programs write it (paper.py)
MODE  eager    a call an operation; fused Adam
      compiled losses and gradients through torch.compile; fused Adam"""
import json
import os
import sys
from types import SimpleNamespace

import numpy
import torch

import exchange
import paper
import potential

NP = SimpleNamespace(
    softplus=torch.nn.functional.softplus, sigmoid=torch.sigmoid, tanh=torch.tanh, relu=torch.relu, sqrt=torch.sqrt,
    leaky=lambda a: torch.nn.functional.leaky_relu(a, .2), affine=lambda a, w, b: torch.addmm(b, a, w),
    concatenate=lambda parts: torch.cat(parts, -1))


def trainable(weights, device):
    return {n: torch.tensor(w, device=device).requires_grad_() for n, w in weights.items()}


def frozen(weights):
    return {n: w.detach() for n, w in weights.items()}


class Same:
    """Losses of condot's own network; conditions are evaluated once."""
    averages = True

    def __init__(self, net):
        self.net = net

    def pick(self, cloud, rows):
        return cloud[rows][None]

    def condition(self, features, k):
        return features[k:k + 1]

    def loss_g(self, g, f, x, v):
        loss = self.net.loss_g(NP, g, f, x, v)
        return loss + self.net.penalty(NP, g), loss

    def carry(self, g, x, v):
        return self.net.transport(NP, g, x, v)

    def loss_f(self, f, carried, y, v):
        return self.net.loss_f(NP, f, carried, y, v)

    def g_gradient(self, g, f, x, v):
        total, loss = self.loss_g(g, frozen(f), x, v)
        return torch.autograd.grad(total, list(g.values())), loss

    def f_gradient(self, f, g, x, y, v):
        with torch.no_grad():
            carried = self.carry(g, x, v)
        loss = self.loss_f(f, carried, y, v)
        return torch.autograd.grad(loss, list(f.values())), loss

    def compiled(self):
        """The two steps through torch.compile, which follows the gradient in the weights by itself."""
        forward_g, forward_f = torch.compile(self.loss_g), torch.compile(lambda f, g, x, y, v: self.loss_f(f, self.carry(g, x, v), y, v))

        def g_gradient(g, f, x, v):
            total, loss = forward_g(g, frozen(f), x, v)
            return torch.autograd.grad(total, list(g.values())), loss

        def f_gradient(f, g, x, y, v):
            loss = forward_f(f, frozen(g), x, y, v)
            return torch.autograd.grad(loss, list(f.values())), loss
        return g_gradient, f_gradient


class Paper:
    """Losses of the paper's network; every point has its condition, ∇₁ψ is automatic."""
    averages = False

    def __init__(self, net):
        self.net = net

    def pick(self, cloud, rows):
        return cloud[rows]

    def condition(self, features, k):
        return features[torch.full((self.points,), k, device=features.device)]

    def carry(self, g, x, v, create_graph=False):
        x = x.detach().requires_grad_()
        y, = torch.autograd.grad(self.net.value(NP, g, x, v).sum(), x, create_graph=create_graph)
        return y

    def g_gradient(self, g, f, x, v):
        y = self.carry(g, x, v, create_graph=True)
        loss = (self.net.value(NP, frozen(f), y, v) - (x * y).sum(-1)).mean()
        return torch.autograd.grad(loss + self.net.penalty(NP, g), list(g.values()), materialize_grads=True), loss

    def f_gradient(self, f, g, x, y, v):
        carried = self.carry(frozen(g), x, v)
        loss = self.net.value(NP, f, y, v).mean() - self.net.value(NP, f, carried, v).mean()
        return torch.autograd.grad(loss, list(f.values()), materialize_grads=True), loss

    def compiled(self):
        """The two steps through torch.compile: a gradient of a gradient needs torch.func."""
        from torch.func import grad, grad_and_value

        def carry(g, x, v):
            return grad(lambda x: self.net.value(NP, g, x, v).sum())(x)

        def loss_g(g, f, x, v):
            y = carry(g, x, v)
            loss = (self.net.value(NP, f, y, v) - (x * y).sum(-1)).mean()
            return loss + self.net.penalty(NP, g), loss

        def loss_f(f, g, x, y, v):
            return self.net.value(NP, f, y, v).mean() - self.net.value(NP, f, carry(g, x, v).detach(), v).mean()
        step_g = torch.compile(lambda *a: grad_and_value(loss_g, has_aux=True)(*a))
        step_f = torch.compile(lambda *a: grad_and_value(loss_f)(*a))

        def g_gradient(g, f, x, v):
            gradient, (_, loss) = step_g(frozen(g), frozen(f), x, v)
            return list(gradient.values()), loss

        def f_gradient(f, g, x, y, v):
            gradient, loss = step_f(frozen(f), frozen(g), x, y, v)
            return list(gradient.values()), loss
        return g_gradient, f_gradient


class Training:
    """Two potentials with their optimisers and averages."""

    def __init__(self, form, steps, data, settings, device):
        self.form, self.data, self.s = form, data, settings
        self.g_gradient, self.f_gradient = steps
        put = lambda a: torch.tensor(a, device=device)
        self.source, self.target, self.features = put(data.source), put(data.target), put(data.features)
        self.g, self.f = (trainable(form.net.initial(numpy.random.default_rng([settings.seed, k])), device) for k in (0, 1))
        self.adam_g, self.adam_f = (torch.optim.Adam(w.values(), settings.rate, betas=(.5, .9), eps=1e-8, fused=True) for w in (self.g, self.f))
        self.mean = [w.detach().clone() for w in (*self.g.values(), *self.f.values())]

    def update(self, weights, optimiser, gradient, rate):
        for group in optimiser.param_groups:
            group["lr"] = rate
        for w, d in zip(weights.values(), gradient):
            w.grad = d
        optimiser.step()

    def advance(self, k):
        ids, rows, x_rows, y_rows = self.data.draw()
        rate = self.s.rate * exchange.schedule(k, self.s.steps)
        v, total = self.form.condition(self.features, int(ids[0])), 0
        for r in torch.from_numpy(rows).to(self.source.device):
            gradient, loss = self.g_gradient(self.g, self.f, self.form.pick(self.source, r), v)
            self.update(self.g, self.adam_g, gradient, rate)
            total = total + loss.detach()
        x, y = self.form.pick(self.source, torch.from_numpy(x_rows[0])), self.form.pick(self.target, torch.from_numpy(y_rows[0]))
        gradient, loss_f = self.f_gradient(self.f, self.g, x, y, v)
        self.update(self.f, self.adam_f, gradient, rate)
        with torch.no_grad():
            for n in self.form.net.non_negative:
                self.f[n].clamp_(min=0)
            if self.form.averages:
                torch._foreach_lerp_(self.mean, [w.detach() for w in (*self.g.values(), *self.f.values())], 1 - exchange.decay(k))
        loss_f = loss_f.detach()
        return lambda: [float(total) / len(rows), float(loss_f)]

    def uvp(self):
        g = dict(zip(self.g, self.mean)) if self.form.averages else frozen(self.g)

        def transport(x, k):
            x = torch.tensor(x, device=self.source.device)
            self.form.points = len(x)
            return self.form.carry(g, self.form.pick(x, slice(None)), self.form.condition(self.features, k)).reshape(x.shape).cpu().numpy()
        return self.data.uvp(transport)


def main(form_name, mode, path, settings):
    s = SimpleNamespace(**json.loads(settings))
    torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    device = "cuda" if s.gpu else "cpu"
    data = exchange.Data(path, s.batch, s.inner, s.seed)
    shape = dict(dim=data.source.shape[1], features=data.features.shape[1], layers=s.layers, width=s.width)
    form = Paper(paper.Network(**shape)) if form_name == "paper" else Same(potential.Network(**shape))
    form.points = s.batch
    steps = form.compiled() if mode == "compiled" else (form.g_gradient, form.f_gradient)
    first = Training(form, steps, data, s, device)
    compile_seconds = exchange.compiling(lambda: first.advance(0)())
    training = Training(form, steps, data, s, device)
    del first
    exchange.serve(training.advance, compile_seconds, lambda: {"uvp": training.uvp(), "device": device})


if __name__ == "__main__":
    main(*sys.argv[1:])

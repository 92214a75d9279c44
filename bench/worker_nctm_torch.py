"""NCTM's rounds in PyTorch, eager, with fused AdamW.

worker_nctm_torch.py TASK SETTINGS"""
import json
import os
import sys
from types import SimpleNamespace

import numpy
import torch

import exchange
import nctm

NP = SimpleNamespace(tanh=torch.tanh, silu=torch.nn.functional.silu, norm=lambda h: torch.nn.functional.layer_norm(h, h.shape[-1:], eps=1e-5),
                     where=torch.where, concatenate=lambda parts: torch.cat(parts, -1))


def trainable(weights, device="cpu"):
    return {n: torch.tensor(w, device=device).requires_grad_() for n, w in weights.items()}


def frozen(weights):
    return {n: w.detach() for n, w in weights.items()}


class Training:
    def __init__(self, data, settings, device):
        self.data, self.s = data, settings
        self.t, self.f = nctm.networks(settings, data.source.shape[1], data.features.shape[1])
        put = lambda a: torch.tensor(a, device=device)
        self.source, self.target, self.features = put(data.source), put(data.target), put(data.features)
        self.tw, self.fw = (trainable(n.initial(numpy.random.default_rng([settings.seed, k])), device) for k, n in enumerate((self.t, self.f)))
        self.adam_t, self.adam_f = (torch.optim.AdamW(w.values(), settings.rate, betas=(.5, .999), eps=1e-8, weight_decay=.03, fused=True) for w in (self.tw, self.fw))
        self.mean = [w.detach().clone() for w in (*self.tw.values(), *self.fw.values())]

    def update(self, weights, optimiser, loss, rate):
        for w, g in zip(weights.values(), torch.autograd.grad(loss, list(weights.values()))):
            w.grad = g
        torch.nn.utils.clip_grad_norm_(weights.values(), 1)
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.step()

    def advance(self, k):
        ids, rows, x_rows, y_rows = (torch.from_numpy(a).to(self.source.device) for a in self.data.draw())
        rate, v, total = self.s.rate * exchange.schedule(k, self.s.steps), self.features[ids], 0
        critic = frozen(self.fw)
        for r in rows:
            loss = nctm.map_loss(NP, self.t, self.f, self.tw, critic, v, self.source[r])
            self.update(self.tw, self.adam_t, loss, rate)
            total = total + loss.detach()
        x = self.source[x_rows]
        with torch.no_grad():
            image = self.t.apply(NP, self.tw, v, x)
        loss = nctm.critic_loss(NP, self.f, self.fw, v, x, image, self.target[y_rows])
        self.update(self.fw, self.adam_f, loss, rate)
        with torch.no_grad():
            torch._foreach_lerp_(self.mean, [w.detach() for w in (*self.tw.values(), *self.fw.values())], 1 - exchange.decay(k))
        last = loss.detach()
        return lambda: [float(total) / len(rows), float(last)]

    def uvp(self):
        w = dict(zip(self.tw, self.mean))

        def transport(x, k):
            with torch.no_grad():
                return self.t.apply(NP, w, self.features[k:k + 1], torch.tensor(x, device=self.source.device)[None])[0].cpu().numpy()
        return self.data.uvp(transport)


def main(path, settings):
    s = SimpleNamespace(**json.loads(settings))
    torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    device = "cuda" if s.gpu else "cpu"
    data = nctm.Data(path, s.conditions, s.batch, s.inner, s.seed)
    first = Training(data, s, device)
    compile_seconds = exchange.compiling(lambda: first.advance(0)())
    training = Training(data, s, device)
    del first
    exchange.serve(training.advance, compile_seconds, lambda: {"uvp": training.uvp(), "device": device})


if __name__ == "__main__":
    main(*sys.argv[1:])

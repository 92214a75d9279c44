"""What the programs under comparison share: files of arrays, the training data and its random
batches, the learning rate's schedule, and the protocol by which a driver paces them."""
import json
import math
import sys
import time
from pathlib import Path

import numpy


def read_arrays(path):
    """The arrays of a safetensors file, and its metadata."""
    data = Path(path).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    metadata = header.pop("__metadata__", {})
    body = data[8 + size:]
    return {n: numpy.frombuffer(body[e["data_offsets"][0]:e["data_offsets"][1]], "<f4").reshape(e["shape"]) for n, e in header.items()}, metadata


def write_arrays(path, arrays):
    header, at = {}, 0
    arrays = {n: numpy.ascontiguousarray(a, "<f4") for n, a in arrays.items()}
    for n, a in arrays.items():
        header[n] = {"dtype": "F32", "shape": a.shape, "data_offsets": [at, at + a.nbytes]}
        at += a.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(len(text).to_bytes(8, "little") + text + b"".join(a.tobytes() for a in arrays.values()))


class Data:
    """A task's clouds, brought to mean 0 and mean coordinate variance 1 by one shift and one scale as
    condot does, and random batches of one condition."""

    def __init__(self, path, batch, inner, seed):
        arrays, _ = read_arrays(path)
        count = len(arrays["conditions"])
        targets = [arrays[f"target{k}"] for k in range(count)]
        sources = [arrays["source"]] if "source" in arrays else [arrays[f"source{k}"] for k in range(count)]
        clouds = [c.astype(float) for c in sources + targets]
        self.mean = numpy.mean([c.mean(0) for c in clouds], 0)
        self.scale = math.sqrt(numpy.mean([((c - self.mean) ** 2).mean() for c in clouds]))
        self.source, self.target = self.normalise(numpy.concatenate(sources)), self.normalise(numpy.concatenate(targets))
        self.features = numpy.array(arrays["conditions"])
        self.per_target, self.per_source = len(targets[0]), 0 if "source" in arrays else len(sources[0])
        self.batch, self.inner, self.random = batch, inner, numpy.random.default_rng(seed)
        self.test = arrays.get("test")
        self.truth = [arrays[f"truth{k}"].astype(float) for k in range(count) if f"truth{k}" in arrays]

    def normalise(self, points):
        return numpy.asarray((points - self.mean) / self.scale, numpy.float32)

    def draw(self, f_steps=1):
        """Condition ids [f_steps], source rows of the g-steps [inner, batch] and of the f-steps, target
        rows of the f-steps [f_steps, batch]."""
        ids = self.random.integers(len(self.features), size=f_steps, dtype=numpy.int32)
        rows = lambda count: self.random.integers(len(self.source), size=(count, self.batch), dtype=numpy.int32)
        y = self.random.integers(self.per_target, size=(f_steps, self.batch), dtype=numpy.int32)
        return ids, rows(self.inner), rows(f_steps), y + ids[:, None] * numpy.int32(self.per_target)

    def uvp(self, transport):
        """Mean L2-UVP in percent over the training conditions of a map transport(x, condition id) of
        normalised points."""
        x = self.normalise(self.test)
        images = [numpy.asarray(transport(x, k), float) * self.scale + self.mean for k in range(len(self.truth))]
        return float(numpy.mean([unexplained(i, t) for i, t in zip(images, self.truth)]))


def unexplained(image, truth):
    """L2-UVP in percent: 100·E‖T̂ − T‖² / Var T."""
    return 100 * ((image - truth) ** 2).sum(1).mean() / truth.var(0).sum()


def schedule(k, steps):
    """condot's learning rate at round k, as a part of its peak."""
    return min(1, (k + 1) / max(1, .02 * steps)) * (.01 + .99 * .5 * (1 + math.cos(math.pi * k / steps)))


def decay(k):
    """condot's decay of the averaged weights after step k of f."""
    return min(.998, 1 - 10 / (k + 10))


def serve(advance, compile_seconds, finish):
    """Takes rounds at the driver's pace: a line with a number of rounds in, a line with their seconds out;
    0 ends. advance(k) takes round k and returns a function that waits for its two losses and returns them."""
    say = lambda **message: print(json.dumps(message), flush=True)
    say(ready=True)
    k, losses, read = 0, [], None
    for line in sys.stdin:
        if int(line) == 0:
            break
        start = time.perf_counter()
        for _ in range(int(line)):
            read = advance(k)
            k += 1
            if k % 10 == 0:
                losses.append((k, *read()))
        read()
        say(seconds=time.perf_counter() - start)
    say(rounds=k, compile_seconds=compile_seconds, losses=losses, **finish())


def compiling(call):
    """Seconds that the first call takes longer than the second."""
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return seconds[0] - seconds[1]

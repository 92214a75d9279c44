"""Optimal transport side by side with POT, OTT-JAX, geomloss, numpy and scipy. See ot.md; bench/ot-run starts this."""
import argparse
import datetime
import importlib.metadata
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import driver
import pace
import report

BUILD = driver.BUILD
OURS = "ours"
# POT loads every array library that is installed unless it is told not to.
LEAN = {"POT_BACKEND_DISABLE_" + x: "1" for x in ("PYTORCH", "JAX", "CUPY", "TENSORFLOW")}


class Worker(pace.Program):
    """A program that also tells its last answer."""

    def answer(self):
        self.process.stdin.write("answer\n")
        self.process.stdin.flush()
        return self.read()


def clouds(n, m, d, seed=0):
    """Standard normal points and 1.2 times such points + ½."""
    r = np.random.default_rng(seed)
    return r.standard_normal((n, d)), 1.2 * r.standard_normal((m, d)) + .5


def parts(n, d, cells):
    """Outputs of a linear model of three inputs, and those of each cell of a partition of each input:
    what a sensitivity analysis compares."""
    r = np.random.default_rng(0)
    u, each = r.standard_normal((n, 3)), n // cells
    y = u @ r.standard_normal((3, d)) + .5 * r.standard_normal((n, d))
    order = [np.argsort(u[:, k]) for k in range(3)]
    return y, np.concatenate([y[o[c * each:(c + 1) * each]] for o in order for c in range(cells)])


class Case:
    """A problem, the programs that solve it (by name; ours has its case in ot-solve), how near their answers
    must come, relative, and the goal: at most so much of these programs' times."""

    def __init__(self, part, title, x, y, ours, others, near, goals=None, epsilon=None, once=False, **more):
        self.part, self.title, self.x, self.y, self.others, self.near, self.goals, self.once = part, title, x, y, others, near, goals or {}, once
        self.task = dict(Case=ours, N=len(x), M=len(y), D=x.shape[1], Float32=False, **more)
        if epsilon:  # a share of the mean cost
            mean = (x**2).sum(1).mean() + (y**2).sum(1).mean() - 2 * x.mean(0) @ y.mean(0)
            self.task["Epsilon"] = epsilon * float(mean)


def cases(tiny):
    """All cases; tiny ones only show that everything runs."""
    size = (lambda n: max(20, n // 20)) if tiny else (lambda n: n)
    for n in (500, 1000, 2000, 4000):
        n = size(n)
        yield Case("exact", f"exact, n = m = {n}, d = 50, matrix of costs to plan", *clouds(n, n, 50), "exact", ["POT emd", "POT emd, all threads"], 1e-9,
                   {"POT emd": 1.0} if n >= 1000 else {})
    yield Case("many", f"one source of {50 if tiny else 1000} points against 75 targets of {2 if tiny else 40}, costs included", *parts(50 if tiny else 1000, 50, 25), "many",
               ["POT emd, costs given", "POT emd, costs included"], 1e-9, {"POT emd, costs given": 1 / 3}, Targets=75)
    for n, share, others in ((1000, .1, ["POT kernel", "POT log", "OTT log, costs given"]), (1000, .02, ["POT kernel", "OTT log, costs given"]),
                             (4000, .1, ["POT kernel", "POT log", "OTT log, costs given"]), (4000, .02, ["POT kernel"])):
        n = size(n)
        yield Case("sinkhorn", f"Sinkhorn, n = m = {n}, d = 50, ε = {share} of the mean cost, matrix of costs to plan", *clouds(n, n, 50), "sinkhorn", others, 1e-4,
                   {"POT kernel": 1.5, "POT log": 1.0, "OTT log, costs given": 1.0}, epsilon=share)
    for n, share in ((1000, .1), (1000, .02), (4000, .1)):
        n = size(n)
        for single in (False, True):
            c = Case("compiled", f"Sinkhorn by XLA, n = m = {n}, d = 50, ε = {share} of the mean cost, from clouds, {'float32' if single else 'float64'}",
                     *clouds(n, n, 50), "compiled", ["OTT log"], 1e-4, {"OTT log": 1.0}, epsilon=share)
            c.task["Float32"] = single
            yield c
    for n in (1000, 4000):
        n = size(n)
        c = Case("divergence", f"debiased divergence, n = m = {n}, d = 50, ε = 0.1 of the mean cost ½‖x−y‖², from clouds", *clouds(n, n, 50), "divergence", ["geomloss"], 1e-2, {"geomloss": 1.0}, epsilon=.05)  # .05 of that of ‖x−y‖²
        yield c
    n = size(2000)
    yield Case("mmd", f"RBF-MMD, n = m = {n}, d = 50", *clouds(n, n, 50), "mmd", ["numpy"], 1e-9, {"numpy": .5}, Gamma=.01)
    n = size(100_000)
    yield Case("line", f"W₁ on the line, n = m = {n}", *clouds(n, n, 1), "line", ["scipy"], 1e-9, {"scipy": 1.0})
    n = size(20_000)
    yield Case("large", f"Sinkhorn, n = m = {n}, d = 50, ε = 0.1 of the mean cost, from clouds; ours computes costs anew in every iteration", *clouds(n, n, 50), "clouds",
               ["OTT log, in blocks", "POT kernel"], 1e-4, {"OTT log, in blocks": 1.0}, epsilon=.1, once=True)


def wrong(ours, theirs, near):
    """Why another program's answer is not ours."""
    for what in ("value", "regularised"):
        if what in ours and what in theirs and not abs(ours[what] - theirs[what]) <= near * abs(theirs[what]):
            return f"{what} {theirs[what]:.12g}, ours {ours[what]:.12g}"
    return None if set(ours) & set(theirs) & {"value", "regularised"} else "no answer"


def blocks(first, budget):
    """How many blocks of how many solves fit in the budget, given each program's first seconds: 15
    blocks where one solve of each takes under 2 s together, at least three otherwise."""
    cycle = sum(first)
    if cycle < 2:
        return 15, max(1, min(20, int(budget / 15 / cycle)))
    return max(3, min(15, int(budget / cycle))), 1


def race(case, folder, budget, say):
    """Runs a case's programs in turn, after a first solve of each whose answers are compared."""
    for name, cloud in (("x", case.x), ("y", case.y)):
        np.ascontiguousarray(cloud, dtype="<f8").tofile(f"{folder}/{name}")
    settings = json.dumps(case.task | {"Folder": str(folder)})
    workers, found = [], {"task": case.task, "faults": [], "left_out": {}}
    try:
        first, answers = [], {}
        for name in [OURS, *case.others]:
            command = [BUILD / "ot-solve", settings] if name == OURS else [sys.executable, "-B", pace.HERE / "ot_peer.py", name, settings]
            w = Worker(name, command, LEAN)
            try:
                w.wait_until_ready()
                seconds = w.take(1)
                if not case.once:
                    seconds = w.take(1)  # the first may compile
                answers[name] = w.answer()
            except pace.Failed as e:
                w.stop()
                if name == OURS:
                    raise
                found["left_out"][name] = str(e)
                say(f"left out: {e}")
                continue
            except BaseException:
                w.stop()
                raise
            first.append(seconds)
            if case.once:  # no memory for all at a time
                w.seconds = [seconds]
                answers[name] |= w.finish()
                found[name] = answers[name] | {"seconds": w.seconds}
            else:
                workers.append(w)
        for name in answers:
            fault = wrong(answers[OURS], answers[name], case.near)
            if fault:
                found["faults"].append(f"{name}: {fault}")
        if not case.once:
            cycles, solves = blocks(first, budget)
            found["solves_a_block"] = solves
            for cycle in range(cycles):
                at = cycle % len(workers)
                for w in workers[at:] + workers[:at]:
                    w.seconds.append(w.take(solves) / solves)
            for w in workers:
                found[w.name] = w.finish() | {"seconds": w.seconds}
    finally:
        for w in workers:
            w.stop()
    return found


def table(found):
    """Markdown of one case."""
    ours = found[OURS]
    count = len(ours["seconds"])
    sure = "95 %" if count > 5 else "least–greatest" if count > 1 else "one run"
    lines = [f"| program | ms (min–max of {count}) | ours / this ({sure}) | peak MB | marginal error | iterations |", "|---|---|---|---|---|---|"]
    for name, r in found.items():
        if not isinstance(r, dict) or "seconds" not in r:
            continue
        ms = sorted(1e3 * s for s in r["seconds"])
        ratio = "" if name == OURS else "{:.3f} ({:.3f}–{:.3f})".format(*report.interval(report.ratios(ours, r)))
        error = f"{r['error']:.1g}" if r.get("error") else ""
        lines.append(f"| {name} | {statistics.median(ms):.4g} ({ms[0]:.4g}–{ms[-1]:.4g}) | {ratio} | {r['peak_mb']:.0f} | {error} | {r.get('iterations') or ''} |")
    return "\n".join(lines)


def goals(case, found):
    """Lines that say which goals are met; a ratio meets one that its interval reaches."""
    for name, most in case.goals.items():
        if name in found:
            middle, low, _ = report.interval(report.ratios(found[OURS], found[name]))
            yield f"- at most {most:.3g} × {name}: {'met' if low <= most else 'NOT met'} ({middle:.3f})"


def arguments(parts):
    p = argparse.ArgumentParser(prog="bench/ot-run", description="Times optimal transport beside POT, OTT-JAX, geomloss, numpy and scipy.")
    p.add_argument("--only", metavar="PARTS", default=",".join(parts), help="parts to run, separated by commas (default: all, %(default)s)")
    p.add_argument("--budget", metavar="SECONDS", type=float, default=12, help="about how long each case takes where solves are short (default 12)")
    p.add_argument("--tiny", action="store_true", help="problems a twentieth of the size, to see that everything runs")
    p.add_argument("--out", metavar="DIR", default=driver.ROOT / "bench" / "results", help="folder of the results (default bench/results)")
    a = p.parse_args()
    a.only = a.only.split(",")
    for name in a.only:
        if name not in parts:
            p.error(f"unknown part {name!r}; there are {', '.join(parts)}")
    return a


def main():
    a = arguments(list(dict.fromkeys(c.part for c in cases(True))))
    say = lambda text: print(text, flush=True)
    about, load = driver.machine(), os.getloadavg()[0]
    about["versions"] |= {n: importlib.metadata.version(n) for n in ("POT", "ott-jax", "geomloss", "scipy") if driver.installed(n)}
    say(f"# Optimal transport side by side, {datetime.date.today()}\n\n{about['cpu']}, {about['cores']} cores; {about['go']}; " + ", ".join(f"{n} {v}" for n, v in about["versions"].items()))
    if load > .5:
        say(f"\nThe load average is {load:.1f}: other programs are running, do not trust the times below.")
    BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "build", "-o", str(BUILD) + "/", "./bench/ot-solve"], cwd=driver.ROOT, check=True)
    results, faults = {"date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"), "machine": about, "load_before": load, "arguments": sys.argv[1:]}, 0
    with tempfile.TemporaryDirectory(prefix="gomonge-bench-") as folder:
        for case in cases(a.tiny):
            if case.part not in a.only:
                continue
            say(f"\n## {case.title}\n")
            try:
                found = race(case, folder, a.budget, say)
            except pace.Failed as e:
                say(f"not measured: {e}")
                results[case.title], faults = {"failed": str(e)}, faults + 1
                continue
            say(table(found))
            for line in goals(case, found):
                say(line)
            for fault in found["faults"]:
                say(f"NOT TO BE BELIEVED: {fault}")
            faults += len(found["faults"])
            results[case.title] = found
    results["load_after"], results["faults"] = os.getloadavg()[0], faults
    out = Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"ot-{datetime.datetime.now():%Y-%m-%d-%H%M}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    say(f"\nAll numbers: {os.path.relpath(path)}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()

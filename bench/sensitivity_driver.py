"""Sensitivity indices side by side with the R package gsaot. See sensitivity.md; bench/sensitivity-run starts this."""
import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import driver
import pace

OURS, PEER = "ours", "gsaot"
# method, runs, how near indices must come (gsaot's quantiles in one dimension are off by the order of 1/n of a cell), the goal
CASES = [("exact", 1000, 1e-8, 5), ("exact", 10_000, 1e-8, 5), ("gaussian", 1000, 1e-8, 10), ("gaussian", 10_000, 1e-8, 10),
         ("1d", 1000, .02, 10), ("1d", 10_000, .02, 10)]
CELLS = 25


def runs(n, path):
    """n runs of the linear Gaussian model of sensitivity.LinearStudy."""
    x = np.random.default_rng(1).standard_normal((n, 3)) @ np.linalg.cholesky(np.full((3, 3), .5) + .5 * np.eye(3)).T
    y = x @ np.array([[4, -2, 1], [2, 5, -1]]).T
    np.savetxt(path, np.hstack([x, y]), delimiter=",", header="X1,X2,X3,Y1,Y2", comments="", fmt="%.17g")


class Steady(pace.Program):
    """A program whose blocks have more repetitions the faster it is, so that they last as long as the other's; its seconds are of one."""

    def __init__(self, name, command, times):
        super().__init__(name, command)
        self.times = times

    def take(self, rounds):
        return super().take(rounds * self.times) / self.times


def race(method, n, near, budget, cpu, folder, say):
    path = Path(folder) / f"{n}.csv"
    if not path.exists():
        runs(n, path)
    task = json.dumps(dict(File=str(path), Method=method, Cells=CELLS, CPU=cpu))
    def start(times):
        return [lambda: Steady(OURS, [driver.BUILD / "sensitivity-indices", task], times),
                lambda: pace.Program(PEER, ["Rscript", driver.ROOT / "bench" / "sensitivity_peer.R", task])]

    # As many repetitions a block as make the times readable, as many blocks as the budget has room for.
    trial, failed = pace.in_turn(start(1), 1, 1, 1, say)
    if failed:
        raise pace.Failed("; ".join(failed.values()))
    slower = max(t["seconds"][0] for t in trial.values())
    times = max(1, int(slower / max(trial[OURS]["seconds"][0], 1e-6)))
    rounds = max(1, int(.2 / max(slower, 1e-3)))
    cycles = int(min(15, max(2, budget / (slower * rounds))))
    found, _ = pace.in_turn(start(times), 1 if slower < 10 else 0, cycles, rounds, say)
    off = max(abs(a - b) for a, b in zip(found[OURS]["indices"], found[PEER]["indices"]))
    if off > near:
        raise pace.Failed(f"indices differ by {off:.3g}: {found[OURS]['indices']} and {found[PEER]['indices']}")
    ratios = [b / max(a, 1e-9) for a, b in zip(found[OURS]["seconds"], found[PEER]["seconds"])]
    return dict(ours=statistics.median(found[OURS]["seconds"]) / rounds, gsaot=statistics.median(found[PEER]["seconds"]) / rounds,
                ratio=statistics.median(ratios), low=min(ratios), high=max(ratios), blocks=cycles, repetitions=rounds, ours_as_often=times, indices_differ=off)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--budget", type=float, default=120, help="seconds a case, about (default 120)")
    p.add_argument("--methods", default="exact,gaussian,1d", help="methods, by commas")
    p.add_argument("--sizes", default="1000,10000", help="numbers of runs, by commas")
    p.add_argument("--cpu", action="store_true", help="compare seconds of computing, where other programs run")
    p.add_argument("--out", metavar="DIR", default=driver.ROOT / "bench" / "results")
    a = p.parse_args()
    say = lambda text: print(text, flush=True)
    if subprocess.run(["Rscript", "-e", "library(gsaot)"], capture_output=True).returncode:
        sys.exit("R or its package gsaot is not installed: see bench/sensitivity.md")
    driver.BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "build", "-o", str(driver.BUILD) + "/", "./bench/sensitivity-indices"], cwd=driver.ROOT, check=True)
    kind = "seconds of computing" if a.cpu else "seconds"
    say(f"# Sensitivity indices side by side, {datetime.date.today()}\n\n{driver.machine()['cpu']}, {driver.machine()['cores']} cores; load {os.getloadavg()[0]:.1f}; three inputs, {CELLS} cells\n")
    say(f"| method | runs | ours, {kind} | gsaot | times as fast | goal |\n|---|---|---|---|---|---|")
    results, missed = {}, 0
    with tempfile.TemporaryDirectory(prefix="gomonge-bench-") as folder:
        for method, n, near, goal in CASES:
            if method not in a.methods.split(",") or str(n) not in a.sizes.split(","):
                continue
            try:
                r = race(method, n, near, a.budget, a.cpu, folder, say)
            except pace.Failed as e:
                say(f"{method}, {n} runs: not measured: {e}")
                missed += 1
                continue
            results[f"{method} {n}"] = r
            say(f"| {method} | {n} | {r['ours']:.3g} | {r['gsaot']:.3g} | {r['ratio']:.1f} ({r['low']:.1f} to {r['high']:.1f}) | {goal} |")
    out = Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"sensitivity-{datetime.datetime.now():%Y-%m-%d-%H%M}.json"
    path.write_text(json.dumps(dict(machine=driver.machine(), arguments=sys.argv[1:], results=results), indent=1) + "\n")
    say(f"\nAll numbers: {os.path.relpath(path)}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()

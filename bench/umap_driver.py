"""UMAP side by side with umap-learn. See umap.md; bench/umap-run starts this."""
import argparse
import datetime
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.manifold import trustworthiness

import driver
import pace
import report

OURS, FREE, SEEDED = PROGRAMS = ("ours", "umap-learn", "umap-learn, seeded")
GOALS = {"fit": 1.5, "transform": 1.0}  # at most so much of umap-learn's time
NEAR = .02  # of trustworthiness


def clouds(rows, columns, seed=0):
    """Twice so many points of 20 normal clouds."""
    r = np.random.default_rng(seed)
    centres = 3 * r.standard_normal((20, columns))
    return [centres[r.integers(0, 20, rows)] + r.standard_normal((rows, columns)) for _ in range(2)]


def run(program, rows, columns, folder):
    """One fresh process, and what it measured."""
    peer = [sys.executable, "-B", pace.HERE / "umap_peer.py", "seeded" if program == SEEDED else "free"]
    command = [driver.BUILD / "umap-steps"] if program == OURS else peer
    done = subprocess.run([*command, str(rows), str(columns), *(f"{folder}/{f}" for f in ("points", "new", program))], capture_output=True, text=True)
    if done.returncode:
        raise pace.Failed(f"{program}: " + (done.stderr.strip().splitlines() or ["without a word"])[-1])
    return json.loads(done.stdout)


def race(rows, columns, folder, rounds):
    """Runs the programs in turn, each time in another order."""
    found = {p: [] for p in PROGRAMS}
    for k in range(rounds):
        for p in PROGRAMS[k % 3:] + PROGRAMS[:k % 3]:
            found[p].append(run(p, rows, columns, folder))
    return found


def ratios(found, program, step, what):
    return [a[step][what] / b[step][what] for a, b in zip(found[OURS], found[program])]


def kept(folder, program, x, every):
    """Trustworthiness of the points of every so manieth row, those that were fitted and all."""
    rows = len(x) // 2
    y = np.fromfile(f"{folder}/{program}", "<f8").reshape(len(x), 2)
    return [float(trustworthiness(x[:n:every], y[:n:every], n_neighbors=15)) for n in (rows, 2 * rows)]


def faults(trust):
    """What of the embeddings is not as umap-learn's."""
    return [f"{what}: trustworthiness {ours:.4f}, {p}'s is {theirs:.4f}" for p in PROGRAMS[1:]
            for what, ours, theirs in zip(("fit", "with new points"), trust[OURS], trust[p]) if ours < theirs - NEAR]


def table(found, step):
    lines = ["| program | seconds | ours / this | CPU seconds | ours / this | peak MB |", "|---|---|---|---|---|---|"]
    for p in PROGRAMS:
        cells = []
        for what in ("seconds", "cpu"):
            cells.append(f"{statistics.median(r[step][what] for r in found[p]):.3g}")
            cells.append("" if p == OURS else "{:.3f} ({:.3f}–{:.3f})".format(*report.interval(ratios(found, p, step, what))))
        lines.append(f"| {p} | " + " | ".join(cells) + f" | {statistics.median(r[step]['peak_mb'] for r in found[p]):.0f} |")
    return "\n".join(lines)


def goals(found, step):
    """Lines that say whether the goal is met; a ratio meets one that its interval reaches."""
    for p in PROGRAMS[1:]:
        middle, low, _ = report.interval(ratios(found, p, step, "seconds"))
        yield f"- at most {GOALS[step]} × {p}: {'met' if low <= GOALS[step] else 'NOT met'} ({middle:.3f})"


def arguments():
    p = argparse.ArgumentParser(prog="bench/umap-run", description="Times UMAP beside umap-learn.")
    p.add_argument("--rounds", type=int, default=7, help="fresh processes of each program (default 7)")
    p.add_argument("--rows", type=int, default=10_000, help="points to fit, and as many new ones (default 10000)")
    p.add_argument("--columns", type=int, default=50, help="their features (default 50)")
    p.add_argument("--out", metavar="DIR", default=driver.ROOT / "bench" / "results", help="folder of the results (default bench/results)")
    a = p.parse_args()
    if a.rounds < 1 or a.rows < 500 or a.columns < 1:
        p.error("one round, 500 rows and one column are needed")
    return a


def main():
    a = arguments()
    say = lambda text: print(text, flush=True)
    about, load = driver.machine(), os.getloadavg()[0]
    about["versions"] = {n: importlib.metadata.version(n) for n in ("umap-learn", "pynndescent", "numba", "numpy", "scikit-learn")}
    say(f"# UMAP side by side, {datetime.date.today()}\n\n{about['cpu']}, {about['cores']} cores; {about['go']}; " + ", ".join(f"{n} {v}" for n, v in about["versions"].items()))
    if load > .5:
        say(f"\nThe load average is {load:.1f}: other programs are running, do not trust the seconds below; CPU seconds suffer less.")
    driver.BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "build", "-o", str(driver.BUILD) + "/", "./bench/umap-steps"], cwd=driver.ROOT, check=True)
    with tempfile.TemporaryDirectory(prefix="gomonge-bench-") as folder:
        x = clouds(a.rows, a.columns)
        for name, cloud in zip(("points", "new"), x):
            cloud.astype("<f8").tofile(f"{folder}/{name}")
        found = race(a.rows, a.columns, folder, a.rounds)
        trust = {p: kept(folder, p, np.concatenate(x), max(1, a.rows // 2000)) for p in PROGRAMS}
    for step in GOALS:
        say(f"\n## {step}, {a.rows} × {a.columns}\n\n{table(found, step)}")
        for line in goals(found, step):
            say(line)
    say("\nTrustworthiness (k = 15), fit and with new points: " + "; ".join(f"{p} {t[0]:.4f}, {t[1]:.4f}" for p, t in trust.items()))
    wrong = faults(trust)
    for fault in wrong:
        say(f"NOT TO BE BELIEVED: {fault}")
    out = Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"umap-{datetime.datetime.now():%Y-%m-%d-%H%M}.json"
    path.write_text(json.dumps({"date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"), "machine": about, "load_before": load,
                                "load_after": os.getloadavg()[0], "arguments": sys.argv[1:], "runs": found, "trustworthiness": trust, "faults": wrong}, indent=1) + "\n")
    say(f"\nAll numbers: {os.path.relpath(path)}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

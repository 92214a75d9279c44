"""Reading and preprocessing of single cells side by side with anndata and scanpy. See singlecell.md; bench/singlecell-run
starts this."""
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

import driver
import pace
import report

STEPS = ("normalise", "log1p", "hvg", "pca")
PROGRAMS = ("ours", "anndata, scanpy")
# Of what: at most so much of the other's seconds, CPU seconds and peak memory.
GOALS = {"read": (1.5, None, 1.0), "pipeline": (1.0, None, .6)}
NEAR = .999  # least |cosine| of components


def run(program, task, path, out):
    """One fresh process, and what it measured."""
    command = [driver.BUILD / "singlecell-steps"] if program == "ours" else [sys.executable, "-B", pace.HERE / "singlecell_peer.py"]
    done = subprocess.run([*command, task, path, out], capture_output=True, text=True)
    if done.returncode:
        raise pace.Failed(f"{program}, {task}: " + (done.stderr.strip().splitlines() or ["without a word"])[-1])
    found = json.loads(done.stdout)
    steps = STEPS if task == "pipeline" else ("read",)
    return dict(seconds=sum(found["steps"][s]["seconds"] for s in steps), cpu=sum(found["steps"][s]["cpu"] for s in steps),
                peak_mb=found["peak_mb"], steps=found["steps"], stored=found["stored"])


def race(task, path, folder, rounds):
    """Runs the programs in turn, each time in another order."""
    found = {p: [] for p in PROGRAMS}
    for k in range(rounds):
        for p in PROGRAMS[::1 if k % 2 else -1]:
            found[p].append(run(p, task, path, f"{folder}/{p}"))
    return found


def ratios(found, what):
    return [a[what] / b[what] for a, b in zip(*(found[p] for p in PROGRAMS))]


def differs(folder, genes):
    """What of the two pipelines' results does not agree."""
    ours, theirs = (np.fromfile(f"{folder}/{p}", "<f8") for p in PROGRAMS)
    if len(ours) != len(theirs):
        return f"results of {len(ours)} and {len(theirs)} numbers"
    flags = int((ours[:genes] != theirs[:genes]).sum())
    if flags:
        return f"{flags} flags of highly variable genes differ"
    kept = int(ours[:genes].sum())
    a, b = ours[genes:].reshape(-1, kept), theirs[genes:].reshape(-1, kept)
    worst = abs((a * b).sum(1)).min()
    return None if worst >= NEAR else f"|cosine| of components down to {worst:.6f}"


def table(found):
    lines = ["| program | seconds | ours / this | CPU seconds | ours / this | peak MB | ours / this |", "|---|---|---|---|---|---|---|"]
    for p in PROGRAMS:
        cells = []
        for what in ("seconds", "cpu", "peak_mb"):
            cells.append(f"{statistics.median(r[what] for r in found[p]):.3g}")
            cells.append("" if p == "ours" else "{:.3f} ({:.3f}–{:.3f})".format(*report.interval(ratios(found, what))))
        lines.append(f"| {p} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def goals(task, found):
    """Lines that say which goals are met; a ratio meets one that its interval reaches."""
    for what, most in zip(("seconds", "cpu", "peak_mb"), GOALS[task]):
        if most:
            middle, low, _ = report.interval(ratios(found, what))
            yield f"- {what} at most {most:.3g} × theirs: {'met' if low <= most else 'NOT met'} ({middle:.3f})"


def arguments():
    p = argparse.ArgumentParser(prog="bench/singlecell-run", description="Times reading and preprocessing of single cells beside anndata and scanpy.")
    p.add_argument("--rounds", type=int, default=7, help="fresh processes of each program and task (default 7)")
    p.add_argument("--cells", type=int, default=100_000, help="cells of the file (default 100000)")
    p.add_argument("--genes", type=int, default=2000, help="genes of the file (default 2000; more than 1000)")
    p.add_argument("--out", metavar="DIR", default=driver.ROOT / "bench" / "results", help="folder of the results (default bench/results)")
    a = p.parse_args()
    if a.genes <= 1000 or a.cells < 200 or a.rounds < 1:
        p.error("more than 1000 genes, 200 cells and one round are needed")
    return a


def main():
    a = arguments()
    say = lambda text: print(text, flush=True)
    about, load = driver.machine(), os.getloadavg()[0]
    about["versions"] = {n: importlib.metadata.version(n) for n in ("scanpy", "anndata", "scikit-learn", "numpy", "scipy", "numba")}
    say(f"# Single cells side by side, {datetime.date.today()}\n\n{about['cpu']}, {about['cores']} cores; {about['go']}; " + ", ".join(f"{n} {v}" for n, v in about["versions"].items()))
    if load > .5:
        say(f"\nThe load average is {load:.1f}: other programs are running, do not trust the seconds below; CPU seconds suffer less.")
    driver.BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "build", "-o", str(driver.BUILD) + "/", "./bench/singlecell-steps"], cwd=driver.ROOT, check=True)
    results = {"date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"), "machine": about, "load_before": load, "arguments": sys.argv[1:]}
    faults = []
    with tempfile.TemporaryDirectory(prefix="gomonge-bench-") as folder:
        for compression in ("none", "gzip"):
            path = f"{folder}/{compression}.h5ad"
            made = subprocess.run([sys.executable, "-B", pace.HERE / "singlecell_file.py", path, str(a.cells), str(a.genes), compression], capture_output=True, text=True, check=True)
            say(f"\n## Reading, {made.stdout.strip()}, compression {compression}\n")
            found = results[f"read, {compression}"] = race("read", path, folder, a.rounds)
            say(table(found))
            for line in goals("read", found):
                say(line)
            if len({r[0]["stored"] for r in found.values()}) > 1:
                faults.append("the programs read different numbers of entries")
            if compression == "none":
                say("\n## Normalising, log1p, 1000 highly variable genes, 50 principal components of these\n")
                found = results["pipeline"] = race("pipeline", path, folder, a.rounds)
                say(table(found))
                for p in PROGRAMS:
                    say(f"- {p}, CPU seconds: " + ", ".join(f"{s} {statistics.median(r['steps'][s]['cpu'] for r in found[p]):.3g}" for s in STEPS))
                for line in goals("pipeline", found):
                    say(line)
                fault = differs(folder, a.genes)
                faults += [fault] if fault else []
            os.remove(path)
    for fault in faults:
        say(f"NOT TO BE BELIEVED: {fault}")
    results["load_after"], results["faults"] = os.getloadavg()[0], faults
    out = Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"singlecell-{datetime.datetime.now():%Y-%m-%d-%H%M}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    say(f"\nAll numbers: {os.path.relpath(path)}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()

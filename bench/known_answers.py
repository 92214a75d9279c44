#!/usr/bin/env python3
"""known_answers.py [--method METHOD] [--seconds S] [--opt KEY=VALUE]... FOLDER...: how near trained maps come to the exact ones.

Each FOLDER holds a task with a known answer, as `gomonge synth` writes it: source.csv, train.csv, test.csv and
truth.csv. For each: gomonge fit, gomonge transport, and the L2-UVP of the carried rows, 100·E‖T̂(x)−T(x)‖²/Var T(x),
in the mean over trained, held-out and extrapolated conditions (a dose beyond the trained ones). Only the Python
standard library is needed; run it on an idle machine, since --seconds buys what the machine gives.
"""
import argparse, csv, json, pathlib, subprocess, sys, tempfile


def table(path):
    """Columns of text by name (conditions) and rows of numbers (features x0, x1, …)."""
    with open(path, newline="") as f:
        rows = csv.reader(f)
        header = next(rows)
        feature = [i for i, name in enumerate(header) if name[0] == "x" and name[1:].isdigit()]
        condition = [i for i in range(len(header)) if i not in feature]
        keys, points = [], []
        for r in rows:
            keys.append(tuple(r[i] for i in condition))
            points.append([float(r[i]) for i in feature])
    return [header[i] for i in condition], keys, points


def uvp(carried, truth):
    n, d = len(truth), len(truth[0])
    mean = [sum(r[j] for r in truth) / n for j in range(d)]
    spread = sum((r[j] - mean[j]) ** 2 for r in truth for j in range(d)) / n
    error = sum((a - b) ** 2 for p, q in zip(carried, truth) for a, b in zip(p, q)) / n
    return 100 * error / spread


def split_of(names, key, trained):
    if key in trained:
        return "trained"
    if names == ["dose"] and float(key[0]) > max(float(k[0]) for k in trained):
        return "extrapolated"
    return "held out"


def run(folder, method, seconds, options, keep):
    folder = pathlib.Path(folder)
    names, keys, _ = table(folder / "train.csv")
    trained = set(keys)
    kind = {"dose": "continuous", "time": "continuous", "perturbation": "set"}
    out = pathlib.Path(keep)
    fit = ["gomonge", "fit", "--method", method, "--source", folder / "source.csv", "--target", folder / "train.csv",
           "--seconds", str(seconds), "--out", out / "run", "--quiet"]
    for name in names:
        fit += ["--condition", f"{name}:{kind.get(name, 'categorical')}"]
    for o in options:
        fit += ["--opt", o]
    subprocess.run(fit, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["gomonge", "transport", "--model", out / "run/model", "--data", folder / "test.csv", "--out", out / "p.csv", "--quiet"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, keys, carried = table(out / "p.csv")
    _, want, truth = table(folder / "truth.csv")
    if keys != want:
        sys.exit(f"{folder}: the carried rows are not those of truth.csv")
    groups = {}
    for i, k in enumerate(keys):
        groups.setdefault(k, []).append(i)
    sums = {}
    for k, rows in groups.items():
        sums.setdefault(split_of(names, k, trained), []).append(uvp([carried[i] for i in rows], [truth[i] for i in rows]))
    report = json.loads((out / "run/model/model.json").read_text())
    return {s: sum(v) / len(v) for s, v in sums.items()}, report


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("folders", nargs="+", metavar="FOLDER")
    a.add_argument("--method", default="condot", choices=["condot", "ncmt"])
    a.add_argument("--seconds", type=float, default=60)
    a.add_argument("--opt", action="append", default=[])
    a = a.parse_args()
    print(f"{'task':28s} {'seconds':>7s} {'rounds':>6s} {'map':>8s}  L2-UVP %")
    for folder in a.folders:
        with tempfile.TemporaryDirectory() as keep:
            scores, m = run(folder, a.method, a.seconds, a.opt, keep)
        parts = "  ".join(f"{s} {scores[s]:.2f}" for s in ("trained", "held out", "extrapolated") if s in scores)
        print(f"{str(folder)[-28:]:28s} {a.seconds:7.0f} {m['report']['steps']:6d} {'refined' if m.get('refined') else 'gradient' if a.method == 'condot' else 'ncmt':>8s}  {parts}", flush=True)


if __name__ == "__main__":
    main()

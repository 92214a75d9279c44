#!/usr/bin/env python3
"""known_answers.py [--method METHOD] [--seconds S] [--opt KEY=VALUE]... FOLDER...: how near trained maps come to the exact ones.

Each FOLDER holds a task with a known answer, as `gomonge synth` writes it: source.csv, train.csv, test.csv and
truth.csv. For each: gomonge fit, gomonge transport, and the L2-UVP of the carried rows, 100·E‖T̂(x)−T(x)‖²/Var T(x),
in the mean over trained, held-out and extrapolated conditions (a dose beyond the trained ones). For NCTM the error of the
transport cost too: how far its best estimate is from ½E‖T(x)−x‖² on the same test points, in percent of it. Only the Python
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
    kind = {"dose": "continuous", "time": "continuous", "perturbation": "set", "text": f"vector={folder / 'vectors.csv'}"}
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
    scores = {k: uvp([carried[i] for i in rows], [truth[i] for i in rows]) for k, rows in groups.items()}
    report = json.loads((out / "run/model/model.json").read_text())
    costs = cost_errors(folder, out, names, groups, truth) if method == "ncmt" else {}
    by_split = lambda values: {s: mean([v for k, v in values.items() if split_of(names, k, trained) == s]) for s in SPLITS}
    return by_split(scores), by_split(costs), report


SPLITS = ("trained", "held out", "extrapolated")


def mean(values):
    return sum(values) / len(values) if values else None


def cost_errors(folder, out, names, groups, truth):
    """|L(f,T,c) − ½E‖T(x)−x‖²| in percent by condition: the map's and the critic's estimate from the test points and their images."""
    _, _, points = table(folder / "test.csv")
    first = next(iter(groups.values()))
    with open(out / "points.csv", "w", newline="") as f:
        rows = csv.writer(f)
        rows.writerow(f"x{j}" for j in range(len(points[0])))
        rows.writerows(points[i] for i in first)
    done = subprocess.run(["gomonge", "evaluate", "--model", out / "run/model", "--source", out / "points.csv", "--data", folder / "truth.csv", "--match", "none",
                           "--yardsticks=false", "--quick", "--json", "--quiet", "--out", out / "evaluation"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = {r["condition"]: r["metric"]["value"] for r in json.loads(done.stdout)["table"] if r["metric"]["name"] == "transport_cost"}
    errors = {}
    for key, rows in groups.items():
        true = .5 * mean([sum((a - b) ** 2 for a, b in zip(points[i], truth[i])) for i in rows])
        errors[key] = 100 * abs(found[",".join(f"{n}={v}" for n, v in zip(names, key))] - true) / true
    return errors


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
            scores, costs, m = run(folder, a.method, a.seconds, a.opt, keep)
        parts = "  ".join(f"{s} {scores[s]:.2f}" for s in SPLITS if scores[s] is not None)
        if costs["trained"] is not None:
            parts += "   cost: " + "  ".join(f"{s} {costs[s]:.2f}" for s in SPLITS if costs[s] is not None)
        print(f"{str(folder)[-28:]:28s} {a.seconds:7.0f} {m['report']['steps']:6d} {'refined' if m.get('refined') else 'gradient' if a.method == 'condot' else 'ncmt':>8s}  {parts}", flush=True)


if __name__ == "__main__":
    main()

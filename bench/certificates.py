#!/usr/bin/env python3
"""certificates.py [--seconds S] [--test SHARE] [--opt KEY=VALUE]... FOLDER...: whether certificates hold the true W2 squared, and how wide they are.

Each FOLDER holds a task with a known answer, as `gomonge synth` writes it. For each: gomonge fit with a share of the
rows (a fifth) set aside, from which it bounds W2 squared of every trained condition. The true value is the mean of |x − T(x)|² over
the task's test rows, with its standard error. Printed: in how many conditions it lies between the bounds (two standard errors of
the bounds and of the true value allowed for), and two median widths as shares of W2 squared: from the lower to the upper bound,
and from two standard errors below the one to two above the other, which more rows make smaller.
"""
import argparse, json, pathlib, statistics, subprocess, tempfile

from known_answers import table


def true_w2(folder):
    """W2 squared of each condition, by the cells of its columns, with its standard error."""
    _, keys, x = table(folder / "test.csv")
    _, _, y = table(folder / "truth.csv")
    squares = {}
    for k, p, q in zip(keys, x, y):
        squares.setdefault(k, []).append(sum((a - b) ** 2 for a, b in zip(p, q)))
    return {k: (statistics.fmean(v), statistics.stdev(v) / len(v) ** .5) for k, v in squares.items()}


def key_of(names, condition):
    """The cells of a condition as a model's description has it."""
    cells = []
    for name in names:
        value = condition[name]
        cells.append("+".join(value) if isinstance(value, list) else f"{value:g}" if isinstance(value, (int, float)) else str(value))
    return tuple(cells)


def run(folder, seconds, share, options, keep):
    names, _, _ = table(folder / "train.csv")
    kind = {"dose": "continuous", "time": "continuous", "perturbation": "set"}
    out = pathlib.Path(keep) / "run"
    fit = ["gomonge", "fit", "--method", "condot", "--source", folder / "source.csv", "--target", folder / "train.csv",
           "--seconds", str(seconds), "--test", str(share), "--certify", "--out", out, "--quiet"]
    for name in names:
        fit += ["--condition", f"{name}:{kind.get(name, 'categorical')}"]
    for o in options:
        fit += ["--opt", o]
    subprocess.run(fit, check=True, stdout=subprocess.DEVNULL)
    truth = {tuple(sorted(k[0].split("+"))) if names == ["perturbation"] else k: v for k, v in true_w2(folder).items()}
    rows = []
    for c in json.loads((out / "model/model.json").read_text())["certificates"]:
        key = key_of(names, c["condition"])
        w2, error = truth[tuple(sorted(key[0].split("+"))) if names == ["perturbation"] else key]
        low = max(0, c["lower"]["value"] - 2 * c["lower"]["standard_error"])
        high = c["upper"]["value"] + 2 * c["upper"]["standard_error"]
        rows.append((low - 2 * error <= w2 <= high + 2 * error, (c["upper"]["value"] - c["lower"]["value"]) / w2, (high - low) / w2))
    return rows


def show(name, rows):
    print(f"{name:28s} {len(rows):10d} {sum(r[0] for r in rows):5d} {statistics.median(r[1] for r in rows):8.1%} {statistics.median(r[2] for r in rows):12.1%}", flush=True)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("folders", nargs="+", metavar="FOLDER", type=pathlib.Path)
    a.add_argument("--seconds", type=float, default=60)
    a.add_argument("--test", type=float, default=.2, metavar="SHARE")
    a.add_argument("--opt", action="append", default=[])
    a = a.parse_args()
    print(f"{'task':28s} {'conditions':>10s} {'hold':>5s} {'width':>8s} {'with errors':>12s}")
    all_rows = []
    for folder in a.folders:
        with tempfile.TemporaryDirectory() as keep:
            rows = run(folder, a.seconds, a.test, a.opt, keep)
        all_rows += rows
        show(str(folder)[-28:], rows)
    show("all", all_rows)


if __name__ == "__main__":
    main()

"""All tables as one, and what they come to: means with intervals, and the same to read."""
import csv
import math
import os
import pathlib
import statistics

RESULTS = ("method", "fold", "seed", "setting", "condition", "metric", "value", "low", "high", "n")
OF_EXPERIMENTS = ("data", "series", "replicate")  # more columns of an experiment's tables
SUMMARY = ("method", "setting", "metric", "fold", "condition", "over", "n", "mean", "low", "high", "missing")
ALL = "all"  # folds and conditions together; gomonge's own figures over several conditions carry it as well
LEVEL = 0.95


class GatherError(ValueError):
    """A table that is not what gomonge writes."""


def read(folder, method, name, fold, seed):
    """Rows of one table; the judged method goes by the name that the configuration gives it."""
    path = pathlib.Path(folder) / "table.csv"
    with open(path, newline="", encoding="utf-8") as f:
        table = csv.DictReader(f)
        lacking = [c for c in ("method", *RESULTS[3:]) if c not in (table.fieldnames or [])]
        if lacking:
            raise GatherError(f"{path} has no column {', '.join(lacking)}")
        for number, row in enumerate(table, 2):
            if row["condition"] == ALL:
                continue
            for column in ("value", "low", "high"):
                try:
                    float(row[column] or "nan")
                except ValueError:
                    raise GatherError(f"{path}, line {number}, column {column}: {row[column]!r} is no number") from None
            yield {**{c: row[c] for c in (*RESULTS[3:], *OF_EXPERIMENTS) if c in row}, "method": name if row["method"] == method else row["method"],
                   "fold": fold, "seed": seed, "own": row["method"] == method}


def results(tables, method_of):
    """Rows of all tables, (folder, (method's name, fold, seed)) each. A yardstick comes beside every
    method: it is taken once, from the first, and not where it is a method of the grid itself."""
    seen, rows = set(), []
    names = {name for _, (name, *_) in tables}
    for folder, (name, fold, seed) in tables:
        for row in read(folder, method_of(name), name, fold, seed):
            key = tuple(row.get(c) for c in ("method", "fold", "seed", "setting", "condition", "metric", *OF_EXPERIMENTS))
            of_grid = not row.pop("own") and row["method"] in names
            if key not in seen and not of_grid:
                seen.add(key)
                rows.append(row)
    return rows


def unanswered(tables, rows):
    """Methods and folds without a row: the method has no answer to the fold's conditions."""
    found = {(r["method"], r["fold"]) for r in rows}
    return sorted({(name, fold) for _, (name, fold, _) in tables} - found)


def student(n, level=LEVEL):
    """The quantile of Student's t with n degrees of freedom that leaves (1-level)/2 above it,
    by bisection of the distribution's finite sum (Abramowitz & Stegun 26.7.3 and 26.7.4)."""
    low, high = 0.0, 1e5
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle, n) < level else (low, middle)
    return high


def within(t, n):
    """The probability that Student's t with n degrees of freedom is within -t and t."""
    angle = math.atan(t / math.sqrt(n))
    cos2 = math.cos(angle) ** 2
    total, term = 0.0, 1.0 if n % 2 == 0 else math.cos(angle)
    for k in range(1 + n % 2, n, 2):
        total += term
        term *= cos2 * k / (k + 1)
    if n % 2 == 0:
        return math.sin(angle) * total
    return 2 / math.pi * (angle + math.sin(angle) * total)


def mean(values):
    """Mean and its interval, with None for the ends where there is one value alone."""
    m = statistics.fmean(values)
    if len(values) < 2:
        return m, None, None
    half = student(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return m, m - half, m + half


def grouped(rows, *columns):
    groups = {}
    for r in rows:
        groups.setdefault(tuple(r.get(c, "") for c in columns), []).append(r)
    return groups


def summary(rows):
    """Means over the seeds under each condition of a fold, and over conditions of those means, of a condition of several folds
    of their mean: the seeds and folds of one condition share its cells, so that they are no further evidence."""
    lines = []
    for (method, setting, metric), group in grouped(rows, "method", "setting", "metric").items():
        means, missing = {}, 0
        for (fold, condition, data, series), of_seeds in grouped(group, "fold", "condition", "data", "series").items():
            condition = " ".join(c for c in (data, series, condition) if c)
            values = [v for v in (float(r["value"] or "nan") for r in of_seeds) if math.isfinite(v)]
            missing += len(of_seeds) - len(values)
            if values:
                lines.append(line(method, setting, metric, fold, condition, "seeds", values, len(of_seeds) - len(values)))
                means.setdefault(condition, []).append(lines[-1]["mean"])
        if means:
            lines.append(line(method, setting, metric, ALL, ALL, "conditions", [statistics.fmean(m) for m in means.values()], missing))
    return lines


def line(method, setting, metric, fold, condition, over, values, missing):
    m, low, high = mean(values)
    return dict(zip(SUMMARY, (method, setting, metric, fold, condition, over, len(values), m, low, high, missing)))


def markdown(lines, without):
    """The means over conditions to read: a table for each setting, metrics in rows."""
    lines = [s for s in lines if s["over"] == "conditions"]
    out = []
    for setting in dict.fromkeys(s["setting"] for s in lines):
        of = {(s["metric"], s["method"]): s for s in lines if s["setting"] == setting}
        methods = list(dict.fromkeys(m for _, m in of))
        out += [f"**{setting}**: mean over conditions of the means over seeds and folds, and half of its 95 % interval", "",
                "| metric | " + " | ".join(methods) + " |", "|---" * (len(methods) + 1) + "|"]
        for metric in dict.fromkeys(m for m, _ in of):
            out.append(f"| {metric} | " + " | ".join(cell(of.get((metric, m))) for m in methods) + " |")
        out.append("")
    out += [f"{name} has no answer in fold {fold}." for name, fold in without]
    missing = sum(s["missing"] for s in lines)
    if missing:
        out.append(f"{missing} figures are no numbers and left out.")
    return "\n".join(out).rstrip() + "\n"


def cell(s):
    """A mean with half of its interval, and the number of conditions: .412 ± .031 (4)."""
    if s is None:
        return ""
    half = "" if s["low"] is None else f" ± {(s['high'] - s['low']) / 2:.2g}"
    return f"{s['mean']:.3g}{half} ({s['n']})"


def write(tables, method_of, results_csv, summary_csv, summary_md):
    """Gather the tables into the three files."""
    rows = results(tables, method_of)
    if not rows:
        raise GatherError("no method has an answer to any condition: there is nothing to gather")
    lines = summary(rows)
    write_csv(results_csv, [*RESULTS, *(c for c in OF_EXPERIMENTS if any(c in r for r in rows))], rows)
    write_csv(summary_csv, SUMMARY, lines)
    write_text(summary_md, markdown(lines, unanswered(tables, rows)))


def write_csv(path, columns, rows):
    partial = f"{path}.tmp"
    with open(partial, "w", newline="", encoding="utf-8") as f:
        table = csv.DictWriter(f, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    os.replace(partial, path)


def write_text(path, text):
    partial = f"{path}.tmp"
    pathlib.Path(partial).write_text(text, encoding="utf-8")
    os.replace(partial, path)

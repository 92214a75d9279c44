"""Medians of paired ratios, what is asked of a run before it counts, and tables."""
import math
import statistics


def interval(values):
    """The median and a 95 % interval of it by order statistics (no assumption on the distribution):
    the values of rank k and n+1−k, k the largest with P(Binomial(n, ½) < k) ≤ .025. Fewer than
    six values have none; least and greatest then stand in for it."""
    v, n = sorted(values), len(values)
    k, below = 0, 0.0
    while below + math.comb(n, k) / 2 ** n <= .025:
        below += math.comb(n, k) / 2 ** n
        k += 1
    k = max(k, 1)
    return statistics.median(v), v[k - 1], v[n - k]


def ratios(ours, theirs):
    """Of the two blocks of every cycle."""
    return [a / b for a, b in zip(ours["seconds"], theirs["seconds"])]


def faults(form, results, start):
    """Why a comparison's times are not to be believed: programs that did not all train alike."""
    found = []
    names = list(results)
    rounds = {n: results[n]["rounds"] for n in names}
    if len(set(rounds.values())) > 1:
        found.append(f"different numbers of rounds: {rounds}")
    for n, r in results.items():
        losses = [x for l in r["losses"] for x in l[1:]]
        if len(losses) < 4 or not all(math.isfinite(x) for x in losses):
            found.append(f"{n}: losses, looked at every ten rounds, are fewer than two or not finite")
        elif form == "paper" and n != names[0]:
            if not r["losses"][-1][1] < r["losses"][0][1]:
                found.append(f"{n}: g's loss did not fall")
        elif not r["uvp"] < start:
            found.append(f"{n}: the map's L2-UVP is {r['uvp']:.3g} %, the identity's {start:.3g} %")
    if form != "paper":
        worst = max(results[n]["uvp"] for n in names[1:]) if names[1:] else math.inf
        if results[names[0]]["uvp"] > 1.5 * worst + 1:
            found.append(f"after as many rounds the Go program's map is at {results[names[0]]['uvp']:.3g} %, the others' at most at {worst:.3g} %")
    return found


def table(results, rounds, per):
    """Markdown of one comparison; per is the number of steps that a round's time is divided by."""
    names = list(results)
    ours = results[names[0]]
    sure = "95 %" if len(ours["seconds"]) > 5 else "least–greatest"
    lines = [f"| program | ms (min–max) | ours / this ({sure}) | compile s | peak MB | L2-UVP % at the end |", "|---|---|---|---|---|---|"]
    for n in names:
        r = results[n]
        ms = sorted(1e3 * s / rounds / per for s in r["seconds"])
        ratio = "" if n == names[0] else "{:.3f} ({:.3f}–{:.3f})".format(*interval(ratios(ours, r)))
        uvp = f"{r['uvp']:.3g}" if r["uvp"] < 1000 else ""
        lines.append(f"| {n} | {statistics.median(ms):.3g} ({ms[0]:.3g}–{ms[-1]:.3g}) | {ratio} | {r['compile_seconds']:.2f} | {r['peak_mb']:.0f} | {uvp} |")
    return "\n".join(lines)


# What is asked of the Go program at d = 50: most of the ratio's interval, seconds and megabytes.
GOALS = {"JAX, a call a round": 1.0, "PyTorch, eager": .4}
COMPILE_SECONDS, PEAK_MB = 3, 500


def goals(results):
    """Lines that say which goals a comparison meets; a ratio meets one that its interval reaches."""
    names = list(results)
    ours, lines = results[names[0]], []
    for n, most in GOALS.items():
        if n in results:
            low = interval(ratios(ours, results[n]))[1]
            lines.append(f"- at most {most} × {n}: {'met' if low <= most else 'NOT met'} (the interval begins at {low:.3f})")
    for what, value, most in (("compile seconds", ours["compile_seconds"], COMPILE_SECONDS), ("peak MB", ours["peak_mb"], PEAK_MB)):
        lines.append(f"- at most {most} {what}: {'met' if value <= most else 'NOT met'} ({value:.3g})")
    return lines

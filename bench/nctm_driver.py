"""Side by side: NCTM in this project, in JAX and in PyTorch. See README.md; bench/nctm-run starts this."""
import argparse
import datetime
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import driver
import nctm_check
import pace
import report
import task

OURS = "ours, Go"
BATCH = 256
# Conditions a batch, and what is asked of the medians of our time over the others'.
FORMS = {"one": (1, "one condition a batch: W(c) is made once", {"JAX": 1.15, "PyTorch": 1.0}),
         "few": (8, "eight conditions a batch: W(c) is made once a condition", {}),
         "each": (BATCH, "one condition a point: W(c) is never formed (factored)", {"JAX": 1.0, "PyTorch": .65})}
# A round of ten map steps and one critic step, and one of one and one: their times give those of the two steps.
INNERS = (10, 1)


def arguments():
    p = argparse.ArgumentParser(prog="bench/nctm-run", description="Times the steps of NCTM's map and critic beside JAX and PyTorch.")
    p.add_argument("--forms", default=",".join(FORMS), help="batches to time, separated by commas (default %(default)s)")
    p.add_argument("--pairs", type=int, default=15, metavar="N", help="interleaved blocks of each program (default %(default)s)")
    p.add_argument("--tiny", action="store_true", help="networks an eighth of the width, to see that everything runs")
    p.add_argument("--out", metavar="DIR", default=driver.ROOT / "bench" / "results", help="folder of the results (default bench/results)")
    a = p.parse_args()
    a.forms = a.forms.split(",")
    for name in a.forms:
        if name not in FORMS:
            p.error(f"unknown form {name!r}; there are {', '.join(FORMS)}")
    return a


def settings(form, inner, tiny, device):
    return SimpleNamespace(conditions=FORMS[form][0], batch=BATCH, inner=inner, width=32 if tiny else 256, decoder=8, critic_decoder=3,
                           rate=1e-3, steps=2000, seed=1, gpu=device == "cuda")


def programs(form, tiny, device, path):
    """Starters of all programs with both kinds of rounds, which take their turns together."""
    for inner in INNERS:
        yield from of_rounds(inner, settings(form, inner, tiny, device), device, path)


def of_rounds(inner, s, device, path):
    options = json.dumps(nctm_check.options(s, "xla:" + device))
    yield lambda: pace.Program(key(OURS, inner), [driver.BUILD / "fit-round", "-method", "ncmt", "-task", path, "-options", options])
    jax = {"JAX_PLATFORMS": device, "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    for name, script, environment in (("JAX", "worker_nctm_jax.py", jax), ("PyTorch", "worker_nctm_torch.py", {})):
        yield lambda n=key(name, inner), f=script, e=environment: pace.Program(n, [sys.executable, "-B", pace.HERE / f, path, json.dumps(vars(s))], e)


def key(name, inner):
    return f"{name}, {inner} + 1"


def steps(rounds):
    """Seconds of a map step and of a critic step in every cycle, from those of the two rounds."""
    long, short = (rounds[inner] for inner in INNERS)
    map_steps = [(l - s) / (INNERS[0] - INNERS[1]) for l, s in zip(long, short)]
    return {"map step": map_steps, "critic step": [s - m for s, m in zip(short, map_steps)]}


def table(found):
    """Markdown of one form: found[name] has seconds a round by inner, and what the programs say of themselves."""
    lines = ["| program | map step ms | critic step ms | round of 10 + 1 ms | ours / this: map step | critic step | round | compile s | peak MB |", "|" + "---|" * 9]
    ours = found[OURS]
    for name, r in found.items():
        ms = [f"{1e3 * statistics.median(v):.3g}" for v in (*r["steps"].values(), r["rounds"][INNERS[0]])]
        ratio = [""] * 3
        if name != OURS:
            pairs = [(ours["steps"][k], r["steps"][k]) for k in r["steps"]] + [(ours["rounds"][INNERS[0]], r["rounds"][INNERS[0]])]
            ratio = ["{:.3f} ({:.3f}–{:.3f})".format(*report.interval([a / b for a, b in zip(*p)])) for p in pairs]
        about = r["about"][INNERS[0]]
        lines.append(f"| {name} | {' | '.join(ms + ratio)} | {about['compile_seconds']:.2f} | {about['peak_mb']:.0f} |")
    return "\n".join(lines)


def goals(form, found):
    """Lines that say which goals the medians meet."""
    for name, most in FORMS[form][2].items():
        for step in found[OURS]["steps"]:
            middle, low, high = report.interval([a / b for a, b in zip(found[OURS]["steps"][step], found[name]["steps"][step])])
            yield f"- {step} at most {most} × {name}: {'met' if middle <= most else 'NOT met'} ({middle:.3f}, {low:.3f} to {high:.3f})"


def faults(results, inner, start):
    """Why times are not to be believed."""
    rounds = {n: r["rounds"] for n, r in results.items()}
    if len(set(rounds.values())) > 1:
        yield f"rounds of {inner}: different numbers of rounds: {rounds}"
    for n, r in results.items():
        losses = [x for l in r["losses"] for x in l[1:]]
        if len(losses) < 4 or not all(math.isfinite(x) for x in losses):
            yield f"rounds of {inner}: {n}: losses, looked at every ten rounds, are fewer than two or not finite"
    others = [r["uvp"] for n, r in results.items() if n != OURS]
    if max(others) < start and results[OURS]["uvp"] > 1.5 * max(others) + 1:  # so early that the others' maps may still be worse than none
        yield f"rounds of {inner}: after as many rounds the Go program's map is at {results[OURS]['uvp']:.3g} %, the others' at {others} %"


def compare(form, device, folder, a, say):
    path, found = Path(folder) / f"{form}.safetensors", {}
    start = task.write(path, 2, target=100 if form == "each" else 1000, count=max(8, FORMS[form][0]))
    wrong = []
    together, _ = pace.in_turn(programs(form, a.tiny, device, path), 5, a.pairs, 1, say)
    for inner in INNERS:
        results = {name: together[key(name, inner)] for name in (OURS, "JAX", "PyTorch") if key(name, inner) in together}
        wrong += faults(results, inner, start)
        for name, r in results.items():
            entry = found.setdefault(name, {"rounds": {}, "about": {}})
            entry["rounds"][inner] = r.pop("seconds")
            entry["about"][inner] = r
    for r in found.values():
        r["steps"] = steps(r["rounds"])
    return found, wrong


def main():
    a = arguments()
    about, load = driver.machine(), os.getloadavg()[0]
    say = lambda text: print(text, flush=True)
    say(f"# NCTM side by side, {datetime.date.today()}\n\n{about['cpu']}, {about['cores']} cores; {about['go']}; " + ", ".join(f"{n} {v}" for n, v in about["versions"].items()))
    if load > .5:
        say(f"\nThe load average is {load:.1f}: other programs are running, do not trust the times below.")
    driver.BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "build", "-o", str(driver.BUILD) + "/", "./bench/fit-round"], cwd=driver.ROOT, check=True)
    results, bad = {"date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"), "machine": about, "load_before": load, "arguments": sys.argv[1:]}, 0
    with tempfile.TemporaryDirectory(prefix="gomonge-bench-") as folder:
        for form in a.forms:
            for device in ["cpu"] + ["cuda"] * bool(about["gpu"]):
                conditions, title, _ = FORMS[form]
                check = settings(form, 1, a.tiny, device)
                check.conditions = max(32, conditions)
                worst = max(max(d.values()) for d in nctm_check.checked(driver.BUILD / "fit-round", folder, check, True).values())
                say(f"\n## {title}, batch {BATCH}, width {check.width}, decoders 8 and 3, on the {device.upper()}\n\nLosses and gradients agree to {worst:.1g} of their size.\n")
                found, wrong = compare(form, device, folder, a, say)
                say(table(found))
                for line in [*goals(form, found), *(f"NOT TO BE BELIEVED: {w}" for w in wrong)]:
                    say(line)
                bad += len(wrong)
                results[f"{form}, {device}"] = found | {"faults": wrong}
    few, each = (results.get(f"{form}, cpu", {}).get(OURS) for form in ("few", "each"))
    if few and each:
        for step in few["steps"]:
            ratio = statistics.median(few["steps"][step]) / statistics.median(each["steps"][step])
            say(f"- ours, {step}: a batch of eight conditions takes {ratio:.3f} of one condition a point (at most .25: {'met' if ratio <= .25 else 'NOT met'})")
    results["load_after"], results["faults"] = os.getloadavg()[0], bad
    out = Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"nctm-{datetime.datetime.now():%Y-%m-%d-%H%M}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    say(f"\nAll numbers: {os.path.relpath(path)}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()

"""Side by side: CondOT in this project, in JAX and in PyTorch. See README.md; bench/run starts this."""
import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import check
import pace
import quality
import report
import task

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "bench"
# Sizes: dimension, width of the network, rounds before the clock, cycles and rounds a block.
SIZES = {"d50": dict(dim=50, width=64, warm_up=20, cycles=20, rounds=15),
         "d1000": dict(dim=1000, width=512, warm_up=2, cycles=15, rounds=2)}
FORMS = {"same": "same arithmetic: condot's network (softplus, the condition's terms once a condition) in every program; a round is 10 g-steps and one f-step",
         "paper": "the paper's form: ours with leaky ReLU against the network as existing programs write it (leaky ReLU, the condition's path once a point); a round is 10 g-steps and one f-step",
         "amortised": "condot's default training in the same arithmetic; ms of one of the ten steps of a round, which improve a conjugate by five evaluations of ∇f and then move f and g"}
INNER, BATCH, REFINE = 10, 256, 5


def arguments():
    p = argparse.ArgumentParser(prog="bench/run", description="Times CondOT's training beside JAX and PyTorch and says how long each takes to a given quality.")
    p.add_argument("--only", metavar="PARTS", default="d50,d1000,quality", help="parts to run, of d50, d1000, quality and check, separated by commas (default: the first three)")
    p.add_argument("--pairs", type=int, metavar="N", help="interleaved blocks of each program (default 20 for d50, 15 for d1000)")
    p.add_argument("--rounds", type=int, metavar="N", help="rounds a block (default 15 for d50, 2 for d1000)")
    p.add_argument("--forms", metavar="FORMS", default=",".join(FORMS), help="comparisons, of same, paper and amortised (default all)")
    p.add_argument("--no-torch", action="store_true", help="leave PyTorch out, which takes several GB on the disk")
    p.add_argument("--no-compile", action="store_true", help="leave out PyTorch's compiled form, which takes long to compile")
    p.add_argument("--task", metavar="DIR", help="quality: folder of a dose task (source, train, test, truth .csv); default: gomonge synth --kind dose --dim 16")
    p.add_argument("--seeds", metavar="SEEDS", default="0", help="quality: seeds of the task that is made and of the weights (default 0)")
    p.add_argument("--budgets", metavar="SECONDS", default="10,20,40", help="quality: lengths of the runs in seconds (default 10,20,40)")
    p.add_argument("--uvp", type=float, metavar="PERCENT", default=3.5, help="quality: held-out L2-UVP to reach (default 3.5)")
    p.add_argument("--out", metavar="DIR", default=ROOT / "bench" / "results", help="folder of the results (default bench/results)")
    a = p.parse_args()
    a.only, a.forms = a.only.split(","), a.forms.split(",")
    for given, known in ((a.only, [*SIZES, "quality", "check"]), (a.forms, FORMS)):
        for name in given:
            if name not in known:
                p.error(f"unknown part {name!r}; there are {', '.join(known)}")
    return a


def machine():
    """What the numbers were measured on and with."""
    try:
        cpu = next(l.split(":")[1].strip() for l in Path("/proc/cpuinfo").read_text().splitlines() if l.startswith("model name"))
    except (FileNotFoundError, StopIteration):
        cpu = platform.processor() or platform.machine()
    git = lambda *a: subprocess.run(["git", *a], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    versions = {n: importlib.metadata.version(n) for n in ("jax", "jaxlib", "optax", "numpy", "torch") if installed(n)}
    return {"cpu": cpu, "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "system": platform.platform(), "python": platform.python_version(), "go": subprocess.run(["go", "version"], capture_output=True, text=True).stdout.split()[2],
            "commit": git("rev-parse", "--short", "HEAD"), "changed": bool(git("status", "--porcelain", "--untracked-files=no")), "versions": versions, "gpu": gpu()}


def installed(name):
    try:
        return bool(importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return False


def gpu():
    """The NVIDIA devices, or None."""
    if not shutil.which("nvidia-smi"):
        return None
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True)
    return listed.stdout.strip().splitlines() or None if listed.returncode == 0 else None


def programs(form, size, device, path, folder, a):
    """Starters of the programs of one comparison, ours first."""
    rate = 1e-6 if form == "paper" else 3e-3
    settings = dict(layers=4, width=size["width"], batch=BATCH, inner=INNER, rate=rate, steps=size["steps"], seed=1, refine=REFINE, gpu=device == "cuda")
    options = dict(Refine=REFINE if form == "amortised" else -1, Inner=INNER, Batch=BATCH, Conditions=1, Rate=3e-3, Steps=size["steps"], Seed=1, Validation=-1,
                   Backend="xla:" + device, Architecture=dict(Layers=4, Width=size["width"], Activation="leaky-relu" if form == "paper" else "softplus"))
    yield lambda: pace.Program("ours, Go", [BUILD / "fit-round", "-task", path, "-options", json.dumps(options)])
    jax = {"JAX_PLATFORMS": device, "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    torch = {"TORCHINDUCTOR_CACHE_DIR": f"{folder}/inductor-{form}"}  # an empty one: compiled anew
    for name, script, mode, environment in [("JAX, a call a round", "worker_jax.py", "scan", jax), ("JAX, a call a step", "worker_jax.py", "step", jax),
                                            ("PyTorch, eager", "worker_torch.py", "eager", torch), ("PyTorch, compiled", "worker_torch.py", "compiled", torch)]:
        skipped = form == "amortised" and mode != "scan" or a.no_torch and "torch" in script or a.no_compile and mode == "compiled"
        if not skipped:
            yield lambda n=name, s=script, m=mode, e=environment: pace.python(n, s, form, m, path, settings, e)


def compare(name, device, folder, a, say):
    """All forms at one size."""
    size = SIZES[name] | {k: v for k, v in (("cycles", a.pairs), ("rounds", a.rounds)) if v}
    # The rate's schedule is that of a run of 2000 rounds, of which these are the first.
    size["steps"] = max(2000, size["warm_up"] + size["cycles"] * size["rounds"] + 1)
    path, found = Path(folder) / f"{name}.safetensors", {}
    start = task.write(path, size["dim"])
    for form in a.forms:
        title = f"{name}, {form}, {device}"
        say(f"\n## d = {size['dim']}, 4 × {size['width']}, batch {BATCH} of one condition, on the {device.upper().replace('CUDA', 'GPU')}: {FORMS[form]}\n")
        try:
            results, failed = pace.in_turn(programs(form, size, device, path, folder, a), size["warm_up"], size["cycles"], size["rounds"], say)
        except pace.Failed as e:
            say(f"not measured: {e}")
            found[title] = {"failed": str(e)}
            continue
        wrong = report.faults(form, results, start)
        say(report.table(results, size["rounds"], INNER if form == "amortised" else 1))
        for w in wrong:
            say(f"NOT TO BE BELIEVED: {w}")
        compared = {n: dict(zip(("median", "low", "high"), report.interval(report.ratios(results["ours, Go"], r)))) for n, r in results.items() if n != "ours, Go"}
        if name == "d50" and form == "same" and device == "cpu":
            say("\n" + "\n".join(report.goals(results)))
        found[title] = {"settings": size, "identity_uvp": start, "programs": results, "ours_by": compared, "left_out": failed, "faults": wrong}
    return found


def main():
    a = arguments()
    about = machine()
    load = os.getloadavg()[0]
    say = lambda text: print(text, flush=True)
    say(f"# CondOT side by side, {datetime.date.today()}\n\n{about['cpu']}, {about['cores']} cores; {about['go']}; " + ", ".join(f"{n} {v}" for n, v in about["versions"].items()))
    say("GPU: " + (", ".join(about["gpu"]) if about["gpu"] else "no device here (nvidia-smi lists none), so no column for one"))
    if load > .5:
        say(f"\nThe load average is {load:.1f}: other programs are running, do not trust the times below.")
    BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "build", "-o", str(BUILD) + "/", "./bench/fit-round", "./bench/condot-quality"], cwd=ROOT, check=True)
    results = {"date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"), "machine": about, "load_before": load, "arguments": sys.argv[1:], "faults": 0}
    torch = installed("torch") and not a.no_torch
    with tempfile.TemporaryDirectory(prefix="gomonge-bench-") as folder:
        for name in [n for n in SIZES if n in a.only] or ["d50"] * ("check" in a.only):
            size = SIZES[name]
            results[f"check {name}"] = check.check(BUILD / "fit-round", folder, size["dim"], size["width"], torch)
            worst = max(max(d.values()) for d in results[f"check {name}"].values())
            say(f"\nd = {size['dim']}: losses and gradients of the other programs agree with ours to {worst:.1g} of their size (at most {check.TOLERANCE:g} is let through)")
            for device in (["cpu"] + ["cuda"] * bool(about["gpu"])) * (name in a.only):
                results |= compare(name, device, folder, a, say)
        if "quality" in a.only:
            results["quality"] = quality.race(BUILD, folder, a, say)
    results["load_after"] = os.getloadavg()[0]
    results["faults"] = sum(len(r.get("faults", [])) for r in results.values() if isinstance(r, dict))
    out = Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{datetime.datetime.now():%Y-%m-%d-%H%M}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    say(f"\nAll numbers: {os.path.relpath(path)}")
    sys.exit(1 if results["faults"] else 0)


if __name__ == "__main__":
    main()

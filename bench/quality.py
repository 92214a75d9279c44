"""Seconds of training until the map of held-out doses is good: ours and the JAX prototype's."""
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def lines(command):
    environment = os.environ | {"JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return [json.loads(line) for line in done.stdout.splitlines()]


def best(look):
    """The least L2-UVP of the maps that a look scored."""
    return min(v for k, v in look.items() if k in ("gradient", "refined", "refined_mean"))


def seconds_to(looks, percent):
    """When a look first found a map that good; None: never."""
    return next((l["seconds"] for l in looks if best(l) <= percent), None)


def race(build, folder, a, say):
    """Runs of the given lengths, each with its whole schedule of learning rates, of both programs in turn."""
    say(f"\n## Seconds of training to a held-out L2-UVP of {a.uvp:g} % (doses between those of training, d = 16; compiling not counted)\n")
    say("| seed | length s | program | steps | at the end % | seconds to it | compile s |\n|---|---|---|---|---|---|---|")
    runs, first = [], {}
    if a.task is None:
        subprocess.run(["go", "build", "-o", f"{build}/", "./cmd/gomonge"], cwd=HERE.parent, check=True)
    for seed in a.seeds.split(","):
        path = a.task
        if path is None:
            path = Path(folder) / f"dose-{seed}"
            subprocess.run([build / "gomonge", "synth", "--kind", "dose", "--dim", "16", "--seed", seed, "--out", path, "--json"], check=True, stdout=subprocess.DEVNULL)
        for budget in a.budgets.split(","):
            options = {"Seconds": float(budget), "Seed": int(seed), "Backend": "xla:cpu"}
            for name, command in (("ours, Go", [build / "condot-quality", "-task", path, "-options", json.dumps(options)]),
                                  ("JAX prototype", [sys.executable, "-B", HERE / "prototype.py", path, budget, seed])):
                *looks, end = lines(command)
                reached = seconds_to(looks, a.uvp)
                if reached is not None:
                    first[seed, name] = min(reached, first.get((seed, name), reached))
                runs.append({"seed": seed, "length": float(budget), "program": name, "seconds_to": reached, "looks": looks, "end": end})
                say(f"| {seed} | {budget} | {name} | {end['steps']} | {end['served']:.2f} | {'not reached' if reached is None else f'{reached:.1f}'} | {end['compile_seconds']:.1f} |")
    say("\nLeast over the lengths: " + "; ".join(f"seed {s}, {n}: {v:.1f} s" for (s, n), v in first.items()) if first else "\nNo run got there.")
    return {"uvp": a.uvp, "task": str(a.task or "gomonge synth --kind dose --dim 16"), "runs": runs}

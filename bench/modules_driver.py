"""Side by side: a round of NCTM under each way that the condition comes in. See README.md; bench/modules-run starts this."""
import argparse
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

import driver
import pace
import report
import task

# Architectures by name.
MODULES = {"hypernetwork": {"Module": "hypernetwork"}, "of 128 units": {"Module": "hypernetwork", "Hidden": 128}} | {
    m: {"Module": m} for m in ("low-rank", "film", "adain", "concatenation", "attention")}


def main():
    p = argparse.ArgumentParser(prog="bench/modules-run", description="Times a training round of NCTM (5 map steps and one of the critic, 512 points) "
                                "with each module, in turn, and prints medians over the default hypernetwork's with 95 % intervals.")
    p.add_argument("--dim", type=int, default=16, help="dimension of the points (default %(default)s)")
    p.add_argument("--pairs", type=int, default=15, metavar="N", help="interleaved blocks of each (default %(default)s)")
    p.add_argument("--rounds", type=int, default=10, metavar="N", help="rounds of a block (default %(default)s)")
    a = p.parse_args()
    driver.BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "build", "-o", str(driver.BUILD) + "/", "./bench/fit-round"], cwd=driver.ROOT, check=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "task.safetensors"
        task.write(path, a.dim)
        found, _ = pace.in_turn((start(m, path) for m in MODULES), 2, a.pairs, a.rounds, print)
    print(f"{'module':14s} {'ms a round':>10s}  of the hypernetwork's")
    for name in MODULES:
        seconds = found[name]["seconds"]
        middle, low, high = report.interval(report.ratios(found[name], found["hypernetwork"]))
        print(f"{name:14s} {1000 * statistics.median(seconds) / a.rounds:10.2f}  {middle:.2f} ({low:.2f} to {high:.2f})")


def start(name, path):
    options = json.dumps({"Steps": 100000, "Pretrain": -1, "Validation": -1, "Architecture": MODULES[name], "Seed": 1})
    return lambda: pace.Program(name, [driver.BUILD / "fit-round", "-method", "ncmt", "-task", path, "-options", options])


if __name__ == "__main__":
    main()

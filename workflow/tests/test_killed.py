"""The workflow on this machine: killed in the middle, it goes on and does what is missing alone; an experiment is spread."""
import csv
import math
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
WORKFLOW = HERE.parent


def snakemake(folder, *words, profile="local", grid="quick.yaml"):
    """The command of a run of a small grid in a folder."""
    return [sys.executable, "-m", "snakemake", "--snakefile", WORKFLOW / "Snakefile", "--configfile", HERE / grid,
            "--profile", WORKFLOW / "profiles" / profile, "--directory", folder, "--config", f"out={folder}/out", *words]


class Running(unittest.TestCase):
    def setUp(self):
        self.assertIsNotNone(shutil.which("gomonge"), "gomonge is not on the PATH")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "out"

    def succeeds(self, *words, **named):
        done = subprocess.run(snakemake(self.folder, *words, **named), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1200)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout


class Experiments(Running):
    def test_experiment(self):
        self.succeeds("--cores", "2", grid="experiment.yaml")
        with open(self.out / "results.csv", newline="") as f:
            rows = list(csv.DictReader(f))
        mean = lambda *job: statistics.mean(float(r["value"]) for r in rows if (r["method"], r["fold"], r["seed"], r["setting"]) == job)
        for fold in ("plane", "space"):
            of_seeds = [mean("identity", fold, seed, "held-out") for seed in "01"]
            self.assertNotEqual(*of_seeds)  # other tasks
            for seed, identity in zip("01", of_seeds):
                self.assertLess(mean("straight", fold, seed, "held-out"), identity)
        self.assertEqual(len([*self.out.glob("experiments/*/*/*/table.csv")]), 8)
        self.assertIn("Nothing to be done", self.succeeds("--cores", "2", grid="experiment.yaml"))


class Killed(Running):
    def kill_in_the_middle(self):
        """Stop the fits as a cluster does, which save a checkpoint, and then everything as a crash does."""
        log = open(self.folder / "first.log", "w")
        self.addCleanup(log.close)
        running = subprocess.Popen(snakemake(self.folder, "--cores", "2"), stdout=log, stderr=log, start_new_session=True)
        try:
            self.until(running, lambda: any("condot: step " in p.read_text() for p in self.out.glob("log/fits/condot/*/0.log")))
            os.killpg(running.pid, signal.SIGTERM)
            self.until(running, lambda: [*self.out.glob("fits/condot/*/0.partial/checkpoint/state.safetensors")])
        finally:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()

    def until(self, running, what):
        end = time.monotonic() + 1200
        while not what():
            self.assertIsNone(running.poll(), "it ended before it was killed:\n" + (self.folder / "first.log").read_text())
            self.assertLess(time.monotonic(), end, "it takes too long")
            time.sleep(.002)

    def finished(self):
        return {p: p.stat().st_mtime_ns for pattern in ("fits/*/*/*/config.json", "task/source.csv") for p in self.out.glob(pattern) if ".partial" not in str(p)}

    def test_it_goes_on(self):
        self.kill_in_the_middle()
        before, begun = self.finished(), [*self.out.glob("fits/condot/*/0.partial/checkpoint/state.safetensors")]
        self.assertTrue(begun)
        self.assertFalse((self.out / "results.csv").exists())
        self.succeeds("--unlock")
        self.succeeds("--cores", "2")
        after = self.finished()
        self.assertEqual({p: after[p] for p in before}, before, "what was finished is done again")
        for checkpoint in begun:
            fold = checkpoint.parts[-4]
            self.assertIn("going on with", (self.out / f"log/fits/condot/{fold}/0.log").read_text())
        self.assertEqual([*self.out.glob("**/*.partial")], [])
        self.check_tables()
        self.assertIn("Nothing to be done", self.succeeds("--cores", "2"))

    def check_tables(self):
        with open(self.out / "results.csv", newline="") as f:
            rows = [r for r in csv.DictReader(f) if r["metric"] == "l2_uvp"]
        self.assertEqual(sorted((r["method"], r["fold"], r["seed"], r["condition"], r["setting"]) for r in rows), sorted(
            (method, fold, "0", condition, "held-out") for method in ("affine", "condot", "identity")
            for fold, condition in (("low", "dose=0.2"), ("high", "dose=0.65"))))
        values = {(r["method"], r["fold"], r["condition"]): float(r["value"]) for r in rows}
        for (method, fold, condition), value in values.items():
            if method == "condot":  # 200 small steps at least come nearer than points that do not move
                self.assertLess(value, values["identity", fold, condition])
        with open(self.out / "summary.csv", newline="") as f:
            means = {r["method"]: r for r in csv.DictReader(f) if r["metric"] == "l2_uvp" and r["over"] == "conditions"}
        for method in ("affine", "condot", "identity"):
            own = [v for (m, _, _), v in values.items() if m == method]
            self.assertTrue(math.isclose(float(means[method]["mean"]), sum(own) / 2, rel_tol=1e-12))
            self.assertLess(float(means[method]["low"]), float(means[method]["mean"]))
        self.assertIn("| l2_uvp |", (self.out / "summary.md").read_text())
        self.assertEqual(len([*self.out.glob("predicted/*/*/0/*.csv")]), 4)


class Profiles(unittest.TestCase):
    """What can be said of clusters without one: their profiles are read, plugins and all, and the jobs are planned."""

    def test_dry_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            for profile in ("slurm", "kubernetes"):
                with self.subTest(profile):
                    words = snakemake(pathlib.Path(folder), "--dry-run", "--quiet", "rules", profile=profile)
                    if profile == "kubernetes":
                        words += ["--default-storage-prefix", folder]
                    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
                    self.assertEqual(done.returncode, 0, done.stdout)
                    self.assertRegex(done.stdout, r"fit +4\b")
                    self.assertRegex(done.stdout, r"judge +4\b")


if __name__ == "__main__":
    unittest.main()

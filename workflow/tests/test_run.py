"""Runs that are begun, gone on with, left alone and waited for; cores that are shared out."""
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

RUN = pathlib.Path(__file__).resolve().parent.parent / "scripts" / "run.py"

# A program in the place of gomonge: it notes its arguments and its cores, waits while the file "hold" is
# there, and makes the run; with "cut" it leaves the run unfinished.
PROGRAM = f"""#!{sys.executable}
import os, pathlib, sys, time
args = sys.argv[1:]
out = pathlib.Path(args[args.index("--out") + 1])
base = out.parent.parent
with open(base / "calls", "a") as f:
    print(*args[:1], "--resume" in args, *sorted(os.sched_getaffinity(0)), file=f)
partial = out.with_name(out.name + ".partial")
partial.mkdir(exist_ok=True)
(partial / "config.json").write_text("{{}}")
while (base / "hold").exists():
    time.sleep(.01)
if "cut" in args:
    sys.exit(130)
partial.rename(out)
"""


class Runs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.base = pathlib.Path(folder.name)
        self.program = self.base / "gomonge"
        self.program.write_text(PROGRAM)
        self.program.chmod(0o755)
        self.data = self.base / "data.csv"
        self.data.write_text("x\n1\n")
        self.out = self.base / "runs" / "0"

    def start(self, *words, out=None, threads=1):
        return subprocess.Popen([sys.executable, RUN, "--threads", str(threads), f"--reads={self.data}", "--out", out or self.out, self.program, *words],
                                stderr=subprocess.PIPE, text=True, env=dict(os.environ, TMPDIR=str(self.base)))

    def run_it(self, *words, **named):
        p = self.start(*words, **named)
        _, said = p.communicate(timeout=60)
        return p.returncode, said

    def calls(self):
        path = self.base / "calls"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def until(self, what):
        end = time.monotonic() + 60
        while not what():
            self.assertLess(time.monotonic(), end, "it takes too long")
            time.sleep(.01)

    def test_what_is_cut_goes_on(self):
        self.assertEqual(self.run_it("fit", "cut")[0], 130)
        code, said = self.run_it("fit", "cut")
        self.assertEqual((code, [c[:2] for c in self.calls()]), (130, [["fit", "False"], ["fit", "True"]]))
        self.assertIn("going on with", said)

    def test_what_is_left_of_another_is_removed(self):
        same = ("fit", "cut", "--steps=5")
        for name, words, change in (("flags", ("fit", "cut", "--steps=6"), lambda: None), ("data", same, lambda: self.data.write_text("x\n1\n2\n")),
                                    ("program", same, lambda: os.utime(self.program, (1, 1)))):
            with self.subTest(name):
                out = self.base / "runs" / name
                self.run_it(*same, out=out)
                old = self.base / "runs" / f"{name}.partial" / "old"
                old.touch()
                change()
                self.run_it(*words, out=out)
                self.assertEqual(self.calls()[-1][1], "False")
                self.assertFalse(old.exists())

    def test_a_run_under_way_is_waited_for(self):
        hold = self.base / "hold"
        hold.touch()
        first = self.start("fit")
        self.until(self.calls)
        second = self.start("fit")
        time.sleep(.3)
        self.assertIsNone(second.poll())
        hold.unlink()
        self.assertEqual(first.wait(60), 0)
        self.assertIn("finished meanwhile", second.communicate(timeout=60)[1])
        first.stderr.close()
        self.assertEqual((second.returncode, len(self.calls())), (0, 1))

    def test_the_lock_ends_with_a_killed_process(self):
        hold = self.base / "hold"
        hold.touch()
        first = self.start("fit")
        self.until((self.base / "runs" / "0.partial" / "config.json").exists)
        first.kill()
        first.communicate()
        hold.unlink()
        self.assertEqual(self.run_it("fit")[0], 0)
        self.assertEqual([c[1] for c in self.calls()], ["False", "True"])

    @unittest.skipIf(not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, "it takes two cores")
    def test_two_at_a_time_have_cores_of_their_own(self):
        hold = self.base / "hold"
        hold.touch()
        both = [self.start("fit", out=self.base / "runs" / name) for name in "ab"]
        self.until(lambda: len(self.calls()) == 2)
        hold.unlink()
        for p in both:
            p.communicate(timeout=60)
        first, second = (c[2:] for c in self.calls())
        self.assertEqual((len(first), len(second), len({*first, *second})), (1, 1, 2))
        self.run_it("fit", out=self.base / "runs" / "c", threads=10**6)
        self.assertEqual(len(self.calls()[-1][2:]), len(os.sched_getaffinity(0)))

    def test_no_program(self):
        p = subprocess.run([sys.executable, RUN, "--out", self.out, "no-such-gomonge", "fit"], stderr=subprocess.PIPE, text=True)
        self.assertEqual(p.returncode, 127)
        self.assertIn("no program 'no-such-gomonge'", p.stderr)


if __name__ == "__main__":
    unittest.main()

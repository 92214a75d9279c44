"""Tables that are gathered, and what they come to."""
import csv
import math
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))
import gather  # noqa: E402

HEADER = "method,setting,condition,metric,value,low,high,n,definition,warnings\n"


class Intervals(unittest.TestCase):
    def test_student(self):
        # Abramowitz & Stegun, table 26.10: A(t|n) = .95.
        for n, t in {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 10: 2.228, 30: 2.042, 120: 1.980}.items():
            self.assertAlmostEqual(gather.student(n), t, delta=.0005)

    def test_mean(self):
        m, low, high = gather.mean([1, 2, 3])
        self.assertEqual(m, 2)
        self.assertAlmostEqual(high - m, 4.3026527 / math.sqrt(3), places=6)  # t of 2 degrees of freedom, .95 √2 / √(1 − .95²)
        self.assertAlmostEqual(m - low, high - m)
        self.assertEqual(gather.mean([5.0]), (5, None, None))


class Gathering(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.judged = []

    def judge(self, method, fold, seed, condition, *rows, header=HEADER):
        folder = self.folder / f"{method}-{fold}-{seed}-{condition}"
        folder.mkdir()
        (folder / "table.csv").write_text(header + "".join(f"{r}\n" for r in rows))
        self.judged.append((folder, (method, fold, seed)))

    def test_rows_and_means(self):
        for seed, shift in (("0", 0), ("1", 2)):
            self.judge("wide", "f", seed, "dose=1", f"condot,held-out,dose=1,mmd,{1 + shift},.5,1.5,90,d,w", "identity,held-out,dose=1,mmd,7,,,90,d,",
                       "condot,held-out,all,spread,3,,,90,d,")
            self.judge("wide", "g", seed, "dose=2", f"condot,held-out,dose=2,mmd,{5 + shift},,,90,d,", "identity,held-out,dose=2,mmd,9,,,90,d,")
        self.judge("mean", "f", "0", "dose=1", "mean,held-out,dose=1,mmd,,,,90,d,", "identity,held-out,dose=1,mmd,7,,,90,d,")
        rows = gather.results(self.judged, {"wide": "condot", "mean": "mean"}.get)
        self.assertEqual([(r["method"], r["fold"], r["seed"], r["condition"], r["value"]) for r in rows], [
            ("wide", "f", "0", "dose=1", "1"), ("identity", "f", "0", "dose=1", "7"), ("wide", "g", "0", "dose=2", "5"), ("identity", "g", "0", "dose=2", "9"),
            ("wide", "f", "1", "dose=1", "3"), ("identity", "f", "1", "dose=1", "7"), ("wide", "g", "1", "dose=2", "7"), ("identity", "g", "1", "dose=2", "9"),
            ("mean", "f", "0", "dose=1", "")])
        lines = {(s["method"], s["fold"], s["condition"]): s for s in gather.summary(rows)}
        self.assertEqual(len(lines), 6)  # two conditions and all of two methods; none of the mean, whose one value is missing
        one = lines["wide", "f", "dose=1"]
        self.assertEqual((one["mean"], one["n"], one["over"]), (2, 2, "seeds"))
        self.assertAlmostEqual(one["high"] - 2, 12.7062, places=3)  # half-width of two values 2 apart: t of one degree of freedom
        every = lines["wide", "all", "all"]
        self.assertEqual((every["mean"], every["n"], every["over"], every["missing"]), (4, 2, "conditions", 0))
        self.assertAlmostEqual(every["high"] - 4, 2 * 12.7062, places=3)

    def test_folds_of_a_condition_are_one(self):
        for fold, value in (("f", 1), ("g", 3)):
            self.judge("mean", fold, "0", "also", f"mean,in sample,dose=3,mmd,{value},,,90,d,")
        self.judge("mean", "f", "0", "dose=1", "mean,in sample,dose=1,mmd,8,,,90,d,")
        lines = gather.summary(gather.results(self.judged, lambda name: name))
        self.assertEqual([(s["fold"], s["condition"], s["mean"], s["n"]) for s in lines],
                         [("f", "dose=3", 1, 1), ("g", "dose=3", 3, 1), ("f", "dose=1", 8, 1), ("all", "all", 5, 2)])

    def test_a_yardstick_of_the_grid_is_its_own(self):
        self.judge("condot", "f", "0", "dose=1", "condot,held-out,dose=1,mmd,1,,,9,d,", "mean,held-out,dose=1,mmd,2,,,9,d,")
        self.judge("mean", "f", "0", "dose=1", "mean,held-out,dose=1,mmd,3,,,9,d,")
        rows = gather.results(self.judged, lambda name: name)
        self.assertEqual([(r["method"], r["value"]) for r in rows], [("condot", "1"), ("mean", "3")])

    def test_files(self):
        self.judge("affine", "f", "0", "set=A+B", 'affine,held-out,"set=A+B,dose=1",mmd,.25,.125,.5,9,"a, b",')
        self.judge("mean", "f", "0", "set=A+B", 'identity,held-out,"set=A+B,dose=1",mmd,2,,,9,d,')
        names = [str(self.folder / n) for n in ("results.csv", "summary.csv", "summary.md")]
        gather.write(self.judged, lambda name: name, *names)
        with open(names[0], newline="") as f:
            self.assertEqual(list(csv.reader(f)), [list(gather.RESULTS), ["affine", "f", "0", "held-out", "set=A+B,dose=1", "mmd", ".25", ".125", ".5", "9"],
                                                   ["identity", "f", "0", "held-out", "set=A+B,dose=1", "mmd", "2", "", "", "9"]])
        with open(names[1], newline="") as f:
            self.assertEqual([(r["over"], r["mean"], r["low"]) for r in csv.DictReader(f)], [("seeds", "0.25", ""), ("conditions", "0.25", "")] + [("seeds", "2.0", ""), ("conditions", "2.0", "")])
        text = pathlib.Path(names[2]).read_text()
        self.assertIn("| metric | affine | identity |\n|---|---|---|\n| mmd | 0.25 (1) | 2 (1) |\n", text)
        self.assertIn("mean has no answer in fold f.", text)

    def test_experiments(self):
        header = "data,series,replicate,method,setting,condition,metric,value,low,high,n,definition,warnings\n"
        for seed, value in (("0", 1), ("1", 3)):
            self.judge("condot-identity", "f", seed, "", *[f"{data},,seed {seed},condot-identity,held-out,dose=1,mmd,{value + more},,,9,d," for data, more in (("a", 0), ("b", 4))], header=header)
        rows = gather.results(self.judged, lambda name: name)
        self.assertEqual([(r["data"], r["replicate"], r["value"]) for r in rows], [("a", "seed 0", "1"), ("b", "seed 0", "5"), ("a", "seed 1", "3"), ("b", "seed 1", "7")])
        self.assertEqual([(s["condition"], s["mean"], s["n"]) for s in gather.summary(rows)], [("a dose=1", 2, 2), ("b dose=1", 6, 2), ("all", 4, 2)])
        names = [str(self.folder / n) for n in ("results.csv", "summary.csv", "summary.md")]
        gather.write(self.judged, lambda name: name, *names)
        self.assertTrue(pathlib.Path(names[0]).read_text().startswith(",".join(gather.RESULTS) + ",data,series,replicate\n"))

    def test_what_is_wrong_is_said(self):
        self.judge("affine", "f", "0", "a=1", "affine,1", header="method,value\n")
        with self.assertRaisesRegex(gather.GatherError, "has no column setting, condition, metric, low, high, n"):
            gather.results(self.judged, lambda name: name)
        self.judged.clear()
        self.judge("affine", "f", "0", "a=2", "affine,held-out,a=2,mmd,much,,,9,d,")
        with self.assertRaisesRegex(gather.GatherError, "line 2, column value: 'much' is no number"):
            gather.results(self.judged, lambda name: name)
        with self.assertRaisesRegex(gather.GatherError, "nothing to gather"):
            gather.write([], lambda name: name, *[str(self.folder / n) for n in "abc"])


if __name__ == "__main__":
    unittest.main()

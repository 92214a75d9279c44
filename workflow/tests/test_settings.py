"""What a configuration may say, and the commands that follow from it."""
import copy
import pathlib
import sys
import unittest

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))
import settings  # noqa: E402

GOOD = {
    "task": {"data": "cells.h5ad", "control": "drug=none", "conditions": ["drug", "dose:log", "mol:vector=m.csv"], "options": {"obsm": "X_pca", "min-rows": 20}},
    "methods": {"condot": {"steps": 7, "opt": {"architecture.width": 8}}, "affine": None},
    "folds": {"one": ["drug=a,dose=10"], "two": ["drug=b"]},
    "seeds": [0, 3],
    "steps": 50,
}


def changed(path, value):
    """GOOD with one value changed, added, or left out where it is None."""
    config = copy.deepcopy(GOOD)
    *way, last = path
    at = config
    for key in way:
        at = at[key]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return config


class Configuration(unittest.TestCase):
    def test_files_of_the_repository(self):
        for name in ("config.yaml", "tests/quick.yaml"):
            settings.checked(yaml.safe_load((HERE.parent / name).read_text(encoding="utf-8")))

    def test_what_is_wrong_is_said(self):
        for path, value, says in [
            (["method"], {}, ["has 'method'", "nearest: methods"]),
            (["seeds"], None, ["has no 'seeds'"]),
            (["seeds"], [], ["seeds is empty"]),
            (["seeds"], [1, 1], ["seeds is [1, 1]", "twice"]),
            (["seeds"], [-1], ["seeds.0 is -1", "from 0 on"]),
            (["seeds"], ["a"], ["seeds.0 is 'a'", "whole number"]),
            (["steps"], 0, ["steps is 0", "from 1 on"]),
            (["methods"], {}, ["methods is empty"]),
            (["methods", "condot"], {"step": 5}, ["methods.condot has 'step'", "nearest: steps"]),
            (["methods", "a/b"], {"method": "condot"}, ["'a/b'", "folder"]),
            (["folds", "one"], ["dose"], ["folds.one.0 is 'dose'", "NAME=VALUE"]),
            (["folds", "one"], ["dos=1"], ["dos is no variable", "drug, dose, mol"]),
            (["folds", "one"], ["drug=a b", "drug=a?b"], ["drug=a_b", "another condition"]),
            (["folds", "one"], [], ["folds.one holds nothing out"]),
            (["also"], ["drug=b"], ["folds.two", "twice"]),
            (["task", "control"], None, ["data without control"]),
            (["task", "source"], "s.csv", ["data and source", "one of"]),
            (["task", "data"], None, ["no data"]),
            (["task", "synth"], {"dim": 2}, ["task.synth has no 'kind'"]),
            (["task", "conditions"], [], ["task.conditions is empty"]),
            (["resources"], {"fit": {"threads": 0}}, ["resources.fit.threads is 0", "cores"]),
            (["task"], {"experiment": "dosag"}, ["task.experiment is 'dosag'", "dosage"]),
            (["task"], {"experiment": "dosage", "control": "a=1"}, ["task.control", "methods.condot.opt", "folds.one lists conditions"]),
            (["task", "conditions"], None, ["no 'conditions'"]),
            (["folds", "one"], {"splits": 3}, ["folds.one has flags"]),
            (["judge"], {"preset": None}, ["judge.preset is None", "string"]),
        ]:
            with self.subTest(path=path, value=value), self.assertRaises(settings.ConfigError) as raised:
                settings.checked(changed(path, value))
            for part in says:
                self.assertIn(part, str(raised.exception))

    def test_everything_wrong_is_said_at_once(self):
        with self.assertRaises(settings.ConfigError) as raised:
            settings.checked({**GOOD, "seeds": [], "steps": 0, "stepps": 1})
        self.assertEqual(len(str(raised.exception).splitlines()), 4)

    def test_rows_of_predictions(self):
        config = changed(["task", "options"], {"rows": "split=train"})
        settings.checked(config)
        with self.assertRaisesRegex(settings.ConfigError, "predict carries"):
            settings.checked({**config, "predict": True})

    def test_names_that_yaml_reads_as_numbers(self):
        config = settings.checked({**GOOD, "folds": {1: ["drug=a"]}})
        self.assertIn(("condot", "1", "0"), settings.Grid(config).fits())


class Jobs(unittest.TestCase):
    def setUp(self):
        self.grid = settings.Grid(settings.checked({**GOOD, "also": ["drug=c,dose=1"]}))

    def test_grid(self):
        self.assertEqual(len(self.grid.fits()), 2 * 2 * 2)
        judged = self.grid.judged()
        self.assertEqual(len(set(judged)), 2 * 2 * 2 * 2)
        self.assertIn(("affine", "two", "3", "drug=c,dose=1"), judged)
        self.assertEqual(self.grid.condition("one", "drug=a,dose=10"), "drug=a,dose=10")

    def test_slugs_are_names_of_folders(self):
        self.assertEqual(settings.slug("drug=5/6 mix,dose=.1"), "drug=5_6_mix,dose=.1")

    def test_names_in_conditions(self):
        self.assertEqual(settings.names_in("drug=a,dose=1"), ["drug", "dose"])
        self.assertEqual(settings.names_in("set=A+B"), ["set"])

    def test_fit(self):
        files = {"data": "/copy/cells.h5ad", "vectors_mol": "/copy/m.csv"}
        self.assertEqual(self.grid.files("fit"), {"data": "cells.h5ad", "vectors_mol": "m.csv"})
        self.assertEqual(self.grid.fit("condot", "one", "3", files), [
            "gomonge", "fit", "--method", "condot", "--seed", "3", "--backend", "auto", "--judge=false", "--data=/copy/cells.h5ad",
            "--condition=drug", "--condition=dose:log", "--condition=mol:vector=/copy/m.csv", "--control=drug=none",
            "--holdout=drug=a,dose=10", "--steps=7", "--opt=architecture.width=8", "--obsm=X_pca", "--min-rows=20"])
        self.assertIn("--steps=50", self.grid.fit("affine", "one", "3", files))

    def test_judge_and_transport(self):
        self.assertEqual(self.grid.judge("two", "drug=b", "fits/x", self.grid.files("judge")), [
            "gomonge", "evaluate", "--model", "fits/x/model", "--backend", "auto", "--condition", "drug=b",
            "--data", "cells.h5ad", "--control", "drug=none", "--obsm=X_pca", "--yardsticks=false"])
        self.assertEqual(self.grid.transport("two", "drug=b", "fits/x", self.grid.files("transport"))[-6:], [
            "drug=b", "--data", "cells.h5ad", "--obsm=X_pca", "--rows", "drug=none"])

    def test_experiment(self):
        grid = settings.Grid(settings.checked({"task": {"experiment": "combination", "options": {"quick": True, "data": "none.h5ad"}}, "out": "o", "seeds": [2], "steps": 9,
                                               "methods": {"deep": {"method": "condot-deep-set"}, "mean": None}, "folds": {"half": {"splits": [21, 8]}}}))
        self.assertEqual(grid.tables(), [("o/experiments/deep/half/2", ("deep", "half", "2")), ("o/experiments/mean/half/2", ("mean", "half", "2"))])
        self.assertEqual(grid.run("deep", "half", "2", {"data": "/copy/none.h5ad"}), ["gomonge", "combination", "--methods", "condot-deep-set", "--seed", "2", "--backend", "auto", "--steps=9",
                                                         "--quick=true", "--data=/copy/none.h5ad", "--splits=21", "--splits=8"])
        self.assertEqual(grid.files("experiment"), {"data": "none.h5ad"})

    def test_two_tables_and_synthetic_tasks(self):
        two = settings.Grid(settings.checked({**GOOD, "task": {"source": "s.csv", "target": "t.csv", "conditions": ["drug", "dose"]}}))
        self.assertEqual(two.judge("two", "drug=b", "m", two.files("judge"))[8:], ["--data", "t.csv", "--source", "s.csv", "--yardsticks=false"])
        synthetic = settings.Grid(settings.checked({**GOOD, "out": "o/", "task": {"synth": {"kind": "mix", "quick": True}, "conditions": ["drug", "dose"]}}))
        self.assertEqual(synthetic.synth(), ["gomonge", "synth", "--kind=mix", "--quick=true"])
        self.assertEqual(synthetic.files("judge"), {"test": "o/task/test.csv", "truth": "o/task/truth.csv"})
        self.assertEqual(synthetic.files("transport"), {"source": "o/task/source.csv"})


if __name__ == "__main__":
    unittest.main()

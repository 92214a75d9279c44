#!/usr/bin/env python3
"""Tests of readme.py."""
import unittest

import readme


class Readme(unittest.TestCase):
    def test_blocks(self):
        text = "a\n```sh\nmake test\n```\n<!-- not run: slow -->\n```sh\nmake bench\n```\n```\nplain\n```\n"
        self.assertEqual(readme.blocks(text), [("sh", "make test\n", None), ("sh", "make bench\n", "slow")])

    def test_commands(self):
        self.assertEqual(readme.commands("# all\ngomonge fit --a 1 \\\n    --b 2   # fits\n\nmake test\ngomonge synth --out a#b\n"),
                         ["gomonge fit --a 1 --b 2", "make test", "gomonge synth --out a#b"])

    def test_plan(self):
        self.assertEqual(readme.plan("gomonge dosage --seed 2"), "gomonge dosage --seed 2 --quick")
        self.assertEqual(readme.plan("go run ./cmd/gomonge fit --quick"), "gomonge fit --quick")
        self.assertEqual(readme.plan("gomonge transport --model runs/a"), "gomonge transport --model runs/a")
        self.assertEqual(readme.plan("make lab LABFLAGS=--allow-root"), "make -n lab >/dev/null")
        self.assertIsNone(readme.plan("git clone https://example.org/x"))
        with self.assertRaises(ValueError):
            readme.plan("rm -rf x")


if __name__ == "__main__":
    unittest.main()

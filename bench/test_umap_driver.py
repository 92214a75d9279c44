import tempfile
import unittest
from pathlib import Path

import numpy as np

import umap_driver


class Kept(unittest.TestCase):
    def test_copies_and_noise(self):
        r = np.random.default_rng(0)
        x = r.standard_normal((200, 2))
        noise = np.concatenate([x[:100], r.standard_normal((100, 2))])
        with tempfile.TemporaryDirectory() as folder:
            for program, y in ((umap_driver.OURS, 3 * x), (umap_driver.FREE, noise)):
                y.astype("<f8").tofile(Path(folder) / program)
            self.assertEqual(umap_driver.kept(folder, umap_driver.OURS, x, 1), [1, 1])
            fit, both = umap_driver.kept(folder, umap_driver.FREE, x, 1)
        self.assertEqual(fit, 1)
        self.assertLess(both, .9)


class Faults(unittest.TestCase):
    def test_only_worse_ones(self):
        trust = {umap_driver.OURS: [.95, .90], umap_driver.FREE: [.96, .93], umap_driver.SEEDED: [.90, .91]}
        fault, = umap_driver.faults(trust)
        self.assertIn("with new points", fault)


class Goals(unittest.TestCase):
    def test_lines(self):
        run = lambda s: dict(fit=dict(seconds=s), transform=dict(seconds=s))
        found = {umap_driver.OURS: [run(1.2)] * 7, umap_driver.FREE: [run(1.)] * 7, umap_driver.SEEDED: [run(2.)] * 7}
        for step, met in (("fit", [True, True]), ("transform", [False, True])):
            self.assertEqual([": met" in line for line in umap_driver.goals(found, step)], met)


if __name__ == "__main__":
    unittest.main()

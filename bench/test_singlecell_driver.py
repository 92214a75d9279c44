import tempfile
import unittest
from pathlib import Path

import numpy as np

import singlecell_driver
import singlecell_file


class Differs(unittest.TestCase):
    def test_flags_and_components(self):
        flags = np.array([1., 0, 1, 0])
        components = np.array([[.6, .8], [.8, -.6]])
        turned = np.array([[.8, .6], [.6, -.8]])
        for their_flags, their_components, fault in ((flags, components, None), (flags, -components, None), (flags, turned, "cosine"),
                                                     (flags[[0, 2, 1, 3]], components, "2 flags"), (flags, components[:1], "numbers")):
            with tempfile.TemporaryDirectory() as folder:
                for p, f, c in zip(singlecell_driver.PROGRAMS, (flags, their_flags), (components, their_components)):
                    np.concatenate([f, c.ravel()]).astype("<f8").tofile(Path(folder) / p)
                said = singlecell_driver.differs(folder, 4)
            self.assertTrue(said is None if fault is None else fault in said, said)


class Goals(unittest.TestCase):
    def test_lines(self):
        ours = [dict(seconds=1., cpu=1., peak_mb=50.)] * 7
        theirs = [dict(seconds=2., cpu=1., peak_mb=80.)] * 7
        lines = list(singlecell_driver.goals("pipeline", dict(zip(singlecell_driver.PROGRAMS, (ours, theirs)))))
        self.assertEqual([": met" in x for x in lines], [True, False])


class File(unittest.TestCase):
    def test_counts(self):
        x = singlecell_file.counts(2100, 300)
        self.assertEqual(x.shape, (2100, 300))
        self.assertTrue((x.data == np.rint(x.data)).all() and x.data.min() >= 1)
        self.assertTrue(.05 < x.nnz / 2100 / 300 < .2)


if __name__ == "__main__":
    unittest.main()

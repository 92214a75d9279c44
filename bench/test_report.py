import math
import unittest

import report


def program(rounds=20, uvp=5., losses=((10, -1., 2.), (20, -2., 1.)), seconds=(1., 2., 3.)):
    return {"rounds": rounds, "uvp": uvp, "losses": [list(l) for l in losses], "seconds": list(seconds)}


class Interval(unittest.TestCase):
    def test_ranks(self):
        # Tables of the sign test: of 15 the 4th and 12th, of 25 the 8th and 18th, of 6 the first and last.
        for n, low in ((15, 4), (25, 8), (6, 1), (3, 1)):
            self.assertEqual(report.interval(range(1, n + 1)), ((n + 1) / 2, low, n + 1 - low), n)

    def test_ratios_are_paired(self):
        self.assertEqual(report.ratios(program(), program(seconds=(2., 2., 2.))), [.5, 1, 1.5])


class Faults(unittest.TestCase):
    def found(self, form="same", **other):
        return report.faults(form, {"ours": program(), "JAX": program(**other)}, 45)

    def test_sound(self):
        self.assertEqual(self.found(), [])

    def test_wrong(self):
        for word, other in (("rounds", dict(rounds=19)), ("finite", dict(losses=[(10, 1., 2.), (20, math.nan, 1.)])),
                            ("fewer", dict(losses=[])), ("identity", dict(uvp=50.)), ("others", dict(uvp=1.))):
            self.assertTrue(any(word in f for f in self.found(**other)), (word, self.found(**other)))

    def test_paper_form_need_not_come_near(self):
        self.assertEqual(self.found("paper", uvp=1e5), [])
        self.assertIn("JAX: g's loss did not fall", self.found("paper", losses=[(10, -2., 0.), (20, -1., 0.)]))


if __name__ == "__main__":
    unittest.main()

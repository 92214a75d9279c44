import unittest

import ot_driver


class Wrong(unittest.TestCase):
    def test_answers(self):
        for ours, theirs, sound in (
                ({"value": 1.}, {"value": 1 + 1e-7}, True), ({"value": 1.}, {"value": 1.01}, False), ({"value": float("nan")}, {"value": 1.}, False),
                ({"value": 1., "regularised": 2.}, {"regularised": 2.}, True), ({"value": 1., "regularised": 2.}, {"regularised": 3.}, False),
                ({"value": 1.}, {"iterations": 3}, False)):
            self.assertEqual(ot_driver.wrong(ours, theirs, 1e-4) is None, sound, (ours, theirs))


class Blocks(unittest.TestCase):
    def test_numbers(self):
        for first, expected in (([.001, .001], (15, 20)), ([.1, .1], (15, 4)), ([.5, .9], (15, 1)), ([3, 1], (3, 1)), ([1, 1], (6, 1))):
            self.assertEqual(ot_driver.blocks(first, 12), expected, first)


class Goals(unittest.TestCase):
    def test_interval_reaches(self):
        case = ot_driver.Case("p", "t", *ot_driver.clouds(2, 2, 1), "exact", ["other"], 1e-9, {"other": .5})
        for seconds, word in (([.4] * 15, "met"), ([.6] * 15, "NOT met"), ([.4] * 5 + [.6] * 10, "met")):
            line, = ot_driver.goals(case, {"ours": {"seconds": seconds}, "other": {"seconds": [1.] * 15}})
            self.assertIn(f": {word} (", line)


if __name__ == "__main__":
    unittest.main()

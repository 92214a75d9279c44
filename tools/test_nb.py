#!/usr/bin/env python3
"""Runs the notebook of package notebooks/nb and looks at what it shows. Needs the Go kernel."""
import json
import pathlib
import re
import sys
import tempfile
import unittest

import checknb

NOTEBOOK = pathlib.Path(__file__).parent.parent / "notebooks/nb/testdata/show.ipynb"
KERNEL = pathlib.Path(sys.prefix, "share/jupyter/kernels/gonb/kernel.json").exists()


@unittest.skipUnless(KERNEL, "no Go kernel in this environment (make kernel)")
class Show(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as dir:
            out = pathlib.Path(dir, "show.ipynb")
            cls.status = checknb.main(["run", str(NOTEBOOK), str(out), "--timeout", "300"])
            cls.text = out.read_text()
        cls.cells = json.loads(cls.text)["cells"]

    def html(self, source):
        """The HTML outputs of the cell that holds the source."""
        [cell] = [c for c in self.cells if c["cell_type"] == "code" and source in "".join(c["source"])]
        return ["".join(o["data"]["text/html"]) for o in cell["outputs"] if "text/html" in o.get("data", {})]

    def test_runs(self):
        self.assertEqual(self.status, 0)

    def test_bar_is_one_output_in_its_last_state(self):
        [bar] = self.html("nb.NewBar")
        self.assertIn("100 %", bar)
        self.assertIn("loss 0.025", bar)

    def test_figure(self):
        [figure] = self.html("nb.Show(")
        self.assertRegex(figure, r'^<img alt="the map at dose 1.5" width="\d+" [^>]*src="data:image/svg\+xml;base64,')

    def test_table(self):
        [table] = self.html("nb.Table(")
        self.assertIn('<td style="text-align:right">1.2 ± 0.1</td>', table)

    def test_frames(self):
        [frames] = self.html("nb.Frames(")
        self.assertEqual(len(re.findall("<img ", frames)), 4)
        self.assertIn('<input type="range"', frames)

    def test_live_slider_falls_back(self):
        [frames] = self.html("nb.Slider(")
        self.assertEqual(re.findall(r'data-value="([^"]*)"', frames), ["0", "0.5", "1", "1.25", "1.5", "2"])
        self.assertNotIn("WebSocket", self.text)  # nothing of a live slider is left in the saved notebook


if __name__ == "__main__":
    unittest.main()

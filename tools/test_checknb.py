#!/usr/bin/env python3
"""Tests of checknb.py. Those of "run" need the Go kernel in this Python's environment."""
import base64
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

import checknb

KERNEL = pathlib.Path(sys.prefix, "share/jupyter/kernels/gonb/kernel.json").exists()


def stream(name, text):
    return {"output_type": "stream", "name": name, "text": text}


def code(source="", outputs=(), count=None):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": list(outputs), "execution_count": count}


def notebook(*cells):
    return {"cells": list(cells), "metadata": {"kernelspec": {"name": "gonb", "display_name": "Go (gonb)", "language": "go"}},
            "nbformat": 4, "nbformat_minor": 4}


class Case(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.dir = pathlib.Path(tmp.name)

    def write(self, name, *cells):
        path = self.dir / name
        path.write_text(json.dumps(notebook(*cells)))
        return str(path)

    def call(self, *argv):
        """Exit status and what was printed."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = checknb.main(list(argv))
        return status, said.getvalue()


class Check(Case):
    def test_failures(self):
        failures = {
            "error reply": {"output_type": "error", "ename": "ERROR", "evalue": "exit status 2", "traceback": []},
            "command": stream("stderr", "ls: cannot access 'x'\nexit status 2\n"),
            "command in lines": stream("stderr", ["no such file\n", "exit status 127\n"]),
            "killed command": stream("stderr", "signal: killed\n"),
            "magic": stream("stderr", '"%nosuch" unknown or not implemented yet.\n'),
        }
        for name, out in failures.items():
            with self.subTest(name):
                path = self.write("n.ipynb", code("1"), code("2", [stream("stdout", "fine\n"), out]))
                status, said = self.call("check", path)
                self.assertEqual(status, 1)
                self.assertIn("cell 2 failed", said)

    def test_missing_figure(self):
        status, said = self.call("check", self.write("n.ipynb", code("nb.Show(f, alt)", [stream("stdout", "fine\n")])))
        self.assertEqual(status, 1)
        self.assertIn("cell 1 shows figures in 1 places, and its outputs have 0", said)

    def test_no_failures(self):
        fine = {
            "output": stream("stdout", "exit status 1\n"),  # a program's own words
            "words on stderr": stream("stderr", "exit status 1 means that it failed\n"),
            "magic's name": stream("stderr", 'I do not know "%nosuch"\n'),
        }
        for name, out in fine.items():
            with self.subTest(name):
                self.assertEqual(self.call("check", self.write("n.ipynb", code("1", [out]))), (0, ""))


def display(html):
    return {"output_type": "display_data", "metadata": {}, "data": {"text/html": [html]}}


def image(svg="<svg/>", kind="svg+xml"):
    data = base64.b64encode(svg.encode()).decode()
    return display(f'<img alt="a" src="data:image/{kind};base64,{data}">')


BAR = '<div style="display:flex;align-items:center;gap:.6em"><span>fit</span><span>%s</span></div>'


class Committed(Case):
    def committed(self, *cells, run="full", **changes):
        nb = notebook(*cells)
        nb["metadata"]["gomonge"] = {"run": run, "code": checknb.code_hash(nb["cells"])} | changes
        path = self.dir / "n.ipynb"
        path.write_text(json.dumps(nb))
        return self.call("committed", str(path))

    def test_good(self):
        self.assertEqual(self.committed(
            code("nb.Check(nb.Show(f, alt))", [image()], 1),
            {"cell_type": "markdown", "source": "", "metadata": {}},
            code("for { nb.Check(nb.Table(h, r)) }", [display("<table></table>"), display("<table></table>")], 2),
            code('bar := nb.NewBar("fit")', [display(BAR % "done"), display(BAR.split("<span>")[0].replace("flex", "block"))], 3),
            code("nb.Check(nb.Slider())", [image("/tmp/" * 9, "png"), stream("stdout", "read ../build/a, and/or 3/4; <b>x</tmp/b>")], 4),
        ), (0, ""))

    def test_not_a_full_run(self):
        for changes, want in ({"run": "quick"}, "of a quick run"), ({"code": "other"}, "code has changed"), ({"run": ""}, "not of a full"):
            status, said = self.committed(code("1", count=1), **changes)
            self.assertEqual(status, 1)
            self.assertIn(want, said)
        status, said = self.call("committed", self.write("n.ipynb", code("1", count=1)))
        self.assertEqual(status, 1)
        self.assertIn("n.ipynb: its outputs are of no run", said)

    def test_unfit(self):
        html = display
        unfit = {
            "not run once from top": code("1", count=3),
            "not run": code("1"),
            "failed": code("1", [stream("stderr", "exit status 1\n")], 1),
            "shows figures in 1 places": code("nb.ShowFile(a)", [html("<img src='a.png'>")], 1),
            "outputs have 1": code("nb.ShowFile(a)\nnb.ShowFile(b)", [image()], 1),
            "shows tables": code("nb.Table(h, r)", [html("a")], 1),
            "smeared": code("nb.NewBar(a)", [html(BAR % "a"), html(BAR % "b")], 1),
            "not in its last state: 36s left": code("nb.NewBar(a)", [html(BAR % "12s, 36s left")], 1),
            "<span>25 %": code("nb.NewBar(a)", [html(BAR % "25 %")], 1),
            "/home/ann/x.csv": code("1", [stream("stdout", "reading /home/ann/x.csv\n")], 1),
            "/tmp/a": code("1", [image("<svg><text>/tmp/a</text></svg>")], 1),
            "C:\\data": code("1", [stream("stdout", "in C:\\data\n")], 1),
            "localhost": code("1", [html('<a href="http://localhost:8888/">a</a>')], 1),
        }
        for want, cell in unfit.items():
            with self.subTest(want):
                status, said = self.committed(cell)
                self.assertEqual(status, 1)
                self.assertIn(want, said)

    def test_size(self):
        status, said = self.committed(code("1", [stream("stdout", "x" * checknb.LARGEST)], 1))
        self.assertEqual(status, 1)
        self.assertIn("bytes are more than", said)


@unittest.skipUnless(KERNEL, "no Go kernel in this environment (make kernel)")
class Run(Case):
    def run_cells(self, *sources, timeout=60):
        src = self.write("n.ipynb", *map(code, sources))
        dst = self.dir / "out" / "n.ipynb"
        status, said = self.call("run", src, str(dst), "--timeout", str(timeout))
        cells = json.loads(dst.read_text())["cells"]
        return status, said, ["".join(map(str, (o.get("text") for o in c["outputs"]))) for c in cells]

    def test_ok(self):
        status, said, out = self.run_cells('var greeting = "hello"', "%%\nfmt.Println(greeting)")
        self.assertEqual(status, 0, said)
        self.assertIn("hello", out[1])
        self.assertEqual(self.call("committed", str(self.dir / "out" / "n.ipynb")), (0, ""))

    def test_stops_at_a_failure(self):
        for name, source in {
            "panic": '%%\npanic("no")',
            "exit": "%%\nos.Exit(3)",
            "does not compile": "%%\nnosuch()",
            "command": "!ls /nosuch",
            "script": "%%bash\nfalse",
            "magic": "%nosuch",
        }.items():
            with self.subTest(name):
                status, said, out = self.run_cells('%%\nfmt.Println("before")', source, '%%\nfmt.Println("after")')
                self.assertEqual(status, 1)
                self.assertIn("cell 2 failed", said)
                self.assertIn("before", out[0])
                self.assertEqual(out[2], "")

    def test_timeout(self):
        status, said, _ = self.run_cells("%%\ntime.Sleep(time.Hour)", timeout=5)
        self.assertEqual(status, 1)
        self.assertIn("timed out after 5 s", said)


if __name__ == "__main__":
    unittest.main()

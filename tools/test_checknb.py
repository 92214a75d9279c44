#!/usr/bin/env python3
"""Tests of checknb.py. Those of "run" need the Go kernel in this Python's environment."""
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

    def test_no_failures(self):
        fine = {
            "output": stream("stdout", "exit status 1\n"),  # a program's own words
            "words on stderr": stream("stderr", "exit status 1 means that it failed\n"),
            "magic's name": stream("stderr", 'I do not know "%nosuch"\n'),
        }
        for name, out in fine.items():
            with self.subTest(name):
                self.assertEqual(self.call("check", self.write("n.ipynb", code("1", [out]))), (0, ""))


class Clean(Case):
    def test_clean(self):
        self.assertEqual(self.call("clean", self.write("n.ipynb", code("1"), {"cell_type": "markdown", "source": "", "metadata": {}})), (0, ""))

    def test_not_clean(self):
        for cell in code("1", [stream("stdout", "x")]), code("1", count=3):
            status, said = self.call("clean", self.write("a.ipynb", code()), self.write("n.ipynb", cell))
            self.assertEqual(status, 1)
            self.assertIn("n.ipynb: cell 1 holds outputs", said)


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

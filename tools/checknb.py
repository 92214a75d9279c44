#!/usr/bin/env python3
"""Run Go notebooks and find what failed in them.

  checknb.py run IN.ipynb OUT.ipynb [--timeout S]   execute cell by cell, stop at the first failure
  checknb.py check EXECUTED.ipynb...                look for failures in executed notebooks
  checknb.py clean SOURCE.ipynb...                  exit 1 if a notebook holds outputs or counts

A Go cell that does not compile, panics or exits with a status ends as an error reply, which every
Jupyter tool sees. Two things do not: a "!command" or "%%bash" that fails and an unknown %magic are
answered "ok", with a line on stderr (GoNB 0.11.5). Here they fail too. "run" writes OUT up to and
with the cell that failed, and the kernel's own log beside it as OUT's name with .log. Parameters
are environment variables.
"""
import argparse
import json
import os
import pathlib
import re
import sys
import time

# What GoNB writes on stderr, at the end, when a command failed.
COMMAND_FAILED = re.compile(r"^(?:exit status \d+|signal: [a-z ]+(?: \(core dumped\))?)\s*\Z", re.M)
UNKNOWN_MAGIC = re.compile(r'^"%.*" unknown or not implemented yet\.', re.M)


def failure(cell):
    """What went wrong in an executed cell, or ''."""
    stderr = ""
    for out in cell.get("outputs", []):
        if out["output_type"] == "error":
            return f"{out['ename']}: {out['evalue']}"
        if out["output_type"] == "stream" and out["name"] == "stderr":
            text = "".join(out["text"])
            stderr += text
            if COMMAND_FAILED.search(text) or UNKNOWN_MAGIC.search(text):
                return stderr[-2000:]
    return ""


def run(src, dst, timeout):
    """Execute src into dst; the exit status."""
    import nbformat
    from nbclient import NotebookClient

    src, dst = pathlib.Path(src), pathlib.Path(dst)
    dst.parent.mkdir(parents=True, exist_ok=True)
    nb = nbformat.read(src, as_version=4)
    nb.metadata.pop("widgets", None)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(nb, timeout=timeout, kernel_name="gonb", record_timing=False,
                            resources={"metadata": {"path": str(src.resolve().parent)}})
    start = time.monotonic()
    with open(dst.with_suffix(".log"), "w") as log:
        try:
            with client.setup_kernel(stdout=log, stderr=log):
                failed = run_cells(client, src.name, timeout)
        finally:
            part = dst.with_suffix(".tmp")
            nbformat.write(nb, part)
            os.replace(part, dst)
    if failed:
        report(src, *failed)
        return 1
    print(f"{src.name}: ok in {time.monotonic() - start:.1f}s")
    return 0


def run_cells(client, name, timeout):
    """Execute until a cell fails; its number, the cell and the reason, or None."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    cells = client.nb.cells
    for i, cell in enumerate(cells):
        if cell.cell_type != "code":
            continue
        t, why = time.monotonic(), ""
        try:
            client.execute_cell(cell, i)
        except CellTimeoutError:
            why = f"timed out after {timeout} s"
        except DeadKernelError as e:
            why = str(e)
        except CellExecutionError as e:
            why = failure(cell) or str(e)
        why = why or failure(cell)
        print(f"{name}: cell {i + 1}/{len(cells)} {'FAILED' if why else 'ok'} {time.monotonic() - t:.1f}s", flush=True)
        if why:
            return i + 1, cell, why
    return None


def report(src, number, cell, why):
    text = "".join("".join(o["text"]) for o in cell.outputs if o.output_type == "stream")
    print(f"{src}: cell {number} failed: {why.strip()}\n--- source\n{cell.source}\n--- its output\n{text[-2000:]}",
          file=sys.stderr)


def code_cells(path):
    with open(path, encoding="utf-8") as f:
        cells = json.load(f)["cells"]
    return [(i + 1, c) for i, c in enumerate(cells) if c["cell_type"] == "code"]


def check(paths):
    bad = 0
    for path in paths:
        for number, cell in code_cells(path):
            if why := failure(cell):
                print(f"{path}: cell {number} failed:\n{why}", file=sys.stderr)
                bad = 1
    return bad


def clean(paths):
    bad = 0
    for path in paths:
        for number, cell in code_cells(path):
            if cell["outputs"] or cell["execution_count"] is not None:
                print(f"{path}: cell {number} holds outputs; jupyter nbconvert --clear-output --inplace removes them",
                      file=sys.stderr)
                bad = 1
    return bad


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    r = commands.add_parser("run")
    r.add_argument("src")
    r.add_argument("dst")
    r.add_argument("--timeout", type=int, default=600, help="seconds for one cell")
    for name in ("check", "clean"):
        commands.add_parser(name).add_argument("files", nargs="+")
    args = parser.parse_args(argv)
    if args.command == "run":
        return run(args.src, args.dst, args.timeout)
    return {"check": check, "clean": clean}[args.command](args.files)


if __name__ == "__main__":
    sys.exit(main())

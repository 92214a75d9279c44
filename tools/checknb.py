#!/usr/bin/env python3
"""Run Go notebooks and find what failed in them.

  checknb.py run IN.ipynb OUT.ipynb [--timeout S]   execute cell by cell, stop at the first failure
  checknb.py check EXECUTED.ipynb...                look for failures and missing figures in executed notebooks
  checknb.py committed NOTEBOOK.ipynb...            are they as a full run of their code left them, fit to publish?

A Go cell that does not compile, panics or exits with a status ends as an error reply, which every
Jupyter tool sees. Two things do not: a "!command" or "%%bash" that fails and an unknown %magic are
answered "ok", with a line on stderr (GoNB 0.11.5). Here they fail too. "run" writes OUT up to and
with the cell that failed, and the kernel's own log beside it as OUT's name with .log. Parameters
are environment variables: with GOMONGE_QUICK set the run is quick, else full. OUT says in its metadata which
it was, and of what code.

"committed" wants every code cell run in order without a failure, by a full run of the code that stands
there; a figure for each one that a cell shows, progress in its last state, nothing of the machine that ran it
(absolute paths, addresses), and at most LARGEST bytes.
"""
import argparse
import base64
import hashlib
import json
import os
import pathlib
import re
import sys
import time

# What GoNB writes on stderr, at the end, when a command failed.
COMMAND_FAILED = re.compile(r"^(?:exit status \d+|signal: [a-z ]+(?: \(core dumped\))?)\s*\Z", re.M)
LARGEST = 2_000_000  # bytes of a committed notebook
# What shows a figure, a table or progress in a cell's source, and what stands for each in its outputs.
SHOWS = {
    "figure": (re.compile(r"\bnb\.(?:Show|ShowFile|Frames|Slider)\("), re.compile(r"<img [^>]*src=[\"']data:image/")),
    "table": (re.compile(r"\bnb\.Table(?:File)?\(|\.HTML\(\)"), re.compile(r"<table\b")),
    "bar": (re.compile(r"\bnb\.NewBar\("), re.compile(r"<div style=[\"']display:flex;align-items:center")),
}
UNDER_WAY = re.compile(r"\d[\d.hms]*[hms] left\b|<span>\d\d? %</span>")  # of progress that is not in its last state
DATA = re.compile(r"data:([\w/+.-]+);base64,([A-Za-z0-9+/=]*)")
# Absolute paths, in Unix and in Windows, and addresses of this machine.
OF_THE_MACHINE = re.compile(r"""(?<![\w.<:/])/(?:home|root|tmp|work|Users|private|var|opt|mnt|srv|usr|data)/[^\s"'<>]*"""
                            r"|\b[A-Z]:\\[^\s\"'<>]+|\bfile://[^\s\"'<>]*|\blocalhost\b|\b127\.0\.0\.1\b")

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
    nb.metadata["gomonge"] = {"run": "quick" if os.environ.get("GOMONGE_QUICK") else "full", "code": code_hash(nb.cells)}
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
            why = failure(cell)
            if why := f"failed:\n{why}" if why else missing(cell):
                print(f"{path}: cell {number} {why}", file=sys.stderr)
                bad = 1
    return bad


def code_hash(cells):
    """What a run is a run of: the code cells' sources."""
    sources = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()


def texts(cell):
    """The texts of a cell's outputs, one each; drawings in text form are read, pixels are left out."""
    for out in cell["outputs"]:
        parts = [out.get("text", "")] + [v for v in out.get("data", {}).values() if not isinstance(v, dict)]
        yield "\n".join("".join(p) for p in parts)


def unpacked(match):
    if match[1] != "image/svg+xml":
        return ""
    return base64.b64decode(match[2]).decode()


def missing(cell):
    """What a cell's source shows and its outputs do not, or ''."""
    source, outputs = "".join(cell["source"]), list(texts(cell))
    for what, (shows, shown) in SHOWS.items():
        want, have = len(shows.findall(source)), sum(len(shown.findall(text)) for text in outputs)
        if have < want:
            return f"shows {what}s in {want} places, and its outputs have {have}"
        if what == "bar" and have > want:
            return f"has {want} bars, and its outputs {have}: progress is smeared"
    return ""


def unfit(cell):
    """What keeps an executed cell from being published, or ''."""
    if why := failure(cell):
        return f"failed: {why}"
    if why := missing(cell):
        return why
    for text in texts(cell):
        if m := UNDER_WAY.search(text):
            return f"holds progress that is not in its last state: {m[0]}"
        if m := OF_THE_MACHINE.search(DATA.sub(unpacked, text)):
            return f"holds words of the machine that ran it: {m[0]}"
    return ""


def uncommitted(path):
    """What is wrong with a notebook as one to commit, a line each."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    nb = json.loads(text)
    ran = nb["metadata"].get("gomonge", {})
    if ran.get("run") != "full":
        yield f"its outputs are of {'a ' + ran['run'] if 'run' in ran else 'no'} run, not of a full one"
    elif ran.get("code") != code_hash(nb["cells"]):
        yield "its code has changed since it ran"
    if (size := len(text.encode())) > LARGEST:
        yield f"{size} bytes are more than {LARGEST}"
    for count, (number, cell) in enumerate(code_cells(path), 1):
        if cell["execution_count"] != count:
            yield f"cell {number} has the count {cell['execution_count']}, not {count}: not run once from top to bottom"
        elif why := unfit(cell):
            yield f"cell {number} {why}"


def committed(paths):
    bad = 0
    for path in paths:
        for why in uncommitted(path):
            print(f"{path}: {why}; make notebooks-full NOTEBOOKS={pathlib.Path(path).stem} runs it again", file=sys.stderr)
            bad = 1
    return bad


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    r = commands.add_parser("run")
    r.add_argument("src")
    r.add_argument("dst")
    r.add_argument("--timeout", type=int, default=600, help="seconds for one cell")
    for name in ("check", "committed"):
        commands.add_parser(name).add_argument("files", nargs="+")
    args = parser.parse_args(argv)
    if args.command == "run":
        return run(args.src, args.dst, args.timeout)
    return {"check": check, "committed": committed}[args.command](args.files)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""run.py [--threads N] [--reads FILE]... --out RUN COMMAND...: COMMAND --out RUN, so that it can be killed and run again.

gomonge writes a run in RUN.partial and gives it its name at the end. What is left there of the same
command, program and files goes on from its checkpoint; what is left of another is removed. Two
processes never write one run: the second waits for the first, and has nothing to do where that finished.

N cores are kept for the command, since XLA computes on all cores that it may use. Locks end with
the process that holds them, however it ends; this program becomes the command, so that signals reach that.
"""
import argparse
import fcntl
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile


def identity(path):
    """What tells one version of a file from another: its size and when it was written."""
    stat = os.stat(path)
    return [str(path), stat.st_size, stat.st_mtime_ns]


def take_cores(n, folder):
    """Keep n cores that no other caller with this folder has; returns open locks, or [] where the machine cannot or n are not free."""
    if not hasattr(os, "sched_getaffinity") or n >= len(os.sched_getaffinity(0)):
        return []
    cores = list(os.sched_getaffinity(0))
    random.shuffle(cores)  # where locks are not shared, as between containers, not everyone has the first ones
    taken = {}
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for core in cores[:]:
            lock = open(folder / str(core), "w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            taken[core] = lock
            if len(taken) == n:
                os.sched_setaffinity(0, taken)
                return list(taken.values())
    except OSError as err:
        print(f"run.py: no cores are kept: {err}", file=sys.stderr)
    for lock in taken.values():
        lock.close()
    return []


def prepare(out, asked):
    """Wait for whoever writes the run, and clear the way; returns the lock and whether to begin, resume or skip it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    lock = open(out.with_name(f".{out.name}.asked"), "a+", encoding="utf-8")
    fcntl.flock(lock, fcntl.LOCK_EX)
    lock.seek(0)
    same = lock.read() == asked
    partial = out.with_name(out.name + ".partial")
    if same and (out / "config.json").exists():
        return lock, "skip"
    if same and (partial / "config.json").exists():
        return lock, "resume"
    shutil.rmtree(partial, ignore_errors=True)
    lock.truncate(0)
    lock.write(asked)
    lock.flush()
    return lock, "begin"


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--reads", action="append", default=[])
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    a = parser.parse_args(argv)
    program = shutil.which(a.command[0]) if a.command else None
    if not program:
        print(f"run.py: there is no program {' '.join(a.command[:1])!r} here: put gomonge on the PATH (go build -o bin/ ./cmd/gomonge), "
              "or say where it is by gomonge: in the configuration", file=sys.stderr)
        return 127
    asked = json.dumps([a.command, a.threads, [identity(f) for f in [program, *a.reads]]])
    lock, what = prepare(a.out, asked)
    if what == "skip":
        print(f"run.py: {a.out} was finished meanwhile", file=sys.stderr)
        return 0
    if what == "resume":
        print(f"run.py: going on with {a.out}.partial", file=sys.stderr)
    cores = take_cores(a.threads, pathlib.Path(tempfile.gettempdir()) / f"gomonge-cores-{os.getuid()}")
    for kept in [lock, *cores]:
        os.set_inheritable(kept.fileno(), True)
    sys.stderr.flush()
    os.execv(program, [*a.command, "--threads", str(a.threads), "--out", str(a.out), *(["--resume"] if what == "resume" else [])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

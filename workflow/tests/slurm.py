#!/usr/bin/env python3
"""Stands for Slurm's commands, by the name it is called: jobs run at once on this machine, and states lie in the folder $STAND_IN_STATES.

Of what a command is told it heeds what the tests look at: sbatch notes its memory in ID.mem and the words in ID.words.
"""
import argparse
import os
import pathlib
import subprocess
import sys

STATES = pathlib.Path(os.environ["STAND_IN_STATES"])


def sbatch(argv):
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("--mem", "--output", "--wrap"):
        parser.add_argument(name, required=True)
    parser.add_argument("-D", dest="folder")
    known, _ = parser.parse_known_args(argv)
    job = str(1 + len([*STATES.glob("*.mem")]))
    (STATES / f"{job}.mem").write_text(known.mem)
    (STATES / f"{job}.words").write_text(" ".join(argv))
    (STATES / f"{job}.state").write_text("RUNNING")
    output = known.output.replace("%j", job)
    keeper = [sys.executable, os.path.realpath(__file__), "keep", job, output, known.wrap]
    subprocess.Popen(keeper, cwd=known.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    print(job)


def keep(argv):
    """Run a job in a session of its own, whose number is in ID.session, and note how it ended."""
    job, output, wrapped = argv
    with open(output, "w") as log:
        running = subprocess.Popen(["/bin/sh", "-c", wrapped], stdout=log, stderr=log, start_new_session=True, env={**os.environ, "SLURM_JOB_ID": job})
        (STATES / f"{job}.session").write_text(str(running.pid))
        ended = running.wait()
    (STATES / f"{job}.state.new").write_text("COMPLETED" if ended == 0 else "FAILED")
    os.replace(STATES / f"{job}.state.new", STATES / f"{job}.state")


def srun(argv):
    while argv[0].startswith("-"):
        argv = argv[1:]
    os.execvp(argv[0], argv)


def squeue(_):
    for state in STATES.glob("*.state"):
        print(f"{state.stem}|{state.read_text()}")


def sacctmgr(_):
    print("mine")


def scontrol(_):
    print("MinJobAge = 600 sec\nMaxArraySize = 1001")


if __name__ == "__main__":
    name = pathlib.Path(sys.argv[0]).name
    if name == "slurm.py":
        keep(sys.argv[2:])
    else:
        {f.__name__: f for f in (sbatch, srun, squeue, sacctmgr, scontrol)}[name](sys.argv[1:])

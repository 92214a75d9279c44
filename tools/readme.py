#!/usr/bin/env python3
"""readme.py FILE.md...: do what the text says, and fail where it does not work.

In blocks marked sh, every line is a command, run in the repository's root with bin/ on the PATH:
gomonge with --quick where it trains, go build and go vet as they stand; of make only that the target
exists. Lines that fetch or set up (git, cd, export, apt-get, brew, python3 -m pip, go install) are not run; any
other command is an error, so that nothing passes unread. Blocks marked go that are whole programs must compile.
A block after the line <!-- not run: REASON --> is left out, with its reason.
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"(?:<!-- not run: (?P<reason>.*?) -->\n)?^```(?P<lang>\w+)\n(?P<text>.*?)^```$", re.M | re.S)
TRAINS = {"dosage", "covariate", "combination", "climate", "sensitivity", "initialisation", "ablation", "paper", "fit"}
SETUP = ("git ", "cd ", "export ", "apt-get ", "sudo ", "brew ", "python3 -m pip ", "go install ")


def blocks(text):
    """(language, text, reason not to run or None) of each fenced block that names its language."""
    return [(m["lang"], m["text"], m["reason"]) for m in BLOCK.finditer(text)]


def commands(block):
    """The commands of a block: lines joined at backslashes, comments cut."""
    joined = re.sub(r"\\\n\s*", "", block)
    return [c for line in joined.splitlines() if (c := re.sub(r"(?:^|\s+)#\s.*$", "", line).strip())]


def plan(command):
    """What to do for a command: a shell line to run, or None where it is only to be read."""
    command = re.sub(r"^go run \./cmd/gomonge\b", "gomonge", command)
    if command.startswith("gomonge"):
        words = shlex.split(command)
        slow = len(words) > 1 and words[1] in TRAINS and "--quick" not in words
        return command + " --quick" if slow else command
    if m := re.fullmatch(r"make ([\w-]+)( \w+=\S*)*", command):
        return f"make -n {m[1]} >/dev/null"
    if command.startswith(("go build ", "go vet ", "bin/gomonge ", "GOMLX_BACKEND=")):
        return command
    if command.startswith(SETUP):
        return None
    raise ValueError(f"no rule for the command {command!r}")


def run(line):
    env = dict(os.environ, PATH=f"{os.getcwd()}/bin:{os.environ['PATH']}")
    print(f"$ {line}", flush=True)
    return subprocess.run(line, shell=True, env=env, stdin=subprocess.DEVNULL).returncode


def compiles(program):
    with tempfile.TemporaryDirectory(dir=".", prefix=".readme-") as dir:
        pathlib.Path(dir, "main.go").write_text(program)
        return run(f"go vet ./{os.path.basename(dir)}")


def main(files):
    for file in files:
        for lang, text, reason in blocks(pathlib.Path(file).read_text(encoding="utf-8")):
            if reason:
                print(f"{file}: not run ({reason})")
            elif lang == "sh":
                for command in commands(text):
                    if (line := plan(command)) and (status := run(line)):
                        print(f"{file}: exit status {status} of: {command}", file=sys.stderr)
                        return 1
            elif lang == "go" and text.startswith("package main") and (status := compiles(text)):
                print(f"{file}: a program does not compile:\n{text}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

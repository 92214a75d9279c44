#!/usr/bin/env python3
"""kernelenv.py VENV: give the Go kernel installed in VENV its surroundings.

The kernel needs gopls and goimports when it runs, whatever editor starts it, so VENV/bin goes to the
front of its PATH. A cell never downloads a plugin by itself.
"""
import json
import pathlib
import sys


def main(venv):
    venv = pathlib.Path(venv).resolve()
    path = venv / "share/jupyter/kernels/gonb/kernel.json"
    spec = json.loads(path.read_text())
    env = spec.setdefault("env", {})
    env["PATH"] = f"{venv}/bin:${{PATH}}"
    env["GOMLX_NO_AUTO_INSTALL"] = "1"
    path.write_text(json.dumps(spec, indent=1) + "\n")
    print(path)


if __name__ == "__main__":
    main(sys.argv[1])

"""Programs that take rounds at the driver's pace, timed in turn."""
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


class Failed(Exception):
    """A program could not do what the bench needs."""


class Program:
    """A running program that answers a number of rounds by their seconds."""

    def __init__(self, name, command, environment=None):
        self.name, self.seconds, self.peak = name, [], None
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
                                        env=os.environ | (environment or {}))

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            raise Failed(f"{self.name} ended: " + (self.errors.read().strip().splitlines() or ["without a word"])[-1])
        return json.loads(line)

    def wait_until_ready(self):
        if not self.read().get("ready"):
            raise Failed(f"{self.name} did not say that it is ready")

    def take(self, rounds):
        """Seconds of a block of rounds."""
        self.process.stdin.write(f"{rounds}\n")
        self.process.stdin.flush()
        return self.read()["seconds"]

    def finish(self):
        """The program's account of itself, with the most memory that it held while it trained, in MB."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
            self.peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
        except FileNotFoundError:  # not Linux
            self.peak = math.nan
        self.process.stdin.write("0\n")
        self.process.stdin.flush()
        summary = self.read()
        self.process.wait()
        return summary | {"peak_mb": self.peak}

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()


def python(name, script, form, mode, task, settings, environment):
    return Program(name, [sys.executable, "-B", HERE / script, form, mode, task, json.dumps(settings)], environment)


def in_turn(start, warm_up, cycles, rounds, say):
    """Runs programs, the first of which is compared with all others: compiles them one after the other,
    then lets each take a block of rounds in every cycle, in rotating order. A failed other
    is left out. Returns by name the seconds of every block and the program's own account."""
    programs, failed = [], {}
    try:
        for make in start:
            p = make()
            programs.append(p)
            try:
                p.wait_until_ready()
                p.take(warm_up)
            except Failed as e:
                if p is programs[0]:
                    raise
                programs.remove(p)
                p.stop()
                failed[p.name] = str(e)
                say(f"left out: {e}")
        for cycle in range(cycles):
            at = cycle % len(programs)
            for p in programs[at:] + programs[:at]:
                p.seconds.append(p.take(rounds))
        return {p.name: p.finish() | {"seconds": p.seconds} for p in programs}, failed
    finally:
        for p in programs:
            p.stop()

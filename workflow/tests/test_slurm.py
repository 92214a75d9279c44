"""Jobs go through the Slurm plugin and the profile, with a stand-in for Slurm: one that is stopped by a time limit is tried again and goes on."""
import contextlib
import os
import signal
import subprocess
import time
import unittest
from unittest import mock

from test_killed import HERE, Running, snakemake


class Slurm(Running):
    def setUp(self):
        super().setUp()
        commands, self.states = self.folder / "commands", self.folder / "states"
        commands.mkdir()
        self.states.mkdir()
        for name in ("sbatch", "srun", "squeue", "sacctmgr", "scontrol"):
            (commands / name).symlink_to(HERE / "slurm.py")
        paths = f"{commands}{os.pathsep}{os.environ['PATH']}"
        self.enterContext(mock.patch.dict(os.environ, PATH=paths, STAND_IN_STATES=str(self.states)))
        self.addCleanup(self.end_jobs)

    def end_jobs(self):
        for session in self.states.glob("*.session"):
            if session.with_suffix(".state").read_text() == "RUNNING":
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(int(session.read_text()), signal.SIGKILL)

    def stop_as_a_time_limit(self, job, running):
        """SIGTERM to every process of a job, once its fit takes steps."""
        log = self.out / "log/fits/condot/low/0.log"
        end = time.monotonic() + 600
        while not (log.exists() and "condot: step " in log.read_text()):
            self.assertIsNone(running.poll(), "it ended before its job was stopped:\n" + (self.folder / "said").read_text())
            self.assertLess(time.monotonic(), end, "it takes too long")
            time.sleep(.002)
        os.killpg(int((self.states / f"{job}.session").read_text()), signal.SIGTERM)

    def test_a_stopped_fit_is_tried_again(self):
        fit = self.out / "fits/condot/low/0"
        words = ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "5", fit]
        with open(self.folder / "said", "w") as said:
            running = subprocess.Popen(snakemake(self.folder, *words, profile="slurm"), stdout=said, stderr=said, start_new_session=True)
            try:
                self.stop_as_a_time_limit("1", running)
                self.assertEqual(running.wait(1200), 0, (self.folder / "said").read_text())
            finally:
                if running.poll() is None:
                    os.killpg(running.pid, signal.SIGKILL)
        self.assertEqual([(self.states / f"{job}.mem").read_text() for job in "12"], ["4000", "8000"])
        self.assertEqual([(self.states / f"{job}.state").read_text() for job in "12"], ["FAILED", "COMPLETED"])
        for word in ("-p main", "-A mine", "-t 240", "--cpus-per-task=1"):
            self.assertIn(word, (self.states / "1.words").read_text())
        self.assertIn("going on with", (self.out / "log/fits/condot/low/0.log").read_text())
        self.assertTrue((fit / "config.json").exists())


if __name__ == "__main__":
    unittest.main()

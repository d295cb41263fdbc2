"""Screening in processes and on a real Dask cluster, from outside: rows, failures, Ctrl-C."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

SAMPLES = Path(__file__).parents[2] / "tle_samples"
REAL = SAMPLES / "real"
WINDOW = ("--start", "2006-06-25T00:00:00Z", "--hours", "8", "--threshold-km", "3000")
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory) -> Iterator[str]:
    """Start a scheduler without workers; its address."""
    pytest.importorskip("distributed", reason="no cluster without the extra `cluster`")
    folder = tmp_path_factory.mktemp("scheduler")
    with _dask(folder, "scheduler", "--host", "127.0.0.1", "--port", "0",
               "--dashboard-address", "127.0.0.1:0", "--scheduler-file", "where.json"):  # fmt: skip
        yield _when(folder / "where.json")


@pytest.fixture(scope="module")
def cluster(scheduler, tmp_path_factory) -> Iterator[str]:
    """Start a worker of the scheduler; the scheduler's address."""
    folder = tmp_path_factory.mktemp("worker")
    with _dask(folder, "worker", scheduler, "--nthreads", "2", "--no-nanny", "--no-dashboard",
               "--local-directory", str(folder)) as worker:  # fmt: skip
        while b"Registered to" not in worker.stderr.readline():
            assert worker.poll() is None
        yield scheduler


def _dask(folder, *command):
    """Start a part of a cluster, to be ended with the block."""
    return _Ended([BIN / "dask", *command], cwd=folder, stderr=subprocess.PIPE)


class _Ended(subprocess.Popen):
    def __exit__(self, *raised):
        self.terminate()
        self.stderr.close()
        self.wait()


def _when(where):
    while True:
        try:
            return json.loads(where.read_text())["address"]
        except (OSError, ValueError):
            time.sleep(0.05)


def test_a_cluster_without_workers_is_one_line(tearline, scheduler):
    done = tearline("screen", REAL, *WINDOW, "--executor", scheduler)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"tearline: the cluster at {scheduler} has no workers: dask worker {scheduler}\n"
    )


def test_every_executor_gives_the_rows_of_threads(tearline, cluster, tmp_path):
    there = cluster.replace("tcp://", "dask://")
    threads = tearline("screen", REAL, *WINDOW)
    assert len(threads.stdout.splitlines()) > 10
    for place in (there, "processes"):
        done = tearline(
            "screen", REAL, *WINDOW, "--executor", place, "--workers", "2", "--report", "report"
        )
        assert (done.returncode, done.stderr) == (0, threads.stderr)
        assert done.stdout == threads.stdout
        assert json.loads((tmp_path / "report").read_text())["workers"] == 2


def test_nobody_at_the_address_is_one_line(tearline):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        done = tearline("screen", REAL, *WINDOW, "--executor", f"dask://{address}")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"tearline: no Dask scheduler answers at tcp://{address}: start one, or check the address\n"
    )


def test_without_the_extra_the_line_says_how_to_get_it(environment, tmp_path):
    program = "import sys; sys.modules['distributed'] = None; from sharing.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "screen", REAL, *WINDOW, "--executor", "dask://h:8786"],
        env=dict(environment), cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "tearline: a cluster needs the package distributed: pip install tearline[cluster]\n"
    )


@pytest.mark.parametrize("place", ["http://h:8786", "dask://h", "dask://h:65536", "dask://h:1/x"])
def test_what_is_no_place_to_search_is_wrong_usage(tearline, place):
    done = tearline("screen", REAL, *WINDOW, "--executor", place)
    assert (done.returncode, done.stdout) == (2, "")
    assert "dask://HOST:PORT" in done.stderr


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_or_killed_it_leaves_no_process_and_no_traceback(environment, tmp_path, sent):
    scenario = SAMPLES / "scenario" / "public"
    window = ("--start", "2026-10-20T00:00:00Z", "--hours", "2400", "--threshold-km", "50")
    with subprocess.Popen(
        [BIN / "tearline", "screen", scenario, *window, "--executor", "processes",
         "--workers", "2", "--out", "rows.csv"],
        env=dict(environment), cwd=tmp_path, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        ours = psutil.Process(process.pid)
        while len(helpers := ours.children()) < 3 and process.poll() is None:
            time.sleep(0.05)
        if sent == signal.SIGINT:  # of a terminal: to all of them
            os.killpg(process.pid, sent)
        else:
            process.kill()
        said = process.communicate(timeout=60)[1]
    assert process.returncode == (130 if sent == signal.SIGINT else -sent)
    assert b"Traceback" not in said
    assert psutil.wait_procs(helpers, timeout=60)[1] == []

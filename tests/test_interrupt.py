"""Ctrl-C at any moment of `verify`: the certificate of what was proved is made and written, exit 130."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures_networks import cube_stuart_landau, random_network

from saturode_verify.activation import Tanh
from saturode_verify.certificate.record import load_certificate
from saturode_verify.interrupt import interruptible
from saturode_verify.job import verify

DURING = {
    "the norms of the weights": "saturode_verify.bounds.products.WeightNorms.of",
    "the first box": "saturode_verify.bounds.branch.BranchAndBound.__init__",
    "the search": "saturode_verify.bounds.branch.BranchAndBound.run",
    "gathering": "saturode_verify.run.gather",
    "the transversal vector": "saturode_verify.run.propose_vector",
    "the claims": "saturode_verify.run.section3.layer_saturation",
    "saving": "saturode_verify.certificate.record.Certificate.save",
}
PROGRAM = """
import importlib, os, signal, sys
path = sys.argv.pop(1).split(".")
for cut in range(len(path) - 1, 0, -1):
    try:
        owner = importlib.import_module(".".join(path[:cut]))
        break
    except ModuleNotFoundError:
        pass
for part in path[cut:-1]:
    owner = getattr(owner, part)
real = getattr(owner, path[-1])
def signalled(*args, **more):
    if not done:
        done.append(1)
        os.kill(os.getpid(), signal.SIGINT)
    return real(*args, **more)
done = []
setattr(owner, path[-1], signalled)
from saturode_verify.cli import main
main()
"""


@pytest.mark.parametrize("moment", DURING)
def test_ctrl_c_at_any_moment_keeps_what_was_proved(moment: str, tmp_path: Path) -> None:
    model, target = tmp_path / "m.json", tmp_path / "c.json"
    model.write_bytes(random_network(1, [2, 8, 8, 2], Tanh()).canonical())
    arguments = (str(model), "--box", "[-3,3]^2", "--box", "[4,5]^2", "--rtol", "1e-5", "-o", str(target))
    command = [sys.executable, "-c", PROGRAM, DURING[moment], *arguments, "--time-limit", "3"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert result.returncode == 130, result.stderr
    certificate = load_certificate(target)
    assert certificate.environment["interrupted"] is (moment != "saving")
    assert certificate["sup_jacobian_norm"].value.upper is not None
    assert result.stdout.startswith("INTERRUPTED") or moment == "saving"


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_the_second_ctrl_c_raises_and_the_handler_is_restored() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interruptible() as wish:
        _kill()
        assert wish() and wish.requested
        _kill()
    assert signal.getsignal(signal.SIGINT) is before


def test_an_ignored_ctrl_c_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptible() as wish:
            _kill()
            assert not wish()
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_may_verify() -> None:
    found: list[Any] = []
    job: Callable[[], None] = lambda: found.append(verify(cube_stuart_landau(), "[-1,1]^2", rtol="0.3"))  # noqa: E731
    thread = threading.Thread(target=job)
    thread.start()
    thread.join(60)
    assert found[0].environment["interrupted"] is False

"""Processes and clusters share the boxes and change nothing: not one bit of any bound."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from fixtures_networks import random_network

from saturode_verify.activation import GELU, Tanh
from saturode_verify.bounds import bounders
from saturode_verify.bounds.bounders import MappedBounder, chunk_size, chunks, dask_cluster, process_pool, serial
from saturode_verify.bounds.rounded.engine import ChunkBounds
from saturode_verify.errors import UnusableInput
from saturode_verify.job import verify
from saturode_verify.network import Network


@pytest.fixture
def boxes() -> tuple[np.ndarray, np.ndarray]:
    lower = np.random.default_rng(0).uniform(-2, 2, (500, 2))
    return lower, lower + 0.1


def _same(a: ChunkBounds, b: ChunkBounds) -> bool:
    pairs = ((a.outer, b.outer), (a.low, b.low), (a.high, b.high), (a.scores, b.scores))
    return all(x.tobytes() == y.tobytes() for x, y in pairs)


@pytest.mark.parametrize("activation", [Tanh(), GELU()], ids=["tanh", "gelu"])
def test_a_pool_returns_the_same_bits(activation, boxes: tuple[np.ndarray, np.ndarray]) -> None:
    network = random_network(1, [2, 16, 16, 2], activation)
    here = MappedBounder(network, serial).bound(*boxes)
    with process_pool(2) as mapper:
        assert _same(here, MappedBounder(network, mapper).bound(*boxes))


def test_chunks_depend_on_the_network_alone(boxes: tuple[np.ndarray, np.ndarray]) -> None:
    network = random_network(1, [2, 16, 16, 2], Tanh())
    size = chunk_size(network)
    work = chunks(size, *boxes)
    assert [len(low) for low, _, _ in work] == [size] * (500 // size) + [500 % size]
    assert np.array_equal(np.concatenate([low for low, _, _ in work]), boxes[0])
    assert chunk_size(random_network(1, [8, 64, 64, 8], Tanh())) == 64  # 2^18 floats / (64 * 8^2)


def test_workers_do_not_change_the_certificate() -> None:
    network = random_network(2, [2, 12, 12, 2], Tanh())
    alone = verify(network, "[-1,1]^2", rtol="0.002")
    shared = verify(network, "[-1,1]^2", rtol="0.002", workers=2)
    assert alone.sha256 == shared.sha256


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": 0}, "--workers must be a positive whole number"),
        ({"workers": True}, "--workers must be a positive whole number"),
        ({"workers": 2, "dask": "tcp://127.0.0.1:1"}, "contradict"),
    ],
)
def test_impossible_sharing_is_refused(options: dict, message: str) -> None:
    with pytest.raises(UnusableInput, match=message):
        verify(random_network(2, [2, 4, 2], Tanh()), "[-1,1]^2", **options)


@pytest.fixture(scope="module")
def cluster() -> Iterator:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as running:
        yield running


def test_a_cluster_returns_the_same_bits(cluster, boxes: tuple[np.ndarray, np.ndarray]) -> None:
    network = random_network(1, [2, 16, 16, 2], Tanh())
    here = MappedBounder(network, serial).bound(*boxes)
    with dask_cluster(cluster.scheduler_address) as mapper:
        assert _same(here, MappedBounder(network, mapper).bound(*boxes))
    certificate = verify(network, "[-1,1]^2", dask=cluster.scheduler_address)
    assert certificate.sha256 == verify(network, "[-1,1]^2").sha256


def _kill_soon(cluster, stack: ExitStack) -> None:
    pid = next(iter(cluster.workers.values())).process.process.pid

    def kill() -> None:
        time.sleep(0.3)
        os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    stack.callback(thread.join)


def test_a_killed_worker_loses_nothing(cluster) -> None:
    """One of two workers dies in the middle; the scheduler repeats its chunks elsewhere."""
    network: Network = random_network(3, [4, 64, 64, 4], Tanh())
    lower = np.random.default_rng(1).uniform(-1, 1, (4000, 4))
    upper = lower + 0.05
    here = MappedBounder(network, serial).bound(lower, upper)
    with ExitStack() as stack:
        mapper = stack.enter_context(dask_cluster(cluster.scheduler_address))
        _kill_soon(cluster, stack)
        assert _same(here, MappedBounder(network, mapper).bound(lower, upper))


def test_no_scheduler_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(bounders, "PATIENCE", 1)
    with pytest.raises(UnusableInput, match="no dask scheduler answers"), dask_cluster("tcp://127.0.0.1:1"):
        pass
    with pytest.raises(UnusableInput, match="no dask scheduler answers"), dask_cluster("nonsense://x"):
        pass

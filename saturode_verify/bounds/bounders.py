"""Who computes the bounds of many boxes: this process, a pool of processes, or a dask cluster; always the same chunks.

A chunk's boxes go through one engine call. How a matrix product rounds may depend on its shape, so the cutting into
chunks depends on the boxes alone: on one kind of machine every executor returns the same bits.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Protocol, cast

import numpy as np

from ..activation import activation_from_spec
from ..errors import UnusableInput
from ..network import Layer, Network
from ..rigor.rounding import HypothesisViolated
from .reference import ArbEngine
from .rounded.engine import ChunkBounds, RoundedEngine

_WORK = 1 << 17
"""Floats of the largest intermediate array of one chunk (1 MiB: it stays in the second-level cache)."""
PATIENCE = 10
"""Seconds to wait for a scheduler's answer."""
_THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

Chunk = tuple[np.ndarray, np.ndarray]
Task = Callable[[Chunk], ChunkBounds]
Mapper = Callable[[Task, list[Chunk]], Iterable[ChunkBounds]]


class Bounder(Protocol):
    """Bounds of any number of boxes, float64 arrays (boxes, d)."""

    def bound(self, lower: np.ndarray, upper: np.ndarray) -> ChunkBounds: ...


class MappedBounder:
    """Chunks of one network's boxes through an ordered map."""

    def __init__(self, network: Network, mapper: Mapper, compound: bool = False, bits: int = 0) -> None:
        self._size = 1 if bits else chunk_size(network)
        layers = tuple((layer.weight, layer.bias, layer.activation.spec()) for layer in network.layers)
        self._task = partial(bound_chunk, Work(network.sha256, compound, bits, layers))
        self._map = mapper

    def bound(self, lower: np.ndarray, upper: np.ndarray) -> ChunkBounds:
        """One record for all boxes, in their order."""
        return ChunkBounds.join(list(self._map(self._task, chunks(self._size, lower, upper))))


def why_not_rounded(network: Network) -> str:
    """Why the rounded engine cannot serve this network on this machine, or ""."""
    try:
        RoundedEngine(network)
    except (ValueError, HypothesisViolated) as error:
        return str(error)
    return ""


def local_engine(network: Network, bits: int) -> RoundedEngine | ArbEngine:
    """An engine in this process: ball arithmetic of ``bits``, or rounded float64 for 0."""
    return ArbEngine(network, bits=bits) if bits else RoundedEngine(network)


def chunk_size(network: Network) -> int:
    """Boxes per chunk: few enough for the cache, enough to amortise numpy's overhead."""
    width = max(layer.weight.shape[0] for layer in network.layers)
    return int(np.clip(_WORK // (width * network.dimension**2), 16, 128))


def chunks(size: int, lower: np.ndarray, upper: np.ndarray) -> list[Chunk]:
    """Consecutive slices of at most ``size`` boxes."""
    return [(lower[i : i + size], upper[i : i + size]) for i in range(0, len(lower), size)]


@dataclass(frozen=True)
class Work:
    """What a chunk's boxes are bounded for.

    A network, told apart by its hash; whether sums of two eigenvalues are wanted; Arb's bits, 0 for the rounded engine.
    """

    sha256: str
    compound: bool
    bits: int
    layers: tuple[tuple[np.ndarray, np.ndarray, dict], ...] = field(compare=False)

    def network(self) -> Network:
        """The network anew: balls that an activation caches do not travel between processes."""
        return Network(tuple(Layer(weight, bias, activation_from_spec(spec)) for weight, bias, spec in self.layers))


@lru_cache(maxsize=8)
def _engine(work: Work) -> RoundedEngine | ArbEngine:
    """One engine per process for equal work, though every chunk brings the layers to its worker."""
    if work.bits:
        return ArbEngine(work.network(), work.compound, work.bits)
    return RoundedEngine(work.network(), work.compound)


def bound_chunk(work: Work, chunk: Chunk) -> ChunkBounds:
    """The bounds of one chunk, in whichever process."""
    return _engine(work).bound(*chunk)


def serial(task: Task, work: list[Chunk]) -> Iterable[ChunkBounds]:
    """Everything in this process."""
    return map(task, work)


@contextmanager
def process_pool(workers: int) -> Iterator[Mapper]:
    """A map over ``workers`` fresh processes, each with one BLAS thread."""
    before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, "1"))
    try:
        context = multiprocessing.get_context("spawn")
        # Ctrl-C reaches every process of the terminal; only this one decides what it means.
        ignore = (signal.SIGINT, signal.SIG_IGN)
        with ProcessPoolExecutor(workers, context, initializer=signal.signal, initargs=ignore) as pool:
            # The environment is read when a worker starts, and workers start with the first task.
            yield pool.map
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def dask_cluster(address: str) -> Iterator[Mapper]:
    """A map over the workers of a running dask.distributed scheduler, which repeats the chunks of lost workers."""
    try:
        from distributed import Client  # type: ignore[import-not-found]
    except ImportError:
        raise UnusableInput("--dask needs the package distributed", 'pip install "saturode-verify[dask]"') from None
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        raise UnusableInput(
            f"no dask scheduler answers at {address!r} ({type(error).__name__})",
            "start one with `dask scheduler` and `dask worker ADDRESS`, and give its tcp:// address",
        ) from None

    def gathered(task: Task, work: list[Chunk]) -> Iterable[ChunkBounds]:
        return cast("list[ChunkBounds]", client.gather(client.map(task, work, pure=False)))

    with client:
        yield gathered

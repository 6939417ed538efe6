"""Who computes the bounds of many boxes: this process, a pool of processes, or a dask cluster; always the same chunks.

A chunk's boxes go through one engine call. How a matrix product rounds may depend on its shape, so the cutting into
chunks depends on the boxes alone: on one kind of machine every executor returns the same bits.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
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

_WORK = 1 << 18
"""Floats of the largest intermediate array of one chunk (2 MiB: larger ones are measured to be slower)."""
_MALLOC = {-3: 1 << 28, -1: 1 << 29, -2: 1 << 26}
"""M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD of glibc's mallopt, in bytes."""
PATIENCE = 10
"""Seconds to wait for a scheduler's answer."""
_THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

Chunk = tuple[np.ndarray, np.ndarray, "np.ndarray | None"]
"""Lower and upper ends (boxes, d), and the targets that steer the engine's effort."""
Task = Callable[[Chunk], ChunkBounds]
Mapper = Callable[[Task, list[Chunk]], Iterable[ChunkBounds]]


class Bounder(Protocol):
    """Bounds of any number of boxes, float64 arrays (boxes, d)."""

    def bound(self, lower: np.ndarray, upper: np.ndarray, targets: np.ndarray | None = None) -> ChunkBounds: ...


class MappedBounder:
    """Chunks of one network's boxes through an ordered map."""

    def __init__(self, network: Network, mapper: Mapper, bits: int = 0) -> None:
        self._size = 1 if bits else chunk_size(network)
        layers = tuple((layer.weight, layer.bias, layer.activation.spec()) for layer in network.layers)
        self._task = partial(bound_chunk, Work(network.sha256, bits, layers))
        self._map = mapper

    def bound(self, lower: np.ndarray, upper: np.ndarray, targets: np.ndarray | None = None) -> ChunkBounds:
        """One record for all boxes, in their order."""
        return ChunkBounds.join(list(self._map(self._task, chunks(self._size, lower, upper, targets))))


def why_not_rounded(network: Network) -> str:
    """Why the rounded engine cannot serve this network on this machine, or ""."""
    try:
        RoundedEngine(network)
    except (ValueError, HypothesisViolated) as error:
        return str(error)
    return ""


def local_engine(network: Network, bits: int) -> RoundedEngine | ArbEngine:
    """An engine in this process: ball arithmetic of ``bits``, or rounded float64 for 0."""
    return ArbEngine(network, bits) if bits else RoundedEngine(network)


def chunk_size(network: Network) -> int:
    """Boxes per chunk: few enough for the cache, enough to amortise numpy's overhead."""
    width = max(layer.weight.shape[0] for layer in network.layers)
    return int(np.clip(_WORK // (width * network.dimension**2), 16, 256))


def chunks(size: int, lower: np.ndarray, upper: np.ndarray, targets: np.ndarray | None = None) -> list[Chunk]:
    """Consecutive slices of at most ``size`` boxes."""
    return [(lower[i : i + size], upper[i : i + size], targets) for i in range(0, len(lower), size)]


@dataclass(frozen=True)
class Work:
    """What a chunk's boxes are bounded for.

    A network, told apart by its hash; Arb's bits, 0 for the rounded engine.
    """

    sha256: str
    bits: int
    layers: tuple[tuple[np.ndarray, np.ndarray, dict], ...] = field(compare=False)

    def network(self) -> Network:
        """The network anew: balls that an activation caches do not travel between processes."""
        return Network(tuple(Layer(weight, bias, activation_from_spec(spec)) for weight, bias, spec in self.layers))


@lru_cache(maxsize=8)
def _engine(work: Work) -> RoundedEngine | ArbEngine:
    """One engine per process for equal work, though every chunk brings the layers to its worker."""
    return local_engine(work.network(), work.bits)


def bound_chunk(work: Work, chunk: Chunk) -> ChunkBounds:
    """The bounds of one chunk, in whichever process."""
    return _engine(work).bound(*chunk)


def serial(task: Task, work: list[Chunk]) -> Iterable[ChunkBounds]:
    """Everything in this process."""
    return map(task, work)


def keep_memory() -> None:
    """Tell glibc, where it is the C library, to keep freed blocks instead of handing them back page by page.

    The engine's arrays come and go thousands of times; page faults would cost it a third of its speed.
    """
    with suppress(OSError, AttributeError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in _MALLOC.items():
            mallopt(parameter, value)


def _start_worker() -> None:
    # Ctrl-C reaches every process of the terminal; only the first one decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_memory()


@contextmanager
def process_pool(workers: int) -> Iterator[Mapper]:
    """A map over ``workers`` fresh processes, each with one BLAS thread."""
    before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, "1"))
    try:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, context, initializer=_start_worker) as pool:
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

"""The engines that are compared: each turns boxes into upper bounds of ||Df||."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from saturode_verify.bounds.bounders import MappedBounder, chunk_size, serial
from saturode_verify.bounds.reference import ArbEngine
from saturode_verify.network import Network

from .crival_peer import CrivalPeer
from .immrax_peer import ImmraxPeer
from .unrounded import UnroundedEngine

OURS = "ours"
UNROUNDED = "unrounded"


class Peer(Protocol):
    """An engine on one network."""

    @property
    def batches(self) -> tuple[int, ...]:
        """Numbers of boxes per call to choose from, by speed."""
        ...

    def norms(self, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """One bound of sup ||Df|| per box, of float64 arrays (boxes, d); inf for no information."""
        ...


class OurPeer:
    """The package's rounded engine, chunked as in its branch and bound; all five quantities are computed."""

    def __init__(self, network: Network) -> None:
        self._bounder = MappedBounder(network, serial)
        self.batches = (8 * chunk_size(network),)

    def norms(self, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """See `Peer`."""
        return self._bounder.bound(lower, upper).outer[:, 0]


class UnroundedPeer:
    """The same form without rounding control, in the same chunks."""

    def __init__(self, network: Network) -> None:
        self._engine = UnroundedEngine(network)
        self.batches = (chunk_size(network),)

    def norms(self, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """See `Peer`."""
        return self._engine.bound(lower, upper)[:, 0]


class ArbPeer:
    """Ball arithmetic, box by box; all five quantities are computed."""

    def __init__(self, network: Network) -> None:
        self._engine = ArbEngine(network)
        self.batches = (4,)

    def norms(self, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """See `Peer`."""
        return self._engine.bound(lower, upper).outer[:, 0]


@dataclass(frozen=True)
class Competitor:
    """``proved``: what of the norm's bound is proved. ``package``: its name on PyPI, "" if it comes with us."""

    name: str
    proved: str
    package: str
    make: Callable[[Network], Peer]


COMPETITORS = (
    Competitor(OURS, "yes", "", OurPeer),
    Competitor(UNROUNDED, "no", "", UnroundedPeer),
    Competitor("crival", "entries", "crival", CrivalPeer),
    Competitor("immrax", "no", "immrax", ImmraxPeer),
    Competitor("Arb", "yes", "", ArbPeer),
)


class Runner:
    """One competitor on one network, in batches of its fastest size; ``absent`` says why it does not run, or ""."""

    def __init__(self, competitor: Competitor, network: Network) -> None:
        self.name, self.proved = competitor.name, competitor.proved
        self.absent, self.setup, self.batch, self.rate = "", 0.0, 1, 0.0
        self._peer: Peer | None = None
        started = time.perf_counter()
        try:
            self._peer = competitor.make(network)
        except ImportError:
            self.absent = f"not installed (pip install {competitor.package})"
        except ValueError as error:
            self.absent = f"not for this model ({error})"
        self.setup = time.perf_counter() - started

    def norms(self, lower: np.ndarray, upper: np.ndarray, deadline: float = np.inf) -> np.ndarray | None:
        """Bounds of all boxes, None if the deadline (of `time.perf_counter`) passed before."""
        if self._peer is None:
            raise RuntimeError(f"{self.name} is {self.absent}")
        found = []
        for start in range(0, len(lower), self.batch):
            if time.perf_counter() > deadline:
                return None
            part = slice(start, start + self.batch)
            bounds = self._peer.norms(lower[part], upper[part])
            found.append(np.where(np.isnan(bounds), np.inf, bounds))
        return np.concatenate(found)

    def calibrate(self, lower: np.ndarray, upper: np.ndarray) -> None:
        """Choose the batch size; ``rate`` becomes the boxes per second, roughly."""
        if self._peer is None:
            return
        for batch in self._peer.batches:
            size, before = min(batch, len(lower)), self.batch
            self.batch = batch
            self.norms(lower[:size], upper[:size])
            started = time.perf_counter()
            self.norms(lower[:size], upper[:size])
            rate = size / (time.perf_counter() - started)
            if rate <= self.rate:
                self.batch = before
                break
            self.rate = rate

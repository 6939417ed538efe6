"""The main job: networks and boxes in, certificates out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from .bounds.bounders import Mapper, dask_cluster, keep_memory, process_pool, serial
from .bounds.partition import Partition
from .certificate.record import Certificate
from .errors import UnusableInput
from .interrupt import interruptible
from .network import Network
from .region import Box, read_boxes
from .rigor.balls import precision
from .run import Progress, Run
from .settings import read_settings


def verify(network: Network, box: Box | str | Sequence[Box | str], **options: Any) -> Certificate:
    """Certify every bound on each box and on their union.

    ``box``: a Box, its text form, or a list of boxes of the network's dimension. ``options``: those of `verify_all`.
    """
    return verify_all([network], box, **options)[0]


def verify_all(
    networks: Sequence[Network],
    box: Box | str | Sequence[Box | str],
    *,
    progress: Progress | None = None,
    workers: int = 1,
    dask: str | None = None,
    **settings: Any,
) -> list[Certificate]:
    """Certify several networks (checkpoints of one training run, say) on the same boxes, one certificate each.

    Each search starts from the subdivision that the network before it needed. ``workers``: processes that share the
    boxes; ``dask``: address of a dask.distributed scheduler to share them with instead; neither changes the answer.
    ``settings``: those of `read_settings` (the time limit holds per network). ``progress(boxes, relative gap)`` is
    called often. Raises UnusableInput. Ctrl-C (in the main thread) ends the search and yields the certificates of
    what was proved so far, with ``environment["interrupted"]`` true; a second Ctrl-C raises KeyboardInterrupt.
    """
    for network in networks:
        if not isinstance(network, Network):
            raise UnusableInput(f"a model is a {type(network).__name__}, no Network", "pass saturode_verify.load(path)")
    requests = [
        (network, read_boxes(box, network.dimension), read_settings(network, **settings)) for network in networks
    ]
    starts: dict[Box, Partition] = {}
    keep_memory()
    certificates = []
    # Floats only propose outside the engines, and their overflows mean nothing.
    with interruptible() as wish, np.errstate(all="ignore"), threadpool_limits(1), _mapper(workers, dask) as mapper:
        for network, boxes, exact in requests:
            with precision(exact.precision):
                run = Run(network, boxes, exact, mapper, wish, progress, starts)
                certificates.append(run.certificate())
            if wish.requested:
                break
    return certificates


@contextmanager
def _mapper(workers: int, dask: str | None) -> Iterator[Mapper]:
    """Who maps over chunks; UnusableInput for contradictory wishes."""
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise UnusableInput("--workers must be a positive whole number", "give the number of processes, for example 4")
    if dask is not None and workers > 1:
        raise UnusableInput("--workers and --dask contradict each other", "the cluster decides about its own workers")
    if dask is not None:
        with dask_cluster(dask) as mapper:
            yield mapper
    elif workers > 1:
        with process_pool(workers) as mapper:
            yield mapper
    else:
        yield serial

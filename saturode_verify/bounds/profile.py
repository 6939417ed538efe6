"""Ranges per hidden layer and neuron, over subsets and unions of boxes."""

from __future__ import annotations

from collections.abc import Iterable

from .linearise import Range

Profile = list[list[Range]]


def meet(own: Profile | None, parent: Profile | None) -> Profile | None:
    """Ranges over a subset: those of both, intersected neuron by neuron; None knows nothing."""
    if own is None or parent is None:
        return own or parent
    return [
        [(max(a[0], b[0]), min(a[1], b[1])) for a, b in zip(x, y, strict=True)]
        for x, y in zip(own, parent, strict=True)
    ]


def profile_hull(profiles: Iterable[Profile | None]) -> Profile | None:
    """Ranges over a union; None as soon as one part knows nothing."""
    total: Profile | None = None
    for profile in profiles:
        if profile is None:
            return None
        if total is None:
            total = [list(layer) for layer in profile]
            continue
        for mine, theirs in zip(total, profile, strict=True):
            for i, (low, high) in enumerate(theirs):
                mine[i] = (min(mine[i][0], low), max(mine[i][1], high))
    return total

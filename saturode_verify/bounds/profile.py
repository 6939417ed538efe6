"""Ranges per hidden layer and neuron, over subsets and unions of boxes."""

from __future__ import annotations

from collections.abc import Iterable

from ..network import Network
from ..rigor.balls import finite
from .linearise import Range

Profile = list[list[Range]]


def slope_ranges(network: Network, preactivation: Profile | None) -> Profile | None:
    """Exact images of s' over the pre-activations' ranges; None without information.

    Over a connected region nothing is lost by taking the image of the whole range instead of uniting the leaves'
    images.
    """
    if preactivation is None:
        return None
    profile: Profile = []
    for layer, ranges in zip(network.hidden, preactivation, strict=True):
        slopes: list[Range] = []
        for low, high in ranges:
            ends = [layer.activation.derivatives(x, 1)[1] for x in (low, high)]
            image = layer.activation.image(1, low, high, ends)
            if image is None or not finite(*image):
                return None
            slopes.append(image)
        profile.append(slopes)
    return profile


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

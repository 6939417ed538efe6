"""LEMMA (orbit/frame.py). E >= |P Q - I| entrywise and eps = max_i sum_l E_il < 1: Q is invertible; x = Q^{-1} v has

    |x_i| <= |(P v)_i| + sum_l E_il max_m |(P v)_m| / (1 - eps).

Proof.
1. x = P v - (P Q - I) x for v = Q x: words of matrices of any size.
2. So |x_i| <= |(P v)_i| + sum_l E_il max |x|; the maximum over i gives max |x| <= max |P v| + eps max |x|.
3. Hence (1 - eps) max |x| <= max |P v|; put into 2. With v = 0: x = 0, so Q is invertible.
"""

from __future__ import annotations

from collections.abc import Iterator

from .algebra import at_most, identity, nonnegative, words


def splitting(sign: int = -1) -> str:
    """Step 1; ``sign``: the sign before (P Q - I) x."""
    p, q, x = words("P Q x")
    return identity(p * (q * x) + sign * (p * q * x - x), x, "x = P v - (P Q - I) x with v = Q x, in every dimension")


def maximum() -> Iterator[str]:
    """Steps 2 and 3: max |x| = X, max |P v| = X - eps X + rest."""
    spread, entry, largest, rest, own = nonnegative("e E X r p")
    room = largest - spread * largest + rest
    statement = "(1 - eps) X <= max |P v|"
    yield at_most((1 - spread) * largest, room, (spread, entry, largest, rest, own), statement)
    # (1 - eps)(p + E X) <= (1 - eps) p + E max |P v|.
    left = entry * ((1 - spread) * largest)
    yield at_most(left, entry * room, (spread, entry, largest, rest, own), "E X (1 - eps) <= E max |P v|")


def statements() -> Iterator[str]:
    """Prove everything, yielding one line per statement; raises Unproved."""
    yield splitting()
    yield from maximum()

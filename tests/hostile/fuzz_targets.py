"""What the property tests feed to the readers of files; the readers' contract itself is that of benchmarks/fuzz.py."""

from __future__ import annotations

import io
import json
import random
import sys
import zipfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from benchmarks import fuzz

COVERED = ("format", "version", "model", "region", "settings", "scope", "claims", "witness")
"""The keys of a certificate that its hash covers."""


@st.composite
def edited(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A valid file, cut off, spliced with another one, or with a few bytes overwritten, inserted or removed."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["cut", "splice", "overwrite", "insert", "remove"]))
        new = draw(st.binary(min_size=1, max_size=8))
        if kind == "cut":
            data = data[:place]
        elif kind == "splice":
            other = draw(st.sampled_from(seeds))
            data = data[:place] + other[draw(st.integers(0, len(other))) :]
        elif kind == "overwrite":
            data = data[:place] + new + data[place + len(new) :]
        elif kind == "insert":
            data = data[:place] + new + data[place:]
        else:
            data = data[:place] + data[place + len(new) :]
    return data


@st.composite
def changed_documents(draw: st.DrawFn, seeds: list[bytes], keys: tuple[str, ...] = ()) -> dict[str, Any]:
    """The document of a valid file with one node changed, below one of ``keys`` if there are any."""
    document = json.loads(draw(st.sampled_from(seeds)))
    places = [place for place in fuzz.nodes(document) if not keys or place[0] in keys]
    place = draw(st.sampled_from(places))
    kind = draw(st.sampled_from(["hostile", "another node", "remove", "text"]))
    old = fuzz.node_at(document, place)
    if kind == "remove":
        del fuzz.node_at(document, place[:-1])[place[-1]]
        return document
    if kind == "text" and isinstance(old, str) and old:
        cut = draw(st.integers(0, len(old) - 1))
        return fuzz.replaced(document, place, old[:cut] + draw(st.sampled_from("0123456789-*^/. ")) + old[cut + 1 :])
    if kind == "another node":
        return fuzz.replaced(document, place, fuzz.node_at(document, draw(st.sampled_from(places))))
    return fuzz.replaced(document, place, draw(st.sampled_from(fuzz.HOSTILE)))


@st.composite
def repacked(draw: st.DrawFn, archives: list[bytes]) -> bytes:
    """An archive of torch with the bytes of one entry changed, and all its checksums right again."""
    with zipfile.ZipFile(io.BytesIO(draw(st.sampled_from(archives)))) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    pickle = next(name for name in entries if name.endswith("data.pkl"))
    name = draw(st.sampled_from([pickle, pickle, pickle, *entries]))
    rng = random.Random(draw(st.integers(0, 1 << 32)))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for other, content in entries.items():
            target.writestr(other, fuzz.scrambled(content, rng) if other == name else content)
    return buffer.getvalue()

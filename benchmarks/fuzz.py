"""Coverage-guided fuzzing of what reads strangers' files: `python -m benchmarks.fuzz certificate|model --seconds 60`.

It needs atheris (pip install atheris). The seeds are made from valid files; what is mutated are bytes, nodes of JSON
documents, and the entries of torch's archives. A file may be refused with the package's own error in one line, and
nothing else: any other exception, twenty seconds for one file, or 3 GiB of memory is a crash, whose input is kept.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import io
import json
import random
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

LONGEST_MESSAGE = 400
SECONDS_TO_CHECK = 2.0
"""The checker's own time limit; what it has not confirmed by then is refused."""
HOSTILE: tuple[Any, ...] = (
    None, True, -1, 0, 1, 7, 10**9, 10**17, "", "leaf", "region", "inf", "NaN", "-inf", "1/0", "0/1", "1*2^99999",
    "1*2^65536", "-1*2^-65536", "9" * 3999, "9" * 4001, "1/" + "7" * 3999, "\ud800", [], {}, [[]], [None] * 50,
    "x\ny\x1b[31m", "z" * 5000,
    {"lower": "0", "upper": None, "display": ["0", "inf"]}, {"lower": "1", "upper": "0", "display": ["1", "0"]},
    {"name": "power", "exponent": 64},
)  # fmt: skip
"""What a node of a document is replaced by."""
Node = tuple[str | int, ...]
"""Where a node stands: keys and indices from the root."""


class Broken(Exception):
    """A reader answered in a way that no user should meet."""


def nodes(document: Any, place: Node = ()) -> Iterator[Node]:
    """The places of all nodes below the root."""
    inside = (
        document.items() if isinstance(document, dict) else enumerate(document if isinstance(document, list) else [])
    )
    for key, value in inside:
        yield (*place, key)
        yield from nodes(value, (*place, key))


def node_at(document: Any, place: Node) -> Any:
    """The node there."""
    for key in place:
        document = document[key]
    return document


def replaced(document: Any, place: Node, value: Any) -> Any:
    """A copy of the document with another node there."""
    changed = copy.deepcopy(document)
    node_at(changed, place[:-1])[place[-1]] = value
    return changed


def mutated(document: Any, rng: random.Random) -> Any:
    """The document with one node replaced, removed, repeated, or exchanged for another one."""
    places = list(nodes(document))
    if not places:
        return document
    place = rng.choice(places)
    old, kind = node_at(document, place), rng.randrange(6)
    if kind == 0:
        return replaced(document, place, copy.deepcopy(node_at(document, rng.choice(places))))
    if kind == 1 and isinstance(old, list) and old:
        return replaced(
            document, place, old * rng.choice([2, 2, 50]) if rng.random() < 0.5 else old[: rng.randrange(len(old))]
        )
    if kind == 2:
        changed = copy.deepcopy(document)
        del node_at(changed, place[:-1])[place[-1]]
        return changed
    if kind == 3 and isinstance(old, str) and old:
        cut = rng.randrange(len(old))
        return replaced(document, place, old[:cut] + rng.choice("0123456789-*^/.eE") + old[cut + rng.randrange(2) :])
    if kind == 4 and type(old) is int:
        return replaced(document, place, old + rng.choice([-1, 1, 1 << 16]))
    return replaced(document, place, rng.choice(HOSTILE))


def rehashed(document: dict[str, Any]) -> bytes:
    """The certificate with a hash that fits, as a forger makes it."""
    body = {key: value for key, value in document.items() if key not in ("environment", "sha256")}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return json.dumps({**document, "sha256": digest}).encode()


def expect_refusal(action: Callable[[], Any], *allowed: type[Exception]) -> str:
    """The refusal's message, "" if there was none. Raises Broken for a message that is not one short line."""
    try:
        action()
    except allowed as error:
        # The command line itself puts a question mark in place of what a terminal should not see.
        message = "".join(c if c.isprintable() or c == "\n" else "?" for c in str(error))
        expect_line(message)
        return message
    return ""


def expect_line(text: str) -> None:
    """Raises Broken unless it is one short line that a terminal can show."""
    if not text.isprintable() or not 0 < len(text) <= LONGEST_MESSAGE:
        raise Broken(f"no short line: {text[:1000]!r}")


@lru_cache(maxsize=1)
def certified() -> tuple[tuple[bytes, bytes], ...]:
    """(certificate, exact model) of a region with every kind of claim, and of a periodic orbit."""
    sv, made = import_module("saturode_verify"), networks()
    asked = {"period": "2", "eta": "100", "delta": ["0.9"], "require": ["sup_jacobian_norm <= 0.01"]}
    region = sv.verify(made[0], ["[-1,1]x[-1,1/3]", "[2,3]^2"], rtol="0.3", **asked)
    orbit = sv.prove_orbit(made[1], near=[1.0, 0.1])
    return tuple((c.to_json().encode(), n.canonical()) for c, n in zip((region, orbit), made, strict=True))


@lru_cache(maxsize=1)
def networks() -> tuple[Any, Any]:
    """A small tanh network, and one of cubes that has the unit circle as its orbit: 3 f for Stuart-Landau."""
    numpy, sv = import_module("numpy"), import_module("saturode_verify")
    named = import_module("saturode_verify.activation").activation_named
    rng = numpy.random.default_rng(3)
    small = [
        sv.Layer(rng.normal(size=s), rng.normal(size=s[0]), named(a))
        for s, a in (((3, 2), "tanh"), ((2, 3), "identity"))
    ]
    affine = numpy.array(
        [[1, 0, 1], [1, 0, -1], [0, 1, 1], [0, 1, -1], [1, 1, 0], [1, -1, 0], [1, 0, 0], [0, 1, 0]], dtype=float
    )
    last = numpy.array([[0.5, 0.5, -0.5, -0.5, -0.5, -0.5, -3, 1], [0.5, 0.5, 0.5, 0.5, -0.5, 0.5, -1, -3]])
    cubes = [sv.Layer(affine[:, :2], affine[:, 2], named("power:3")), sv.Layer(last, numpy.zeros(2), named("identity"))]
    return sv.Network(tuple(small)), sv.Network(tuple(cubes))


@lru_cache(maxsize=1)
def model_files() -> tuple[bytes, ...]:
    """An exact model, and what torch.save writes for a module, a checkpoint, and a state dict in the old format."""
    torch = import_module("torch")
    nn = torch.nn
    module = nn.Sequential(
        nn.Linear(2, 3),
        nn.BatchNorm1d(3),
        nn.Tanh(),
        nn.Sequential(nn.Linear(3, 2), nn.Softplus(2.0)),
        nn.ELU(),
        nn.Linear(2, 2),
    )
    state = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2)).state_dict()
    files = [networks()[0].canonical()]
    for held, new in ((module, True), ({"state_dict": state, "epoch": 3}, True), (state, False)):
        buffer = io.BytesIO()
        torch.save(held, buffer, _use_new_zipfile_serialization=new)
        files.append(buffer.getvalue())
    return tuple(files)


def certificate_seeds() -> list[bytes]:
    """The certificates, and each of their claims alone: those are checked sooner."""
    seeds = [certificate for certificate, _ in certified()]
    for document in map(json.loads, tuple(seeds)):
        seeds += [rehashed({**document, "claims": [claim]}) for claim in document["claims"]]
    return seeds


def certificate_target(data: bytes) -> None:
    """Everything that reads certificates, on the bytes and on the document that they spell with its hash mended."""
    read_certificate(data)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(document, dict):
        read_certificate(rehashed(document))


def read_certificate(data: bytes) -> None:
    """Check it for both models, load it, make a table of it. Raises Broken, or what the readers should not raise."""
    checker, record = import_module("saturode_verify.checker"), import_module("saturode_verify.certificate.record")
    latex, errors = import_module("saturode_verify.report.latex"), import_module("saturode_verify.errors")
    for _, model in certified():
        expect_refusal(partial(_check, data, model), checker.Unusable)
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        Path(file.name).write_bytes(data)
        expect_refusal(lambda: latex.table([record.load_certificate(file.name)]), errors.UnusableInput)


def _check(data: bytes, model: bytes) -> None:
    report = import_module("saturode_verify.checker").check_bytes(data, model, seconds=SECONDS_TO_CHECK)
    lines = report.text().split("\n")
    for line in lines:
        expect_line(line)
    if len(lines) != len(report.claims) + 2:  # a verdict before them, and what is not checked after them
        raise Broken("not one line per claim")


def model_target(data: bytes) -> None:
    """Both readers of model files, with and without an activation, and the writer of exact models."""
    formats, errors = import_module("saturode_verify.formats"), import_module("saturode_verify.errors")
    checker = import_module("saturode_verify.checker.model")
    with tempfile.NamedTemporaryFile(suffix=".pt") as file:
        Path(file.name).write_bytes(data)
        for activation in (None, "tanh"):
            load = partial(formats.load, file.name, activation, round_batchnorm=True)
            expect_refusal(lambda load=load: load().canonical(), errors.UnusableInput)
    expect_refusal(lambda: checker.read_model(data), checker.Unusable)


def scrambled(data: bytes, rng: random.Random) -> bytes:
    """The bytes with a few overwritten, removed, inserted or repeated."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        place, length = rng.randrange(len(changed) + 1), rng.choice([1, 1, 2, 4, 8, 64])
        kind = rng.randrange(5)
        if kind == 0:
            del changed[place : place + length]
        elif kind == 1:
            start = rng.randrange(len(changed) + 1)
            changed[place:place] = changed[start : start + length]
        elif kind == 2:
            number = rng.choice([0, 1, -1, 1 << 31, 1 << 62, rng.randrange(1 << 16)]) % (1 << 8 * min(length, 8))
            changed[place : place + length] = number.to_bytes(length, "little")
        elif changed:
            changed[place % len(changed)] = rng.randrange(256)
    return bytes(changed)


def mutated_archive(data: bytes, rng: random.Random) -> bytes:
    """torch's archive with one entry changed or dropped; mostly the pickle, which is the first."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        entries = [(info.filename, source.read(info)) for info in source.infolist()]
        chosen = rng.choice([0, 0, 0, rng.randrange(len(entries))])
        for number, (name, content) in enumerate(entries):
            if number != chosen or rng.random() < 0.95:
                target.writestr(name, scrambled(content, rng) if number == chosen else content)
    return buffer.getvalue()


def changed(data: bytes, longest: int, seed: int) -> bytes:
    """Another input; as a rule JSON stays JSON and an archive an archive: more than their readers is reached."""
    rng = random.Random(seed)
    try:
        if rng.random() < 0.2:
            return scrambled(data, rng)[:longest]
        if data[:2] == b"PK":
            return mutated_archive(data, rng)[:longest]
        document = json.loads(data)
        for _ in range(rng.choice([1, 1, 1, 2, 4])):
            document = mutated(document, rng)
        return json.dumps(document).encode()[:longest]
    except Exception:  # it is neither: whatever was wrong with it, its bytes can be changed
        return scrambled(data, rng)[:longest]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz one target; libFuzzer prints what it did, and ends the process with status 77 after a crash."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("target", choices=("certificate", "model"))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1, help="of the mutations (0: another one each time)")
    parser.add_argument("--crashes", default="./", help="where inputs that crash are kept", metavar="DIR/")
    asked = parser.parse_args(arguments)
    try:
        atheris: Any = import_module("atheris")
    except ImportError:
        print("fuzzing needs the package atheris: pip install atheris", file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=["saturode_verify", "torch._weights_only_unpickler"]):
        for name in ("checker", "certificate.record", "report.latex", "formats.torch_file", "formats.exact_json"):
            import_module(f"saturode_verify.{name}")
    certificates = asked.target == "certificate"
    target, seeds = (certificate_target, certificate_seeds()) if certificates else (model_target, model_files())
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds):
            target(seed)
            (Path(corpus) / str(number)).write_bytes(seed)
        flags = [
            f"-max_total_time={asked.seconds}",
            f"-seed={asked.seed}",
            f"-artifact_prefix={asked.crashes}",
            "-timeout=20",
        ]
        flags += ["-rss_limit_mb=3072", "-max_len=65536", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], corpus, *flags], target, custom_mutator=changed)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

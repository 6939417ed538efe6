"""Small files that would fill a memory, keep a processor busy for ever, or run something: all refused in one line.

They are read one after the other by one process that may use 3 GiB of addresses, and write nothing.
"""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from saturode_verify import load

torch = pytest.importorskip("torch")

READER = """
import contextlib, io, json, resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
from saturode_verify.cli import main
for line in sys.stdin:
    sys.argv, started = ["verify", "export", line.strip(), "-o", "exported.json"], time.process_time()
    with contextlib.redirect_stderr(io.StringIO()) as errors, contextlib.redirect_stdout(io.StringIO()):
        try:
            main()
        except SystemExit as end:
            status = end.code
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(json.dumps([line.strip(), status, errors.getvalue(), time.process_time() - started, memory]), flush=True)
"""
SECONDS, MEGABYTES = 20, 1000
"""For one file, torch's import included; for all of them."""


def _saved(held: Any, new: bool = True) -> bytes:
    buffer = io.BytesIO()
    torch.save(held, buffer, _use_new_zipfile_serialization=new)
    return buffer.getvalue()


GOOD = _saved({"weight": torch.eye(2)})
with zipfile.ZipFile(io.BytesIO(GOOD)) as _archive:
    FILES = {name: _archive.read(name) for name in _archive.namelist()}
PICKLE, NUMBERS = "archive/data.pkl", "archive/data/0"
SHAPE = b"QK\x00K\x02K\x02\x86q\x08K\x02K\x01\x86"
"""In the pickle: a storage just read, its offset 0, the size (2, 2), the stride (2, 1)."""
assert FILES[PICKLE].count(SHAPE) == 1


@dataclass(frozen=True)
class Entry:
    """One entry of an archive made by hand; its header may say what it likes."""

    name: str
    content: bytes
    size: int = -1
    method: int = 0
    flags: int = 0
    checksum: int | None = None
    shares: int = -1
    """The number of the entry whose bytes it claims for itself too, -1 for none."""


def archive(entries: list[Entry]) -> bytes:
    """A zip archive without any of a zip library's scruples."""
    body, directory, offsets = b"", b"", list[int]()
    for entry in entries:
        name, size = entry.name.encode(), len(entry.content) if entry.size < 0 else entry.size
        checksum = zlib.crc32(entry.content) if entry.checksum is None else entry.checksum
        common = struct.pack(
            "<HHHHHIIIHH", 20, entry.flags, entry.method, 0, 33, checksum, len(entry.content), size, len(name), 0
        )
        offsets.append(len(body) if entry.shares < 0 else offsets[entry.shares])
        if entry.shares < 0:
            body += b"PK\x03\x04" + common + name + entry.content
        directory += (
            b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, offsets[-1]) + name
        )
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def with_files(**changed: Entry) -> bytes:
    """The good archive with its ``pickle`` or its ``numbers`` replaced."""
    own = {PICKLE: changed.get("pickle"), NUMBERS: changed.get("numbers")}
    return archive([own.get(name) or Entry(name, content) for name, content in FILES.items()])


def with_pickle(pickle: bytes) -> bytes:
    """The good archive with another pickle."""
    return with_files(pickle=Entry(PICKLE, pickle))


def zeros_deflated(mebibytes: int) -> bytes:
    """So many MiB of zeros, deflated to a thousandth, without ever holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * mebibytes + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


def archives() -> Iterator[tuple[str, bytes]]:
    """Zip bombs and archives that two programs may read differently."""
    bomb, size = zeros_deflated(3900), 3900 << 20
    yield "bomb for a pickle", with_files(pickle=Entry(PICKLE, bomb, size, method=8))
    yield "bomb for numbers", with_files(numbers=Entry(NUMBERS, bomb, size, method=8))
    yield (
        "bomb beside the model",
        archive([*(Entry(*item) for item in FILES.items()), Entry("archive/x", bomb, size, method=8)]),
    )
    yield "a size that is not there", with_files(numbers=Entry(NUMBERS, FILES[NUMBERS], size))
    yield "a pickle's size that is not there", with_files(pickle=Entry(PICKLE, FILES[PICKLE], size))
    yield "wrong checksum", with_files(pickle=Entry(PICKLE, FILES[PICKLE], checksum=1))
    yield "encrypted", with_files(pickle=Entry(PICKLE, FILES[PICKLE], flags=1))
    yield "unknown compression", with_files(pickle=Entry(PICKLE, FILES[PICKLE], method=99))
    yield "one entry twice", archive([Entry(*item) for item in [*FILES.items(), (PICKLE, FILES[PICKLE])]])
    lump = Entry(PICKLE, bytes(1 << 20))
    yield "overlapping entries", archive([lump, *(Entry(f"archive/{k}", lump.content, shares=0) for k in range(4000))])
    yield "an archive in an archive", with_pickle(GOOD)
    for root in ("/archive", "../archive"):
        yield f"in the folder {root!r}", archive([Entry(n.replace("archive", root, 1), c) for n, c in FILES.items()])


def tensors() -> Iterator[tuple[str, bytes]]:
    """Tensors that reach outside what is stored, or claim far more than that."""

    def shaped(shape: bytes) -> bytes:
        return with_pickle(FILES[PICKLE].replace(SHAPE, shape))

    minus = b"J\xfe\xff\xff\xff"
    yield "negative offset", shaped(b"Q" + minus + SHAPE[3:])
    yield "offset beyond the end", shaped(b"QK\x03" + SHAPE[3:])
    yield "negative stride", shaped(SHAPE[:-5] + minus + SHAPE[-3:])
    yield "stride beyond the end", shaped(SHAPE[:-4] + b"\x09" + SHAPE[-3:])
    yield "negative size", shaped(SHAPE[:3] + minus + SHAPE[5:])
    yield "larger than its storage", shaped(SHAPE.replace(b"K\x02K\x02", b"K\x09K\x09"))
    count = FILES[PICKLE].replace(b"K\x04tq", b"J" + struct.pack("<i", 1 << 28) + b"tq")
    assert count != FILES[PICKLE]
    yield "1 GiB of numbers declared", with_pickle(count)
    yield "10^18 numbers out of one", _saved({"weight": torch.zeros(1).expand(10**9, 10**9)})
    yield "2^26 numbers out of one", _saved({"weight": torch.zeros(1).expand(1 << 13, 1 << 13)})
    wide = torch.nn.Linear(1, 1, bias=False)
    wide.weight = torch.nn.Parameter(torch.zeros(1).expand(1 << 11, 1 << 11))
    yield "900 layers out of one", _saved(torch.nn.Sequential(*[wide] * 900))
    module = torch.nn.Sequential(*(torch.nn.Linear(*pair) for pair in ((1, 100_000), (100_000, 1))))
    yield (
        "an identity of 10^10 numbers",
        _saved(torch.nn.Sequential(module[0], torch.nn.Tanh(), torch.nn.Tanh(), module[1])),
    )
    old = _saved({"weight": torch.eye(2)}, new=False)
    keys = old.rindex(b"\x80\x02]q\x00")
    yield "numbers that are missing", old[:keys] + b"\x80\x02]."
    listed = old[keys + len(b"\x80\x02]q\x00") :]
    yield (
        "numbers that are missing behind a key that is not in the list",
        old[:keys] + b"\x80\x02" + listed[: listed.index(b"q\x01")] + b"].",
    )


def _text(word: str) -> bytes:
    data = word.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def _global(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def pickles() -> Iterator[tuple[str, bytes]]:
    """Programs for a pickle machine: those that call, and those that never end."""
    touch = _text("touch executed")
    yield "REDUCE", _global("os", "system") + touch + b"\x85R."
    yield "REDUCE of an alias", _global("posix", "system") + touch + b"\x85R."
    yield "NEWOBJ", _global("subprocess", "Popen") + touch + b"\x85\x81."
    yield "INST", b"(S'touch executed'\nios\nsystem\n."
    yield "OBJ", b"(" + _global("os", "system") + touch + b"o."
    yield "STACK_GLOBAL", b"\x8c\x02os\x8c\x06system\x93" + touch + b"\x85R."
    yield (
        "BUILD",
        _global("torch.nn.modules.linear", "Linear")
        + b")\x81}"
        + _text("__setstate__")
        + _global("os", "system")
        + b"sb.",
    )
    yield "BUILD of a function", _global("os", "system") + touch + b"b."
    yield "EXT1", b"\x82\x01."
    yield "EXT4", b"\x84\x01\x00\x00\x00."
    yield "PERSID", b"Ptouch executed\n."
    yield "a persistent module", b"(" + _text("module") + _global("os", "system") + touch + touch + b"tQ."
    yield "a persistent number", b"K\x01Q."
    yield "a persistent empty tuple", b")Q."
    yield "NEXT_BUFFER", b"\x97."
    yield "a tuple doubled for ever, as a key", b"}(K\x01\x85" + b"q\x00h\x00\x86" * 60 + b"K\x01u."
    yield "wide tuples in tuples, in a set", _global("builtins", "set") + b"(K\x01" + b"".join(
        b"tq\x00(" + b"h\x00" * 1000 for _ in range(6)
    ) + b"t\x85\x85R."  # fmt: skip
    yield "lists in lists", b"]" * 100_000 + b"a" * 99_999 + b"."
    yield "marks", b"(" * 200_000 + b"."
    yield "a memo of any index", b"}r\xff\xff\xff\xffj\xff\xff\xff\xfe."
    yield "a stack that is empty", b"sss."
    yield "4 GiB of memory for nothing", _global("__builtin__", "bytearray") + b"\x8a\x05\x00\x00\x00\x00\x01\x85R."
    yield (
        "an encoding that takes hours",
        _global("_codecs", "encode") + _text("".join(map(chr, range(0x100, 0xD000)))) + _text("punycode") + b"\x86R.",
    )
    yield "a tensor of what the memory holds", _global("torch", "FloatTensor") + b"K\x02K\x02\x86R."
    yield "a long number", b"\x8b\xff\xff\xff\x7f."
    yield "a longer text", b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f."
    yield "a long decimal", b"I" + b"9" * 1_000_000 + b"\n."
    yield "a long frame", b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f."
    yield "millions of opcodes", b"N0" * 4_000_000 + b"."
    yield "a deep tuple as a key", b"}K\x01" + b"\x85" * 500_000 + b"K\x01s."


def documents() -> Iterator[tuple[str, bytes]]:
    """Exact models."""
    head = b'{"format":"saturode-model","version":1,"layers":'
    yield "a number of a million digits", head + b"9" * 1_000_000 + b"}"
    yield (
        "a text of a million digits",
        head + b'[{"activation":{"name":"identity"},"bias":["' + b"9" * 1_000_000 + b'"],"weight":[["1"]]}]}',
    )
    yield (
        "an exponent of ten digits",
        head + b'[{"activation":{"name":"identity"},"bias":["1*2^9999999999"],"weight":[["1"]]}]}',
    )
    yield "a denominator of zero", head + b'[{"activation":{"name":"identity"},"bias":["1/0"],"weight":[["1"]]}]}'
    yield "no number", head + b'[{"activation":{"name":"identity"},"bias":["NaN"],"weight":[["1"]]}]}'
    yield "not a number", head + b"NaN}"
    yield "a key twice", head + b'[],"layers":[]}'
    yield "nested without end", head + b"[" * 5_000_000
    yield "lists without end", head + b"[" + b"[]," * 23_000_000 + b"[]]}"


def cases() -> dict[str, bytes]:
    """All files; each pickle is tried in an archive, and bare as the first one of the format before torch 1.6."""
    found = {**dict(archives()), **dict(tensors()), **dict(documents())}
    for name, pickle in pickles():
        found |= {f"{name} (archive)": with_pickle(b"\x80\x02" + pickle), f"{name} (bare)": b"\x80\x02" + pickle}
    return found


def test_hostile_files_are_refused_within_bounds(tmp_path: Path) -> None:
    files = cases()
    work, names = tmp_path / "work", list(files)
    work.mkdir()
    for number, data in enumerate(files.values()):
        (tmp_path / f"{number}.pt").write_bytes(data)
    asked = "\n".join(str(tmp_path / f"{number}.pt") for number in range(len(names)))
    done = subprocess.run(
        [sys.executable, "-B", "-c", READER],
        input=asked,
        capture_output=True,
        text=True,
        cwd=work,
        timeout=600,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(names), f"{names[len(answers)]}: {done.stderr[-500:]}"
    for name, (_, status, message, seconds, memory) in zip(names, answers, strict=True):
        assert status == 2, name
        assert message.startswith("verify: error: ") and message.count("\n") == 1 and len(message) < 400, (
            name,
            message,
        )
        assert seconds < SECONDS and memory < MEGABYTES, (name, seconds, memory)
    assert list(work.iterdir()) == [] and len(list(tmp_path.iterdir())) == len(names) + 1


def test_the_archive_made_by_hand_is_a_good_one(tmp_path: Path) -> None:
    """Otherwise the cases above were refused for a reason of their own; and nothing is unpacked beside the model."""
    good = list(FILES.items())
    for number, content in enumerate((
        good,
        [*good, ("archive/../../../out", b"x")],
        [(name.replace("archive", "..", 1), content) for name, content in good],
        [(name.replace("archive", "", 1), content) for name, content in good],
    )):  # fmt: skip
        path = tmp_path / f"{number}.pt"
        path.write_bytes(archive([Entry(*item) for item in content]))
        assert load(path).layers[0].weight.tolist() == [[1, 0], [0, 1]]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{number}.pt" for number in range(4)]


def test_what_a_checkpoint_holds_beside_the_model_does_no_harm(tmp_path: Path) -> None:
    """A scheduler's milestones are a Counter; shared and nested tuples are ordinary, in any number."""
    pair = (1, (2, 3))
    module = torch.nn.Linear(2, 2)
    schedule = torch.optim.lr_scheduler.MultiStepLR(torch.optim.Adam(module.parameters()), [3, 5])
    held = {
        "model": module.state_dict(),
        "scheduler": schedule.state_dict(),
        "history": [pair] * 1000,
        "key": {pair: {1, 2}},
    }
    for new in (True, False):
        (tmp_path / "m.pt").write_bytes(_saved(held, new))
        assert load(tmp_path / "m.pt").sizes == [2, 2]

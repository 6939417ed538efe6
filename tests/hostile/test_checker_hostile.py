"""The checker on inputs made to break it: one line, bounded time, nothing confirmed."""

from __future__ import annotations

import ast
import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fixtures_networks import random_network

import saturode_verify as sv
from saturode_verify.activation import Tanh
from saturode_verify.checker import Unusable, check_bytes, check_files
from saturode_verify.checker.archive import build

NETWORK = random_network(3, [2, 4, 2], Tanh())
MODEL = NETWORK.canonical()
CHECKER = Path(sv.__file__).parent / "checker"


@pytest.fixture(scope="module")
def text() -> str:
    return sv.verify(NETWORK, sv.Box("[-1,1]^2"), rtol="0.2").to_json()


def rehash(text: str) -> bytes:
    """The document with a hash that fits, as a forger would make it."""
    document = json.loads(text)
    body = {k: v for k, v in document.items() if k not in ("environment", "sha256")}
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return json.dumps({**document, "sha256": hashlib.sha256(canonical).hexdigest()}).encode()


def _refused(certificate: bytes, model: bytes = MODEL) -> str:
    started = time.monotonic()
    with pytest.raises(Unusable) as caught:
        check_bytes(certificate, model, seconds=20)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 300
    assert time.monotonic() - started < 10
    return message


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"\xff\xfe", b"[]", b"null", b"[" * 200_000, b'{"a":' * 100_000, b'{"a":NaN}', b'{"a":1e5}',
        b'{"a":Infinity}', b'{"a":1,"a":2}', b'{"a":' + b"9" * 1_000_000 + b"}", b'"' * 99_999,
        b'{"format":"saturode-certificate","version":1}', b'{"format":"saturode-certificate","version":true}',
        b'{"format":"saturode-certificate","version":99}', b'{"a":"' + b"\\" * 1_000_001,
    ],
)  # fmt: skip
def test_garbage(data: bytes) -> None:
    _refused(data)
    _refused(b"{}", data)


def test_truncated_anywhere(text: str) -> None:
    data = text.encode()
    for end in range(0, len(data) - 2, max(1, len(data) // 40)):
        _refused(data[:end])


@pytest.mark.parametrize(
    "number",
    ["1" * 10**6, "1*2^" + "9" * 1000, "1*2^99999", "1/0", "NaN", "inf", "", "0x10", "1e5", "1/-2", "-", "1*2^", " 1"],
)
def test_absurd_numbers(text: str, number: str) -> None:
    _hurt(text, '"lower": "-1"', json.dumps({"lower": number})[1:-1])


def _hurt(text: str, old: str, new: str) -> None:
    assert old in text
    _refused(rehash(text.replace(old, new, 1)))


@pytest.mark.parametrize("value", [10**9, -1, None, "x", [], {}, True])
def test_wrong_kinds(text: str, value: object) -> None:
    document = json.loads(text)
    for key in document:
        if key in ("environment", "sha256"):
            continue
        changed = rehash(json.dumps({**document, key: value}))
        try:
            report = check_bytes(changed, MODEL, seconds=20)
        except Unusable as error:
            assert "\n" not in str(error)
        else:
            assert not report.accepted or key in ("claims", "witness", "settings", "scope"), key


def test_endless_subdivision_is_bounded(text: str) -> None:
    document = json.loads(text)
    tree = next(w for w in document["witness"] if w["of"] == "bounds")
    tree["subdivision"] = [[0, f"{1}*2^-{k + 1}"] for k in range(300)]
    _refused(rehash(json.dumps(document)))


def test_missing_file_and_huge_file(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot read"):
        check_files(tmp_path / "none", tmp_path / "none")
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(Unusable, match="bytes"):
        check_files(big, big)


def test_zipapp_runs_alone_without_any_other_package(text: str, tmp_path: Path) -> None:
    """A bare interpreter (-I -S: no site-packages, no user paths) runs the one file."""
    certificate, model = tmp_path / "c.json", tmp_path / "m.json"
    certificate.write_text(text, encoding="utf-8")
    model.write_bytes(MODEL)
    archive = build(tmp_path / "saturode-check.pyz")
    command = [sys.executable, "-I", "-S", str(archive), str(certificate), "--model", str(model)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ACCEPTED")
    certificate.write_text(text.replace('"proved"', '"refuted"', 1), encoding="utf-8")
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 5
    assert done.stderr.count("\n") == 1


def test_imports_only_the_standard_library_and_itself() -> None:
    for file in CHECKER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert all(alias.name.split(".")[0] in sys.stdlib_module_names for alias in node.names), file
            if isinstance(node, ast.ImportFrom):
                inside = node.level == 1
                assert inside or (node.level == 0 and str(node.module).split(".")[0] in sys.stdlib_module_names), file

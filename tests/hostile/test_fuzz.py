"""Whatever a file holds, it is read, or refused by the package's own error in one short line, and soon."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fuzz_targets import COVERED, changed_documents, edited, fuzz, repacked
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from saturode_verify.certificate.record import load_certificate
from saturode_verify.checker import Unusable, check_bytes
from saturode_verify.errors import UnusableInput
from saturode_verify.figures.plot import plot

TORCH = importlib.util.find_spec("torch") is not None
needs_torch = pytest.mark.skipif(not TORCH, reason="the model files are torch's")
CERTIFICATES = fuzz.certificate_seeds()
MODELS = list(fuzz.model_files()) if TORCH else [fuzz.networks()[0].canonical()]
SECONDS = 20
"""For one file: the checker's limit of 2 s, and a very busy machine."""


def _soon(target: Any, data: bytes) -> None:
    started = time.process_time()
    target(data)
    assert time.process_time() - started < SECONDS


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"{", b"PK\x03\x04", b"\x80\x02", b'{"format":"saturode-model",'])
)
@settings(max_examples=60)
def test_any_bytes(data: bytes, start: bytes) -> None:
    _soon(fuzz.certificate_target, start + data)
    _soon(fuzz.model_target, start + data)


@given(edited(CERTIFICATES))
@settings(max_examples=40)
def test_edited_certificates(data: bytes) -> None:
    _soon(fuzz.certificate_target, data)


@given(changed_documents(CERTIFICATES))
@settings(max_examples=50)
def test_forged_certificates(document: dict[str, Any]) -> None:
    """One node replaced by a hostile one, and the hash made to fit."""
    _soon(fuzz.read_certificate, fuzz.rehashed(document))


@given(changed_documents(CERTIFICATES[:2], COVERED))
@settings(max_examples=60)
def test_no_change_goes_unnoticed(tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]) -> None:
    """Without a new hash a certificate that differs anywhere but in its environment is refused by every reader."""
    originals = [json.loads(seed) for seed in CERTIFICATES[:2]]
    # As text: True == 1 in Python, and is another document.
    assume(all(_covered(document) != _covered(original) for original in originals))
    data = json.dumps(document).encode()
    for _, model in fuzz.certified():
        with pytest.raises(Unusable):
            check_bytes(data, model)
    path = tmp_path_factory.mktemp("altered") / "c.json"
    path.write_bytes(data)
    with pytest.raises(UnusableInput):
        load_certificate(path)


def _covered(document: dict[str, Any]) -> str:
    return json.dumps({key: value for key, value in document.items() if key != "environment"}, sort_keys=True)


@given(changed_documents(CERTIFICATES[:1], ("environment",)))
@settings(max_examples=5)
def test_the_environment_decides_nothing(document: dict[str, Any]) -> None:
    assume("environment" in document)
    data, (_, model) = json.dumps(document).encode(), fuzz.certified()[0]
    assert check_bytes(data, model).accepted


@pytest.mark.parametrize(
    ("place", "text"),
    [*((place, "x\ny\x1b[31m") for place in (("claims", 0, "name"), ("claims", 0, "on"), ("version",))),
     (("claims", 0, "name"), "z" * 5000)],
)  # fmt: skip
def test_texts_that_no_terminal_should_see(place: fuzz.Node, text: str) -> None:
    fuzz.read_certificate(fuzz.rehashed(fuzz.replaced(json.loads(CERTIFICATES[0]), place, text)))


def test_the_certificate_of_another_model_is_refused() -> None:
    (first, _), (_, other) = fuzz.certified()
    with pytest.raises(Unusable, match="another model"):
        check_bytes(first, other)


@given(changed_documents([fuzz.networks()[0].canonical()]))
@settings(max_examples=60)
def test_exact_models_with_a_hostile_node(document: dict[str, Any]) -> None:
    _soon(fuzz.model_target, json.dumps(document).encode())


@given(edited(MODELS))
@settings(max_examples=150)
def test_edited_models(data: bytes) -> None:
    _soon(fuzz.model_target, data)


@needs_torch
@given(repacked([data for data in MODELS if data[:2] == b"PK"]))
@settings(max_examples=200)
def test_archives_with_a_changed_entry(data: bytes) -> None:
    _soon(fuzz.model_target, data)


@pytest.mark.slow
@given(changed_documents(CERTIFICATES[:2]))
@settings(max_examples=40)
def test_pictures_of_forged_certificates(tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]) -> None:
    folder = tmp_path_factory.mktemp("forged")
    (folder / "c.json").write_bytes(fuzz.rehashed(document))
    for number, (_, model) in enumerate(fuzz.certified()):
        (folder / f"{number}.json").write_bytes(model)
        fuzz.expect_refusal(
            lambda k=number: plot(folder / "c.json", folder / f"{k}.png", folder / f"{k}.json"), UnusableInput
        )


def test_without_atheris_the_driver_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "atheris", None)
    assert fuzz.main(["model", "--seconds", "1"]) == 2
    assert "pip install atheris" in capsys.readouterr().err


@pytest.mark.parametrize("seed", range(3))
def test_the_driver_makes_other_inputs_of_the_same_kind(seed: int) -> None:
    """Of a certificate mostly JSON, of an archive mostly an archive that can be opened."""
    seeds = [CERTIFICATES[0], *(data for data in MODELS if data[:2] == b"PK")]
    for data in seeds:
        made = [fuzz.changed(data, 1 << 16, 1000 * seed + k) for k in range(20)]
        assert sum(other != data for other in made) > 10
        assert sum(_is_whole(other) for other in made) >= 10


def _is_whole(data: bytes) -> bool:
    try:
        if data[:2] != b"PK":
            return isinstance(json.loads(data), dict)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.testzip() is None
    except (ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        return False


def _trees(tree: list[Any]) -> dict[str, list[Any]]:
    """Subdivisions that a checker must not believe; ``tree`` is a true one."""
    return {
        "a leaf is missing": tree[:-1],
        "a leaf too many": [*tree, "leaf"],
        "nothing": [],
        "a cut outside its side": [[0, "100"], "leaf", "leaf"],
        "a cut at the end of its side": [[0, "1"], "leaf", "leaf"],
        "a cut in a dimension that is not there": [[7, "0"], "leaf", "leaf"],
        "leaves that overlap": [[0, "1*2^-1"], [0, "3*2^-2"], "leaf", "leaf", "leaf"],
        "an endless chain": [[k % 2, f"1*2^-{k // 2 + 1}"] for k in range(100_000)],
        "10^9 leaves by number": [1_000_000_000],
        "too many leaves by far": ["leaf"] * 300_000,
    }


@pytest.mark.parametrize("name", _trees(["leaf"]))
def test_subdivisions_that_do_not_cover_the_box_once(name: str) -> None:
    document, model = json.loads(CERTIFICATES[0]), fuzz.certified()[0][1]
    part = next(part for part in document["witness"] if part["of"] == "bounds" and part["box"] == 0)
    part["subdivision"] = _trees(part["subdivision"])[name]
    started = time.process_time()
    with pytest.raises(Unusable) as caught:
        check_bytes(fuzz.rehashed(document), model, seconds=5)
    fuzz.expect_line(str(caught.value))
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("moments", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_a_killed_run_leaves_no_half_certificate(moments: int, tmp_path: Path) -> None:
    """SIGKILL at random moments, most of them near the end, where the file is written."""
    model, target = tmp_path / "m.json", tmp_path / "c.json"
    model.write_bytes(fuzz.networks()[0].canonical())
    command = [
        sys.executable,
        "-m",
        "saturode_verify.cli",
        str(model),
        "--box",
        "[-1,1]^2",
        "--quiet",
        "-o",
        str(target),
    ]
    started = time.monotonic()
    subprocess.run(command, check=True)
    whole, rng = time.monotonic() - started, random.Random(moments)
    for _ in range(moments):
        target.unlink(missing_ok=True)
        process = subprocess.Popen(command)
        time.sleep(whole * rng.choice([rng.random(), rng.uniform(0.8, 1.1)]))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if target.exists():
            assert load_certificate(target).proved


WRITER = """
import sys
from saturode_verify.output import write_atomically
contents = [letter * 3_000_000 for letter in (b"a", b"b")]
print("ready", flush=True)
while True:
    for content in contents:
        write_atomically(sys.argv[1], content)
"""


def test_a_file_killed_while_it_is_written_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for delay in (0.003, 0.01, 0.02, 0.05, 0.08):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE)
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        if target.exists():
            content = target.read_bytes()
            assert len(content) == 3_000_000 and len(set(content)) == 1

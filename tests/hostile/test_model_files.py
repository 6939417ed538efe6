"""Files that are wrong or hostile: one clear line, and nothing executed."""

from __future__ import annotations

import builtins
import os
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures_networks import random_network

from saturode_verify import load
from saturode_verify.activation import Tanh
from saturode_verify.errors import UnusableInput
from saturode_verify.formats.batchnorm import Affine
from saturode_verify.formats.state_dict import steps_of_state_dict

torch = pytest.importorskip("torch")


class Attack:
    """Pickles to a call of ``function(*arguments)``."""

    def __init__(self, function: Callable, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple:
        return self.call


class Planted(torch.nn.Module):
    """A module whose state pickles to an attack."""

    def __init__(self, attack: Attack) -> None:
        super().__init__()
        self.net = torch.nn.Linear(2, 2)
        self.note = attack


def _attacks(target: Path) -> list[Attack]:
    return [
        Attack(os.system, f"touch {target}"),
        Attack(builtins.exec, f"open({str(target)!r}, 'w').close()"),
        Attack(builtins.eval, f"open({str(target)!r}, 'w').close()"),
        Attack(builtins.getattr, Attack(__import__, "os"), "system"),
        Attack(Path.touch, target),
        Attack(torch.save, torch.zeros(1), str(target)),
        Attack(torch.hub.download_url_to_file, "file:///etc/hostname", str(target)),
        Attack(torch.nn.Linear, 2, 2),
    ]


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("form", ["zip", "legacy", "raw", "in a state dict", "in a module"])
def test_a_malicious_pickle_runs_nothing(number: int, form: str, tmp_path: Path) -> None:
    """The same files, loaded the old way, really would create the target."""
    target, path = tmp_path / "created", tmp_path / "model.pt"
    attack = _attacks(target)[number]
    if form == "raw":
        path.write_bytes(pickle.dumps(attack, protocol=2))
    elif form == "in a state dict":
        torch.save({"0.weight": torch.zeros(2, 2), "0.bias": attack}, path)
    elif form == "in a module":
        torch.save(torch.nn.Sequential(torch.nn.Linear(2, 2), Planted(attack)), path)
    else:
        torch.save(attack, path, _use_new_zipfile_serialization=form == "zip")
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(UnusableInput) as caught:
        load(path, activation=None if form == "in a module" else "tanh")
    assert not target.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


def test_the_attack_is_real(tmp_path: Path) -> None:
    target = tmp_path / "created"
    torch.save(Attack(os.system, f"touch {target}"), tmp_path / "m.pt")
    torch.load(tmp_path / "m.pt", weights_only=False)
    assert target.exists()


def test_a_message_names_the_function(tmp_path: Path) -> None:
    torch.save(Attack(builtins.exec, "1"), tmp_path / "m.pt")
    with pytest.raises(UnusableInput, match=r"builtins\.exec.*nothing was executed"):
        load(tmp_path / "m.pt")


def _example(tmp_path: Path) -> bytes:
    torch.save(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh(), torch.nn.Linear(2, 2)), tmp_path / "good.pt")
    return (tmp_path / "good.pt").read_bytes()


@pytest.mark.parametrize("keep", [0, 1, 4, 30, 200, 900, -1, -100])
def test_truncated_files(keep: int, tmp_path: Path) -> None:
    (tmp_path / "m.pt").write_bytes(_example(tmp_path)[:keep])
    with pytest.raises(UnusableInput) as caught:
        load(tmp_path / "m.pt")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_bytes_never_escape_as_another_error(seed: int, tmp_path: Path) -> None:
    """Random bytes overwritten: either the same model shape loads, or one clear refusal."""
    import random

    generator, data = random.Random(seed), bytearray(_example(tmp_path))
    for _ in range(generator.choice([1, 4, 32])):
        data[generator.randrange(len(data))] = generator.randrange(256)
    (tmp_path / "m.pt").write_bytes(bytes(data))
    try:
        network = load(tmp_path / "m.pt")
    except UnusableInput as error:
        assert "\n" not in str(error)
    else:
        assert network.sizes == [2, 2, 2]


def test_strange_objects(tmp_path: Path) -> None:
    for thing in (3, "text", [1, 2], None, torch.zeros(2, 2), {"a": 1}, {1: torch.zeros(2)}, {"0.weight": "x"}, {}):
        torch.save(thing, tmp_path / "m.pt")
        with pytest.raises(UnusableInput) as caught:
            load(tmp_path / "m.pt", activation="tanh")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.zeros(2, 2, dtype=torch.int64),
        torch.zeros(2, 2).to_sparse(),
        torch.quantize_per_tensor(torch.zeros(2, 2), 0.1, 0, torch.qint8),
        torch.zeros(2, 2, device="meta"),
    ],
    ids=["int64", "sparse", "quantised", "meta"],
)
def test_tensors_that_are_no_weights(tensor: Any, tmp_path: Path) -> None:
    torch.save({"0.weight": tensor}, tmp_path / "m.pt")
    with pytest.raises(UnusableInput):
        load(tmp_path / "m.pt", activation="tanh")


def test_strided_and_shared_tensors_are_read_right(tmp_path: Path) -> None:
    """A transposed view of a larger storage has its own values."""
    base = torch.arange(12, dtype=torch.float64).reshape(3, 4)
    torch.save({"0.weight": base.t()[1:3, :2], "0.bias": base[0, ::2]}, tmp_path / "m.pt")
    layer = load(tmp_path / "m.pt", activation="tanh").layers[0]
    assert layer.weight.tolist() == [[1, 5], [2, 6]] and layer.bias.tolist() == [0, 2]


def test_files_of_other_kinds(tmp_path: Path) -> None:
    cases: dict[str, tuple[bytes, str]] = {
        "text.pt": (b"hello world", "no model file that is understood"),
        "empty.pt": (b"", "is empty"),
        "onnx.onnx": (b"\x08\x07\x12\x07pytorch", "looks like an ONNX file"),
        "pickle.pt": (pickle.dumps([1, 2, 3], protocol=5), "pickle.pt"),
        "a.safetensors": (b"\x02\0\0\0\0\0\0\0{}", "is a safetensors file"),
        "html.json": (b"<html>", "no model file that is understood"),
        "list.json": (b"[[1,2],[3,4]]", 'has no "format"'),
    }
    for name, (data, message) in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(UnusableInput) as caught:
            load(tmp_path / name)
        assert message in str(caught.value) and "\n" not in str(caught.value)
    with zipfile.ZipFile(tmp_path / "other.pt", "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(UnusableInput, match="damaged"):
        load(tmp_path / "other.pt")
    for path, message in ((tmp_path, "is a directory"), (tmp_path / "none.pt", "there is no file")):
        with pytest.raises(UnusableInput, match=message):
            load(path)


def test_a_suffix_decides_nothing(tmp_path: Path) -> None:
    network = random_network(0, [2, 3, 2], Tanh())
    (tmp_path / "model.pt").write_bytes(network.canonical())
    assert load(tmp_path / "model.pt").sha256 == network.sha256


def test_without_torch_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    (tmp_path / "m.pt").write_bytes(_example(tmp_path))
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UnusableInput, match=r"pip install torch==2\.13\.0, or export"):
        load(tmp_path / "m.pt")


def _refusal(thing: object, path: Path, activation: str | None = None) -> str:
    torch.save(thing, path)
    with pytest.raises(UnusableInput) as caught:
        load(path, activation=activation)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 600
    return str(caught.value)


def test_module_trees_without_end(tmp_path: Path) -> None:
    """A Sequential inside itself, and one of 2^40 layers in a few hundred bytes."""
    circle = torch.nn.Sequential(torch.nn.Linear(2, 2))
    circle._modules["1"] = circle
    assert "nests more than" in _refusal(circle, tmp_path / "m.pt")
    double = torch.nn.Sequential(torch.nn.Tanh())
    for _ in range(40):
        double = torch.nn.Sequential(double, double)
    assert "nests more than" in _refusal(torch.nn.Sequential(double), tmp_path / "m.pt")


def test_a_tensor_of_absurd_size_in_a_few_bytes(tmp_path: Path) -> None:
    huge = torch.zeros(1).expand(10**9, 10**9)
    assert "claims 1000000000000000000 entries" in _refusal({"weight": huge}, tmp_path / "m.pt")


def test_instance_attributes_of_the_wrong_kind(tmp_path: Path) -> None:
    for name in ("_forward_hooks", "_modules", "_parameters", "_buffers"):
        for value in (torch.zeros(2), 3, [1], {1: 2}, {"a": "b"}):
            module = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh())
            module[0].__dict__[name] = value
            _refusal(module, tmp_path / "m.pt")


def test_attributes_of_a_dictionary_hide_nothing() -> None:
    """A pickle can set attributes on an OrderedDict, here one that would replace its method items."""
    state = OrderedDict({"0.weight": torch.eye(2)})
    state.items = torch.Size  # type: ignore[method-assign,assignment]
    state.keys = torch.Size  # type: ignore[method-assign,assignment]
    (step,), _ = steps_of_state_dict(state, None)
    assert isinstance(step, Affine) and step.weight.tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize("name", [b"Pl\0nted", b"P\x1b[31md", b"........"])
def test_class_names_that_are_no_names(name: bytes, tmp_path: Path) -> None:
    """The class's name is replaced in the file; whatever it is, it must not reach a terminal."""
    torch.save(torch.nn.Sequential(torch.nn.Linear(2, 2), Planted(None)), tmp_path / "good.pt")  # type: ignore[arg-type]
    with zipfile.ZipFile(tmp_path / "good.pt") as source, zipfile.ZipFile(tmp_path / "m.pt", "w") as target:
        for entry in source.namelist():
            target.writestr(entry, source.read(entry).replace(b"Planted", name[:7]))
    with pytest.raises(UnusableInput) as caught:
        load(tmp_path / "m.pt")
    assert str(caught.value).isprintable()


class Allowed(torch.nn.Module):
    """A user's class that this process allows torch to load."""

    ran = False

    def __setstate__(self, state: Any) -> None:
        Allowed.ran = True
        super().__setstate__(state)


def test_classes_that_the_process_allows_are_not_run_either(tmp_path: Path) -> None:
    module = Allowed()
    module.net = torch.nn.Sequential(torch.nn.Linear(2, 2))
    torch.save(module, tmp_path / "m.pt")
    with torch.serialization.safe_globals([Allowed]):
        before = set(torch.serialization.get_safe_globals())
        load(tmp_path / "m.pt")
        assert set(torch.serialization.get_safe_globals()) == before
    assert not Allowed.ran


def test_the_suffix_of_another_format_decides_nothing(tmp_path: Path) -> None:
    """torch.load itself would hand a path that ends so to another library."""
    (tmp_path / "m.safetensors").write_bytes(_example(tmp_path))
    assert load(tmp_path / "m.safetensors").sizes == [2, 2, 2]


@pytest.mark.parametrize("path", ["a\0b.pt", "x" * 5000, "/dev/null", ""])
def test_paths_that_are_no_files(path: str) -> None:
    with pytest.raises(UnusableInput) as caught:
        load(path)
    assert str(caught.value).isprintable()

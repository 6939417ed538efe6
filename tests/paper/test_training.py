"""Training: repeatable, atomic, and refusing what it cannot do. Claims about the result are the prover's business."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from saturode_verify.errors import UnusableInput
from saturode_verify.paper.fields import FIELDS, Field, find_field
from saturode_verify.paper.training import TRAINABLE, save, train
from saturode_verify.region import Box

if TYPE_CHECKING:
    from torch import nn

torch = pytest.importorskip("torch")


def _short(field: Field | str, hidden: tuple[int, ...], activation: str, seed: int) -> nn.Sequential:
    """A training of a fraction of a second."""
    return train(field, hidden, activation, seed, adam_steps=60, lbfgs_steps=60)


def _weights(module: nn.Sequential) -> bytes:
    return b"".join(parameter.detach().numpy().tobytes() for parameter in module.parameters())


def _greatest_error(module: nn.Sequential, field: Field, per_side: int = 81) -> float:
    """Largest Euclidean error on an even grid of the training box, its corners included."""
    axes = [np.linspace(float(low), float(high), per_side) for low, high in field.box.sides]
    states = np.stack([axis.ravel() for axis in np.meshgrid(*axes)], axis=1)
    with torch.no_grad():
        learned = module(torch.from_numpy(states)).numpy()
    return float(np.linalg.norm(learned - field.right_hand_side(states), axis=1).max())


def test_stuart_landau_on_its_cycle_turns_at_unit_speed() -> None:
    """On r = 1 the growth 1 - r^2 is 0, so f = (-y, x)."""
    angles = np.linspace(0, 6, 7)
    cycle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    tangent = np.stack([-np.sin(angles), np.cos(angles)], axis=1)
    field = find_field("stuart-landau")
    assert np.allclose(field.right_hand_side(cycle), tangent, atol=1e-15)
    assert field.dimension == 2
    assert str(field.box) == "[-1.6,1.6]x[-1.6,1.6]"


def test_stuart_landau_off_its_cycle() -> None:
    """At (2, 1): r^2 = 5, growth -4, so f = (-8 - 1, 2 - 4)."""
    assert find_field("stuart-landau").right_hand_side(np.array([[2.0, 1.0]])).tolist() == [[-9.0, -2.0]]


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda field: field.name)
def test_every_field_is_named_cited_and_finite_on_its_box(field: Field) -> None:
    corners = np.array([[float(low), float(high)] for low, high in field.box.sides]).T
    assert FIELDS[field.name] is field
    assert field.citation and "\n" not in field.citation
    assert np.isfinite(field.right_hand_side(corners)).all()
    assert field.right_hand_side(corners).shape == (2, field.dimension)


def test_same_seed_same_bytes() -> None:
    first = _short("stuart-landau", (8,), "tanh", 3)
    torch.rand(5)
    second = _short(find_field("stuart-landau"), (8,), "tanh", 3)
    assert _weights(first) == _weights(second)
    assert _weights(first) != _weights(_short("stuart-landau", (8,), "tanh", 4))


def test_the_module_is_a_plain_float64_mlp_of_the_asked_shape() -> None:
    module = _short("stuart-landau", (5, 4), "silu", 0)
    assert [type(layer).__name__ for layer in module] == ["Linear", "SiLU", "Linear", "SiLU", "Linear"]
    assert [tuple(p.shape) for p in module.parameters()] == [(5, 2), (5,), (4, 5), (4,), (2, 4), (2,)]
    assert {p.dtype for p in module.parameters()} == {torch.float64}
    assert all(p.grad is None for p in module.parameters())


def test_torch_is_left_as_found() -> None:
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    with torch.no_grad():
        _short("stuart-landau", (4,), "tanh", 0)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.are_deterministic_algorithms_enabled()


def test_progress_counts_to_the_total_and_the_loss_falls() -> None:
    seen: list[tuple[int, int, float]] = []
    train(
        "stuart-landau", (8,), "tanh", 0, adam_steps=60, lbfgs_steps=110, progress=lambda *report: seen.append(report)
    )
    assert [step for step, _, _ in seen] == [50, 60, 110, 160, 170]
    assert {total for _, total, _ in seen} == {170}
    losses = [loss for _, _, loss in seen]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] / 10


def test_units_do_not_matter() -> None:
    """Stuart-Landau in millivolts and milliseconds, off centre: the fit is as good relative to the field's size."""
    plain = find_field("stuart-landau")
    units, shift = np.array([50.0, 0.01]), np.array([-20.0, 0.5])
    box = Box([(-20 - 80, -20 + 80), (0.5 - 0.016, 0.5 + 0.016)])
    scaled = Field("scaled", box, lambda z: 1e3 * units * plain.right_hand_side((z - shift) / units), "none")
    module = train(scaled, (12,), "tanh", 0, adam_steps=300, lbfgs_steps=300)
    states = np.array([[-20.0, 0.5], [30.0, 0.5], [-20.0, 0.508], [-70.0, 0.495]])
    with torch.no_grad():
        error = (module(torch.from_numpy(states)).numpy() - scaled.right_hand_side(states)) / (1e3 * units)
    assert np.abs(error).max() < 0.1


@pytest.mark.parametrize("name", TRAINABLE)
def test_every_listed_activation_trains(name: str) -> None:
    module = _short("stuart-landau", (6,), name, 0)
    # Even one hidden layer of six neurons beats the zero field, whose error in a corner is above 9.
    assert _greatest_error(module, find_field("stuart-landau")) < 5


@pytest.mark.slow
@pytest.mark.parametrize("hidden", [(32,), (32, 32)])
def test_the_example_networks_fit_to_a_hundredth(hidden: tuple[int, ...]) -> None:
    module = train("stuart-landau", hidden, "tanh", 0)
    assert _greatest_error(module, find_field("stuart-landau")) <= 1e-2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: train("stuart-landua", (4,), "tanh", 0),
            "there is no benchmark field 'stuart-landua'; choose one of: stuart-landau",
        ),
        (
            lambda: train("stuart-landau", (4,), "step", 0),
            "cannot train with the activation 'step'; choose one of: " + ", ".join(TRAINABLE),
        ),
        (lambda: train("stuart-landau", (), "tanh", 0), "hidden widths (none) make no network; give widths like"),
        (lambda: train("stuart-landau", (4, 0), "tanh", 0), "hidden widths 4,0 make no network; give widths like"),
        (lambda: train("stuart-landau", (4,), "tanh", -1), "the seed -1 is out of range; give a whole number"),
    ],
)
def test_impossible_requests_say_what_to_do(call: Callable[[], object], message: str) -> None:
    with pytest.raises(UnusableInput) as caught:
        call()
    assert str(caught.value).startswith(message)


def test_divergence_is_an_error_not_a_model() -> None:
    broken = Field("broken", Box("[-1,1]"), lambda states: states / 0 * np.inf, "none")
    with np.errstate(all="ignore"), pytest.raises(UnusableInput, match="the training has diverged; try another --seed"):
        train(broken, (3,), "tanh", 0, adam_steps=2, lbfgs_steps=0)


def test_without_torch_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UnusableInput, match=r"training needs torch; pip install 'saturode-verify\[torch\]'"):
        train("stuart-landau", (4,), "tanh", 0)


def test_save_round_trips_and_its_bytes_do_not_depend_on_the_name(tmp_path: Path) -> None:
    module = _short("stuart-landau", (4,), "tanh", 0)
    save(module, tmp_path / "a.pt")
    save(module, str(tmp_path / "b.pt"))
    assert (tmp_path / "a.pt").read_bytes() == (tmp_path / "b.pt").read_bytes()
    loaded = torch.load(tmp_path / "a.pt", weights_only=False)
    assert type(loaded) is torch.nn.Sequential
    assert _weights(loaded) == _weights(module)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pt", "b.pt"]


def test_a_failed_save_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "model.pt"
    target.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnusableInput, match=r"cannot write .*model\.pt \(No space left on device\)"):
        save(torch.nn.Sequential(), target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_saving_into_a_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="No such file or directory"):
        save(torch.nn.Sequential(), tmp_path / "nowhere" / "model.pt")

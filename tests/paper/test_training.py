"""Training: repeatable, atomic, and refusing what it cannot do. Claims about the result are the prover's business."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from paper_errors import relative_error

import saturode_verify as sv
from saturode_verify.bounds.candidates import FloatField
from saturode_verify.errors import UnusableInput
from saturode_verify.paper.fields import Field, find_field
from saturode_verify.paper.training import TRAINABLE, parse_checkpoints, save, total_steps, train
from saturode_verify.region import Box

if TYPE_CHECKING:
    from torch import nn

torch = pytest.importorskip("torch")
from saturode_verify.paper.training_model import betas  # noqa: E402  (it imports torch)


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


def test_beta_is_trained_and_saved_exactly_or_folded(tmp_path: Path) -> None:
    """tanh(b (W x + c)) = tanh((b W) x + b c): the folded network differs by one rounding of each product."""
    module = train("stuart-landau", (6, 5), "tanh-beta", 0, beta=1.5, adam_steps=60, lbfgs_steps=50)
    slopes = betas(module)
    assert len(slopes) == 2 and all(slope not in (1.0, 1.5) for slope in slopes)
    save(module, tmp_path / "m.json")
    save(module, tmp_path / "m.pt")
    exact, folded = sv.load(tmp_path / "m.json"), sv.load(tmp_path / "m.pt")
    assert [layer.activation.spec()["name"] for layer in exact.layers] == ["tanh", "tanh", "identity"]
    assert [getattr(layer.activation, "slope", None) for layer in exact.hidden] == [Fraction(b) for b in slopes]
    assert {getattr(layer.activation, "slope", None) for layer in folded.hidden} == {Fraction(1)}
    for with_slope, without, slope in zip(exact.hidden, folded.hidden, slopes, strict=True):
        assert np.array_equal(without.weight, slope * with_slope.weight)
        assert np.array_equal(without.bias, slope * with_slope.bias)
    states = torch.tensor([[0.3, -0.8]], dtype=torch.float64)
    with torch.no_grad():
        values = module(states).numpy()
    assert FloatField(exact).evaluate(states.numpy())[0] == pytest.approx(values, rel=1e-12)


@pytest.mark.parametrize("activation", ["gelu", "leaky_relu"])
def test_the_exact_model_is_the_one_that_torch_stores(activation: str, tmp_path: Path) -> None:
    module = _short("stuart-landau", (4,), activation, 0)
    save(module, tmp_path / "m.json")
    save(module, tmp_path / "m.pt")
    assert sv.load(tmp_path / "m.json").sha256 == sv.load(tmp_path / "m.pt").sha256


def test_trajectory_matching_improves_the_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """After few steps on derivatives, a few on trajectories halve the error on the cycle at least."""
    pytest.importorskip("torchdiffeq")
    from saturode_verify.paper import training_losses

    monkeypatch.setattr(training_losses, "PIECES", 8)
    field = find_field("stuart-landau")
    steps: dict[str, Any] = {"adam_steps": 100, "lbfgs_steps": 50}
    before = train(field, (16,), "tanh", 0, **steps)
    after = train(field, (16,), "tanh", 0, match="trajectories", shooting_steps=50, **steps)
    errors = [relative_error(module, field) for module in (before, after)]
    assert errors[1] < errors[0] / 2


def test_without_torchdiffeq_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchdiffeq", None)
    with pytest.raises(UnusableInput, match=r"needs torchdiffeq; pip install 'saturode-verify\[paper\]'"):
        train("stuart-landau", (4,), "tanh", 0, match="trajectories")


@pytest.mark.parametrize(
    ("text", "steps"),
    [("3", (10, 100, 1000)), ("1", (1000,)), ("0,7,1000,2000", (0, 7, 1000)), ("1000", tuple(range(1, 1001)))],
)
def test_checkpoints_are_a_number_or_steps(text: str, steps: tuple[int, ...]) -> None:
    """1000^(k/3) = 10, 100, 1000; steps beyond the last are left out; as many as steps repeat at the beginning."""
    found = parse_checkpoints(text, 1000)
    assert found == steps or (text == "1000" and set(found) < set(steps) and found[-1] == 1000)


@pytest.mark.parametrize("text", ["", "x", "1,", "-1", "1.5", "0", "1001"])
def test_unreadable_checkpoints_say_what_to_do(text: str) -> None:
    with pytest.raises(UnusableInput, match="checkpoints"):
        parse_checkpoints(text, 1000)


def test_total_steps_are_those_of_a_training() -> None:
    assert total_steps("derivatives") == 6000
    assert total_steps("trajectories") == 6500


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
        (
            lambda: train("stuart-landau", (4,), "tanh", 0, match="time"),
            "cannot match 'time'; choose one of: derivatives, trajectories",
        ),
        (lambda: train("stuart-landau", (4,), "tanh-beta", 0, beta=0.0), "an initial beta of 0.0 is no slope; give"),
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

"""A training that was killed and resumed gives the same bytes as one that was not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from saturode_verify.errors import UnusableInput
from saturode_verify.paper import training
from saturode_verify.paper.training import train

if TYPE_CHECKING:
    from torch import nn

    from saturode_verify.paper.training_state import Checkpoint

torch = pytest.importorskip("torch")

STEPS: dict[str, Any] = {"adam_steps": 120, "lbfgs_steps": 200, "shooting_steps": 100}
CHECKPOINTS = (30, 120, 130, 140, 250, 345, 400)
REACHED = [30, 120, 170, 270, 370, 420]
"""L-BFGS starts at 120 and pauses at 170, 220, 270, 320; the trajectories start there and pause at 370, 420."""


class Killed(Exception):
    """The process ends here."""


def _bytes(module: nn.Sequential) -> bytes:
    return b"".join(parameter.detach().numpy().tobytes() for parameter in module.parameters())


def _train(state: Path | None, killed_at: int | None = None, **options: Any) -> tuple[nn.Sequential, list[Any]]:
    """The model and the checkpoints; killed once ``killed_at`` checkpoints have been reached."""
    seen: list[Any] = []

    def reached(module: nn.Sequential, history: tuple[Checkpoint, ...]) -> None:
        seen.append((_bytes(module), history))
        if len(seen) == killed_at:
            raise Killed

    arguments = {"checkpoints": CHECKPOINTS, "on_checkpoint": reached, "state": state, **STEPS, **options}
    return train("stuart-landau", (8,), "tanh-beta", 0, **arguments), seen


def test_a_killed_training_goes_on_bit_for_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed within Adam, between Adam and L-BFGS, within L-BFGS, and within trajectories (few, in short pieces)."""
    pytest.importorskip("torchdiffeq")
    from saturode_verify.paper import training_losses

    monkeypatch.setattr(training_losses, "SEGMENTS", 8)
    monkeypatch.setattr(training_losses, "PIECES", 2)
    whole, checkpoints = _train(None, match="trajectories")
    assert [point.step for point in checkpoints[-1][1]] == REACHED
    for killed_at in (1, 2, 3, 5):
        state = tmp_path / f"{killed_at}.state"
        with pytest.raises(Killed):
            _train(state, killed_at + 1, match="trajectories")
        resumed, later = _train(state, match="trajectories")
        assert _bytes(resumed) == _bytes(whole)
        assert later == checkpoints[killed_at:]


def test_checkpoints_and_state_do_not_change_the_weights(tmp_path: Path) -> None:
    plain = train("stuart-landau", (8,), "tanh-beta", 0, adam_steps=120, lbfgs_steps=200)
    assert _bytes(_train(tmp_path / "m.state")[0]) == _bytes(plain)


def test_the_history_holds_loss_and_beta(tmp_path: Path) -> None:
    _, seen = _train(None, checkpoints=(0, 120), beta=2.0)
    first, second = seen[-1][1]
    assert (first.step, first.betas) == (0, (2.0,))
    assert second.step == 120 and second.betas != (2.0,)
    assert 0 < second.loss < first.loss


def test_a_state_is_read_with_weights_only(tmp_path: Path) -> None:
    state = tmp_path / "m.state"
    _train(state)
    found = torch.load(state, weights_only=True)
    assert found["step"] == 270 and found["plan"]["field"] == "stuart-landau"
    assert [path.name for path in tmp_path.iterdir()] == ["m.state"]


def test_states_of_other_trainings_and_broken_ones_are_refused(tmp_path: Path) -> None:
    state = tmp_path / "m.state"
    _train(state)
    with pytest.raises(UnusableInput, match=r"m\.state belongs to a training with other settings; delete it"):
        _train(state, beta=3.0)
    whole = state.read_bytes()
    for broken in (b"", b"no torch file", whole[: len(whole) // 2]):
        state.write_bytes(broken)
        with pytest.raises(UnusableInput, match=r"m\.state is no resumable training state; delete it to start anew"):
            _train(state)


class _Trap:
    """Unpickling this runs a command."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.proof),)


def test_a_state_file_runs_nothing(tmp_path: Path) -> None:
    state, proof = tmp_path / "m.state", tmp_path / "ran"
    torch.save({"plan": _Trap(proof)}, state)
    with pytest.raises(UnusableInput, match="no resumable training state"):
        _train(state)
    assert not proof.exists()


@pytest.fixture
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's trainings take 100 steps and not 6000."""
    monkeypatch.setattr(training, "total_steps", lambda match: 100)
    short = {"adam_steps": 50, "lbfgs_steps": 50}
    monkeypatch.setattr(training, "train", lambda *given, **more: train(*given, **more, **short))


def _run(*arguments: str) -> Any:
    from saturode_verify.cli_train import train as command

    return CliRunner().invoke(command, ["stuart-landau", "--hidden", "4", *arguments])


@pytest.mark.usefixtures("_brief")
def test_the_command_keeps_checkpoints_and_their_table(tmp_path: Path) -> None:
    output = tmp_path / "m.json"
    result = _run("--activation", "tanh-beta", "--checkpoints", "0,10,100", "-o", str(output))
    assert result.exit_code == 0, result.output
    names = ["m-checkpoints.csv", "m-step000000.json", "m-step000010.json", "m-step000100.json", "m.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert (tmp_path / "m-step000100.json").read_bytes() == output.read_bytes()
    lines = (tmp_path / "m-checkpoints.csv").read_text().splitlines()
    assert lines[0] == "step,loss,beta_1"
    assert [line.split(",")[0] for line in lines[1:]] == ["0", "10", "100"]
    assert "exact, as slopes" in result.output


@pytest.mark.usefixtures("_brief")
def test_the_command_resumes_only_when_asked(tmp_path: Path) -> None:
    output = tmp_path / "m.pt"
    state = output.with_suffix(".state")
    state.write_bytes(b"no state")
    refused = _run("--resume", "-o", str(output))
    assert isinstance(refused.exception, UnusableInput) and state.exists() and not output.exists()
    assert _run("-o", str(output)).exit_code == 0
    assert not state.exists()
    first = output.read_bytes()
    assert _run("--resume", "-o", str(output)).exit_code == 0
    assert output.read_bytes() == first and not state.exists()

"""Torch modules and state dicts become the exact network that they are."""

from __future__ import annotations

from collections import OrderedDict
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_networks import reference_field

from saturode_verify import from_torch, load
from saturode_verify.activation import Tanh
from saturode_verify.errors import UnusableInput
from saturode_verify.network import Network

torch = pytest.importorskip("torch")
nn = torch.nn

ACTIVATIONS = [
    nn.Tanh(), nn.Sigmoid(), nn.SiLU(), nn.GELU(), nn.Softplus(), nn.Softplus(beta=2), nn.Softplus(beta=0.5), nn.ELU(),
    nn.ELU(alpha=0.5), nn.ReLU(), nn.LeakyReLU(), nn.LeakyReLU(0.25), nn.Identity(),
]  # fmt: skip


class ODEFunc(nn.Module):
    """A user's module with a time argument, as torchdiffeq wants it."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net

    def forward(self, t: Any, x: Any) -> Any:
        return self.net(x)


class TwoNets(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(2, 2), nn.Linear(2, 2)


def _mlp(activation: Any, dtype: Any = torch.float64, hidden: int = 5) -> Any:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(2, hidden), activation, nn.Linear(hidden, 3), activation, nn.Linear(3, 2)).to(dtype)


def _save(module: Any, path: Path) -> Path:
    torch.save(module, path)
    return path


def _assert_same_field(network: Network, module: Any, tolerance: float = 1e-12) -> None:
    """The exact network against torch's own float64 forward pass, at points off every kink."""
    double = module.double().eval()
    for point in ([0.25, -0.75], [1.5, 2.0], [-3.0, 0.125]):
        with torch.no_grad():
            expected = double(torch.tensor([point], dtype=torch.float64))[0].numpy()
        found = [float(v) for v in reference_field(network, [Fraction(x) for x in point])]
        assert np.allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
def test_every_layer_means_what_torch_computes(activation: Any, tmp_path: Path) -> None:
    module = _mlp(activation)
    network = load(_save(module, tmp_path / "m.pt"))
    _assert_same_field(network, module)
    assert network.sha256 == from_torch(module).sha256
    assert network.source == "m.pt"


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_weights_keep_every_bit(dtype: str, tmp_path: Path) -> None:
    """Each float widens to float64 without change: reading as an integer ratio gives the same rational."""
    module = _mlp(nn.Tanh(), getattr(torch, dtype))
    network = load(_save(module, tmp_path / "m.pt"))
    for layer, linear in zip(network.layers, (module[0], module[2], module[4]), strict=True):
        exact = [[Fraction(v) for v in row] for row in linear.weight.tolist()]
        assert [[Fraction(v) for v in row] for row in layer.weight.tolist()] == exact


@pytest.mark.parametrize("prefix", ["", "net.", "model.net.", "module._orig_mod."])
def test_state_dicts_with_any_prefix(prefix: str, tmp_path: Path) -> None:
    module = _mlp(nn.Tanh())
    state = OrderedDict((prefix + key, value) for key, value in module.state_dict().items())
    network = load(_save(state, tmp_path / "m.pt"), activation="tanh")
    assert network.sha256 == from_torch(module).sha256


def test_state_dicts_are_ordered_by_index_else_as_stored(tmp_path: Path) -> None:
    """layers.10 comes after layers.2, whatever the order in the file; names without index keep theirs."""
    weights = {i: torch.full((2, 2), float(i), dtype=torch.float64) for i in (10, 2, 1)}
    indexed = load(_save({f"layers.{i}.weight": w for i, w in weights.items()}, tmp_path / "a.pt"), activation="tanh")
    assert [layer.weight[0, 0] for layer in indexed.layers] == [1, 2, 10]
    assert not indexed.layers[0].bias.any()
    named = {"enc.weight": weights[10], "body.weight": weights[2], "dec.weight": weights[1]}
    assert [n.weight[0, 0] for n in load(_save(named, tmp_path / "b.pt"), activation="tanh").layers] == [10, 2, 1]


@pytest.mark.parametrize("key", ["state_dict", "model_state_dict"])
def test_checkpoints_are_unwrapped(key: str, tmp_path: Path) -> None:
    module = _mlp(nn.SiLU())
    checkpoint = {"epoch": 3, key: module.state_dict(), "loss": 0.5}
    assert load(_save(checkpoint, tmp_path / "m.pt"), activation="silu").sha256 == from_torch(module).sha256


def test_a_module_that_holds_a_sequential_carries_a_note(tmp_path: Path) -> None:
    """The class itself cannot be imported from a file: its code is neither needed nor believed."""
    inner = _mlp(nn.Tanh())
    network = load(_save(ODEFunc(ODEFunc(inner)), tmp_path / "m.pt"))
    assert network.sha256 == from_torch(inner).sha256
    assert len(network.notes) == 1 and "ODEFunc" in network.notes[0] and "'net.net'" in network.notes[0]
    assert "not in the file and was not checked" in network.notes[0]


def test_nested_sequentials_dropout_and_missing_linear_layers(tmp_path: Path) -> None:
    torch.manual_seed(2)
    module = nn.Sequential(
        nn.Tanh(), nn.Sequential(nn.Linear(2, 3, bias=False), nn.Dropout(0.5), nn.Sigmoid()), nn.Linear(3, 4),
        nn.Linear(4, 2), nn.Tanh(), nn.SiLU(),
    ).double()  # fmt: skip
    network = load(_save(module, tmp_path / "m.pt"))
    _assert_same_field(network, module)
    assert [layer.activation.name for layer in network.layers] == [
        "tanh",
        "sigmoid",
        "identity",
        "tanh",
        "silu",
        "identity",
    ]


def test_the_old_file_format_is_read_for_state_dicts(tmp_path: Path) -> None:
    module = _mlp(nn.Tanh())
    torch.save(module.state_dict(), tmp_path / "s.pt", _use_new_zipfile_serialization=False)
    assert load(tmp_path / "s.pt", activation="tanh").sha256 == from_torch(module).sha256
    torch.save(module, tmp_path / "m.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(UnusableInput, match=r"before torch 1\.6, of which only state dicts are read"):
        load(tmp_path / "m.pt")


def _normed(exact: bool, after: bool) -> Any:
    """An MLP with BatchNorm after (or before) its first linear layer, with dyadic roots if ``exact``."""
    torch.manual_seed(3)
    norm = nn.BatchNorm1d(4, eps=0.0 if exact else 1e-5).double()
    with torch.no_grad():
        norm.running_mean.copy_(torch.tensor([0.5, -1.0, 0.0, 2.0]))
        norm.running_var.copy_(torch.tensor([4.0, 0.25, 1.0, 16.0]) if exact else torch.tensor([0.3, 1.7, 2.0, 0.011]))
        norm.weight.copy_(torch.tensor([1.0, -0.5, 2.0, 0.0]))
        norm.bias.copy_(torch.tensor([0.25, 0.0, -1.0, 3.0]))
    first = nn.Linear(2, 4).double()
    with torch.no_grad():
        first.weight.copy_((first.weight * 1024).round() / 1024)
        first.bias.copy_((first.bias * 1024).round() / 1024)
    layers = [first, norm, nn.Tanh()] if after else [first, nn.Tanh(), norm]
    return nn.Sequential(*layers, nn.Linear(4, 2).double()).eval()


@pytest.mark.parametrize("after", [True, False])
def test_batchnorm_with_dyadic_roots_is_folded_exactly(after: bool, tmp_path: Path) -> None:
    """sqrt(4), sqrt(1/4), 1, sqrt(16): the fold is exact, so torch agrees to rounding and no note is needed."""
    module = _normed(exact=True, after=after)
    network = load(_save(module, tmp_path / "m.pt"))
    _assert_same_field(network, module)
    assert network.notes == ()
    if after:
        w = Fraction(module[0].weight[0, 0].item())
        assert Fraction(float(network.layers[0].weight[0, 0])) == w / 2
        assert network.layers[0].bias[3] == 3


@pytest.mark.parametrize("after", [True, False])
def test_batchnorm_with_irrational_roots_is_refused_or_rounded_once(after: bool, tmp_path: Path) -> None:
    module = _normed(exact=False, after=after)
    path = _save(module, tmp_path / "m.pt")
    with pytest.raises(UnusableInput, match=r"cannot be folded exactly.*--round-batchnorm"):
        load(path)
    network = load(path, round_batchnorm=True)
    _assert_same_field(network, module)
    assert "after folding" in network.notes[-1]
    if after:
        # Correct rounding: the neighbours of each folded weight are farther from g w / sqrt(v + eps), at 60 digits.
        from mpmath import mp, mpf

        with mp.workdps(60):
            w, g, v = mpf(float(module[0].weight[1, 1])), mpf(-0.5), mpf(float(module[1].running_var[1])) + mpf(1e-5)
            true, found = w * g / mp.sqrt(v), float(network.layers[0].weight[1, 1])
            for neighbour in (np.nextafter(found, -np.inf), np.nextafter(found, np.inf)):
                assert abs(mpf(found) - true) <= abs(mpf(float(neighbour)) - true)


def test_all_unsupported_layers_are_named_at_once(tmp_path: Path) -> None:
    module = nn.Sequential(nn.Linear(2, 4), nn.LayerNorm(4), nn.Hardtanh(), nn.Sequential(nn.PReLU()), nn.Linear(4, 2))
    with pytest.raises(UnusableInput) as caught:
        load(_save(module, tmp_path / "m.pt"))
    message = str(caught.value)
    assert "layer 1 (LayerNorm), layer 2 (Hardtanh), layer 3.0 (PReLU)" in message
    assert "the layers that are understood are Linear, Identity, Tanh" in message


def _hooked() -> Any:
    module = _mlp(nn.Tanh())
    module[0].register_forward_hook(_double)
    return module


def _double(module: Any, inputs: Any, output: Any) -> Any:
    return 2 * output


def _parametrised() -> Any:
    module = _mlp(nn.Tanh())
    nn.utils.parametrizations.weight_norm(module[0])
    return module


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(4, 2)), "layer 1 gives 3 values but layer 2 takes 4"),
        (nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 5)), "2 inputs to 5 outputs, so it is no vector field"),
        (nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 2)), "non-autonomous field with time as an input"),
        (nn.Sequential(nn.Tanh()), "no linear layer"),
        (nn.Sequential(), "no linear layer"),
        (TwoNets(), "TwoNets holds a, b where one nn.Sequential is expected"),
        (nn.Sequential(nn.Linear(2, 2), nn.GELU(approximate="tanh"), nn.Linear(2, 2)), "approximate=tanh; use"),
        (nn.Sequential(nn.Linear(2, 2), nn.Softplus(beta=3), nn.Linear(2, 2)), "beta = 3.0, so its factor"),
        (nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2, track_running_stats=False)), "no running statistics"),
        (_mlp(nn.Tanh(), torch.complex64), "complex64 numbers"),
    ],
)  # fmt: skip
def test_modules_that_are_no_field(module: Any, message: str, tmp_path: Path) -> None:
    for attempt in (lambda: load(_save(module, tmp_path / "m.pt")), lambda: from_torch(module)):
        with pytest.raises(UnusableInput) as caught:
            attempt()
        assert message in str(caught.value) and "\n" not in str(caught.value)


def test_hooks_and_parametrisations_change_the_function_and_are_refused() -> None:
    """Only in memory: a hook's function makes the file unloadable, or is dropped, by torch itself."""
    replaced = _mlp(nn.Tanh())
    replaced[0].forward = lambda x: x
    for module, message in ((_hooked(), "has a forward hook"), (replaced, "overrides forward of its class")):
        with pytest.raises(UnusableInput, match=message):
            from_torch(module)
    with pytest.raises(UnusableInput, match=r"Parametrized|parametrisation"):
        from_torch(_parametrised())


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_non_finite_weights(bad: float, tmp_path: Path) -> None:
    module = _mlp(nn.Tanh())
    with torch.no_grad():
        module[2].weight[1, 1] = bad
    with pytest.raises(UnusableInput, match="1 NaN or infinite entries"):
        load(_save(module, tmp_path / "m.pt"))


def test_contradictions_and_missing_activations(tmp_path: Path) -> None:
    module = _mlp(nn.Tanh())
    whole, state = _save(module, tmp_path / "m.pt"), _save(module.state_dict(), tmp_path / "s.pt")
    with pytest.raises(UnusableInput, match="leave out --activation"):
        load(whole, activation="tanh")
    with pytest.raises(UnusableInput, match=r"add --activation NAME, one of .*silu"):
        load(state)
    with pytest.raises(UnusableInput, match="unknown activation"):
        load(state, activation="tahn")
    norm = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Linear(2, 2))
    with pytest.raises(UnusableInput, match=r"belong to no linear layer: 1\.weight|1\.running_mean"):
        load(_save(norm.state_dict(), tmp_path / "n.pt"), activation="tanh")


def test_the_tanh_of_the_contract_is_the_class() -> None:
    assert type(from_torch(_mlp(nn.Tanh())).layers[0].activation) is Tanh


def test_softplus_with_a_low_threshold_is_another_function(tmp_path: Path) -> None:
    """Above threshold/beta torch returns x: at threshold 1/2 that is log(1 + e^-1/2) = 0.47 away from softplus."""
    for threshold, fits in ((0.5, False), (19.0, False), (20.0, True), (50.0, True)):
        path = _save(_mlp(nn.Softplus(threshold=threshold)), tmp_path / "m.pt")
        if fits:
            assert any("Softplus is log" in note for note in load(path).notes)
        else:
            with pytest.raises(UnusableInput, match="a different function from softplus"):
                load(path)


def test_layers_that_are_the_identity_on_a_vector(tmp_path: Path) -> None:
    module = _mlp(nn.Tanh()).eval()
    longer = nn.Sequential(nn.Flatten(), *module, nn.Dropout1d(), nn.AlphaDropout(), nn.Identity()).eval()
    network = load(_save(longer, tmp_path / "m.pt"))
    assert network.sha256 == from_torch(module).sha256 and network.notes == ()
    assert "training mode" in from_torch(longer.train()).notes[0]


def test_a_state_dict_says_how_it_was_read(tmp_path: Path) -> None:
    network = load(_save(_mlp(nn.Tanh()).state_dict(), tmp_path / "m.pt"), activation="tanh")
    assert network.notes == (
        "The file is a state dict: its layers were taken in the order 0, 2, 4, with tanh between them; "
        "the code that evaluates them is not in the file and was not checked",
    )


def test_one_linear_layer_needs_no_activation(tmp_path: Path) -> None:
    assert load(_save(nn.Linear(2, 2).state_dict(), tmp_path / "m.pt")).sizes == [2, 2]


def test_a_class_that_only_has_the_name_of_a_layer_is_not_that_layer() -> None:
    class Doubled(nn.Linear):
        def forward(self, x: Any) -> Any:
            return 2 * super().forward(x)

    Doubled.__module__, Doubled.__qualname__ = nn.Linear.__module__, nn.Linear.__qualname__
    with pytest.raises(UnusableInput, match="not understood"):
        from_torch(nn.Sequential(Doubled(2, 2)))


def test_an_attribute_that_hides_a_parameter_is_refused(tmp_path: Path) -> None:
    """torch would compute with the attribute, not with the parameter."""
    module = _mlp(nn.Tanh())
    module[0].__dict__["weight"] = torch.zeros(5, 2, dtype=torch.float64)
    for attempt in (lambda: from_torch(module), lambda: load(_save(module, tmp_path / "m.pt"))):
        with pytest.raises(UnusableInput, match="overrides weight"):
            attempt()


@pytest.mark.parametrize("norm", ["weight_norm", "spectral_norm"])
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_old_reparametrisations_are_refused(norm: str, tmp_path: Path) -> None:
    module = _mlp(nn.Tanh())
    getattr(nn.utils, norm)(module[0])
    with pytest.raises(UnusableInput, match=f"hook.*remove_{norm}"):
        load(_save(module, tmp_path / "m.pt"))
    with pytest.raises(UnusableInput, match="parametrised weights"):
        load(_save(module.state_dict(), tmp_path / "s.pt"), activation="tanh")


def test_a_module_in_memory_may_round_batchnorm_too() -> None:
    """BatchNorm first: it is folded into the Linear after it, and the real fields agree."""
    torch.manual_seed(4)
    module = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 3), nn.Tanh(), nn.BatchNorm1d(3), nn.Linear(3, 2)).double()
    module(torch.randn(50, 2, dtype=torch.float64))
    network = from_torch(module.eval(), round_batchnorm=True)
    assert network.sizes == [2, 3, 2]
    _assert_same_field(network, module)
    later = network.sha256
    with torch.no_grad():
        module[1].weight.zero_()
    assert network.sha256 == later

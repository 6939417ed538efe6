"""The picture of a certificate: what is drawn is what was proved, and the files are whole and reproducible."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_networks import cube_stuart_landau, linear_centre

from saturode_verify.activation import Identity, Power
from saturode_verify.certificate.record import Certificate
from saturode_verify.curves import curve_certificate
from saturode_verify.errors import UnusableInput
from saturode_verify.figures import curves as figure_curves
from saturode_verify.figures import leaves as figure_leaves
from saturode_verify.figures import plot as figure
from saturode_verify.figures import text as figure_text
from saturode_verify.formats.exact_json import write_exact_json
from saturode_verify.job import verify
from saturode_verify.network import Layer, Network
from saturode_verify.orbits import prove_orbit
from saturode_verify.region import Box
from saturode_verify.rigor.numbers import Enclosure

matplotlib = pytest.importorskip("matplotlib")
NAME = "cube.json"


@pytest.fixture(scope="module")
def cube() -> Network:
    return replace(cube_stuart_landau(), source=NAME)


@pytest.fixture(scope="module")
def orbit(cube: Network) -> Certificate:
    return prove_orbit(cube, near="1,0", rtol="0.1")


@pytest.fixture(scope="module")
def job(cube: Network) -> Certificate:
    """Two boxes that overlap."""
    return verify(cube, ["[-1.5,1.5]^2", "[1,2]x[-1,1/3]"], rtol="0.05")


@pytest.fixture
def folder(tmp_path: Path, cube: Network, orbit: Certificate) -> Path:
    """A certificate beside its model."""
    (tmp_path / NAME).write_bytes(write_exact_json(cube))
    orbit.save(tmp_path / "o.json")
    return tmp_path


def space_network() -> Network:
    """`cube_stuart_landau` beside z' = -3 z, as 6 z = (z+1)^3 + (z-1)^3 - 2 z^3: the cycle stays, with z = 0."""
    hidden, last = cube_stuart_landau().layers
    weight = np.block([[hidden.weight, np.zeros((8, 1))], [np.zeros((3, 2)), np.ones((3, 1))]])
    bias = np.concatenate([hidden.bias, [1.0, -1.0, 0.0]])
    out = np.block([[last.weight, np.zeros((2, 3))], [np.zeros((1, 8)), np.array([[-0.5, -0.5, 1.0]])]])
    return Network((Layer(weight, bias, Power(exponent=3)), Layer(out, np.zeros(3), Identity())))


def check_file(data: bytes, kind: str) -> None:
    if kind == "pdf":
        assert data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF") and b"CreationDate" not in data
    elif kind == "svg":
        root = ET.fromstring(data)
        assert root.tag.endswith("}svg") and root.get("width") == "504pt"  # 7 inches
        assert b"dc:date" not in data
    else:
        image = pytest.importorskip("PIL.Image").open(BytesIO(data))
        image.load()
        assert image.format == "PNG" and image.width == 2100  # 7 inches at 300 per inch


@pytest.mark.parametrize("kind", figure.KINDS)
def test_files_are_whole_and_reproducible(folder: Path, kind: str) -> None:
    """Twice the same bytes, whatever a user's own matplotlib settings are; no file is left beside them."""
    first, second = folder / f"a.{kind}", folder / f"b.{kind.upper()}"
    figure.plot(folder / "o.json", first)
    with matplotlib.rc_context({"font.size": 30.0, "savefig.dpi": 10, "svg.hashsalt": "other", "axes.grid": True}):
        figure.plot(folder / "o.json", second, folder / NAME)
        assert matplotlib.rcParams["font.size"] == 30.0
    assert first.read_bytes() == second.read_bytes()
    check_file(first.read_bytes(), kind)
    assert len(list(folder.iterdir())) == 4


def test_the_drawn_orbit_is_the_claimed_one(orbit: Certificate) -> None:
    """The cycle of the cubes is r = 1 with T = 2 pi/3; the drawn one starts at the claim's point."""
    (curve,) = figure_curves.curves(orbit)
    assert curve.proved and curve.claim.stability == "stable"
    for x, side in zip(curve.points[0], curve.claim.point, strict=True):
        assert float(side.lower) - 1e-12 <= x <= float(side.upper) + 1e-12
    assert np.abs(np.hypot(*curve.points.T) - 1).max() < 1e-9
    # angle' = 3
    angle = np.unwrap(np.arctan2(curve.points[:, 1], curve.points[:, 0]))
    assert np.abs(angle - angle[0] - 3 * curve.times).max() < 1e-8
    assert (curve.points[0] == curve.points[-1]).all() and abs(curve.times[-1] - 2 * np.pi / 3) < 1e-9


def test_an_orbit_that_misses_its_claim_is_refused(orbit: Certificate) -> None:
    part = dict(orbit.witness[0])
    part["orbit"] = [[["1*2^-8", "0"], *row[1:]] for row in part["orbit"]]
    with pytest.raises(UnusableInput, match="misses the point of its claim"):
        figure_curves.curves(replace(orbit, witness=[part]))
    part["orbit"] = [["0"]]
    with pytest.raises(UnusableInput, match="cannot be read"):
        figure_curves.curves(replace(orbit, witness=[part]))


def test_leaves_bound_the_norm_and_cover_the_boxes(job: Certificate, cube: Network) -> None:
    """Samples of the Jacobian by hand: 3 (1 - 3x^2 - y^2, -1 - 2xy; 1 - 2xy, 1 - x^2 - 3y^2)."""
    parts = figure_leaves.leaf_bounds(job, cube)
    rng = np.random.default_rng(0)
    assert len(parts) == 2
    for part, box, claim in zip(parts, job.region, (c for c in job if c.name == "sup_jacobian_norm"), strict=False):
        x, y = np.moveaxis(part.lower + (part.upper - part.lower) * rng.random((50, len(part.lower), 2)), 2, 0)
        rows = [1 - 3 * x * x - y * y, -1 - 2 * x * y, 1 - 2 * x * y, 1 - x * x - 3 * y * y]
        norms = np.linalg.norm(3 * np.stack(rows, axis=2).reshape(*x.shape, 2, 2), 2, axis=(2, 3))
        assert (norms <= part.norm * (1 + 1e-12)).all()
        assert norms.max() > 0.8 * part.norm.max() and (norms.max(axis=0) > 0.3 * part.norm).all()
        assert part.norm.max() <= np.nextafter(float(claim.value.upper), np.inf)
        area = np.prod([float(side.upper - side.lower) for side in box])  # type: ignore[operator]
        assert np.prod(part.upper - part.lower, axis=1).sum() == pytest.approx(area, rel=1e-12)


@pytest.mark.parametrize(
    "preorder",
    [None, [], ["leaf", "leaf"], [[0, "1"], "leaf"], [[0, "7"], "leaf", "leaf"], [[2, "0"], "leaf", "leaf"],
     [[0, "1/3"], "leaf", "leaf"], [[-1, "0"], "leaf", "leaf"], ["twig"], [[0, 0.5], "leaf", "leaf"]],
)  # fmt: skip
def test_a_broken_subdivision_is_refused(preorder: object) -> None:
    with pytest.raises(UnusableInput, match="subdivision in the certificate cannot be read"):
        figure_leaves.leaves(Box("[-1,1]^2"), preorder)


def test_the_styles_carry_the_meaning(orbit: Certificate, cube: Network) -> None:
    """Solid if stable, dashed if unstable; an equilibrium of the search is a hollow mark that is not proved."""
    from saturode_verify.figures.plane import draw

    seen = {"search": {"equilibria": [{"point": "(1e-05, -0.2)", "eigenvalues": ""}, {"point": "(nan, 1)"}, "rest"]}}
    unstable = [
        replace(c, values={**c.values, "stability": "unstable"}) if c.name == "periodic_orbit" else c for c in orbit
    ]
    labels = {}
    for certificate in (orbit, replace(orbit, claims=tuple(unstable), environment=seen)):
        page = draw(certificate, cube)
        labels |= {text.get_text(): line for text, line in zip(
            page.legends[0].get_texts(), page.legends[0].legend_handles, strict=True)}  # fmt: skip
        words = " ".join(text.get_text() for text in page.texts)
        assert "floating point, not proved" in words and r"\det M" in words
        texts: list[Any] = page.findobj(matplotlib.text.Text)
        assert all(text.get_fontsize() >= 8 for text in texts)
        assert all(axes.get_xlabel() and axes.get_ylabel() for axes in page.axes[:2])
        assert "1/time" in page.axes[2].get_ylabel()
    assert labels["proved orbit, stable"].get_linestyle() == "-"
    assert labels["proved orbit, unstable"].get_linestyle() == "--"
    assert labels["equilibrium (not proved)"].get_markerfacecolor() == "white"
    assert np.array_equal(figure_curves.equilibria(replace(orbit, environment=seen)), [[1e-05, -0.2]])


def test_every_number_in_words_is_rounded_outward(orbit: Certificate) -> None:
    third = Enclosure(Fraction(1, 3), Fraction(2, 3))
    assert figure_text.interval(third, 3) == r"$[{0.333},\,{0.667}]$"
    assert figure_text.interval(Enclosure(Fraction(-1), Fraction(1, 8)), 5) == r"$[{-1.000},\,{0.125}]$"
    tiny = Enclosure(Fraction(34715, 10**10), Fraction(34716, 10**10))
    assert figure_text.interval(tiny, 5) == r"$[{3.4715},\,{3.4716}]\times 10^{-6}$"
    assert figure_text.interval(Enclosure(Fraction(0), Fraction(1, 10**9))) == r"$[{0},\,{1\times 10^{-9}}]$"
    assert figure_text.interval(Enclosure(Fraction(1, 4), None)) == r"$[{0.25},\,{\infty}]$"
    # T = 2 pi/3 and det M = e^{-4 pi} = 3.4873423562...e-06 of the cubes' cycle
    claim = orbit["periodic_orbit"]
    radius = Enclosure(Fraction(0), Fraction(12401, 10**6))
    assert "within $0.0125$" in figure_text.orbit_line(replace(claim, values={**claim.values, "radius": radius}))
    line = figure_text.orbit_line(claim)
    assert r"[{2.094395},\,{2.094396}]" in line and r"[{3.487342},\,{3.487343}]\times 10^{-6}" in line


def test_dimension_3() -> None:
    """Orbits are drawn without the model; bounds alone have no picture."""
    network = space_network()
    certificate = prove_orbit(network, near="1,0,0", rtol="0.5", time_limit=1)
    (curve,) = figure_curves.curves(certificate)
    assert np.abs(curve.points[:, 2]).max() < 1e-9
    check_file(figure.figure_bytes(certificate, None, "png"), "png")
    plain = verify(network, "[-1,1]^3", rtol="0.5", time_limit=1)
    with pytest.raises(UnusableInput, match="in dimension 3 only orbits and curves are drawn"):
        figure.figure_bytes(plain, network, "png")


def test_a_given_curve_is_no_orbit(cube: Network) -> None:
    from saturode_verify.figures.plane import draw

    certificate = curve_certificate(cube, "stuart-landau", rtol="0.5")
    (curve,) = figure_curves.curves(certificate)
    assert not curve.proved and np.abs(np.hypot(*curve.points.T) - 1).max() < 1e-5
    labels = [text.get_text() for text in draw(certificate, cube).legends[0].get_texts()]
    assert "given curve (no orbit claimed)" in labels and not any("proved orbit" in label for label in labels)


def test_models_are_found_and_compared(folder: Path, cube: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "other.json").write_bytes(write_exact_json(linear_centre()))
    with pytest.raises(UnusableInput, match=r"other\.json is another model: its sha256 begins"):
        figure.plot(folder / "o.json", folder / "f.pdf", folder / "other.json")
    here = folder / "here"
    here.mkdir()
    (folder / NAME).rename(here / NAME)
    with pytest.raises(UnusableInput, match=r"cube\.json is neither beside .*; give the certified model with --model"):
        figure.plot(folder / "o.json", folder / "f.pdf")
    monkeypatch.chdir(here)
    figure.plot(folder / "o.json", folder / "f.pdf")
    (folder / NAME).write_bytes(write_exact_json(linear_centre()))  # the right one in the current folder still serves
    figure.plot(folder / "o.json", folder / "f.pdf")


@pytest.mark.parametrize(
    ("output", "message"),
    [("f.gif", r"\.gif names no format; let the name end in"), ("f", "no suffix"), ("no/f.pdf", "cannot write")],
)
def test_bad_outputs(folder: Path, output: str, message: str) -> None:
    with pytest.raises(UnusableInput, match=message):
        figure.plot(folder / "o.json", folder / output)


def test_what_has_no_picture(orbit: Certificate, cube: Network) -> None:
    line = Network((Layer(-np.eye(1), np.zeros(1), Identity()),))
    with pytest.raises(UnusableInput, match="dimension 1"):
        figure.figure_bytes(verify(line, "[-1,1]"), line, "pdf")
    with pytest.raises(UnusableInput, match="too short or too long"):
        figure.figure_bytes(verify(cube, "[1,1]x[0,1]"), cube, "pdf")
    with pytest.raises(UnusableInput, match="--model"):
        figure.figure_bytes(orbit, None, "pdf")


def test_matplotlib_is_optional(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing imports it before a picture is drawn; without it, one line names the remedy."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UnusableInput, match=r'needs the package matplotlib; pip install "saturode-verify\[plot\]"'):
        figure.plot(folder / "o.json", folder / "f.pdf")
    code = "import sys, saturode_verify.cli, saturode_verify.figures.plot as f; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_command(folder: Path) -> None:
    command = [sys.executable, "-m", "saturode_verify.cli", "plot", "o.json", "-o"]
    run = subprocess.run([*command, "f.gif"], cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 2 and run.stdout == "" and run.stderr.count("\n") == 1
    run = subprocess.run([*command, "f.svg"], cwd=folder, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "f.svg\n", "")
    check_file((folder / "f.svg").read_bytes(), "svg")


def test_many_leaves_become_pixels(orbit: Certificate, cube: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    from saturode_verify.figures import plane as figure_plane

    images = [figure.figure_bytes(orbit, cube, "svg").count(b"<image")]  # the colour bar is one
    monkeypatch.setattr(figure_plane, "_MANY", 10)
    images.append(figure.figure_bytes(orbit, cube, "svg").count(b"<image"))
    assert images[1] == images[0] + 1


@pytest.mark.parametrize("known", [0, 1, 2])
def test_leaves_without_a_bound_are_hatched(
    known: int, orbit: Certificate, cube: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    from saturode_verify.figures import plane as figure_plane

    (part,) = figure_leaves.leaf_bounds(orbit, cube)
    norm = np.where(np.arange(len(part.norm)) < known, part.norm[0], np.inf)
    monkeypatch.setattr(figure_plane, "leaf_bounds", lambda *_: [replace(part, norm=norm)])
    page = figure_plane.draw(orbit, cube)
    assert "no finite bound" in [text.get_text() for text in page.legends[0].get_texts()]
    assert figure.figure_bytes(orbit, cube, "png")


def test_several_orbits_are_numbered(orbit: Certificate, cube: Network) -> None:
    """Two boxes, one orbit each (here the same one twice), the second called unstable."""
    from saturode_verify.figures.plane import draw

    claim = orbit["periodic_orbit"]
    other = replace(claim, on=1, values={**claim.values, "stability": "unstable"})
    rest = [c for c in orbit if c.name != "periodic_orbit"]
    both = replace(
        orbit,
        region=orbit.region * 2,
        claims=(replace(claim, on=0), other, *rest),
        witness=[*orbit.witness, *({**part, "box": 1} for part in orbit.witness)],
    )
    assert [(name, curve.claim.on) for name, curve in figure_curves.named(figure_curves.curves(both))] == [
        ("1", 0),
        ("2", 1),
    ]
    page = draw(both, cube)
    words = "\n".join(text.get_text() for text in page.texts)
    assert "Orbit 1, proved" in words and "Orbit 2, proved" in words
    assert [text.get_text() for text in page.axes[0].texts] == ["1", "2"]

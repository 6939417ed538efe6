"""The literature: every claim has its works, every work is in the file, and nothing unused is printed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from fixtures_networks import cube_stuart_landau, random_network

from saturode_verify.activation import ReLU
from saturode_verify.certificate.record import Certificate
from saturode_verify.certificate.shape import SHAPES
from saturode_verify.cli import cli
from saturode_verify.errors import UnusableInput
from saturode_verify.job import verify
from saturode_verify.orbits import prove_orbit
from saturode_verify.report import cite
from saturode_verify.theorems.claim import Claim


@pytest.fixture(scope="module")
def region() -> Certificate:
    return verify(cube_stuart_landau(), "[1.5,2]^2", rtol="0.1", require=["minimal_period >= 0.001"])


def _keys(text: str) -> list[str]:
    return re.findall(r"^@\w+\{(\w+),", text, re.MULTILINE)


def test_every_claim_and_criterion_is_mapped_to_entries_that_exist() -> None:
    assert set(cite.THEOREMS) == set(SHAPES)
    tables = (cite.THEOREMS, cite.CRITERIA, cite.ARITHMETIC)
    mapped = {key for table in tables for keys in table.values() for key in keys} | {cite.CLARKE}
    assert mapped == set(cite.references())


def test_the_file_is_bibtex() -> None:
    """Braces balance, keys are names and a year, every entry has author, title and that year, all in ASCII."""
    for key, entry in cite.references().items():
        assert re.fullmatch(r"([A-Z][a-z]+)+\d{4}", key) and entry.isascii()
        assert entry.count("{") == entry.count("}") and entry.endswith("\n}") and "@" not in entry[1:]
        fields = dict(re.findall(r"^  (\w+)\s*= \{(.*?)\},$", entry, re.MULTILINE | re.DOTALL))
        assert {"author", "title", "year"} <= set(fields) and fields["year"] == key[-4:]
    assert cite.label("LiMuldowney1993") == "Li and Muldowney 1993"


def test_only_what_was_used_is_printed(region: Certificate) -> None:
    """div f = 3 (2 - 4 r^2) < 0 on the box: Bendixson; no orbit was proved, so no fixed point theorem is cited."""
    text = cite.bibliography([region])
    keys = _keys(text)
    assert keys == list(cite.used([region])) and len(set(keys)) == len(keys)
    assert {"Bendixson1901", "Yorke1969", "Fenchel1929", "Matzakos2026", "Johansson2017", "JeannerodRump2013"} <= set(
        keys
    )
    assert not {"Banach1922", "Riesz1914", "Gershgorin1931", "Smith1986", "Clarke1983", "Trefethen2013"} & set(keys)
    assert "% used for: minimal_period, require\n@article{Yorke1969," in text
    assert f"certificate sha256 {region.sha256}" in text.partition("@")[0]


def test_an_orbit_cites_its_theorem_and_failures_cite_nothing() -> None:
    orbit = prove_orbit(cube_stuart_landau(), near="1,0", rtol="0.5")
    assert {"Banach1922", "Riesz1914", "Gershgorin1931", "Chicone2006"} <= set(cite.used([orbit]))
    undecided = replace(orbit["periodic_orbit"], status="undecided", values={})
    assert cite.keys_of(undecided) == () and cite.keys_of(orbit["no_closed_orbit"]) == ()
    # its enclosure is proved, though wider than asked
    assert cite.keys_of(replace(orbit["sup_jacobian_norm"], status="undecided")) == ("HornJohnson2013",)


def test_what_depends_on_the_claims_values() -> None:
    rough = verify(random_network(8, [2, 3, 2], ReLU()), "[-1,1]^2", rtol="0.5", time_limit=5)
    assert "Clarke1983" in cite.used([rough]) and "Yorke1969" not in cite.used([rough])
    for expression, keys in (
        ("delta_2 < 1", ("Matzakos2026",)), ("sup_log_norm < 0", ("HornJohnson2013",)), ("sup_divergence < 0", ()),
        ("minimal_period >= 1", ("Yorke1969", "Fenchel1929")), ("?", ()),
    ):  # fmt: skip
        assert cite.keys_of(Claim("require", "section 3", (), "proved", {"expression": expression})) == keys
    short = Claim("theorem_2", "section 5", (), "proved", {"orbit_excluded": True})
    assert "Yorke1969" in cite.keys_of(short)
    two = Claim("no_closed_orbit", "section 6", (), "proved", {"criterion": "two_eigenvalues"})
    assert {"Smith1986", "LiMuldowney1993"} <= set(cite.keys_of(two))


def test_a_hostile_name_starts_no_entry(region: Certificate) -> None:
    name = "m.pt\n@article{evil,\n title={x}}"
    claims = tuple(
        replace(c, values={**c.values, "criterion": name}) if c.name == "no_closed_orbit" else c for c in region
    )
    hostile = replace(region, model={**region.model, "source": name}, claims=claims)
    text = cite.bibliography([hostile])
    assert "evil" in text and "evil" not in "".join(re.findall(r"@[^%]*", text))
    assert set(_keys(text)) == set(cite.used([region])) - {"Bendixson1901"}


def test_the_command(region: Certificate, tmp_path: Path) -> None:
    region.save(tmp_path / "c.json")
    runner = CliRunner()
    done = runner.invoke(cli, ["cite", str(tmp_path / "c.json")], standalone_mode=False)
    assert (done.exit_code, done.output) == (0, cite.bibliography([region]))
    done = runner.invoke(cli, ["cite", str(tmp_path / "c.json"), "-o", str(tmp_path / "r.bib")], standalone_mode=False)
    assert done.output == "" and (tmp_path / "r.bib").read_text() == cite.bibliography([region])
    (tmp_path / "c.json").write_text("{}")
    with pytest.raises(UnusableInput, match=r"c\.json is no saturode certificate; give a certificate written by"):
        cli.main(["cite", str(tmp_path / "c.json")], standalone_mode=False)

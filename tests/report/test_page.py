"""The HTML page: the certificate's own numbers, inert whatever a certificate says, whole, and still to be read."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fixtures_networks import cube_stuart_landau, linear_centre, random_network
from fixtures_orbits import linear_beside_cube

from saturode_verify.activation import ReLU, SiLU
from saturode_verify.certificate.record import Certificate
from saturode_verify.cli import cli
from saturode_verify.curves import curve_certificate
from saturode_verify.errors import UnusableInput
from saturode_verify.formats.exact_json import write_exact_json
from saturode_verify.job import verify
from saturode_verify.network import Network
from saturode_verify.orbits import prove_orbit
from saturode_verify.pages import markup
from saturode_verify.pages.page import page, read_parts
from saturode_verify.pages.section import Part
from saturode_verify.report.rows import rows
from saturode_verify.report.sentences import sentence

pytest.importorskip("matplotlib")
NAME = "cube.json"
VOID = {"meta", "br", "hr", "img", "input", "link"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Document(HTMLParser):
    """Every start tag in order, all text outside of style, and an error for a tag that closes another one."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.tags.append((tag, dict(attrs)))
        self.open += [] if tag in VOID else [tag]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def attributes(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name)) is not None]


def check_document(source: str) -> Document:
    """Balanced, names unique, references answered, nothing that runs or loads."""
    found = Document(source)
    names = found.attributes("id")
    assert len(set(names)) == len(names)
    referred = [value[1:] for value in found.attributes("href") if value.startswith("#")]
    for key in ("aria-labelledby", "aria-describedby"):
        referred += [name for value in found.attributes(key) for name in value.split()]
    referred += re.findall(r"url\(#([^)]*)\)", source)
    assert set(referred) <= set(names)
    assert all(
        value.startswith("#") or value.startswith("data:image/png;base64,") for value in found.attributes("href")
    )
    assert not {"script", "link", "iframe", "object", "embed", "base", "form", "img"} & {tag for tag, _ in found.tags}
    assert not [key for _, attributes in found.tags for key in attributes if key.startswith("on") or key == "src"]
    assert not re.search(r"https?://|@import|url\((?!#)", source)
    for tag, attributes in found.tags:
        assert tag != "svg" or (attributes["role"] == "img" and attributes["aria-labelledby"])
    return found


@pytest.fixture(scope="module")
def cube() -> Network:
    return replace(cube_stuart_landau(), source=NAME)


@pytest.fixture(scope="module")
def region(cube: Network) -> Certificate:
    required = ["sup_divergence <= 5", "sup_jacobian_norm < 100"]
    return verify(cube, "[-1,1]^2", rtol="0.1", period=2, eta=1, delta=["0.5"], require=required)


@pytest.fixture(scope="module")
def orbit(cube: Network) -> Certificate:
    return prove_orbit(cube, near="1,0", rtol="0.1")


@pytest.fixture(scope="module")
def single(region: Certificate, cube: Network) -> str:
    return page([Part(region, "c.json", cube)])


def test_the_page_is_whole_and_asks_for_nothing(single: str) -> None:
    found = check_document(single)
    assert single.startswith("<!DOCTYPE html>") and found.tags[0] == ("html", {"lang": "en"})
    policy = next(attributes for tag, attributes in found.tags if attributes.get("http-equiv"))
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert [tag for tag, _ in found.tags].count("h1") == 1 and "nav" not in {tag for tag, _ in found.tags}
    words = " ".join(found.words)
    assert "cube.json: refuted" in words and "the true value lies between the two printed numbers" in words


def test_every_number_of_the_table_is_the_certificates(single: str, region: Certificate) -> None:
    values = Document(single).attributes("value")
    wanted = [end for row in rows(region) for end in (row.lower, row.upper) if end]
    assert values[: len(wanted)] == wanted
    assert str(region.model["sha256"]) in single and region.sha256 in single
    assert all(markup.text(hypothesis) in single for claim in region for hypothesis in claim.hypotheses)
    assert all(markup.text(claim.reason) in single for claim in region)


def test_every_claim_stands_in_words(region: Certificate) -> None:
    """The sentences carry the claims' own ends; sup div = 6 at the origin refutes the first requirement."""
    words = {claim.name: sentence(claim) for claim in region}
    low, high = region["sup_jacobian_norm"].value.display(6)
    assert words["sup_jacobian_norm"] == f"The largest value of ||Df(x)|| over x in U, L(U), lies in [{low}, {high}]."
    assert (
        "period of at least 2 pi / L(U) >= " + region["minimal_period"].value.display(6)[0] in words["minimal_period"]
    )
    assert words["global_bound"] == "No finite global bound of ||Df(x)|| is known for x in R^d."  # sup |3 x^2|
    assert "asserts no such orbit to exist" in words["theorem_2"] and "The eta test, eta = 1" in words["theorem_2"]
    assert words["no_closed_orbit"].startswith("It is not proved that")
    wrong, right = (claim for claim in region if claim.name == "require")
    assert sentence(wrong).startswith("Required, and refuted, on U: sup_divergence <= 5. It fails at a point x near (")
    assert sentence(right).startswith("Required, and proved, on U: sup_jacobian_norm < 100. The quantity lies in [")


def test_an_orbit_in_words(orbit: Certificate, cube: Network) -> None:
    """T = 2 pi/3 and det M = e^{-4 pi}: 16 digits and more stand in the sentence as in the table."""
    words = sentence(orbit["periodic_orbit"])
    assert words.startswith("A periodic orbit of f exists. Its minimal period T lies in [2.09439510239319549")
    assert "asymptotically orbitally stable" in words and "det M lies in [3.487342356" in words
    source = page([Part(orbit, "o.json", cube)])
    check_document(source)
    assert all(f'value="{end}"' in source for end in orbit["periodic_orbit"].period.display(22))
    assert "1 proved periodic orbit" in source
    lost = sentence(replace(orbit["periodic_orbit"], status="undecided", values={}))
    assert lost == "No periodic orbit is proved to exist here."


def test_what_is_undecided_says_why() -> None:
    """The cycles of a linear centre are not isolated, so none is proved."""
    network = linear_centre()
    failed = prove_orbit(network, near="1,0", rtol="0.5", time_limit=1)
    rough = verify(random_network(8, [2, 3, 2], ReLU()), "[-1,1]^2", rtol="0.5", time_limit=5)
    source = page([Part(failed, "f.json", network), Part(rough, "r.json", None)])
    words = " ".join(check_document(source).words)
    assert "2 certificates: " in words and "undecided" in words
    assert markup.text(f"Reason: {failed['periodic_orbit'].reason}.") in source
    assert "Nothing is proved about the divergence of f on U." in words
    assert "Not drawn: no model with this sha256 was found" in words


def test_several_certificates(region: Certificate, orbit: Certificate, cube: Network) -> None:
    """Contents, the comparison of those about a region, and a union whose boxes are folded."""
    union = verify(cube, ["[-1,1]^2", "[1,2]x[-1,1/3]"], rtol="0.1")
    curve = curve_certificate(cube, "stuart-landau", rtol="0.5")
    space = linear_beside_cube([-1.0])
    other = prove_orbit(space, near="1,0,0", rtol="0.5", time_limit=1)
    found = [(region, None), (union, None), (curve, cube), (orbit, None), (other, None)]
    source = page([Part(c, f"{i}.json", network) for i, (c, network) in enumerate(found)])
    document = check_document(source)
    assert [value for value in document.attributes("href") if re.fullmatch(r"#c\d", value)] == [
        f"#c{i}" for i in range(1, 6)
    ]
    words = " ".join(document.words)
    assert source.count("The models compared") == 1 and source.count("<h2") == 2 + len(found)
    compared = source[source.index("The models compared") : source.index("<main>")]
    assert compared.count("<tr>") == 1 + 2 and "<sup>2</sup>" in compared
    assert "The curve is not claimed to be an orbit" in words and "Projections of the orbit" in words
    assert source.count('class="drawing"') == 2 and "On the box U<sub>2</sub>" in source
    assert all(f'value="{row.lower}"' in source for c, _ in found for row in rows(c) if row.lower)


def test_the_saturation_map(cube: Network) -> None:
    """silu' is negative for some neurons, and nearly 0 far to the left: the bars keep to the axis, words count them."""
    network = random_network(3, [2, 12, 12, 2], SiLU())
    certificate = verify(network, "[-8,-7]x[-8,-7]", rtol="0.5", time_limit=5)
    source = page([Part(certificate, "c.json", None)])
    document = check_document(source)
    bars = [a for tag, a in document.tags if tag == "rect"]
    assert len(bars) == 24
    for bar in bars:
        x, y, width, height = (float(str(bar[key])) for key in ("x", "y", "width", "height"))
        assert 40 <= x <= x + width <= 720 and 0 <= y <= y + height <= 96
    for k, claim in enumerate((c for c in certificate if c.name == "layer_saturation"), start=1):
        most = [max(abs(d.lower), abs(d.upper)) for d in claim.derivative]
        saturated = sum(m <= claim.delta_everywhere.lower / 10 for m in most)
        if saturated:
            assert f"Hidden layer {k}, 12 neurons: {saturated} saturated" in source
        assert all(f'value="{d.display(6)[0]}"' in source for d in claim.derivative)
    infinite = page([Part(verify(cube, "[-1,1]^2", rtol="0.5"), "c.json", None)])
    assert infinite.count("<rect") == 8 and "over all real numbers |s′| has no bound" in infinite


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;\u202e"


def test_a_hostile_certificate_is_inert(region: Certificate, cube: Network, tmp_path: Path) -> None:
    claims = tuple(
        replace(claim, reason=HOSTILE, hypotheses=(HOSTILE,), theorem=HOSTILE, values={
            **claim.values, **{key: HOSTILE for key in ("expression", "criterion", "statement", "eta_verdict")
                               if key in claim.values}})
        for claim in region
    )  # fmt: skip
    hostile = replace(
        region, model={**region.model, "source": HOSTILE, "activations": [{"name": HOSTILE, "x": HOSTILE}]},
        scope=HOSTILE, claims=claims, environment={"interrupted": HOSTILE, "search": [HOSTILE]},
    )  # fmt: skip
    hostile.save(tmp_path / "h.json")
    source = page([*read_parts([tmp_path / "h.json"]), Part(hostile, HOSTILE, cube)])
    document = check_document(source)
    assert "\u202e" not in source and "<script" not in source and "<img" not in source
    assert any("<script>alert(1)</script>" in words for words in document.words)


def test_no_claim_asked_for_and_unpaired_multipliers(orbit: Certificate, tmp_path: Path) -> None:
    silent = replace(orbit, claims=tuple(replace(claim, asked=False) for claim in orbit))
    assert "nothing was asked for" in page([Part(silent, "s.json", None)])
    claim = orbit["periodic_orbit"]
    for values in ({}, {**claim.values, "exponents": []}):
        replace(orbit, claims=(replace(claim, values=values),)).save(tmp_path / "o.json")
        with pytest.raises(UnusableInput, match=r"o\.json claims an orbit without its numbers; "):
            read_parts([tmp_path / "o.json"])


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("||Df(x)|| <= C_W delta^q", "‖Df(x)‖ ≤ C<sub>W</sub> δ<sup>q</sup>"),
        ("[-1.25e-07, 3e+15]", "[−1.25\u00a0×\u00a010<sup>−7</sup>, 3\u00a0×\u00a010<sup>15</sup>]"),
        ("mu- and mu+, exp(+-4 pi)", "μ<sub>−</sub> and μ<sub>+</sub>, exp(±4π)"),
        ("[-1.6,1.6]^2x[0,1]", "[−1.6,1.6]<sup>2</sup>\u00a0×\u00a0[0,1]"),
        ("the paper's s' of pre-activations, inf_divergence", "the paper's s′ of pre-activations, inf_divergence"),
        ('<b a="1">', "&lt;b a=&quot;1&quot;&gt;"),
    ],
)  # fmt: skip
def test_signs_change_no_number(words: str, html: str) -> None:
    assert markup.text(words) == html


def test_models_are_found_and_strangers_refused(orbit: Certificate, cube: Network, tmp_path: Path) -> None:
    orbit.save(tmp_path / "o.json")
    (part,) = read_parts([tmp_path / "o.json"])
    assert part.network is None
    (tmp_path / NAME).write_bytes(write_exact_json(cube))
    (part,) = read_parts([tmp_path / "o.json"])
    assert part.network is not None and part.network.sha256 == cube.sha256
    with pytest.raises(UnusableInput, match="no certificate is about the model"):
        read_parts([tmp_path / "o.json"], [cube, linear_centre()])


def test_without_matplotlib_the_page_says_so(
    orbit: Certificate, cube: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "Not drawn: drawing needs the package matplotlib." in page([Part(orbit, "o.json", cube)])


def test_the_command_writes_the_same_bytes_twice(
    region: Certificate, single: str, cube: Network, tmp_path: Path
) -> None:
    region.save(tmp_path / "c.json")
    (tmp_path / "model.json").write_bytes(write_exact_json(cube))
    command = [sys.executable, "-m", "saturode_verify.cli", "report", "c.json", "--model", "model.json", "-o", "r.html"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "r.html\n", "")
    assert (tmp_path / "r.html").read_text() == single


@pytest.mark.parametrize(
    ("certificate", "output", "message"),
    [
        ("no.json", "r.html", "cannot read"),
        ("o.json", "no/r.html", "cannot write"),
        ("m.json", "r.html", "no saturode"),
    ],
)
def test_bad_inputs_are_one_line(
    orbit: Certificate, cube: Network, tmp_path: Path, certificate: str, output: str, message: str
) -> None:
    orbit.save(tmp_path / "o.json")
    (tmp_path / "m.json").write_bytes(write_exact_json(cube))
    with pytest.raises(UnusableInput, match=message):
        cli.main(["report", str(tmp_path / certificate), "-o", str(tmp_path / output)], standalone_mode=False)
    assert not (tmp_path / output).exists()


@pytest.fixture(scope="module")
def browser() -> Callable[[Path], str]:
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed, so no page was rendered")

    def render(file: Path) -> str:
        """What the browser logs: every error, and every load that the page's policy refused, is a CONSOLE line."""
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--no-first-run",
                   f"--user-data-dir={file.parent / 'profile'}",
                   f"--screenshot={file.with_suffix('.png')}"]  # fmt: skip
        done = subprocess.run(
            [program, *options, file.as_uri()], capture_output=True, text=True, timeout=120, check=True
        )
        assert file.with_suffix(".png").stat().st_size > 10000
        return done.stderr

    return render


def test_a_browser_renders_it_without_errors_or_loads(
    single: str, browser: Callable[[Path], str], tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    file.write_text(single)
    assert "CONSOLE" not in browser(file)
    file.write_text(single.replace("<main>", '<main><img src="http://localhost/x.png">'))
    assert "CONSOLE" in browser(file)

"""The arrows of the house: trusted layers import nothing heavy and nothing above them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "saturode_verify"
FORBIDDEN = {"torch", "scipy", "matplotlib", "json", "sympy", "mpmath"}
LAYERS = {
    "errors": set(),
    "rigor": {"errors"},
    "activation": {"errors", "rigor"},
    "region": {"errors", "rigor"},
    "network": {"errors", "rigor", "activation"},
    "output": {"errors"},
    "kernels": {"rigor", "activation"},
    "bounds": {"errors", "rigor", "activation", "network", "region", "kernels"},
    "orbit": {"errors", "rigor", "activation", "network"},
    "theorems": {"errors", "rigor", "activation", "network", "region", "bounds", "orbit"},
    "certificate": {"errors", "rigor", "theorems", "output"},
    "formats": {"errors", "rigor", "activation", "network"},
    "report": {"rigor", "region", "theorems", "certificate"},
    "figures": {
        "errors",
        "rigor",
        "network",
        "region",
        "bounds",
        "orbit",
        "theorems",
        "certificate",
        "formats",
        "output",
        "report",
    },
    "pages": {"errors", "rigor", "network", "theorems", "certificate", "report", "figures"},
    "coq": {"errors", "rigor", "network", "certificate", "figures"},
    "checker": set(),
    "supplement": {
        "errors",
        "rigor",
        "activation",
        "network",
        "region",
        "certificate",
        "theorems",
        "formats",
        "output",
        "paper",
        "report",
        "figures",
        "job",
        "orbits",
        "curves",
        "checks",
        "pages",
    },
    "paper": {"errors", "rigor", "activation", "region", "network", "orbit", "output"},
}
TRUSTED = ("rigor", "activation", "kernels", "bounds", "orbit", "theorems")
UNTRUSTED = ("orbit/search", "orbit/candidate")
"""Folders of a trusted layer that only propose: they may use more, and nothing trusted imports them."""


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _imports(path: Path) -> tuple[set[str], set[str]]:
    """(top-level names imported from outside, parts of this package imported)."""
    outside, inside = set(), set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            outside |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            outside.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            depth = len(path.relative_to(PACKAGE).parts)
            if node.level == depth:
                inside |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
    return outside, inside


def _only_proposes(path: Path) -> bool:
    return path.relative_to(PACKAGE).parent.as_posix() in UNTRUSTED


@pytest.mark.parametrize("path", _modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_arrows_go_one_way(path: Path) -> None:
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    outside, inside = _imports(path)
    if part in LAYERS:
        assert inside - {part} <= LAYERS[part] | ({"bounds", "region"} if _only_proposes(path) else set())
    if part in TRUSTED:
        assert not outside & (FORBIDDEN - {"scipy"} if _only_proposes(path) else FORBIDDEN)


@pytest.mark.parametrize("path", sorted((PACKAGE / "orbit").glob("*.py")), ids=lambda p: p.name)
def test_the_proof_imports_nothing_that_proposes(path: Path) -> None:
    tree = ast.walk(ast.parse(path.read_text()))
    names = [node.module or "" for node in tree if isinstance(node, ast.ImportFrom) and node.level > 0]
    assert not [name for name in names if name.split(".")[0] in ("search", "candidate")]


@pytest.mark.parametrize("path", _modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_rooms_are_small(path: Path) -> None:
    """A module is one idea that fits in a head: under 310 lines, functions under 45."""
    text = path.read_text()
    assert len(text.splitlines()) <= 310
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno <= 45, node.name

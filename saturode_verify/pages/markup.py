"""HTML from plain text: everything is escaped here, and the notation of the tables becomes mathematical signs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape

_GREEK = {"delta": "δ", "rho": "ρ", "mu": "μ", "eta": "η", "pi": "π", "lambda": "λ", "Lambda": "Λ"}
_RULES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"(\d)e([+-])0*(\d+)\b", "\\1\u00a0×\u00a010^\\2\\3"),
    (r"\^\+(\d)", r"^\1"),
    (r"10\^-", "10^−"),
    (r"(?<=[\]\d])x(?=\[)", "\u00a0×\u00a0"),
    (r"\+-", "±"),
    (r"(?:(?<=[ ,(\[])|^)-(?=\w)", "−"),
    (r"\|\|", "‖"),
    (r"&lt;=", "≤"),
    (r"&gt;=", "≥"),
    (r"(\d) %", "\\1\u00a0%"),
    (r" (=|≤|≥) (?=[\d−])", "\u00a0\\1\u00a0"),
    (r"\bs'", "s′"),
    (r"\bint_0\^T", "∫<sub>0</sub><sup>T</sup>"),
    (r"\bprod\b", "∏"),
    (r"C~", "C\u0303"),
    (r"\binfinity\b|\binf(?=[)\]])", "∞"),
    (r"\bmu([+-])(?![\w(])", lambda found: f"μ<sub>{'+' if found[1] == '+' else '−'}</sub>"),
    (r"(\d) pi\b", r"\1π"),
    (rf"\b({'|'.join(_GREEK)})(?![a-z])(?=[^a-z]|$)", lambda found: _GREEK[found[1]]),
    (r"(?<![\w])([A-Za-zδρμλ])_(\w+)", r"\1<sub>\2</sub>"),
    (r"\^(−?\d+|[dTq]\b)", r"<sup>\1</sup>"),
)
_SIGNS = [(re.compile(pattern), sign) for pattern, sign in _RULES]


def plain(words: str) -> str:
    """Escaped text, for attributes too; characters that are not printable, which might reorder text, become ``?``."""
    return escape("".join(c if c.isprintable() else "?" for c in " ".join(words.split())))


def text(words: str) -> str:
    """Escaped text in which ``||Df||``, ``delta_1``, ``3.4e-06`` and their like are typeset; signs only, no meaning."""
    found = plain(words).replace("&#x27;", "'")
    for pattern, sign in _SIGNS:
        found = pattern.sub(sign, found)
    return found


def number(decimal: str) -> str:
    """A decimal for people, with the very decimal of the certificate as its machine-readable value."""
    return tag("data", text({"inf": "infinity"}.get(decimal, decimal)), value=decimal) if decimal else ""


def tag(name: str, content: str = "", **attributes: str) -> str:
    """An element around HTML; ``class_`` and ``aria_label`` lose and turn their underscore."""
    listed = "".join(f' {key.rstrip("_").replace("_", "-")}="{plain(value)}"' for key, value in attributes.items())
    return f"<{name}{listed}>{content}</{name}>"


def badge(status: str) -> str:
    """A status word, told by its letters as well as by its colour."""
    kind = {"refuted": "refuted", "proved": "proved"}.get(status.lower(), "undecided")
    return tag("span", plain(status), class_=f"badge {kind}")


def details(summary: str, content: str, class_: str = "") -> str:
    """Folded content; ``summary`` is plain text."""
    attributes = {"class_": class_} if class_ else {}
    return tag("details", tag("summary", text(summary)) + content, **attributes)


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]], numeric: Sequence[int]) -> str:
    """A table that scrolls by itself; cells are HTML, a row's first one is its heading, ``numeric`` align right."""
    head = "".join(
        tag("th", text(name), scope="col", **({"class_": "number"} if i in numeric else {}))
        for i, name in enumerate(headings)
    )
    body = []
    for row in rows:
        cells = [tag("th", row[0], scope="row")]
        cells += [tag("td", cell, **({"class_": "number"} if i in numeric else {})) for i, cell in enumerate(row) if i]
        body.append(tag("tr", "".join(cells)))
    parts = tag("caption", text(caption)) + tag("thead", tag("tr", head)) + tag("tbody", "\n".join(body))
    return tag("div", tag("table", parts), class_="scroll", role="region", aria_label=caption, tabindex="0")


def items(name: str, contents: Iterable[str], **attributes: str) -> str:
    """A list of HTML items."""
    return tag(name, "\n".join(tag("li", content) for content in contents), **attributes)

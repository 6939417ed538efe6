"""Plain text and decimals made safe for LaTeX."""

from __future__ import annotations

import re

_SPECIAL = {"_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}",
            "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}",
            "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"}  # fmt: skip


def escape(text: str) -> str:
    """Plain text made safe for LaTeX: any white space becomes one blank, characters outside ASCII become ``?``."""
    return "".join(_SPECIAL.get(c, c if c.isascii() and c.isprintable() else "?") for c in " ".join(text.split()))


def number(text: str) -> str:
    """A decimal of the certificate in math mode: 1.5e-07 becomes 1.5 times a power of ten."""
    if text in ("", "inf"):
        return r"$\infty$" if text else "--"
    match = re.fullmatch(r"(.+)e([+-])0*(\d+)", text)
    if not match:
        return f"${text}$"
    sign = "-" if match[2] == "-" else ""
    return rf"${match[1]}\times 10^{{{sign}{match[3]}}}$"


def box(text: str) -> str:
    """``[-1,1]^10x[0,1]`` in math mode, exponents in braces; other text as it is."""
    if not text.startswith("["):
        return escape(text)
    return "$" + re.sub(r"\^(\d+)", r"^{\1}", text).replace("x[", r" \times [") + "$"

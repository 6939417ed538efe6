"""The supplement as one LaTeX document: sections, tables, figures, and the list of certificates."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..report.tex import escape
from .content import SHORT, Picture, Section, Table
from .prose import prose
from .workspace import Entry


def document(sections: Sequence[Section], entries: Sequence[Entry], checks: dict[str, str]) -> str:
    """The whole .tex file; ``checks`` says per certificate hash what the independent checker answered."""
    parts = [prose("preamble")]
    for section in sections:
        parts += [rf"\section{{{section.title}}}", "" if section.holds else DIFFERS, section.text]
        parts += [table_float(table) for table in section.tables]
        parts += [_picture(picture) for picture in section.pictures]
    return "\n".join([*parts, _certificates(entries, checks), r"\end{document}", ""])


DIFFERS = (
    r"\textbf{In this run the certificates do not bear out all of the following text, which was written for the models "
    r"that come with the program. The tables are right.}\par"
)
WIDE = 150
"""Characters of LaTeX in a row beyond which a table's intervals and lists take two lines."""
_INTERVAL, _COMMA = re.compile(r"\$\[([^$]+?),\\ ([^$]+?)\]\$"), re.compile(r"(?<=\}), (?=\\hash)")


def tabular(table: Table) -> str:
    """The bare table, a file of its own in the folder tables."""
    lines = [
        rf"\begin{{tabular}}{{{'l' * len(table.head)}}}",
        r"\toprule",
        " & ".join(table.head) + r" \\",
        r"\midrule",
    ]
    wide = max((sum(map(len, row)) for row in table.rows), default=0) > WIDE
    end = r" \\[4pt]" if wide else r" \\"
    lines += [" & ".join(map(_stacked, row) if wide else row) + end for row in table.rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _stacked(cell: str) -> str:
    """An interval, or several hashes, one below the other."""
    cell = _INTERVAL.sub(r"\\shortstack[l]{$[\1,$\\\\$\\phantom{[}\2]$}", cell)
    parts = _COMMA.split(cell)
    return cell if len(parts) == 1 else r"\shortstack[l]{" + r"\\".join(parts) + "}"


def table_float(table: Table) -> str:
    """The table by its file, shrunk to the text's width where it is wider."""
    return "\n".join([
        r"\begin{table}[!htb]\centering\footnotesize",
        rf"\caption{{{table.caption}}}\label{{tab:{table.name}}}",
        rf"\begingroup\setbox0=\hbox{{\input{{tables/{table.name}.tex}}}}"
        r"\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\box0}\else\box0\fi\endgroup",
        r"\end{table}",
    ])  # fmt: skip


def _picture(picture: Picture) -> str:
    return "\n".join([
        r"\begin{figure}[!htb]\centering",
        rf"\includegraphics[width={picture.width}\linewidth]{{figures/{picture.file}}}",
        rf"\caption{{{picture.caption}}}",
        r"\end{figure}",
    ])  # fmt: skip


def _certificates(entries: Sequence[Entry], checks: dict[str, str]) -> str:
    lines = [
        prose("certificates"),
        r"\begingroup\footnotesize\setlength{\tabcolsep}{3pt}\begin{longtable}{llll}\toprule",
        r"certificate & model & SHA-256 & checked \\\midrule\endhead",
    ]
    for entry in entries:
        sha = entry.certificate.sha256
        cells = [
            rf"\phantomsection\label{{cert:{sha[:SHORT]}}}\texttt{{{escape(entry.name)}}}",
            rf"\texttt{{{escape(entry.model)}}}",
            rf"\texttt{{\scriptsize {sha[:20]}\ldots}}",
            escape(checks.get(sha, "not run")),
        ]
        lines.append(" & ".join(cells) + r" \\")
    return "\n".join([*lines, r"\bottomrule\end{longtable}\endgroup"])

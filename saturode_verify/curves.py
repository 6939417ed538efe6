"""The determinant along a given closed curve, end to end: no orbit is searched, and none is claimed."""

from __future__ import annotations

import os
import time
from fractions import Fraction

import numpy as np
from threadpoolctl import threadpool_limits

from .bounds.bounders import keep_memory, serial
from .certificate.record import Certificate
from .errors import UnusableInput
from .interrupt import interruptible
from .network import Network
from .orbit.curve import Curve
from .orbit.curve_file import read_curve
from .orbit.curve_integral import curve_determinant
from .paper.fields import FIELDS
from .paper.reference import REFERENCES, reference_orbit
from .region import Box, rounded_box
from .rigor.balls import precision as working_precision
from .run import Findings, Progress, Run
from .settings import Number, exact_number, read_settings
from .theorems.curve_determinant import curve_determinant as claim_of


def curve_certificate(
    network: Network,
    curve: Curve | str | os.PathLike[str],
    *,
    interpolation: str = "cubic",
    period: Number | None = None,
    digits: int = 16,
    rtol: Number = "0.01",
    time_limit: Number | None = 60,
    precision: int = 64,
    progress: Progress | None = None,
) -> Certificate:
    """Enclose exp(int_0^T div f(g(t)) dt) along the closed curve g, and bound f on a box around it.

    ``curve``: a Curve, a CSV file with rows t, x_1, ..., x_d, or the name of a benchmark field, whose reference orbit
    is meant. ``interpolation`` and ``period`` are for files: how the rows are joined, and T where the last row does not
    repeat the first state. ``digits``: relative accuracy of the determinant. The rest as for `prove_orbit`.

    The certificate's claim is ``curve_determinant``; whether g is an orbit of f plays no part. Raises UnusableInput.
    """
    if not isinstance(network, Network):
        raise UnusableInput(f"a model is a {type(network).__name__}, no Network", "pass saturode_verify.load(path)")
    exact = read_settings(network, rtol=rtol, time_limit=time_limit, precision=precision)
    given = _read(network, curve, interpolation, None if period is None else exact_number(period, "--period"))
    box = _box_of(given)
    end = float("inf") if exact.time_limit is None else time.monotonic() + float(min(exact.time_limit, 10**9))
    keep_memory()
    with interruptible() as wish, np.errstate(all="ignore"), threadpool_limits(1):

        def stop() -> str:
            if wish.requested:
                return "interrupted"
            return "the time limit was reached: raise --time-limit" if time.monotonic() > end else ""

        result = curve_determinant(network, given, digits, stop)
        findings = Findings(
            claims=(claim_of(result),),
            witness=({"of": "curve_determinant", "box": 0, "arithmetic": "arb", **given.document()},),
            # A file name may hold bytes that are no text.
            settings={"digits": digits, "curve": given.source.encode("utf-8", "replace").decode()},
        )
        with working_precision(exact.precision):
            return Run(network, [box], exact, serial, wish, progress, {}, findings).certificate()


def _box_of(curve: Curve) -> Box:
    try:
        return rounded_box(curve.hull)
    except UnusableInput:
        raise UnusableInput(
            "the curve reaches beyond the range of binary64 (1.8e308)", "rescale it, or join its rows linearly"
        ) from None


def _read(
    network: Network, curve: Curve | str | os.PathLike[str], interpolation: str, period: Fraction | None
) -> Curve:
    reference = isinstance(curve, str) and curve in FIELDS and not os.path.exists(curve)
    if period is not None and (reference or isinstance(curve, Curve)):
        raise UnusableInput("the period of this curve is known", "give --period only with a CSV file")
    if isinstance(curve, Curve):
        return curve
    if not isinstance(curve, str | os.PathLike) or "\0" in os.fspath(curve):
        raise UnusableInput(f"{str(curve)[:40]!r} is no curve", "give a CSV file, or the name of a benchmark field")
    name = os.fspath(curve)
    if reference:
        if name not in REFERENCES:
            raise UnusableInput(f"the field {name} has no closed reference orbit", "give a CSV file with its rows")
        return reference_orbit(name, interpolation=interpolation)
    return read_curve(name, network.dimension, interpolation, period)

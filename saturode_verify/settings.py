"""What is asked of the main job, read into exact numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .errors import UnusableInput
from .network import Network
from .region import Box
from .rigor.numbers import Enclosure, format_exact, sane, typed
from .theorems.require import Requirement, parse

Number = int | float | str | Fraction
MAX_PRECISION = 4096


@dataclass(frozen=True)
class Settings:
    """What is asked, in exact numbers; ``period`` is an interval that contains T."""

    rtol: Fraction
    precision: int
    time_limit: Fraction | None
    deltas: tuple[Fraction, ...] = ()
    period: Enclosure | None = None
    eta: Fraction | None = None
    requirements: tuple[Requirement, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The certificate's ``settings``."""
        return {
            "rtol": format_exact(self.rtol),
            "precision": self.precision,
            "time_limit": None if self.time_limit is None else format_exact(self.time_limit),
            "delta": [format_exact(d) for d in self.deltas],
            "period": self.period,
            "eta": None if self.eta is None else format_exact(self.eta),
            "require": [r.text for r in self.requirements],
        }


def exact_number(value: Number, what: str) -> Fraction:
    """A number as its user wrote it: the float 1e-3 means 1/1000, as it is printed."""
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        return typed(str(value), what)
    try:
        return sane(Fraction(value))
    except ValueError as error:
        raise UnusableInput(f"{what}: {error}", "write a number such as 0.5 or 1/3") from None


def _each(values: Number | Sequence[Number]) -> Sequence[Any]:
    """One value, or several."""
    if isinstance(values, Number):
        return (values,)
    try:
        return tuple(values)
    except TypeError:
        return (values,)


def read_settings(
    network: Network,
    *,
    rtol: Number = "0.01",
    delta: Number | Sequence[Number] = (),
    period: Number | None = None,
    eta: Number | None = None,
    precision: int = 64,
    time_limit: Number | None = 60,
    require: str | Sequence[str] = (),
) -> Settings:
    """Exact settings; UnusableInput for values out of range or options that contradict each other."""
    if isinstance(precision, bool) or not isinstance(precision, int):
        raise UnusableInput(f"--precision {str(precision)[:40]!r} is no whole number of bits", "use for example 64")
    settings = Settings(
        rtol=exact_number(rtol, "--rtol"),
        precision=precision,
        time_limit=None if time_limit is None else exact_number(time_limit, "--time-limit"),
        deltas=tuple(exact_number(d, "--delta") for d in _each(delta)),
        period=None if period is None else _period(period),
        eta=None if eta is None else exact_number(eta, "--eta"),
        requirements=tuple(parse(text, len(network.hidden)) for text in _each(require)),
    )
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    if not 0 < settings.rtol < 1:
        raise UnusableInput("--rtol must lie strictly between 0 and 1", "use for example --rtol 0.01")
    if not 53 <= settings.precision <= MAX_PRECISION:
        raise UnusableInput(
            f"--precision {settings.precision} is outside 53..{MAX_PRECISION} bits", "use for example 64"
        )
    if settings.time_limit is not None and settings.time_limit <= 0:
        raise UnusableInput("--time-limit must be positive", "give seconds, for example 60")
    if any(d < 0 for d in settings.deltas):
        raise UnusableInput("--delta must not be negative", "a threshold for |s'| such as 0.1")
    if settings.eta is not None and settings.period is None:
        raise UnusableInput("--eta needs --period", "the eta test is d C T < eta, so give the period T as well")
    if settings.eta is not None and settings.eta <= 0:
        raise UnusableInput("--eta must be positive", "eta bounds -log det M, for example 1")


def _period(value: Number) -> Enclosure:
    """``6.28`` or ``[6.2,6.3]``."""
    if isinstance(value, str) and value.strip().startswith("["):
        sides = Box(value).sides
        if len(sides) != 1:
            raise UnusableInput(f"--period has {len(sides)} intervals", "give T, or one interval such as [6.2,6.3]")
        low, high = sides[0]
    else:
        low = high = exact_number(value, "--period")
    if low <= 0:
        raise UnusableInput("--period must be positive", "give T, or an interval such as [6.2,6.3]")
    return Enclosure(low, high)

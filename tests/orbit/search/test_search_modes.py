"""Floquet modes: every kind, equal exponents, and the conventions that the proof relies on."""

from __future__ import annotations

import numpy as np
import pytest
from fixtures_fields import defects, exponents, with_focus, with_half_turn, with_multiples

from saturode_verify.bounds.candidates import FloatField
from saturode_verify.orbit.search import FloatOrbit, find_near, floquet_modes
from saturode_verify.orbit.search.spectrum import exponents as exponents_of_maps

START = (1.0, 0.1, 0.3, 0.2)


def orbit_of(field: FloatField) -> FloatOrbit:
    found = find_near(field, START[: field.layers[0].weight.shape[1]])
    assert isinstance(found, FloatOrbit), found
    orbit_defect, mode_defect = defects(field, found)
    assert orbit_defect < 1e-12
    assert mode_defect < 1e-11
    return found


def frame(orbit: FloatOrbit) -> np.ndarray:
    """[u', q, conj q, ...] at the nodes, (M, d, d)."""
    k = np.rint(np.fft.fftfreq(len(orbit.states), 1 / len(orbit.states)))[:, None]
    columns = [np.fft.ifft(1j * k * np.fft.fft(orbit.states, axis=0), axis=0)]
    for mode in orbit.modes:
        columns += [mode.samples, mode.samples.conj()] if mode.kind == "complex" else [mode.samples]
    return np.stack(columns, axis=2)


def test_distinct_real_exponents() -> None:
    """z_i' = -z_1, -7 z_2: -1/3, -7/3 and -2; the modes are real."""
    orbit = orbit_of(with_multiples([-1.0, -7.0]))
    assert exponents(orbit) == pytest.approx([-7 / 3, -2, -1 / 3], rel=1e-9)
    assert all(mode.kind == "periodic" and mode.samples.dtype == np.float64 for mode in orbit.modes)


def test_equal_exponents_get_independent_modes() -> None:
    """z_1' = -z_1 and z_2' = -z_2: the eigenspace of -1/3 is a plane, and the frame must still be invertible."""
    orbit = orbit_of(with_multiples([-1.0, -1.0]))
    assert exponents(orbit) == pytest.approx([-2, -1 / 3, -1 / 3], rel=1e-9)
    assert np.linalg.cond(frame(orbit)).max() < 20


def test_complex_pair_is_one_record() -> None:
    """z' = (-0.5 + i) z: exponents (-0.5 +- i) / 3, Im = 1/3 < 1/2; the record has the positive one."""
    orbit = orbit_of(with_focus(-0.5, 1.0))
    kinds = {mode.kind: mode for mode in orbit.modes}
    assert set(kinds) == {"complex", "periodic"}
    assert kinds["complex"].exponent == pytest.approx(-0.5 / 3 + 1j / 3, rel=1e-10)
    assert sum(mode.count for mode in orbit.modes) == 3
    assert np.linalg.cond(frame(orbit)).max() < 20


def test_imaginary_part_is_reduced_to_less_than_a_half() -> None:
    """z' = (-0.5 + 2 i) z turns by 2/3 per period: the pair is -1/6 +- 2i/3, which is -1/6 -+ i/3 modulo i."""
    orbit = orbit_of(with_focus(-0.5, 2.0))
    (pair,) = [mode for mode in orbit.modes if mode.kind == "complex"]
    assert pair.exponent == pytest.approx(-0.5 / 3 + 1j / 3, rel=1e-10)


@pytest.mark.parametrize("split", [0.5, 0.0])
def test_negative_multipliers(split: float) -> None:
    """(-1 +- split) / 3 + i/2; q = e^{-i theta/2} a, a real and antiperiodic: conj c_k = c_{-1-k}."""
    orbit = orbit_of(with_half_turn(-1.0, split))
    negative = [mode for mode in orbit.modes if mode.kind == "antiperiodic"]
    found = sorted(mode.exponent.real for mode in negative)
    assert found == pytest.approx([(-1 - split) / 3, (-1 + split) / 3], rel=1e-9)
    m = len(orbit.states)
    for mode in negative:
        assert mode.exponent.imag == 0.5
        c = np.fft.fft(mode.samples, axis=0) / m
        for k in range(m // 2):
            assert c[k].conj() == pytest.approx(c[(-1 - k) % m], abs=1e-14)
    assert np.linalg.cond(frame(orbit)).max() < 20


def test_modes_have_sup_norm_one() -> None:
    for field in (with_focus(-0.5, 1.0), with_half_turn(-1.0, 0.5)):
        for mode in orbit_of(field).modes:
            assert np.abs(mode.samples).max() == pytest.approx(1)


def test_modes_from_samples_alone() -> None:
    """floquet_modes knows only the states: it must return the same exponents at the given nodes."""
    field = with_half_turn(-1.0, 0.5)
    orbit = orbit_of(field)
    again = floquet_modes(field, orbit.states, orbit.tau)
    assert isinstance(again, tuple)
    assert [mode.exponent for mode in again] == pytest.approx([mode.exponent for mode in orbit.modes], rel=1e-12)
    assert defects(field, FloatOrbit(orbit.states, orbit.tau, again))[1] < 1e-11


def test_tiny_multipliers_keep_their_relative_accuracy() -> None:
    """diag(1, e^-40, -e^-60 and -e^-61) seen in a skew basis, as a product of ten factors whose product is singular.

    exponents: 0, -40 / 2 pi, -60 / 2 pi + i/2, -61 / 2 pi + i/2.
    """
    rng = np.random.default_rng(3)
    bases = rng.normal(size=(10, 4, 4)) + 3 * np.eye(4)
    steps = np.exp(np.array([0, -4, -6, -6.1]))
    maps = np.array([bases[(i + 1) % 10] @ np.diag(steps) @ np.linalg.inv(bases[i]) for i in range(10)])
    maps[4] = bases[5] @ np.diag(steps * [1, 1, -1, -1]) @ np.linalg.inv(bases[4])
    found = sorted(exponents_of_maps(maps), key=lambda x: -x.real)
    assert [x.imag for x in found] == [0, 0, 0.5, 0.5]
    assert [2 * np.pi * x.real for x in found] == pytest.approx([0, -40, -60, -61], abs=1e-9)


def test_complex_pair_of_maps_beside_equal_moduli() -> None:
    """0.9 e^{+-i} beside 1 and 0.95: moduli so near that plain QR sweeps do not tell them apart."""
    turn = 0.9 * np.array([[np.cos(1), -np.sin(1)], [np.sin(1), np.cos(1)]])
    whole = np.zeros((4, 4))
    whole[:2, :2], whole[2, 2], whole[3, 3] = turn, 1.0, 0.95
    basis = np.random.default_rng(5).normal(size=(4, 4))
    maps = np.array([basis @ whole, np.linalg.inv(basis)])
    found = sorted(exponents_of_maps(maps), key=lambda x: -x.real)
    expected = [0, np.log(0.95), np.log(0.9) + 1j]
    assert [2 * np.pi * x for x in found] == pytest.approx(expected, abs=1e-12)

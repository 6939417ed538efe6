"""Trusted numbers: exact rationals, enclosures, Arb helpers, spectral bounds."""

"""Periodic orbits: found in floating point, proved to exist by a contraction in function space."""

"""Certificates: records, canonical form, reading and writing."""

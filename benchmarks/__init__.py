"""Measurements behind the performance claims; each module says how to run it."""

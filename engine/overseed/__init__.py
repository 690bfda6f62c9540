"""Overseed: synthesize labelled samples of rare classes and prove whether they help a land-cover map."""

__version__ = "0.1.0"

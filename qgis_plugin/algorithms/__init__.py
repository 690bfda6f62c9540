"""Overseed in Processing: the provider, its algorithms, and the table of their parameters."""

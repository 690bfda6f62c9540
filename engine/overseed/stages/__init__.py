"""Stages: one module per command; the only floor that reads and writes run folders."""

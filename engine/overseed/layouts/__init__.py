"""Layouts: synthetic label masks for a target distribution of classes."""

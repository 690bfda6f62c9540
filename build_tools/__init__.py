"""The parts of build.py: one module for each command, and what they share. No dependencies."""

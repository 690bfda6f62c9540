"""The commands for chips, one module each."""

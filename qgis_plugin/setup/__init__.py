"""Setting the engine up: what would be installed, installing it on request, and looking after it."""

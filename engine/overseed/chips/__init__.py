"""The scene-level branch: sets of chips, their clusters, GANs and classifiers."""

"""Segmentation: the U-Net, its losses, training loop and export, and the pixel classifier that is its floor."""

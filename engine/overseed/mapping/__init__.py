"""Whole rasters to maps: windows, blending, ONNX models, writers and styles."""

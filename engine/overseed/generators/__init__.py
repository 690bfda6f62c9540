"""Generators: methods that turn a layout into an image. Tensors and arrays in, arrays out; no run folders."""

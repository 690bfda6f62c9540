"""Simulated scenes: a landscape whose true class is known everywhere, and the best score a pixel allows.

From the ground up: ``covers`` (how classes look), ``landscape`` (parcels, roads, rivers as polygons),
``labelling`` (which of them a person drew), ``layout`` (the landscape on the pixel grid, row by row),
``noise``, ``cloud``, ``image`` (pixel values), ``limit`` (the Bayes rule), ``scene`` (the files).
"""

"""The dock's pages, one for each step."""

"""The dock: the whole way from layers to a map and its report in numbered steps."""

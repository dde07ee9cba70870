"""The matrix of what was taken for what: each of its fields can be opened."""

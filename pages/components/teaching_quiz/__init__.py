"""The quiz: a cell shown large, named by key or click, then the truth at once."""

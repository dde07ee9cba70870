"""How well the guard over a language model's sentences works: generated cases, good, careless and hostile replies."""

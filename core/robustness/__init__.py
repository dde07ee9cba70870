"""Does the background decide? The same cells among other surroundings, and what becomes of their calls and ratios."""

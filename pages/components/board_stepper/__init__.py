"""Step through chosen cells and fields with the arrow keys."""

"""Learning to name cells: what may be asked, in which order, and how it went."""

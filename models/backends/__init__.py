"""How a network is run: torch, the reference, or an engine that agrees with it and is quicker on this machine."""

"""Programs that make the shipped weights; the commands stand in their headers."""

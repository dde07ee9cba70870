"""What leaves for other programs: case.json (documented and versioned) and cells.csv."""

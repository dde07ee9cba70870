"""The gallery of cells: all of a case in one component, sorted, grouped, picked and named without waiting."""

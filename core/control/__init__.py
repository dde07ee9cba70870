"""The daily control slide: what a run measured of it, and whether that is in control."""

"""A filed case for other programs: FHIR, CSV, JSON, crops by class, reader study. The same case, the same bytes."""

"""What Hemaboard does with a patient's images. Start at `core.analyse`."""

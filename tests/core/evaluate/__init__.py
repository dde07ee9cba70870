"""Tests of core.evaluate."""

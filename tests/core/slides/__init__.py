"""Tests of core/slides."""

"""Tests of learning to name cells."""

"""Procedural smear fields: drawn from parameters, with exact truth. The door is `models.synthesis.smear`."""

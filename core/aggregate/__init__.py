"""Cells → the patient: counting, criteria and alerts. Start in `ratios`."""

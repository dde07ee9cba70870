"""How good the calls are on labelled cases: cell by cell and patient by patient."""

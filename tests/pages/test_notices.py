"""Words around a case's numbers."""

from core.records import ModelStamp
from pages.components.notices import who_did_what


def test_a_notice_says_which_model_did_what():
    finder, namer = (
        ModelStamp(name, "0" * 16, task, "real") for name, task in (("f", "detector"), ("n", "classifier"))
    )
    assert who_did_what([finder, namer]) == "Cells found by f and named by n."
    assert who_did_what([finder]) == "Cells found by f."
    assert who_did_what([namer]) == "Cells named by n."
    assert who_did_what([]) == ""

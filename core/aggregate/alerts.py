"""What no number may silence. Every alert stays in a Reading whatever is withheld and however low a share is."""

from __future__ import annotations

from core.aggregate.counting import APL_FUSION, Counts, Groups
from core.readings import Alert
from core.records import Findings

NO_LEUKAEMIA = (
    "Lymphocyte, granulocyte and monocyte are the only names there are here: a leukaemic cell gets one of them too. "
    "Nothing on this page finds or excludes leukaemia."
)


def alerts(findings: Findings, counted: Counts, group: Groups) -> tuple[Alert, ...]:
    """Urgent ones first."""
    found = _apl(findings)
    promyelocytes = counted.of(group.promyelocytes)
    if promyelocytes and not found:
        # Our vocabularies do not tell abnormal promyelocytes from normal ones, so no share of them decides.
        text = (
            f"{promyelocytes} of {counted.of(group.counted)} counted cells are called promyelocytes: "
            "look at them for atypia and Auer rods, and enter what you find."
        )
        found.append(Alert("alert.promyelocytes", "note", text))
    found.append(Alert("alert.low_share", "note", "A low share is not a negative finding and excludes nothing."))
    return tuple(found)


def label_free(findings: Findings) -> tuple[Alert, ...]:
    """What a reader entered is as urgent beside label-free pictures, which cannot answer it."""
    return (*_apl(findings), Alert("alert.no_leukaemia", "note", NO_LEUKAEMIA))


def _apl(findings: Findings) -> list[Alert]:
    signs = [
        words
        for words, entered in (
            ("APL", findings.apl),
            ("Auer rods", findings.auer_rods),
            ("atypical promyelocytes", findings.atypical_promyelocytes),
            (APL_FUSION, findings.genetics.strip() == APL_FUSION),
        )
        if entered is True
    ]
    if not signs:
        return []
    text = f"Exclude APL urgently: {' and '.join(signs)} entered by a reader. No ratio here speaks against it."
    return [Alert("alert.apl", "urgent", text)]

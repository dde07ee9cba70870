"""Who may see marker values: the one rule, and the one gate that every value passes.

A network that learned CD16 and the others from simulated cells repeats what a simulator assumed. Its values are shown
where the cells are a program's too, and nowhere else: on a person's pictures they are taken away before anything is
kept (`core.analyse.see`) and again before anything is stated (`core.analyse.read_label_free`), whatever was stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.records import Call, Domain, ModelStamp

MEASURED, SIMULATED = "measured", "simulated"


def withheld(models: Iterable[ModelStamp], domain: Domain) -> str:
    """Why no marker value of these models may be seen on pictures of this domain; '' when it may."""
    tells = [model for model in models if model.markers and model.marker_truth]
    if not tells:
        return "the installed network estimates no markers"
    return next((reason for reason in (_reason(model, domain) for model in tells) if reason), "")


def permitted(calls: Iterable[Call], models: Iterable[ModelStamp], domain: Domain) -> tuple[Call, ...]:
    """The same calls, each marker value gone that must not be seen. A call of an unknown model keeps none."""
    open_ = {m.digest for m in models if m.markers and m.marker_truth and not _reason(m, domain)}
    return tuple(call if call.model in open_ or not call.markers else replace(call, markers={}) for call in calls)


def _reason(model: ModelStamp, domain: Domain) -> str:
    if model.marker_truth == MEASURED or (model.marker_truth == SIMULATED and domain is Domain.PROCEDURAL):
        return ""
    if model.marker_truth == SIMULATED:
        return (
            "this network's marker values were learned from simulated cells and say nothing of a person's; "
            "install a card with measured validation"
        )
    return f"the network's card does not say whether its marker values were measured ({model.marker_truth!r})"

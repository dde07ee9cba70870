"""Who may see marker values: only measured ones on a person's cells, whatever else is true."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import markers
from core.records import Call, Domain, MarkerValue
from tests.label_free_fakes import Spectrum


@pytest.mark.parametrize(
    ("truth", "domain", "may"),
    [
        ("simulated", Domain.PROCEDURAL, True),
        ("simulated", Domain.REAL, False),
        ("measured", Domain.REAL, True),
        ("measured", Domain.PROCEDURAL, True),
        ("", Domain.PROCEDURAL, False),
        ("guessed", Domain.PROCEDURAL, False),
        ("Measured", Domain.REAL, False),
    ],
)
def test_only_what_was_measured_may_be_seen_on_a_persons_cells(truth, domain, may):
    stamp = replace(Spectrum().stamp, marker_truth=truth)
    call = Call("c", "other", {"other": 1.0}, stamp.digest, markers={"CD16": MarkerValue(1.0)})
    assert (markers.withheld((stamp,), domain) == "") is may
    assert bool(markers.permitted((call,), (stamp,), domain)[0].markers) is may


def test_a_value_of_a_model_that_is_not_there_is_nobodys():
    stamp = replace(Spectrum("measured").stamp)
    stray = Call("c", "other", {"other": 1.0}, "0" * 64, markers={"CD16": MarkerValue(1.0)})
    assert not markers.permitted((stray,), (stamp,), Domain.PROCEDURAL)[0].markers


def test_one_simulated_model_among_measured_ones_keeps_its_values_back():
    good, bad = Spectrum("measured").stamp, Spectrum("simulated").stamp
    calls = [Call(m.digest, "other", {}, m.digest, markers={"CD16": MarkerValue(1.0)}) for m in (good, bad)]
    kept = markers.permitted(calls, (good, bad), Domain.REAL)
    assert [bool(call.markers) for call in kept] == [True, False]
    assert "simulated" in markers.withheld((good, bad), Domain.REAL)


def test_the_reason_says_what_would_change_it():
    said = markers.withheld((Spectrum().stamp,), Domain.REAL)
    assert "learned from simulated cells" in said
    assert "install a card with measured validation" in said

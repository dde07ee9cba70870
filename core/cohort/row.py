"""One case as one row: everything that its reading states, what its calls doubt, what its pictures look like."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.doors.cohort import Member
from core.readings import Alert, Corrected, LabelFreeReading, Odds, Reading, Share
from core.records import Domain, Seen

Row = dict[str, Any]
LEVELS = ("urgent", "warning", "note")
SHARE_OF_CLASS = "class."  # 'class.blast.share'


def known(member: Member) -> Row:
    """What is known without a finished run."""
    info = member.info
    return {
        "case": member.case,
        "pseudonym": info.pseudonym,
        "specimen": info.specimen.value,
        "modality": info.modality.value,
        "stain": info.stain,
        "centre": info.centre,
        "scanner": info.scanner,
        "synthetic": info.domain is Domain.PROCEDURAL,
        "um_per_px": info.um_per_px,
        "taken_in": _at(member.created),
        "vocabulary": info.vocabulary,
    }


def of(
    member: Member,
    seen: Seen,
    reading: Reading | LabelFreeReading,
    stain: Mapping[str, float],
    engines: Mapping[str, Sequence[str]],
) -> Row:
    """The whole row but for `core.cohort.columns.LIVE`."""
    row = known(member) | _run(member, seen, engines) | _counts(reading, seen)
    row |= _shares(reading) | _doubts(reading, seen)
    if isinstance(reading, Reading):
        row |= _composite("cblc", reading.cblc, reading.corrected)
        row |= _composite("blasts", reading.blasts, reading.corrected)
        row |= _share("smudge", reading.smudge.share) | {"smudge_withheld": reading.smudge.share.withheld or None}
        row |= _odds("me", reading.me) | _odds("erythroblasts_per_100", reading.erythroblasts_per_100)
    return {name: value for name, value in (row | dict(stain)).items() if value is not None}


def _run(member: Member, seen: Seen, engines: Mapping[str, Sequence[str]]) -> Row:
    took = (member.finished - member.started).total_seconds() if member.finished and member.started else None
    found: Row = {
        "run": member.run,
        "run_queued": _at(member.started),
        "run_finished": _at(member.finished),
        "run_seconds": took,
    }
    for task, names in (("detector", ("detector",)), ("classifier", ("classifier", "phenotyper"))):
        spoke = next((model for model in seen.models if model.task in names), None)
        if spoke is not None:
            found |= {task: spoke.name, f"{task}_digest": spoke.digest}
            found[f"{task}_engine"] = "|".join(engines.get(spoke.name, ())) or None
    return found


def _counts(reading: Reading | LabelFreeReading, seen: Seen) -> Row:
    alerts = sorted(reading.alerts, key=_level)
    return {
        "fields": len(seen.images),
        "cells": len(seen.cells),
        "counted": reading.adequacy.counted,
        "target": reading.adequacy.target,
        "adequacy": reading.adequacy.word,
        "reviewed": reading.reviewed,
        "withheld": reading.quality.withheld or None,
        "alerts": "|".join(alert.id for alert in alerts) or None,
        "urgent": sum(alert.level == "urgent" for alert in alerts),
        "warnings": "|".join(text.replace("|", "/") for text in reading.warnings) or None,
    }


def _level(alert: Alert) -> int:
    return LEVELS.index(alert.level) if alert.level in LEVELS else len(LEVELS)


def _composite(name: str, share: Share, corrected: Sequence[Corrected]) -> Row:
    found = _share(name, share) | {
        f"{name}_count": share.count,
        f"{name}_total": share.total,
        f"{name}_effective_n": share.effective_n,
        f"{name}_withheld": share.withheld or None,
    }
    better = next((one for one in corrected if one.share == share.id), None)
    if better is None:
        return found
    found[f"{name}_corrected_withheld"] = better.withheld or None
    if not better.withheld:
        ends = better.patient
        found[f"{name}_corrected"] = better.value
        found |= {f"{name}_corrected_low": ends.low, f"{name}_corrected_high": ends.high} if ends else {}
    return found


def _share(name: str, share: Share) -> Row:
    """Empty where it may not be stated: whoever reads the table must not find it all the same."""
    if share.withheld or share.ratio is None:
        return {}
    ends = share.interval
    return {name: share.ratio} | ({f"{name}_low": ends.low, f"{name}_high": ends.high} if ends else {})


def _odds(name: str, odds: Odds | None) -> Row:
    if odds is None:
        return {}
    found: Row = {f"{name}_withheld": odds.withheld or None}
    if not odds.withheld and odds.value is not None and np.isfinite(odds.value):
        found[name] = odds.value
        for end in ("low", "high"):
            value = getattr(odds.interval, end) if odds.interval else None
            found[f"{name}_{end}"] = value if value is not None and np.isfinite(value) else None
    return found


def _shares(reading: Reading | LabelFreeReading) -> Row:
    found: Row = {}
    for share in reading.differential:
        code = share.id.removeprefix(SHARE_OF_CLASS).removesuffix(".share")
        found |= {f"count_{code}": share.count} | _share(f"share_{code}", share)
    return found | {f"count_{code}": count for code, count in reading.uncounted}


def _doubts(reading: Reading | LabelFreeReading, seen: Seen) -> Row:
    """Of the machine's calls alone, but for the two shares that the quality gate tells of counted cells."""
    quality = reading.quality
    tops = [max(call.probabilities.values()) for call in seen.calls if call.probabilities]
    sets = [len(call.possible) for call in seen.calls if call.possible]
    odd = [call.oddness for call in seen.calls if call.oddness is not None]
    return {
        "unsure": quality.unsure.ratio if quality.unsure else None,
        "odd": quality.odd.ratio if quality.odd else None,
        "set_size": float(np.mean(sets)) if sets else None,
        "confidence": float(np.median(tops)) if tops else None,
        "oddness": float(np.median(odd)) if odd else None,
    }


def _at(when: dt.datetime | None) -> str | None:
    return when.isoformat() if when else None

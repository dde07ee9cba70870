"""verification.json: the verdict and all it rests on, for other programs. docs/verification.md tells each field."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from core.readings import Interval
from core.verify.evidence import CaseEvidence, Composite, Site
from core.verify.judge import Finding, Judgement, differences
from core.verify.limits import Limits
from core.verify.spread import agreement_limits, mean

SCHEMA = "hemaboard.verification/1"
NOTICE = "For Research Use Only. Not for use in diagnostic procedures."


def document(site: Site, limits: Limits, judgement: Judgement, date: dt.date, name: str) -> dict[str, Any]:
    """Same evidence, limits, date and name: same document."""
    return {
        "schema": SCHEMA,
        "notice": NOTICE,
        "date": date.isoformat(),
        "site": name,
        "verdict": judgement.verdict.value,
        "reasons": list(judgement.reasons),
        "conditions": list(judgement.conditions),
        "specimen": site.specimen.value,
        "vocabulary": {"id": site.vocabulary, "composite": site.cblc_name},
        "models": [
            {"task": m.task, "name": m.name, "digest": m.digest, "domain": m.domain, "notice": m.notice}
            for m in site.models
        ],
        "limits_changed": list(limits.changed),
        "amounts": {
            "cases": len(site.cases),
            "labelled": sum(case.labelled for case in site.cases),
            "found": sum(case.found for case in site.cases),
            "unusable_files": site.unusable,
            "left_out": dict(site.left_out),
        },
        "criteria": [_criterion(finding) for finding in judgement.findings],
        "agreement": {
            "blasts": _agreement([case.blasts for case in site.cases]),
            "cblc": _agreement([case.cblc for case in site.cases]),
        },
        "missed": dict(sorted(site.missed.items())),
        "confusion": [
            {"expert": expert, "called": called, "cells": cells}
            for (expert, called), cells in sorted(site.pairs.items())
        ],
        "cases": [_case(case) for case in site.cases],
    }


def text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _criterion(finding: Finding) -> dict[str, Any]:
    limit = finding.limit
    return {
        "id": limit.criterion.id,
        "name": limit.criterion.name,
        "unit": limit.criterion.unit,
        "value": _round(finding.value),
        "low": _round(finding.low),
        "high": _round(finding.high),
        "side": limit.criterion.side.value,
        "limit": limit.limit,
        "otherwise": limit.otherwise.value,
        "state": finding.state.value,
        "reason": finding.reason,
        "why_this_limit": limit.reason,
        "source": limit.source,
        "cases": finding.cases,
        "cells": finding.cells,
    }


def _agreement(composites: Sequence[Composite]) -> dict[str, Any]:
    apart = [100 * d for d in differences(composites)]
    limits = agreement_limits(apart) or (None, None)
    corrected = [c for c in composites if c.corrected is not None and c.expert is not None]
    better = [100 * ((c.corrected or 0) - (c.expert or 0)) for c in corrected]
    return {
        "bias": _round(mean(apart).value),
        "limits_of_agreement": [_round(limits[0]), _round(limits[1])],
        "mean_absolute_difference": _round(mean([abs(d) for d in apart]).value),
        "bias_corrected": _round(mean(better).value),
        "cases_corrected": len(better),
    }


def _case(case: CaseEvidence) -> dict[str, Any]:
    return {
        "name": case.name,
        "centre": case.centre,
        "diagnosis": case.diagnosis,
        "labelled": case.labelled,
        "found": case.found,
        "outlines": case.outlines,
        "odd": case.odd,
        "judged": case.judged,
        "withheld": case.withheld,
        "blasts": _composite(case.blasts),
        "cblc": _composite(case.cblc),
    }


def _composite(composite: Composite) -> dict[str, Any]:
    return {
        "members": composite.members,
        "counted": composite.counted,
        "expert": _round(composite.expert),
        "stated": _round(composite.stated),
        "corrected": _round(composite.corrected),
        "interval": _interval(composite.interval),
        "holds": composite.holds,
    }


def _interval(interval: Interval | None) -> dict[str, Any] | None:
    if interval is None:
        return None
    return {"low": _round(interval.low), "high": _round(interval.high), "method": interval.method}


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6) + 0.0

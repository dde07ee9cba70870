"""A result as JSON holds it, and back: nothing is in it but what its record has, each value of its own kind."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from core.robustness.curves import AskedCurves, Curves
from core.robustness.records import Asked, Robustness

Request = TypeVar("Request", Asked, AskedCurves)
BESIDE = ("actor", "at", "number")  # kept in columns of their own


def as_table(result: Robustness | Curves) -> dict[str, Any]:
    table: dict[str, Any] = _out(result)
    return {name: value for name, value in table.items() if name not in BESIDE}


def of_table(table: Mapping[str, Any]) -> Robustness:
    """ValueError or TypeError where it is no such thing."""
    found: Robustness = _in(Robustness, _unsigned(table))
    return found


def curves_of_table(table: Mapping[str, Any]) -> Curves:
    """ValueError or TypeError where it is no such thing."""
    found: Curves = _in(Curves, _unsigned(table))
    return found


def asked_as_table(asked: Asked | AskedCurves) -> dict[str, Any]:
    table: dict[str, Any] = _out(asked)
    return table


def asked_of_table(kind: type[Request], table: Mapping[str, Any]) -> Request:
    """ValueError or TypeError where it is no such thing."""
    found: Request = _in(kind, dict(table))
    return found


def _unsigned(table: Mapping[str, Any]) -> dict[str, Any]:
    if set(table) & set(BESIDE):
        raise ValueError("a result that says itself who made it")
    return dict(table)


def _out(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: _out(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [_out(one) for one in value]
    return str(value) if isinstance(value, StrEnum) else value


def _in(kind: Any, value: Any) -> Any:
    """`value` as a `kind`; a field that is left out has its default, as results of an earlier version have."""
    if get_origin(kind) in (types.UnionType, Union):
        one, *_ = (part for part in get_args(kind) if part is not types.NoneType)
        return None if value is None else _in(one, value)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise TypeError(f"{type(value).__name__} where a list belongs")
        return tuple(_in(get_args(kind)[0], one) for one in value)
    if is_dataclass(kind):
        return _record(kind, value)
    if issubclass(kind, StrEnum):
        return kind(value)
    if kind is float and type(value) in (int, float) and math.isfinite(value):
        return float(value)
    if type(value) is not kind or kind is float:
        raise TypeError(f"{type(value).__name__} where {kind.__name__} belongs")
    return value


def _record(kind: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        raise TypeError(f"{type(value).__name__} where {kind.__name__} belongs")
    known = {one.name for one in fields(kind)}
    needed = {one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING}
    if not needed <= set(value) <= known:
        raise ValueError(f"fields of {kind.__name__}: {sorted((set(value) - known) | (needed - set(value)))}")
    return kind(**{name: _in(_hints(kind)[name], one) for name, one in value.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)

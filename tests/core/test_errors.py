"""Every error says three things and survives the borders it crosses."""

from __future__ import annotations

import pickle

import pytest

from core import errors

FAMILY = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.HemaboardError)]


@pytest.mark.parametrize("kind", FAMILY)
def test_an_error_says_what_was_expected_found_and_to_do(kind):
    error = kind("a smear", "a cat", "Upload a smear.")
    assert str(error) == "Expected a smear; found a cat. Upload a smear."
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is kind
    assert (again.expected, again.found, again.do) == (error.expected, error.found, error.do)


def test_the_tree_in_the_docstring_names_the_whole_family():
    assert all(kind.__name__ in errors.__doc__ for kind in FAMILY)

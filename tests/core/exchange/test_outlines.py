"""Outlines in case.json are rounded point by point as Python rounds, whatever they are; only quicker."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.exchange import case_json, values

COORDINATES = st.one_of(
    st.floats(-1e6, 1e6, width=32), st.integers(-(10**5), 10**5).map(lambda n: n / 200)
)  # halves of a hundredth: ties


@given(arrays(np.float32, st.tuples(st.integers(3, 12), st.just(2)), elements=COORDINATES.map(np.float32)))
def test_as_round_would(contour: np.ndarray) -> None:
    one_by_one = [[round(float(x), values.PIXEL_DIGITS), round(float(y), values.PIXEL_DIGITS)] for x, y in contour]
    assert json.dumps(case_json._outline(contour)) == json.dumps(one_by_one)

"""An engine is used if it agrees and is quicker; the trial is remembered, and whatever goes wrong leaves torch."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from models.backends import choice
from models.backends.cache import Finding
from models.backends.choice import Engines, Tried
from models.backends.compiled import CompiledNetwork
from tests.models.backends.small import Fickle, Untraceable, pictures, plan


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "LONG", 0.0)


def never() -> None:
    raise AssertionError("torch's network was made, though the export was there")


def tried(folder: Path, wish: str = "openvino", **changed: object) -> Tried:
    made = Engines(wish, folder).network(plan(**changed))
    assert isinstance(made, Tried)
    return made


def test_without_a_wish_or_a_place_the_reference_runs_at_once(tmp_path: Path):
    for engines in (Engines(), Engines("auto", None), Engines("torch", tmp_path)):
        assert engines.network(plan()).engine.startswith("torch ")
    assert not list(tmp_path.iterdir())


def test_nothing_is_tried_until_a_network_is_used_and_then_once(tmp_path: Path):
    first = tried(tmp_path)
    assert not list(tmp_path.iterdir())
    given = pictures(4)
    answer = first(given)
    assert first.engine.startswith("openvino 20")
    expected = choice.reference(plan())(given)
    assert all(np.allclose(one, other, atol=1e-5) for one, other in zip(answer, expected, strict=True))
    again = tried(tmp_path, module=never)
    assert all(np.array_equal(one, other) for one, other in zip(answer, again(given), strict=True))
    assert again.state.finding == first.state.finding


def test_other_weights_are_another_trial(tmp_path: Path):
    tried(tmp_path)(pictures(1))
    tried(tmp_path, digest="cd" * 32)(pictures(1))
    assert len(list(tmp_path.glob("*.zip"))) == 2


def test_an_engine_that_differs_is_not_used_and_it_is_said_why(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    fickle = tried(tmp_path, module=Fickle)
    assert np.array_equal(fickle(pictures(4))[0], choice.reference(plan(Fickle))(pictures(4))[0])
    assert fickle.engine.startswith("torch ")
    assert "differs from the reference (numbers 1.0e-02" in fickle.state.why
    assert "differs from the reference" in caplog.text
    assert not list(tmp_path.glob("*.zip"))
    state = choice.told(Engines("auto", tmp_path), "small", "ab" * 32)
    assert (state.engine, state.why) == ("torch", fickle.state.why)


def test_what_the_engine_cannot_take_runs_on_torch_and_is_not_tried_again(tmp_path: Path):
    odd = tried(tmp_path, module=Untraceable)
    assert odd(pictures(2))[0].shape == (2, 4)
    assert "could not be tried" in odd.state.why
    before = {file: file.stat().st_mtime_ns for file in tmp_path.glob("*.json")}
    assert tried(tmp_path, module=Untraceable).engine.startswith("torch ")
    assert {file: file.stat().st_mtime_ns for file in tmp_path.glob("*.json")} == before


@pytest.mark.parametrize(
    ("what", "damage"),
    [("*.zip", "cut"), ("*.zip", "flipped"), ("*.json", "other"), ("*.json", "cut"), ("*.zip", "gone")],
)
def test_a_damaged_file_is_made_anew(tmp_path: Path, what: str, damage: str):
    given = pictures(2)
    expected = tried(tmp_path)(given)
    (file,) = tmp_path.glob(what)
    whole = file.read_bytes()
    middle = len(whole) // 2
    broken = {
        "cut": whole[:middle],
        "other": b"[1, 2]",
        "flipped": whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :],
    }
    file.unlink() if damage == "gone" else file.write_bytes(broken[damage])
    answer = tried(tmp_path)(given)
    assert all(np.array_equal(one, other) for one, other in zip(expected, answer, strict=True))
    (mended,) = tmp_path.glob(what)
    if what == "*.json":
        assert json.loads(mended.read_text())["agrees"]
    else:
        CompiledNetwork(mended.read_bytes(), plan())  # it can be read


@pytest.mark.parametrize("engine", ["", " ", None, 5])
def test_a_finding_that_names_no_engine_is_made_anew(tmp_path: Path, engine: object):
    tried(tmp_path)(pictures(2))
    (file,) = tmp_path.glob("*.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"engine": engine}))
    assert choice.told(Engines("openvino", tmp_path), "small", "ab" * 32).engine == ""
    assert tried(tmp_path).engine.startswith("openvino 20")
    assert json.loads(file.read_text())["engine"].startswith("openvino ")


def test_three_that_start_together_try_once_and_say_the_same(tmp_path: Path):
    asked: list[int] = []
    usual = plan().samples
    networks = [tried(tmp_path, samples=lambda: asked.append(1) or usual()) for _ in range(3)]
    answers: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda one=one: answers.append(one(pictures(3))[0])) for one in networks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 2  # of the one trial: once to compare, once to export
    assert all(np.array_equal(answers[0], other) for other in answers[1:])


def test_where_nothing_can_be_written_torch_runs_and_says_so(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    stuck = tried(tmp_path / "file" / "backends")
    assert stuck.engine.startswith("torch ")
    assert "nothing can be kept" in stuck.state.why


def test_before_and_after_a_trial_is_told_without_loading(tmp_path: Path):
    engines = Engines("auto", tmp_path)
    assert choice.told(engines, "small", "ab" * 32).engine == ""
    assert choice.told(Engines("torch", tmp_path), "small", "ab" * 32).engine == "torch"
    used = tried(tmp_path)
    used(pictures(1))
    state = choice.told(Engines("openvino", tmp_path), "small", "ab" * 32)
    assert (state.engine, state.finding) == ("openvino", used.state.finding)
    choice.forget(tmp_path)
    assert choice.told(engines, "small", "ab" * 32).engine == ""


def test_openvino_is_not_half_precision_on_a_gpu(tmp_path: Path):
    """Who asks for it beside a GPU is told, and the reference runs; nothing is called 'as asked' that was not."""
    state = choice.told(Engines("openvino", tmp_path), "small", "ab" * 32, "cuda")
    assert (state.engine, state.why) == ("torch", "openvino runs on processors: for it, set 'device' to cpu")
    assert choice.told(Engines("openvino", tmp_path), "small", "ab" * 32, "cpu").engine == ""
    assert choice.told(Engines("auto", tmp_path), "small", "ab" * 32, "cuda").engine == ""


@given(
    wish=some.sampled_from(choice.WISHES),
    agrees=some.booleans(),
    torch=some.floats(0.01, 1e5),
    other=some.floats(0.01, 1e5),
)
def test_no_wish_and_no_speed_outweighs_the_agreement(wish: str, agrees: bool, torch: float, other: float):
    finding = Finding("small", "openvino 1", agrees, "by much", {"torch": torch, "openvino": other})
    engine, why = choice.chosen(wish, finding)
    assert why
    if wish == "torch" or not agrees:
        assert engine == "torch"
    elif wish == "openvino":
        assert engine == "openvino"
    else:
        assert engine == ("openvino" if other / torch >= choice.NEARLY else "torch")

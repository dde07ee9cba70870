"""Streamlit over demo cases of few fields, the first of each: `python -m tests.e2e.fewer_fields run app.py …`.

All else is as a newcomer meets it: drawn at the start, queued, read by the networks that are installed.
"""

from __future__ import annotations

from dataclasses import replace

from streamlit.web import cli

from core import demo

FIELDS = {"demo-low": 3}  # the one that is opened; of the others it matters that they end


def main() -> None:
    whole = demo.synthesis.demo_cases()
    few = tuple(replace(case, fields=FIELDS.get(case.key, 1)) for case in whole)
    demo.synthesis.demo_cases = lambda: few
    demo.dpc_demo.DEMO = replace(demo.dpc_demo.DEMO, frames=4)
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()

"""Start here: `streamlit run app.py`. One process serves the pages and does the work.

The durable engine is launched with the server, not with a page, so that what a stopped process left goes on
before anybody opens a page.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from core.errors import HemaboardError
from core.jobs import runs as jobs
from pages.components import cohort_rows, notices, resources, served


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, object]]:
    await asyncio.to_thread(jobs.launch, resources.settings())  # the engine refuses to start inside an event loop
    if resources.settings().demo:
        resources.demo_cases.start()
    try:
        yield {}
    finally:
        await asyncio.to_thread(resources.demo_cases.stop)
        await asyncio.to_thread(cohort_rows.filler.stop)
        await asyncio.to_thread(jobs.stop)


def told(error: Exception) -> bool:
    """An error of our own that no page met is still shown as its message, not as a trace."""
    if isinstance(error, HemaboardError):
        notices.error(error)
    return isinstance(error, HemaboardError)


app = st.App("pages/frame.py", lifespan=lifespan, routes=served.ROUTES, on_script_error=told)

"""What pages ask of the store goes by an index: both databases are asked how they would find it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from core.cases.store import CaseStore
from core.doors.desk import Filters
from core.doors.laboratory import Wanted
from tests.core.cases import made

LARGE = ("cells", "calls", "reviews", "trail", "images", "run_images", "stamps")  # they grow with every case
CASE = "a"
ASKED: dict[str, Callable[[CaseStore], Any]] = {
    "a case": lambda store: store.case(CASE),
    "the worklist": lambda store: (store.cases(limit=25), store.desk.listing(Filters(), {})),
    "a line of it": lambda store: (store.desk.line(CASE), store.desk.runs(CASE), store.desk.notes(CASE)),
    "what a run saw": lambda store: store.seen(CASE),
    "one run": lambda store: store.run(store.case(CASE).run.id),
    "sixty crops": lambda store: store.crops(CASE, [cell.id for cell in store.seen(CASE).cells if cell.id][:1]),
    "a field": lambda store: (store.images(CASE), store.picture(CASE, store.images(CASE)[0].id)),
    "what people said": lambda store: (store.reviews(CASE), store.review.samples(CASE), store.review.steps(CASE)),
    "who signed": lambda store: (store.review.signatures(CASE), store.words.versions(CASE)),
    "what happened last": lambda store: store.laboratory.history.page(Wanted(case=CASE), limit=1),
    "tests of it": lambda store: (store.robustness.results(CASE), store.robustness.latest([CASE])),
    "same pictures": lambda store: store.desk.same_pictures([image.id for image in store.images(CASE)]),
}


@contextmanager
def heard(engine: sa.Engine) -> Iterator[list[tuple[str, Any]]]:
    """Every question that is put to the database until the end of the block."""
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")) and not many:
            found.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def walked_through(store: CaseStore, statement: str, parameters: Any) -> list[str]:
    """Large tables that the database would read from end to end to answer it."""
    engine = store._database.engine
    lite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if lite:
            plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a table of three rows is read whole else
            plan = [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]
    scan = re.compile(r"^SCAN (\w+)" if lite else r"Seq Scan on (\w+)")
    return [name for line in plan for name in scan.findall(line) if name.removesuffix("_1") in LARGE]


def test_no_page_walks_through_a_table_that_grows_with_every_case(store: CaseStore) -> None:
    made.full(store, case_id=CASE)
    for what, ask in ASKED.items():
        with heard(store._database.engine) as asked:
            ask(store)
        assert asked, what
        for statement, parameters in asked:
            assert walked_through(store, statement, parameters) == [], f"{what}: {statement}"
    # One that has no index is found out.
    assert walked_through(store, "SELECT id FROM cells WHERE score > 2", ()) == ["cells"]

"""What a dead process left: its runs go back into the queue, and what was written down half is made whole."""

from __future__ import annotations

from collections.abc import Callable

from dbos import DBOSClient, WorkflowStatus

from core.cases.claims import Claims
from core.protocols import RunState, Store

AT_ONCE = 1000  # runs looked at; the oldest first, so that all have their turn
GIVEN_UP = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")  # a workflow's last word when it could not even say why


def of_the_dead(client: DBOSClient, claims: Claims, mine: str, queue: str) -> None:
    """Requeue what executors were working on whose name is free again; in `queue` what says no other. A name that is
    held is alive."""
    for name in {str(workflow.executor_id) for workflow in _pending(client)} - {mine, "None"}:
        claim = claims.take(name)
        if claim is None:
            continue
        try:
            left = [w for w in _pending(client) if w.executor_id == name]
            for into in sorted({w.queue_name or queue for w in left}):
                its = [w.workflow_id for w in left if (w.queue_name or queue) == into]
                client.resume_workflows(its, queue_name=into)
        finally:
            claim.release()


def reconciled(client: DBOSClient, store: Store, queue: str, enqueue: Callable[[str, str], None]) -> None:
    """A run is written down twice, by us and by DBOS; mend what a death between the two left unlike."""
    waiting = store.laboratory.waiting(AT_ONCE)
    if not waiting:
        return
    ids = [run for _, run, _ in waiting]
    found = client.list_workflows(workflow_ids=ids, load_input=False, load_output=False)
    status = {workflow.workflow_id: workflow.status for workflow in found}
    for case, run, state in waiting:
        queued = state == RunState.QUEUED.value
        if queued and run not in status:
            enqueue(case, run)
        elif status.get(run) == "CANCELLED" and queued and store.run(run).state is RunState.QUEUED:
            client.resume_workflow(run, queue_name=queue)  # died while resuming
        elif status.get(run) in GIVEN_UP:
            store.advance_run(run, RunState.FAILED, message="The run broke off. Start a new one.")


def _pending(client: DBOSClient) -> list[WorkflowStatus]:
    return client.list_workflows(status="PENDING", load_input=False, load_output=False)

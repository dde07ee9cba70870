"""What a dead process left: its runs go back into the queue, and what was written down half is made whole."""

from __future__ import annotations

from collections.abc import Callable

from dbos import DBOSClient, WorkflowStatus

from core.cases.claims import Claims
from core.protocols import RunState, Store

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
    waiting = [row.run for state in (RunState.QUEUED, RunState.RUNNING) for row in store.cases(state=state, limit=1000)]
    runs = {run.id: run for run in waiting if run}
    if not runs:
        return
    found = client.list_workflows(workflow_ids=list(runs), load_input=False, load_output=False)
    status = {workflow.workflow_id: workflow.status for workflow in found}
    for run in runs.values():
        if run.state is RunState.QUEUED and run.id not in status:
            enqueue(run.case, run.id)
        elif status.get(run.id) == "CANCELLED" and store.run(run.id).state is RunState.QUEUED:
            client.resume_workflow(run.id, queue_name=queue)  # died while resuming
        elif status.get(run.id) in GIVEN_UP:
            store.advance_run(run.id, RunState.FAILED, message="The run broke off. Start a new one.")


def _pending(client: DBOSClient) -> list[WorkflowStatus]:
    return client.list_workflows(status="PENDING", load_input=False, load_output=False)

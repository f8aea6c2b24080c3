"""DBOS inside the serving process: launched in its event loop, recovered across processes."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig, SetWorkflowID, WorkflowHandleAsync
from dbos._serialization import Serializer
from sqlalchemy import delete, insert, select, update

from gateway.booking import workflows
from gateway.booking.workflows import Parts
from gateway.ledger.tables import executors

log = structlog.get_logger()

# Constant: a workflow begun by one release is finished by the next. Changes to the order of
# steps go behind DBOS.patch.
APPLICATION_VERSION = "1"
HEARTBEAT = timedelta(seconds=10)
LAPSED = timedelta(seconds=45)
_DEAD = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED", "SUCCESS")


class JsonSerializer(Serializer):
    """JSON only: the default is pickle, and would write an error's text with it."""

    def serialize(self, data: Any) -> str:  # noqa: ANN401 - DBOS's signature
        """JSON; of an error only its type, since its message may hold personal data."""
        return json.dumps(data, default=_type_only)

    def deserialize(self, serialized_data: str) -> Any:  # noqa: ANN401 - DBOS's signature
        """What ``serialize`` wrote; an error comes back as a ``WorkflowFailed``."""
        data = json.loads(serialized_data)
        if isinstance(data, dict) and set(data) == {"error"}:
            return WorkflowFailed(data["error"])
        return data

    def name(self) -> str:
        """The name under which DBOS files what this wrote."""
        return "poort_json"


class WorkflowFailed(Exception):
    """A step failed on a defect of ours; the argument is the type of the error."""


def _type_only(data: object) -> object:
    if isinstance(data, BaseException):
        return {"error": type(data).__name__}
    message = f"a workflow carries JSON only, not {type(data).__name__}"
    raise TypeError(message)


class Durable:
    """Starts workflows and finds out how they ended."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.executor_id = uuid.uuid4().hex

    @asynccontextmanager
    async def running(self, url: str) -> AsyncIterator[Durable]:
        """Launch DBOS on its own database ``url``, inside the running event loop."""
        workflows.bind(self._parts)
        DBOS(
            config=DBOSConfig(
                name="afsprakenpoort",
                system_database_url=url,
                application_version=APPLICATION_VERSION,
                executor_id=self.executor_id,
                serializer=JsonSerializer(),
                enable_otlp=False,
                log_level="ERROR",
                notification_listener_polling_interval_sec=0.05,
            )
        )
        try:
            await self.beat()
            # In the loop that serves: recovered work must run where the HTTP pools live.
            DBOS.launch()
            yield self
        finally:
            await asyncio.to_thread(DBOS.destroy)
            workflows.bind(None)

    async def visit(self, visit_id: str, generation: int) -> WorkflowHandleAsync[None]:
        """Start (or find) the workflow of one generation of a visit."""
        with SetWorkflowID(f"visit/{visit_id}/{generation}"):
            return await DBOS.start_workflow_async(workflows.run_visit, visit_id, generation)

    async def cancel(
        self, workflow_id: str, appointment_id: str
    ) -> WorkflowHandleAsync[str | None]:
        """Start (or find) the workflow of one cancellation."""
        with SetWorkflowID(workflow_id):
            return await DBOS.start_workflow_async(
                workflows.run_cancel, appointment_id, _number(workflow_id)
            )

    async def reschedule(
        self, workflow_id: str, appointment_id: str, slot_id: str
    ) -> WorkflowHandleAsync[str | None]:
        """Start (or find) the workflow of one move."""
        with SetWorkflowID(workflow_id):
            return await DBOS.start_workflow_async(
                workflows.run_reschedule, appointment_id, _number(workflow_id), slot_id
            )

    async def is_working(self, workflow_id: str) -> bool:
        """Whether a workflow is begun and not ended, here or on another process."""
        status = await DBOS.get_workflow_status_async(workflow_id)
        return status is not None and status.status not in _DEAD

    async def beat(self) -> None:
        """Say that this process lives."""
        now = self._parts.ledger.now()
        async with self._parts.ledger.database.writing() as connection:
            result = await connection.execute(
                update(executors).where(executors.c.id == self.executor_id).values(heartbeat_at=now)
            )
            if result.rowcount == 0:
                await connection.execute(
                    insert(executors).values(id=self.executor_id, heartbeat_at=now)
                )

    async def adopt(self, lapsed_after: timedelta = LAPSED) -> int:
        """Resume the workflows of processes that no longer live; how many."""
        ledger = self._parts.ledger
        async with ledger.database.reading() as connection:
            dead = list(
                await connection.scalars(
                    select(executors.c.id).where(
                        executors.c.id != self.executor_id,
                        executors.c.heartbeat_at <= ledger.now() - lapsed_after,
                    )
                )
            )
        adopted = 0
        for executor in dead:
            pending = await DBOS.list_workflows_async(
                executor_id=executor, status="PENDING", load_input=False, load_output=False
            )
            if pending:
                await DBOS.resume_workflows_async([each.workflow_id for each in pending])
            adopted += len(pending)
            async with ledger.database.writing() as connection:
                await connection.execute(delete(executors).where(executors.c.id == executor))
        if adopted:
            log.info("adopted", workflows=adopted)
        return adopted


def _number(workflow_id: str) -> int:
    return int(workflow_id.rpartition("/")[2])


async def patiently(handle: WorkflowHandleAsync[Any], seconds: float) -> tuple[bool, Any]:
    """Wait for a workflow as long as a caller waits: (ended, result).

    The workflow goes on when the caller's time is up.
    """
    waiting = asyncio.ensure_future(handle.get_result())
    done, _ = await asyncio.wait({waiting}, timeout=seconds)
    if not done:
        waiting.add_done_callback(_forget)
        return False, None
    return True, waiting.result()


def _forget(waiting: asyncio.Future[Any]) -> None:
    if not waiting.cancelled():
        waiting.exception()

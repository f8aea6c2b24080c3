"""DBOS inside the serving process: launched in its event loop, recovered across processes."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from enum import Enum, auto
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig, SetWorkflowID, WorkflowHandleAsync
from dbos._serialization import Serializer

from gateway.booking import workflows
from gateway.booking.workflows import Parts
from gateway.ledger import Executors

log = structlog.get_logger()

# Constant: a workflow begun by one release is finished by the next. Changes to the order of
# steps go behind DBOS.patch.
APPLICATION_VERSION = "1"
# How often DBOS looks for messages, which we do not send; its threads end as slowly as this.
POLLING_SECONDS = 1.0
# What was sent is answered by then, or looked up by the next process.
_LAST_WAIT = 10.0
_ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


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
    raise TypeError(f"a workflow carries JSON only, not {type(data).__name__}")


class Stage(Enum):
    """How far a workflow is."""

    NEVER_BEGUN = auto()
    AT_WORK = auto()
    ENDED = auto()


class Durable:
    """Starts workflows and finds out how they ended."""

    def __init__(self, parts: Parts, executors: Executors) -> None:
        self._parts = parts
        self._executors = executors
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
                notification_listener_polling_interval_sec=POLLING_SECONDS,
            )
        )
        try:
            await self.beat()
            # In the loop that serves: recovered work must run where the HTTP pools live.
            DBOS.launch()
            yield self
        finally:
            await self._parts.finish(_LAST_WAIT)
            await asyncio.to_thread(DBOS.destroy)
            # DBOS takes the loop's threads with it.
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
            workflows.bind(None)
            await self._executors.leave(self.executor_id)

    async def visit(self, visit_id: str, generation: int) -> WorkflowHandleAsync[None]:
        """Start (or find) the workflow of one generation of a visit."""
        with SetWorkflowID(visit_workflow(visit_id, generation)):
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

    async def stage(self, workflow_id: str) -> Stage:
        """How far a workflow is, here or on another process."""
        found = await DBOS.get_workflow_status_async(workflow_id)
        if found is None:
            return Stage.NEVER_BEGUN
        return Stage.ENDED if found.status in _ENDED else Stage.AT_WORK

    async def beat(self) -> None:
        """Say that this process lives."""
        await self._executors.beat(self.executor_id)

    async def adopt(self) -> int:
        """Resume the workflows of processes that no longer live; how many."""
        adopted = 0
        for executor in await self._executors.lapsed():
            async with self._executors.bury(executor) as claimed:
                if not claimed:
                    continue
                pending = await DBOS.list_workflows_async(
                    executor_id=executor, status="PENDING", load_input=False, load_output=False
                )
                if pending:
                    await DBOS.resume_workflows_async([each.workflow_id for each in pending])
                adopted += len(pending)
        if adopted:
            log.info("adopted", workflows=adopted)
        return adopted


def visit_workflow(visit_id: str, generation: int) -> str:
    """The id of the workflow of one generation of a visit."""
    return f"visit/{visit_id}/{generation}"


def _number(workflow_id: str) -> int:
    return int(workflow_id.rpartition("/")[2])


async def patiently(handle: WorkflowHandleAsync[Any], seconds: float) -> Any:  # noqa: ANN401
    """Wait for a workflow as long as a caller waits: its result, ``None`` when it goes on."""
    waiting = asyncio.ensure_future(handle.get_result())
    done, _ = await asyncio.wait({waiting}, timeout=seconds)
    if not done:
        waiting.add_done_callback(_forget)
        return None
    return waiting.result()


def _forget(waiting: asyncio.Future[Any]) -> None:
    # Nobody waits for it any more; what went wrong is in the workflow store.
    if not waiting.cancelled():
        waiting.exception()

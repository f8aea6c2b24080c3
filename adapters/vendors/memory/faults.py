"""Lets a test decide what goes wrong between the gateway and this source."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from contracts.deadline import Deadline
from contracts.errors import BookingError, OutcomeUnknown, VendorUnavailable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one call.

    The call waits for ``until``, then raises ``error``; each may be absent. When ``applied``
    the system does its work first, so that only the answer suffers; ``twice``, as when the
    network delivers it again.
    """

    error: BookingError | None = None
    applied: bool = False
    until: asyncio.Event | None = None
    twice: bool = False


class Faults:
    """The script of the coming calls, per operation (``"book"``, ``"slots"``, …).

    Attributes:
        calls: how often each operation was called, failed calls included.
        always: what happens to every call that has no script, for as long as it is set.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.always = Fault()
        self._scripts: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def script(
        self,
        operation: str,
        error: BookingError | None = None,
        *,
        applied: bool = False,
        until: asyncio.Event | None = None,
    ) -> None:
        """Let the next call of ``operation`` that has no script yet go this way."""
        self.let(operation, Fault(error, applied, until))

    def let(self, operation: str, fault: Fault) -> None:
        """As ``script``, of a fault that was described already."""
        self._scripts[operation].append(fault)

    async def run(self, operation: str, work: Callable[[], T], deadline: Deadline) -> T:
        """Do ``work`` as the script says; without a script, just do it."""
        self.calls[operation] += 1
        deadline.check()
        script = self._scripts[operation]
        fault = script.popleft() if script else self.always
        if fault.applied:
            answer = work()
            if fault.twice:
                answer = work()
            await _suffer(fault, deadline, OutcomeUnknown("The answer did not come in time."))
            return answer
        await _suffer(fault, deadline, VendorUnavailable("The system did not answer in time."))
        return work()


async def _suffer(fault: Fault, deadline: Deadline, too_late: BookingError) -> None:
    if fault.until is not None:
        try:
            async with asyncio.timeout(deadline.remaining):
                await fault.until.wait()
        except TimeoutError:
            raise too_late from None
    if fault.error is not None:
        raise fault.error

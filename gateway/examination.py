"""Examines every source for ``poort check``: what it offers, and what citizens would miss."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contracts.deadline import Deadline
from contracts.errors import BadAnswer, BookingError
from contracts.models import Location, Product
from gateway.config.mistakes import nearest
from gateway.federation import ask
from gateway.settings import Directory
from gateway.sources import NotInTime, Source, Sources


class Verdict(StrEnum):
    """What the check thinks of a source."""

    OK = "ok"
    NOTES = "ok, with notes"
    FAILS = "fails"
    OFF = "switched off"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to do about a source; ``serious`` when citizens miss something by it."""

    serious: bool
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One line of the table and what stands below it; ``None``: not known."""

    source: str
    municipality: str
    vendor: str
    mapped: int
    offered: int | None = None
    locations: int | None = None
    seconds: float | None = None
    findings: tuple[Finding, ...] = ()
    off: bool = False

    @property
    def verdict(self) -> Verdict:
        """In one word."""
        if self.off:
            return Verdict.OFF
        if any(finding.serious for finding in self.findings):
            return Verdict.FAILS
        return Verdict.NOTES if self.findings else Verdict.OK


async def examine(
    sources: Sources, directory: Directory, seconds: float
) -> tuple[SourceReport, ...]:
    """Ask every source for its products and locations, all at once, within ``seconds``."""
    deadline = Deadline.after(seconds)
    answers = await ask(sources, lambda source: _examine(source, directory, deadline), deadline)
    reports = {report.source: report for _, report in answers.items}
    for silent in answers.unavailable:
        source = sources[silent.source]
        reports[source.id] = (
            _report(source, findings=(_no_answer(NotInTime()),))
            if source.is_reachable
            else _report(source, off=True)
        )
    return tuple(reports[source.id] for source in sources)


async def _examine(source: Source, directory: Directory, deadline: Deadline) -> SourceReport:
    begun = time.monotonic()
    try:
        products = await source.read(
            lambda adapter, until: adapter.products(deadline=until), deadline
        )
        locations = await source.read(
            lambda adapter, until: adapter.locations(deadline=until), deadline
        )
    except BookingError as error:
        seconds = time.monotonic() - begun
        return _report(source, seconds=seconds, findings=(_no_answer(error),))
    return _report(
        source,
        seconds=time.monotonic() - begun,
        offered=len(products),
        locations=len(locations),
        findings=(
            *_of_products(source, products, directory),
            *_of_locations(locations),
        ),
    )


def _report(source: Source, **found: Any) -> SourceReport:  # noqa: ANN401 - SourceReport's fields
    return SourceReport(
        source=source.id,
        municipality=source.municipality.name,
        vendor=source.vendor,
        mapped=len(source.products),
        **found,
    )


def _no_answer(error: BookingError) -> Finding:
    said = f": {error.detail}" if error.detail else ""
    if isinstance(error, NotInTime):
        return Finding(
            serious=True,
            text="it did not answer in time",
            advice="see whether the address is right and can be reached from this machine; "
            "a slow system gets more time by limits.timeout_seconds",
        )
    if isinstance(error, BadAnswer):
        return Finding(
            serious=True,
            text=f"it answered something that is not its protocol{said}",
            advice="see whether the address in [settings] is that of the API",
        )
    return Finding(
        serious=True,
        text=f"it cannot be reached, or refuses us{said}",
        advice="see whether the address and the credentials in [settings] are right",
    )


def _of_products(
    source: Source, products: Sequence[Product], directory: Directory
) -> Iterator[Finding]:
    theirs = {product.id: product for product in products}
    if not theirs:
        yield Finding(
            serious=True,
            text="the vendor offers no product at all",
            advice="open products for online booking in the vendor's own system",
        )
    elif not source.products:
        yield Finding(
            serious=True,
            text="no product is mapped, so nothing can be booked",
            advice='write under [products]: "<IPDC number>" = "<vendor\'s id>"',
        )
    for number, name in source.products.items():
        if theirs and name not in theirs:
            yield Finding(
                serious=True,
                text=f'products."{number}": the vendor has no product {name!r}'
                f"{nearest(name, theirs)}",
                advice="write the id of one of the vendor's products, or take this line out",
            )
    names = {known.name: number for number, known in directory.products.items()}
    for name, product in theirs.items():
        if name not in source.products.values():
            number = names.get(product.name, "<IPDC number>")
            yield Finding(
                serious=False,
                text=f"the vendor's product {name!r} ({product.name}) is not mapped: "
                "citizens do not see it",
                advice=f'if they should, write under [products]: "{number}" = "{name}"',
            )


def _of_locations(locations: Sequence[Location]) -> Iterator[Finding]:
    if not locations:
        yield Finding(
            serious=True,
            text="it has no location",
            advice="add one in the vendor's own system, or in [settings] where that lists them",
        )
    for location in locations:
        if location.address is None or not location.address.street:
            yield Finding(
                serious=False,
                text=f"the location {location.id!r} ({location.name}) has no address",
                advice="add it where the location is kept, so that citizens find it",
            )

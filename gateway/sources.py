"""The sources of all municipalities: opened once, read in turn, switched off and on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlsplit

import structlog
from pydantic import BaseModel

from adapters import registry
from contracts.adapter import AdapterContext, BookingAdapter
from contracts.deadline import Deadline
from contracts.errors import (
    AdapterNotCertified,
    BadAnswer,
    BookingError,
    ResourceNotFound,
    VendorError,
    VendorUnavailable,
)
from contracts.manifest import Manifest
from contracts.models import ProductQuantity
from gateway.certification.barred import BarredAdapter, BarredSettings
from gateway.logs import place
from gateway.settings import Accepts, Directory, Mistake, SettingsError, SourceSettings

log = structlog.get_logger()
T = TypeVar("T")

_LONGEST_ID = 200


class NotInTime(VendorUnavailable):
    """The source was asked, and its answer did not come in time."""


class SwitchedOff(VendorUnavailable):
    """An operator lets this not through to the source."""


class Source:
    """One configured connection of a municipality to one appointment system.

    Ids come in two kinds. Products: IPDC numbers outside, the vendor's ids inside. Locations:
    ``<source>.<vendor's id>`` outside. What leaves or enters the gateway goes through the
    four methods below; slots and appointments inside keep the vendor's ids.

    Attributes:
        adapter: for writes; reads go through ``read``.
        capabilities: what it can do beyond the core.
        accepts: what an operator lets through to it; switched at run time.
        certified: whether its adapter's certificate allows new bookings.
        endpoint: the origin of a system that speaks the contract itself.
    """

    def __init__(
        self, settings: SourceSettings, adapter: BookingAdapter[Any], manifest: Manifest
    ) -> None:
        self.id = settings.id
        self.vendor = settings.vendor
        self.municipality = settings.municipality
        self.zone = settings.zone
        self.limits = settings.limits
        self.products = settings.products
        self.cancel_until = settings.cancel_until
        self.adapter = adapter
        self.manifest = manifest
        self.capabilities = adapter.available()
        self.accepts = settings.accepts
        self.certified = True
        self.endpoint = origin(manifest.endpoint, settings.settings)
        self._numbers = {theirs: number for number, theirs in settings.products.items()}
        self._failed = False
        self._turns = asyncio.Semaphore(settings.limits.concurrency)

    @property
    def municipality_id(self) -> str:
        """The id of its municipality."""
        return self.municipality.id

    @property
    def timeout(self) -> float:
        """The longest that one call may take, in seconds."""
        return self.limits.timeout_seconds

    @property
    def is_reachable(self) -> bool:
        """Whether anything may be sent to it."""
        return self.accepts is not Accepts.NOTHING

    def admit_booking(self) -> None:
        """Return when it takes new bookings; what was begun may always go on.

        Raises:
            SwitchedOff: an operator does not want it.
            AdapterNotCertified: its adapter's certificate does not allow it.
        """
        if self.accepts is not Accepts.EVERYTHING:
            raise SwitchedOff("This source takes no new bookings for the moment.")
        if not self.certified:
            raise AdapterNotCertified("The adapter of this source has no valid certificate.")

    async def read(
        self, call: Callable[[BookingAdapter[Any], Deadline], Awaitable[T]], deadline: Deadline
    ) -> T:
        """Await one read, in turn, until ``deadline`` and no longer than the source's timeout.

        Raises:
            SwitchedOff, NotInTime: both a ``VendorUnavailable``.
            BadAnswer: also for a defect of the adapter, which is logged.
            BookingError: what the adapter raised.
        """
        if not self.is_reachable:
            raise SwitchedOff("This source is switched off for the moment.")
        try:
            answer = await self._in_time(call, deadline)
        except VendorError:
            self._failed = True
            raise
        self._failed = False
        return answer

    @property
    def is_silent(self) -> bool:
        """Whether the last read got no answer, although it may be asked."""
        return self.is_reachable and self._failed

    async def _in_time(
        self, call: Callable[[BookingAdapter[Any], Deadline], Awaitable[T]], deadline: Deadline
    ) -> T:
        own = Deadline.after(min(deadline.remaining, self.timeout), deadline.clock)
        limit = asyncio.timeout(own.remaining)
        try:
            async with limit, self._turns:
                return await call(self.adapter, own)
        except VendorUnavailable as error:
            if own.passed:
                raise NotInTime(error.detail, vendor_code=error.vendor_code) from error
            raise
        except BookingError:
            raise
        except Exception as error:  # noqa: BLE001 - somebody else's code
            if limit.expired():
                raise NotInTime("The source did not answer in time.") from None
            raise defect(self, error) from None

    def to_vendor(self, products: Sequence[ProductQuantity]) -> tuple[ProductQuantity, ...]:
        """IPDC numbers as the vendor's ids. Raises ``ResourceNotFound`` for one it has not."""
        try:
            return tuple(
                product.model_copy(update={"product_id": self.products[product.product_id]})
                for product in products
            )
        except KeyError:
            raise ResourceNotFound("This source does not have this product.") from None

    def number(self, vendor_product: str) -> str:
        """The IPDC number of a vendor's product; ``<source>:<vendor's id>`` where it has none.

        Appointments made at a desk may be for products that nobody mapped.
        """
        unmapped = f"{self.id}:{vendor_product}"[:_LONGEST_ID]
        return self._numbers.get(vendor_product, unmapped)

    def location_id(self, vendor_location: str) -> str:
        """The id of a location outside, safe in a URL. Raises ``BadAnswer`` when it is too long."""
        # The percent sign itself would be escaped once more in a URL.
        escaped = quote(vendor_location, safe="").replace("~", "%7E").replace("%", "~")
        outside = f"{self.id}.{escaped}"
        if len(outside) > _LONGEST_ID:
            raise BadAnswer("The source names a location by an id that is too long.")
        return outside

    def vendor_location(self, location_id: str) -> str | None:
        """The vendor's id of a location; ``None`` when it is not one of this source."""
        source, _, escaped = location_id.partition(".")
        if source != self.id or not escaped:
            return None
        return unquote(escaped.replace("~", "%"), errors="replace")


class Sources:
    """All configured sources, by id and in the order of their files."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources

    @classmethod
    def open(cls, directory: Directory, now: Callable[[], datetime]) -> Sources:
        """Make every source; opens no connection. ``now`` gives the instant in UTC.

        Raises ``SettingsError`` naming every source whose adapter refuses its settings.
        """
        sources, mistakes = dict[str, Source](), list[Mistake]()
        for settings in directory.sources.values():
            context = AdapterContext(source=settings.id, zone=settings.zone, now=now)
            try:
                adapter = _adapter(settings, context)
            except Exception as error:  # noqa: BLE001 - somebody else's code
                text = f"the adapter {settings.vendor!r} failed on this: {type(error).__name__}"
                mistakes.append(Mistake(settings.file, "settings", text))
            else:
                sources[settings.id] = Source(settings, adapter, registry.manifest(settings.vendor))
        if mistakes:
            raise SettingsError(mistakes)
        return cls(sources)

    def __getitem__(self, source_id: str) -> Source:
        """The source. Raises ``VendorUnavailable``: appointments outlive a configuration."""
        try:
            return self._sources[source_id]
        except KeyError:
            raise VendorUnavailable("This source is no longer connected.") from None

    def get(self, source_id: str) -> Source | None:
        """The source, or ``None`` when it is not configured (any more)."""
        return self._sources.get(source_id)

    def __iter__(self) -> Iterator[Source]:
        return iter(self._sources.values())

    def __len__(self) -> int:
        return len(self._sources)

    def of(self, municipality_id: str) -> tuple[Source, ...]:
        """The sources of one municipality, those switched off included."""
        return tuple(source for source in self if source.municipality_id == municipality_id)

    def switch(self, source_id: str, accepts: Accepts) -> None:
        """Say what this process lets through to a source."""
        self[source_id].accepts = accepts
        log.info("source switched", source=source_id, accepts=accepts)

    async def aclose(self) -> None:
        """Give all connections back, also when one of them fails to."""
        async with AsyncExitStack() as stack:
            for source in self:
                stack.push_async_callback(source.adapter.aclose)


def _adapter(settings: SourceSettings, context: AdapterContext) -> BookingAdapter[Any]:
    if isinstance(settings.settings, BarredSettings):
        return BarredAdapter(settings.settings, context)
    return registry.load(settings.vendor)(settings.settings, context)


def origin(setting: str | None, settings: BaseModel) -> str | None:
    """The origin of a native system, from the setting that its manifest names."""
    url = urlsplit(str(getattr(settings, setting, ""))) if setting else None
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}".lower() if url else None


def defect(source: Source, error: BaseException) -> BadAnswer:
    """Log what an adapter should never raise; to callers it is a bad answer.

    Its place, never its message: that may quote what a citizen typed.
    """
    log.error(
        "adapter defect",
        source=source.id,
        vendor=source.vendor,
        kind=type(error).__name__,
        place=place(error),
    )
    return BadAnswer("The source gave an answer that could not be handled.")

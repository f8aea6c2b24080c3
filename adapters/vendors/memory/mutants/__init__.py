"""Adapters with one deliberate fault each: what the contract suite is tested on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from adapters.vendors.memory.adapter import MemoryAdapter
from adapters.vendors.memory.harness import harness_of
from adapters.vendors.memory.mutants import booking, changing, copies, finding, reading, unheard
from contracts.adapter import BookingAdapter
from contracts.manifest import Resolution
from contracts.suite.harness import Harness
from contracts.suite.mutants import Mutant


class Unsettled(MemoryAdapter):
    """Has a vendor that can look nothing up: sound, and no mutant."""

    find_by_client_reference = BookingAdapter.find_by_client_reference


def opening(
    adapter_class: type[MemoryAdapter], resolution: Resolution = Resolution.BY_REFERENCE
) -> Callable[[], AbstractAsyncContextManager[Harness]]:
    """How to open a harness in front of this class, with this resolution declared."""

    @asynccontextmanager
    async def opens() -> AsyncIterator[Harness]:
        harness = harness_of(adapter_class)
        facts = harness.manifest.facts.model_copy(update={"resolution": resolution})
        harness.manifest = harness.manifest.model_copy(update={"facts": facts})
        harness.patience = 0.1
        yield harness

    return opens


SOUND = {
    "byReference": opening(MemoryAdapter),
    "byScan": opening(MemoryAdapter, Resolution.BY_SCAN),
    "idBeforeConfirm": opening(MemoryAdapter, Resolution.ID_BEFORE_CONFIRM),
    "native": opening(finding.Replays, Resolution.NATIVE),
    "none": opening(Unsettled, Resolution.NONE),
}
"""What is without a fault, by the resolution that it declares: the suite passes it."""


def _mutant(
    adapter_class: type[MemoryAdapter],
    meant: str,
    also: str = "",
    *,
    resolution: Resolution = Resolution.BY_REFERENCE,
) -> Mutant:
    return Mutant(
        name=adapter_class.__name__,
        fault=(adapter_class.__doc__ or "").strip(),
        meant=meant,
        opens=opening(adapter_class, resolution),
        also=frozenset(also.split()),
    )


MUTANTS = (
    _mutant(reading.DownIsEmpty, "FAULT-004", "FAULT-001 FAULT-013 FAULT-018"),
    _mutant(reading.CatalogueEmptied, "FAULT-008"),
    _mutant(reading.UnknownIsEmpty, "SLOT-008", "SLOT-007"),
    _mutant(reading.AnythingGoesTogether, "CAT-006", "SLOT-011"),
    _mutant(reading.UnknownIsGone, "FAULT-005", "FAULT-019"),
    _mutant(reading.CrashesOnHostileAnswers, "FAULT-018", "FAULT-004"),
    _mutant(
        reading.LastDayIsExcluded,
        "SLOT-004",
        "SLOT-012 TIME-002 TIME-003 TIME-004 TIME-005 SLOT-006",
    ),
    _mutant(reading.CutsTheRange, "SLOT-006"),
    _mutant(reading.AdvertisesThePast, "SLOT-005", "SLOT-013 HOLD-008"),
    _mutant(reading.AdvertisesDaysWithoutSlots, "SLOT-012", "SLOT-006"),
    _mutant(reading.RefusesThePast, "SLOT-013"),
    _mutant(reading.RefusesTheFuture, "SLOT-014"),
    _mutant(reading.OncePerDesk, "SLOT-001"),
    _mutant(
        reading.CachesAvailability,
        "BOOK-006",
        "SLOT-005 CANCEL-004 HOLD-002 MOVE-003 FAULT-011 FAULT-021 FAULT-022 FAULT-023",
    ),
    _mutant(reading.IgnoresTheQuantity, "BOOK-012"),
    _mutant(reading.ClampsTheQuantity, "SLOT-009"),
    _mutant(reading.ListsTwice, "CAT-002"),
    _mutant(
        reading.NaiveTimesAreUtc,
        "TIME-001",
        "TIME-002 TIME-003 TIME-004 TIME-005 BOOK-002 BOOK-006 BOOK-013 BOOK-014 CANCEL-004 "
        "HOLD-002 HOLD-007 HOLD-008 HOLD-012 HOLD-013 HOLD-019 MOVE-001 MOVE-002 MOVE-003 MOVE-004 "
        "MOVE-005 MOVE-008 MOVE-009 MOVE-010 REF-001 CITIZEN-001 CITIZEN-005 FEED-003 "
        "FAULT-011 FAULT-021 FAULT-022 FAULT-023 FAULT-024 SETTLE-008",
    ),
    _mutant(reading.TodaysOffsetIsKept, "TIME-002", "TIME-003 TIME-004"),
    _mutant(reading.TrustsTheMachine, "TIME-007"),
    _mutant(reading.EndsOnTheWallClock, "TIME-006", "SLOT-006"),
    _mutant(
        booking.Overbooks,
        "BOOK-007",
        "BOOK-008 BOOK-009 BOOK-010 HOLD-003 MOVE-004 MOVE-005 MOVE-010 REF-003 PRIV-003",
    ),
    _mutant(booking.ChecksThenBooks, "BOOK-009", "BOOK-010 MOVE-004 MOVE-005 MOVE-010"),
    _mutant(booking.SwallowsErrors, "BOOK-007", "BOOK-008 BOOK-009 REF-003 PRIV-003"),
    _mutant(booking.BooksTheNearest, "BOOK-007", "BOOK-008 BOOK-009 REF-003 PRIV-003"),
    _mutant(
        booking.BooksTwice,
        "BOOK-009",
        "BOOK-006 BOOK-007 BOOK-008 CANCEL-001 CANCEL-004 CANCEL-008 CANCEL-009 CANCEL-010 "
        "HOLD-002 HOLD-003 HOLD-008 HOLD-010 HOLD-014 HOLD-016 HOLD-017 HOLD-018 MOVE-003 "
        "MOVE-004 MOVE-009 REF-003 CITIZEN-001 CITIZEN-003 CITIZEN-005 FEED-002 FEED-003 "
        "FEED-005 INTAKE-005 PRIV-003 FAULT-002 FAULT-015 FAULT-016 FAULT-021 FAULT-022",
    ),
    _mutant(booking.BooksTheFirstProduct, "SLOT-011"),
    _mutant(booking.ReservesBeforeItRefuses, "BOOK-008", "REF-003 INTAKE-005"),
    _mutant(booking.MixesUpCallers, "BOOK-013"),
    _mutant(
        booking.ReplacesTheFirst,
        "BOOK-014",
        "BOOK-006 BOOK-007 BOOK-008 BOOK-009 CANCEL-004 MOVE-003 MOVE-004 MOVE-009 MOVE-010 "
        "REF-003 CITIZEN-001 CITIZEN-005 PRIV-003 FAULT-011 FAULT-024",
    ),
    _mutant(booking.ApprovedByItself, "BOOK-011"),
    _mutant(booking.KnowsNoGerman, "BOOK-015"),
    _mutant(booking.IgnoresTheDeadline, "FAULT-002"),
    _mutant(booking.SendsAgain, "FAULT-011", "PRIV-004 PRIV-009 FAULT-014 SETTLE-001 SETTLE-002"),
    _mutant(booking.LostIsFailed, "FAULT-011", "FAULT-014 SETTLE-001 SETTLE-002"),
    _mutant(booking.StaysBroken, "FAULT-014"),
    _mutant(
        booking.KeepsToItself,
        "BOOK-004",
        "SLOT-011 TIME-003 TIME-005 TIME-007 BOOK-011 BOOK-012 BOOK-013 MOVE-001 PRIV-002 PRIV-007 "
        "FAULT-005 FAULT-019 FAULT-021 FAULT-022 FAULT-024 SETTLE-007 SETTLE-008",
    ),
    _mutant(booking.NamesTheBooker, "PRIV-003"),
    _mutant(booking.AddressesTheBooker, "PRIV-003"),
    _mutant(booking.LogsTheBooker, "PRIV-005", "PRIV-009"),
    _mutant(booking.TitlesWithTheName, "PRIV-007"),
    _mutant(booking.ChokesOnEmoji, "PRIV-002"),
    _mutant(booking.ChokesOnLongNames, "PRIV-006"),
    _mutant(booking.AsksButTakesAnything, "INTAKE-003", "INTAKE-004 INTAKE-005"),
    _mutant(booking.NeedsWhatItDoesNotAsk, "INTAKE-006"),
    _mutant(changing.CancelsOnce, "CANCEL-003", "CANCEL-004 CANCEL-009"),
    _mutant(changing.CancelsWhatItKnows, "CANCEL-005"),
    _mutant(
        changing.CancelsInNameOnly,
        "CANCEL-001",
        "BOOK-008 CANCEL-002 CANCEL-004 CANCEL-007 CANCEL-008 CANCEL-009 CANCEL-010 CANCEL-011 "
        "HOLD-016 MOVE-007 MOVE-009 REF-004 CITIZEN-003 CITIZEN-004 FEED-002 FAULT-012 FAULT-015 "
        "FAULT-026 SETTLE-007",
    ),
    _mutant(changing.CancelsThePlace, "CANCEL-004"),
    _mutant(changing.CancelsTooLate, "CANCEL-007"),
    _mutant(changing.CancelsOneAtATime, "CANCEL-009"),
    _mutant(changing.LeavesToTheDesk, "CITIZEN-004"),
    _mutant(changing.LeavesTraces, "CANCEL-008"),
    _mutant(unheard.LostCancelIsFailed, "FAULT-012", "SETTLE-007"),
    _mutant(unheard.LostCancelIsDone, "SETTLE-007"),
    _mutant(changing.HoldsNothing, "HOLD-003", "HOLD-002 HOLD-004 HOLD-007 HOLD-018 HOLD-012"),
    _mutant(changing.HoldNeverExpires, "HOLD-008", "HOLD-007 HOLD-013"),
    _mutant(changing.HoldsLessThanItSays, "HOLD-019", "HOLD-012"),
    _mutant(changing.ConfirmsWhatExpired, "HOLD-007", "HOLD-018"),
    _mutant(changing.ReleasesNothing, "HOLD-010", "HOLD-018 HOLD-014"),
    _mutant(changing.ExtendsOnPaper, "HOLD-012"),
    _mutant(changing.DropsTheHold, "HOLD-017"),
    _mutant(changing.ForgetsTheReferenceOfAHold, "HOLD-015"),
    _mutant(
        changing.ConfirmsUnderAnotherName,
        "SETTLE-003",
        "HOLD-005 HOLD-015 HOLD-016 FAULT-023",
        resolution=Resolution.ID_BEFORE_CONFIRM,
    ),
    _mutant(changing.CancelsBeforeItMoves, "MOVE-004", "MOVE-005 MOVE-010"),
    _mutant(changing.MovesTwice, "MOVE-003"),
    _mutant(changing.MovesIntoThePast, "MOVE-005"),
    _mutant(changing.ForgetsTheMove, "MOVE-008"),
    _mutant(unheard.LostMoveIsFailed, "SETTLE-008"),
    _mutant(unheard.FailedConfirmIsExpired, "FAULT-025"),
    _mutant(unheard.FailedHoldIsTaken, "FAULT-025"),
    _mutant(unheard.LostConfirmIsFailed, "SETTLE-009"),
    _mutant(unheard.APageIsGone, "FAULT-026"),
    _mutant(unheard.APageMovesNothing, "FAULT-027"),
    _mutant(copies.TakesItsCopyForAnother, "FAULT-021"),
    _mutant(copies.LeavesTheCopy, "FAULT-022"),
    _mutant(copies.TakesItsCopyForExpiry, "FAULT-023"),
    _mutant(copies.TakesItsMoveForAnother, "FAULT-024"),
    _mutant(finding.FindsNothing, "REF-001", "HOLD-015 MOVE-008 REF-005 SETTLE-001 SETTLE-009"),
    _mutant(finding.LosesTheClientReference, "SETTLE-001", "REF-001 REF-005"),
    _mutant(finding.FindsTheNearest, "SETTLE-002", "REF-002 REF-003 REF-005"),
    _mutant(finding.CutsReferencesOff, "REF-005"),
    _mutant(finding.FindsWhatBeginsAlike, "REF-005"),
    _mutant(finding.FindsWhatIsHeld, "HOLD-015"),
    _mutant(finding.FailedLookupFindsNothing, "FAULT-007"),
    _mutant(finding.FindsWhatWasCancelled, "REF-004"),
    _mutant(finding.ForgetsWhoseItIs, "CITIZEN-001", "CITIZEN-002 CITIZEN-006 CITIZEN-007"),
    _mutant(finding.IgnoresTheKindOfAKey, "CITIZEN-007"),
    _mutant(finding.ShowsTheFirstPage, "CITIZEN-005"),
    _mutant(finding.ShowsThePast, "CITIZEN-006"),
    _mutant(finding.DownHasNoAppointments, "FAULT-006", "PRIV-008"),
    _mutant(finding.NamesTheCitizen, "PRIV-008"),
    _mutant(finding.LosesCancellations, "FEED-002"),
    _mutant(finding.SkipsWhatIsTooMuch, "FEED-003"),
    _mutant(finding.ForgetsWhatItGaveOut, "FEED-005"),
    _mutant(finding.NeverEnds, "FEED-003"),
    _mutant(finding.StartsAnew, "FEED-004"),
    _mutant(finding.TrustsAnySender, "HOOK-003", "HOOK-001 HOOK-005 HOOK-006"),
    _mutant(finding.ChecksTheFormOfASignature, "HOOK-003", "HOOK-006"),
    _mutant(finding.ReadsBeforeItChecks, "HOOK-005", "HOOK-001"),
    _mutant(finding.MindsTheCaseOfHeaders, "HOOK-004"),
    _mutant(finding.ForgetsItsKeys, "SETTLE-005", resolution=Resolution.NATIVE),
    _mutant(finding.Guesses, "FACT-003", "SETTLE-006", resolution=Resolution.NONE),
)
"""All of them; each names the behaviour that is there for its fault, and others it breaks."""

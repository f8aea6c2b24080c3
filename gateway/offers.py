"""What vendors and the config directory say, as the public API shows it."""

from __future__ import annotations

from contracts.api import BookedProduct, BookingMode, OfferedLocation, OfferedProduct
from contracts.models import Location, Product
from gateway.settings import KnownProduct, Municipality, OtherProduct
from gateway.sources import Source


def bookable(known: KnownProduct, product: Product, language: str) -> OfferedProduct:
    """A product that is booked here; the vendor's own texts where products.toml has none."""
    texts = known.texts(language)
    return OfferedProduct(
        id=known.id,
        name=texts.name,
        description=texts.description or product.description,
        bring=texts.bring or product.bring,
        booking_mode=BookingMode.API,
        max_quantity=product.max_quantity,
    )


def not_bookable(known: KnownProduct, other: OtherProduct, language: str) -> OfferedProduct:
    """A product that says how to get it."""
    texts = known.texts(language)
    return OfferedProduct(
        id=known.id,
        name=texts.name,
        description=texts.description,
        bring=texts.bring,
        booking_mode=BookingMode(other.mode),
        url=other.url,
        telephone=other.telephone,
        instructions=other.instructions,
    )


def how_to_get(municipality: Municipality, known: KnownProduct, other: OtherProduct) -> str:
    """In words, for a caller who tried to book it."""
    ways = {"link": f"See {other.url}.", "phone": f"Call {other.telephone}.", "walkIn": ""}
    words = [
        f"{known.name} cannot be booked online at {municipality.name}.",
        ways[other.mode],
        other.instructions or "",
    ]
    return " ".join(word for word in words if word)


def location(source: Source, place: Location) -> OfferedLocation:
    """A location under its id outside. Raises ``BadAnswer`` for an id that is too long."""
    return OfferedLocation(
        id=source.location_id(place.id),
        name=place.name,
        zone=place.zone,
        address=place.address,
        telephone=place.telephone,
    )


def unnamed_location(source: Source, vendor_location: str) -> OfferedLocation:
    """A location that its vendor no longer lists: the municipality is all that is known."""
    return OfferedLocation(
        id=source.location_id(vendor_location),
        name=source.municipality.name,
        zone=source.zone.key,
    )


def booked(
    known: KnownProduct | None, theirs: Product | None, number: str, quantity: int, language: str
) -> BookedProduct:
    """A product of an appointment, by our name for it, else the vendor's, else its number."""
    texts = known.texts(language) if known else theirs
    return BookedProduct(
        id=number,
        name=texts.name if texts else number,
        quantity=quantity,
        bring=(texts and texts.bring) or (theirs and theirs.bring) or (),
    )


def in_language(known: KnownProduct | None, product: BookedProduct, language: str) -> BookedProduct:
    """The same product with its texts in another language; only the operator's are known in it."""
    if known is None:
        return product
    texts = known.texts(language)
    return product.model_copy(update={"name": texts.name, "bring": texts.bring or product.bring})

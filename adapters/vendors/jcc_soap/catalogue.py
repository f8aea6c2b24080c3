"""Products and locations of JCC-Afspraken: what there is, and what goes together."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.http import understood
from adapters.municipal_text import lines_and_items
from adapters.vendors.jcc_soap import wire
from contracts.errors import ProductsNotCombinable, QuantityExceeded, ResourceNotFound
from contracts.models import Address, Location, Product, ProductQuantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.vendors.jcc_soap.service import Service
    from contracts.deadline import Deadline


def ids(products: Iterable[ProductQuantity]) -> str:
    """Products as the vendor has them: an id is repeated for every one of it (``1,2,1``)."""
    return ",".join(product.product_id for product in products for _ in range(product.quantity))


def quantities(listed: str) -> tuple[ProductQuantity, ...]:
    """The products behind such a list, in the order in which they first appear."""
    return tuple(
        ProductQuantity(product_id=product_id.strip(), quantity=quantity)
        for product_id, quantity in Counter(listed.split(",")).items()
    )


# Asking -----------------------------------------------------------------------------------


async def offered(service: Service, deadline: Deadline) -> Sequence[wire.Product]:
    """Everything that can be booked."""
    return await service.every("getGovAvailableProducts", {}, wire.Product, deadline)


async def places(
    service: Service, products: Sequence[ProductQuantity], deadline: Deadline
) -> Sequence[str]:
    """The ids of the locations for these products; of all where there are none.

    Raises:
        ResourceNotFound, QuantityExceeded, ProductsNotCombinable.
    """
    if not products:
        return await service.every("getGovLocations", {}, str, deadline)
    await _check(service, products, deadline)
    asked = {"productID": ids(products)}
    found = await service.every("getGovLocationsForProduct", asked, wire.Place, deadline)
    return [place.id for place in found]


async def _check(service: Service, products: Sequence[ProductQuantity], deadline: Deadline) -> None:
    """Raise what is wrong with a choice: the vendor would only find no place for it."""
    most = {product.id: product.most for product in await offered(service, deadline)}
    for product_id, quantity in Counter(ids(products).split(",")).items():
        if product_id not in most:
            raise ResourceNotFound("It knows no such product.")
        if 0 < most[product_id] < quantity:
            raise QuantityExceeded(f"At most {most[product_id]} in one appointment.")
    for count in range(1, len(products)):
        chosen = {"ProductNr": ids(products[:count])}
        others = await service.every(
            "getGovAvailableProductsByProduct", chosen, wire.Product, deadline
        )
        if products[count].product_id not in {other.id for other in others}:
            raise ProductsNotCombinable


async def product(service: Service, listed: wire.Product, deadline: Deadline) -> Product:
    """One product; what to bring is told from other text by being a list item."""
    asked = {"productID": listed.id}
    details = await service.one("getGovProductDetails", asked, wire.ProductDetails, deadline)
    with understood():
        pieces = details.requisites
        lines, items = lines_and_items(
            "".join(map(_html, [pieces] if isinstance(pieces, str) else pieces))
        )
        return Product(
            id=listed.id,
            name=listed.name.strip() or listed.id,
            description="\n".join(lines),
            bring=tuple(items),
            duration=timedelta(minutes=details.minutes) if details.minutes > 0 else None,
            max_quantity=listed.most if listed.most > 0 else None,
        )


async def location(service: Service, place: str, zone: str, deadline: Deadline) -> Location:
    """One location; the vendor has street and house number in one text."""
    asked = {"locationID": place}
    details = await service.one("getGovLocationDetails", asked, wire.LocationDetails, deadline)
    with understood():
        address = Address(street=details.street, postal_code=details.postal_code, city=details.city)
        return Location(
            id=place,
            name=details.name.strip() or place,
            zone=zone,
            telephone=details.telephone or None,
            address=address if details.street or details.city else None,
        )


# Reading ----------------------------------------------------------------------------------


def _html(piece: str) -> str:
    try:
        return base64.b64decode(piece, validate=True).decode()
    except (binascii.Error, ValueError):
        return piece  # not in base64 after all; it is for people to read, so show it

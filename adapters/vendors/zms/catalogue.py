"""Offices and services of ZMS in the words of the contract, and which of them go together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.vendors.zms import wire
from contracts.errors import ProductsNotCombinable, QuantityExceeded, ResourceNotFound
from contracts.models import Address, Location, Product

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contracts.models import ProductQuantity


class Catalogue:
    """What can be booked through us.

    Left out are offices that take no appointments (no scope, no length of a slot) or want a
    captcha, what is not public, and services that no office is left for.
    """

    def __init__(self, found: wire.OfficesAndServices) -> None:
        self._offices = {
            str(office.id): office
            for office in found.offices
            if isinstance(office.scope, wire.Scope)
            and office.slot_time_in_minutes
            and not office.scope.captcha_activated_required
        }
        self._services = {
            str(service.id): service for service in found.services if service.public is not False
        }
        self._relations = {
            (str(relation.office_id), str(relation.service_id)): relation
            for relation in found.relations
            if relation.public is not False
            and str(relation.office_id) in self._offices
            and str(relation.service_id) in self._services
        }

    def products(self) -> list[Product]:
        """Every service that some office does."""
        return [
            Product(
                id=known,
                name=(service.name or "").strip() or known,
                duration=min(self._lengths(known)),
                max_quantity=service.max_quantity or None,
            )
            for known, service in self._services.items()
            if self._lengths(known)
        ]

    def locations(self, products: Sequence[ProductQuantity], zone: str) -> list[Location]:
        """The offices that do these products together; every office where none are given.

        Raises:
            ResourceNotFound: a product that is not offered.
            ProductsNotCombinable: no office does them together.
        """
        chosen = self._able(products) if products else list(self._offices)
        return [_location(self._offices[known], zone) for known in chosen]

    def scopes(self, products: Sequence[ProductQuantity]) -> list[wire.Scope]:
        """The rules of the offices of ``locations``, which raises the same."""
        scopes = [self._offices[known].scope for known in self._able(products)]
        return [scope for scope in scopes if isinstance(scope, wire.Scope)]

    def slot_minutes(self, location_id: str) -> int:
        """How long one slot is at an office of ``locations``."""
        return self._offices[location_id].slot_time_in_minutes or 0

    def slot_count(self, location_id: str, products: Sequence[ProductQuantity]) -> int:
        """How many slots in a row these products take at an office.

        The calendar does not say it, a reservation does: so many for each one of a product.

        Raises:
            ResourceNotFound, ProductsNotCombinable: see ``locations``.
            QuantityExceeded: more than the office or the service takes.
        """
        if location_id not in self._able(products):
            raise ResourceNotFound("These products are not handled at this location.")
        count = 0
        for product in products:
            relation = self._relations[location_id, product.product_id]
            limits = (relation.max_quantity, self._services[product.product_id].max_quantity)
            most = min(filter(None, limits), default=product.quantity)
            if product.quantity > most:
                raise QuantityExceeded(f"At most {most} in one appointment.")
            count += (relation.slots or 0) * product.quantity
        if 0 < int(self._offices[location_id].slots_per_appointment or 0) < count:
            raise QuantityExceeded("Together they are too long for one appointment.")
        return max(count, 1)

    def _able(self, products: Sequence[ProductQuantity]) -> list[str]:
        """The offices that do these products in one appointment."""
        ids = [product.product_id for product in products]
        if not {service for _, service in self._relations}.issuperset(ids):
            raise ResourceNotFound("It knows no such product.")
        able = [
            known
            for known, office in self._offices.items()
            if all((known, service) in self._relations for service in ids)
            and not {str(service) for service in office.disabled_by_services or ()} & {*ids}
            and self._go_together(ids, office.id)
        ]
        if not able and len({*ids}) > 1:
            raise ProductsNotCombinable
        return able

    def _go_together(self, ids: Sequence[str], office: int) -> bool:
        """Whether from one of the services all the others can be chosen, as on its own page.

        The calendar and a reservation would take any combination.
        """
        others = {main: {*ids} - {main} for main in ids}
        return any(
            all(office in _partners(self._services[main], other) for other in others[main])
            for main in ids
        )

    def _lengths(self, service: str) -> list[timedelta]:
        return [
            timedelta(minutes=(relation.slots or 1) * self.slot_minutes(office))
            for (office, known), relation in self._relations.items()
            if known == service
        ]


def _partners(service: wire.Service, other: str) -> set[int]:
    """The offices where another service can be chosen beside this one."""
    groups = service.combinable.values() if isinstance(service.combinable, dict) else ()
    return {
        office for group in groups if isinstance(group, dict) for office in group.get(other, ())
    }


def _location(office: wire.Office, zone: str) -> Location:
    address = office.address if isinstance(office.address, wire.Address) else None
    return Location(
        id=str(office.id),
        name=(office.name or "").strip() or str(office.id),
        zone=zone,
        address=Address(
            street=address.street or "",
            house_number=address.house_number or "",
            postal_code=address.postal_code or "",
            city=address.city or "",
        )
        if address and (address.street or address.city)
        else None,
    )

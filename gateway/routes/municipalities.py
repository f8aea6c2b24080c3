"""``/municipalities``: who takes part, what they offer, and where."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, get
from litestar.params import QueryParameter

from contracts.api import Municipalities, OfferedLocations, OfferedProducts
from contracts.models import ProductQuantity
from gateway.routes.documentation import problems
from gateway.routes.given import GivenCatalogue, GivenLanguage, Id

_PRODUCTS = QueryParameter(
    name="productId", min_items=1, max_items=10, description="IPDC product numbers"
)


class MunicipalityRoutes(Controller):
    """Public: no login is needed to look around."""

    path = "/municipalities"
    tags = ("municipalities",)

    @get(
        operation_id="listMunicipalities",
        summary="Municipalities that take part",
        responses=problems(),
    )
    async def list_(self, catalogue: GivenCatalogue) -> Municipalities:
        """All municipalities, by name."""
        return catalogue.municipalities()

    @get(
        "/{municipality:str}/products",
        operation_id="listProducts",
        summary="Products of a municipality and how to get them",
        responses=problems(404),
    )
    async def products(
        self, municipality: Id, catalogue: GivenCatalogue, language: GivenLanguage
    ) -> OfferedProducts:
        """Also products that are not booked here: those say how to get them."""
        return await catalogue.products(municipality, language)

    @get(
        "/{municipality:str}/locations",
        operation_id="listLocations",
        summary="Where the asked products can be handled together",
        responses=problems(404, 422),
        opt={"query": ("productId",)},
    )
    async def locations(
        self,
        municipality: Id,
        catalogue: GivenCatalogue,
        product_id: Annotated[list[str], _PRODUCTS],
    ) -> OfferedLocations:
        """Repeat ``productId`` for several products, and for a quantity above one."""
        wanted = [
            ProductQuantity(product_id=each, quantity=product_id.count(each))
            for each in dict.fromkeys(product_id)
        ]
        return await catalogue.locations(municipality, wanted)

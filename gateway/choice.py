"""What a query may ask: the bounds that the contract's types cannot say."""

from __future__ import annotations

from datetime import timedelta

from contracts.api import PlansQuery, SlotsQuery
from contracts.errors import InvalidRequest, Issue

MOST_DAYS = timedelta(days=62)
_INVALID = "urn:problem-type:belgif:input-validation:invalidInput"


def check_choice(query: SlotsQuery | PlansQuery) -> None:
    """Raise ``InvalidRequest`` unless the days are in order, and each product is there once."""
    issues = []
    if not timedelta(0) <= query.last_day - query.first_day <= MOST_DAYS:
        days = f"firstDay or later, at most {MOST_DAYS.days} days later"
        issues.append(Issue(type=_INVALID, name="lastDay", detail=days))
    seen = set()
    for place, product in enumerate(query.products):
        if product.product_id in seen:
            name, detail = f"products[{place}]", "each product once, with its quantity"
            issues.append(Issue(type=_INVALID, name=name, detail=detail))
        seen.add(product.product_id)
    if issues:
        raise InvalidRequest(issues=tuple(issues))

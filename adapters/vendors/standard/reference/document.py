"""What the OpenAPI document says beside its operations: the rules, the ways in, the webhook."""

from __future__ import annotations

import inspect
import re
from typing import Any

from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import (
    Components,
    Example,
    OAuthFlow,
    OAuthFlows,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    PathItem,
    RequestBody,
    Schema,
    SecurityScheme,
)
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from pydantic.alias_generators import to_camel

from adapters.vendors.standard import controls, wire
from contracts import api, errors, models

_RULES = """\
How an appointment system takes part in Afsprakenpoort without an adapter of its own.

The core is mandatory. What is tagged otherwise belongs to a capability of that name: offer it
and say so at `GET /capabilities`, or leave it out. What is tagged `sandbox` is for a test
installation alone: certification turns its clock and empties its agenda. Where citizens book it
answers 404, and no gateway asks for it.

- **Time** is an instant with its offset (RFC 3339). A location says in which IANA zone its
  counters are; days are days there.
- **A slot** is sent back as it was offered. `vendorData` may hold what you need to book it: at
  most 1000 characters of JSON, never personal data.
- **Two bookings never share a place.** Of many at once as many win as there are counters.
- **`Idempotency-Key`** is the client reference of a write: unique to it, kept for 30 days. The
  same key and request get the same answer again, without a second booking; another request
  under it gets `idempotencyKeyReused`. It is found again by `POST /appointments/query`. A
  request that was refused leaves its key free.
- **A write happens within 30 seconds or never**: what you could not answer by then must not be
  applied any more.
- **Refusals** are problem+json (RFC 9457) with a `code`. No text in them repeats what a citizen
  typed. `outcome: notApplied` in a 500 or 503 says that nothing was changed; any other answer
  that cannot be read leaves a write's outcome unknown, and it is looked up.
- **Personal data** stands in bodies only: never in a path, a query or a `vendorRef`.
- **New fields** may be added to answers at any time: callers skip what they do not know.
"""

_FIELD = re.compile("``([^`]+)``")
_NOUNS = (wire, controls, models, api, errors)
_NOTIFICATION = Schema(
    type=OpenAPIType.OBJECT,
    title="Notification",
    required=["type", "timestamp", "data"],
    properties={
        "type": Schema(type=OpenAPIType.STRING, const="appointment.changed"),
        "timestamp": Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE_TIME),
        "data": Schema(
            type=OpenAPIType.OBJECT,
            required=["vendorRef"],
            properties={"vendorRef": Schema(type=OpenAPIType.STRING)},
        ),
    },
)
_WEBHOOK = PathItem(
    post=Operation(
        operation_id="appointmentChanged",
        tags=["webhooks"],
        summary="An appointment was made, moved, cancelled or decided on, by anybody",
        description="Posted by the system to the address that the municipality was given, as "
        "Standard Webhooks has it: `webhook-id`, `webhook-timestamp` and `webhook-signature` "
        "(`v1`, HMAC-SHA256; several while a secret is replaced). It says which appointment, "
        "nothing about it. Repeated until it is answered with 2xx.",
        request_body=RequestBody(
            required=True,
            content={
                "application/json": OpenAPIMediaType(
                    schema=_NOTIFICATION,
                    examples={
                        "changed": Example(
                            value={
                                "type": "appointment.changed",
                                "timestamp": "2027-03-08T08:00:00Z",
                                "data": {"vendorRef": "0f8b6f0a"},
                            }
                        )
                    },
                )
            },
        ),
        responses={"204": OpenAPIResponse(description="Taken in")},
    )
)


def openapi_config() -> OpenAPIConfig:
    """What Litestar makes the document from."""
    return OpenAPIConfig(
        title="Afsprakenpoort standard for appointment systems",
        version="1.0.0",
        description=_RULES,
        use_handler_docstrings=True,
        webhooks={"appointmentChanged": _WEBHOOK},
        security=[{"clientCredentials": []}, {"token": []}],
        components=Components(
            security_schemes={
                "clientCredentials": SecurityScheme(
                    type="oauth2",
                    description="RFC 6749, 4.4; the client authenticates by HTTP Basic",
                    flows=OAuthFlows(
                        client_credentials=OAuthFlow(token_url="/oauth/token", scopes={})  # noqa: S106
                    ),
                ),
                "token": SecurityScheme(
                    type="http", scheme="bearer", description="or a token that was given out once"
                ),
            }
        ),
    )


def explained(document: dict[str, Any]) -> dict[str, Any]:
    """The document with what the classes behind its schemas say of themselves."""
    for name, schema in document["components"]["schemas"].items():
        kind = next(vars(module)[name] for module in _NOUNS if name in vars(module))
        words = inspect.cleandoc(kind.__doc__)
        schema["description"] = _FIELD.sub(_as_sent, words)
    return document


def _as_sent(field: re.Match[str]) -> str:
    name = field[1]
    return f"`{to_camel(name) if '_' in name else name}`"

"""What a booking business asks of a citizen, and what it and its staff are told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from adapters.vendors.msbookings.zones import moment
from contracts.errors import CustomerFieldsMissing, Issue
from contracts.models import BookingRequest, IntakeField, IntakeKind, IntakeOption

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.vendors.msbookings import wire
    from contracts.models import Person, Slot

    Json = dict[str, object]

_MISSING = "urn:problem-type:afsprakenpoort:fieldMissing"
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_REFERENCE = re.compile(r"^Ref\. ([A-Za-z0-9-]{8,64})\s*$", re.MULTILINE)
_TOO_LONG = 500
_CONTACT = (
    IntakeField(name="givenName", required=True),
    IntakeField(name="familyName", required=True),
    IntakeField(name="email", kind=IntakeKind.EMAIL, required=True),
    IntakeField(name="phone", kind=IntakeKind.TELEPHONE),
)


def fields(service: wire.Service, questions: Mapping[str, wire.Question]) -> Sequence[IntakeField]:
    """Who it is, and the questions of the service.

    Raises ``LookupError`` for a question that the business does not list.
    """
    return [*_CONTACT, *(_asked(each, questions) for each in service.custom_questions or ())]


def _asked(
    assigned: wire.QuestionAssignment, questions: Mapping[str, wire.Question]
) -> IntakeField:
    question = questions[assigned.question_id]
    options = [option for option in question.answer_options or () if 0 < len(option) <= _TOO_LONG]
    return IntakeField(
        name=f"answers.{question.id}",
        kind=IntakeKind.CHOICE if options else IntakeKind.TEXT,
        required=assigned.is_required,
        label=" ".join(question.display_name.split())[:_TOO_LONG] or question.id,
        options=tuple(IntakeOption(value=option, label=option) for option in options),
    )


def check(request: BookingRequest, asked: Sequence[IntakeField]) -> None:
    """Raise ``CustomerFieldsMissing`` where something is missing: Graph would answer 500."""
    given = _given(request)
    issues = [
        Issue(type=_MISSING, name=field.name, detail="This is required.")
        for field in asked
        if field.required and not given.get(field.name)
    ]
    issues += [
        Issue(type=_MISSING, name=field.name, detail="This is not one of the answers.")
        for field in asked
        if field.options
        and given.get(field.name)
        and given[field.name] not in {option.value for option in field.options}
    ]
    if given["email"] and not _EMAIL.fullmatch(given["email"]):
        issues.append(Issue(type=_MISSING, name="email", detail="This is not an e-mail address."))
    if issues:
        listed = ", ".join(issue.name for issue in issues)
        raise CustomerFieldsMissing(f"Missing or not valid: {listed}.", issues=tuple(issues))


def _given(request: BookingRequest) -> dict[str, str]:
    booker = request.booker
    return {
        "givenName": _line(booker.given_name),
        "familyName": _line(booker.family_name),
        "email": _line(booker.email),
        "phone": _line(booker.phone or booker.mobile_phone),
    } | {f"answers.{key}": answer.strip() for key, answer in request.answers.items()}


def customer(
    request: BookingRequest,
    service: wire.Service,
    questions: Mapping[str, wire.Question],
    zone: str,
) -> Json:
    """The customer of an appointment, with the answers to the questions that were asked."""
    given = _given(request)
    return {
        "@odata.type": "#microsoft.graph.bookingCustomerInformation",
        "name": _named(request.booker),
        "emailAddress": given["email"],
        "phone": given["phone"],
        "timeZone": zone,
        "customQuestionAnswers": [
            _answered(questions[each.question_id], each, given[f"answers.{each.question_id}"])
            for each in service.custom_questions or ()
            if given.get(f"answers.{each.question_id}")
        ],
    }


def _answered(question: wire.Question, assigned: wire.QuestionAssignment, answer: str) -> Json:
    options = question.answer_options or []
    return {
        "@odata.type": "#microsoft.graph.bookingQuestionAnswer",
        "questionId": question.id,
        "question": question.display_name,
        "answerInputType": question.answer_input_type,
        "answerOptions": options,
        "isRequired": assigned.is_required,
        "answer": answer,
        "selectedOptions": [answer] if options else [],
    }


def appointment(
    slot: Slot, request: BookingRequest, customer: Mapping[str, object], staff: str
) -> Json:
    """The payload of an appointment that is this citizen's alone (docs/adr/0161)."""
    (chosen,) = slot.products
    return {
        "@odata.type": "#microsoft.graph.bookingAppointment",
        "customerTimeZone": customer["timeZone"],
        "startDateTime": moment(slot.start),
        "endDateTime": moment(slot.end),
        "serviceId": chosen.product_id,
        "staffMemberIds": [staff],
        "maximumAttendeesCount": chosen.quantity,
        "filledAttendeesCount": chosen.quantity,
        "serviceNotes": notes(request, chosen.quantity),
        "optOutOfCustomerEmail": False,
        "customers": [customer],
    }


def listed_customer(request: BookingRequest) -> Json:
    """The same person for the customer list of the business."""
    given = _given(request)
    return {
        "@odata.type": "#microsoft.graph.bookingCustomer",
        "displayName": _named(request.booker),
        "emailAddress": given["email"],
    }


def notes(request: BookingRequest, quantity: int) -> str:
    """For staff alone: our reference, who it is for, and how many come."""
    lines = [f"Ref. {request.client_reference}"]
    if request.attendee:
        lines.append(f"Voor {_named(request.attendee)}")
    if quantity > 1:
        lines.append(f"Aantal: {quantity}")
    return "\n".join(lines)


def reference(notes: str) -> str | None:
    """Our client reference in an appointment's notes, where it is ours."""
    found = _REFERENCE.search(notes)
    return found[1] if found else None


def _named(person: Person) -> str:
    return _line(f"{person.given_name or ''} {person.family_name or ''}")


def _line(text: str | None) -> str:
    return " ".join((text or "").split())

"""What a booking business asks of a citizen, and what it and its staff are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters import answers, staff_notes
from adapters.http import understood
from adapters.vendors.msbookings.zones import moment
from contracts.models import BookingRequest, IntakeField, IntakeKind, IntakeOption

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.vendors.msbookings import wire
    from contracts.models import Slot

    Json = dict[str, object]

_TOO_LONG = 500
_CONTACT = (
    IntakeField(name="givenName", required=True),
    IntakeField(name="familyName", required=True),
    IntakeField(name="email", kind=IntakeKind.EMAIL, required=True),
    IntakeField(name="phone", kind=IntakeKind.TELEPHONE),
)


def fields(service: wire.Service, questions: Mapping[str, wire.Question]) -> Sequence[IntakeField]:
    """Who it is, and the questions of the service.

    Raises ``BadAnswer`` for a question that the business does not list.
    """
    with understood():
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


def _not_one_of_its_options(field: IntakeField, value: str) -> str | None:
    if field.options and value not in {option.value for option in field.options}:
        return "This is not one of the answers."
    return None


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
    """The customer of an appointment, with the answers to the questions that were asked.

    Raises ``CustomerFieldsMissing`` where something is missing: Graph would answer 500.
    """
    given = _given(request)
    answers.check(fields(service, questions), given, _not_one_of_its_options)
    return {
        "@odata.type": "#microsoft.graph.bookingCustomerInformation",
        "name": staff_notes.name(request.booker),
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
    several = [f"Aantal: {chosen.quantity}"] if chosen.quantity > 1 else []
    return {
        "@odata.type": "#microsoft.graph.bookingAppointment",
        "customerTimeZone": customer["timeZone"],
        "startDateTime": moment(slot.start),
        "endDateTime": moment(slot.end),
        "serviceId": chosen.product_id,
        "staffMemberIds": [staff],
        "maximumAttendeesCount": chosen.quantity,
        "filledAttendeesCount": chosen.quantity,
        "serviceNotes": staff_notes.written(request, *several),
        "optOutOfCustomerEmail": False,
        "customers": [customer],
    }


def listed_customer(request: BookingRequest) -> Json:
    """The same person for the customer list of the business."""
    given = _given(request)
    return {
        "@odata.type": "#microsoft.graph.bookingCustomer",
        "displayName": staff_notes.name(request.booker),
        "emailAddress": given["email"],
    }


def _line(text: str | None) -> str:
    return " ".join((text or "").split())

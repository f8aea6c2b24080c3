"""Why a login can fail: the reason goes to the log, the citizen reads a page about it."""

from __future__ import annotations

import re
from enum import StrEnum

_ERROR_CODE = re.compile(r"[a-z_]{1,40}")


class Reason(StrEnum):
    """What stopped a login, for the operator's log and alarms."""

    RETURN_REFUSED = "returnRefused"
    TRANSACTION_MISSING = "transactionMissing"
    TRANSACTION_FORGED = "transactionForged"
    TRANSACTION_EXPIRED = "transactionExpired"
    STATE_MISMATCH = "stateMismatch"
    CANCELLED = "cancelled"
    PROVIDER_REFUSED = "providerRefused"
    PROVIDER_UNAVAILABLE = "providerUnavailable"
    PROVIDER_BAD_ANSWER = "providerBadAnswer"
    CODE_REFUSED = "codeRefused"
    TOKEN_UNREADABLE = "tokenUnreadable"  # noqa: S105 - a reason, no password
    ALGORITHM_REFUSED = "algorithmRefused"
    KEY_UNKNOWN = "keyUnknown"
    SIGNATURE_WRONG = "signatureWrong"
    ISSUER_WRONG = "issuerWrong"
    AUDIENCE_WRONG = "audienceWrong"
    TOKEN_EXPIRED = "tokenExpired"  # noqa: S105
    TOKEN_FROM_FUTURE = "tokenFromFuture"  # noqa: S105
    NONCE_WRONG = "nonceWrong"
    ACCESS_TOKEN_SWAPPED = "accessTokenSwapped"  # noqa: S105
    ASSURANCE_TOO_LOW = "assuranceTooLow"
    SUBJECT_SWAPPED = "subjectSwapped"
    CLAIM_MISSING = "claimMissing"


class LoginFailed(Exception):
    """The citizen could not be logged in.

    ``said`` is the provider's own error code. ``return_to`` is where the citizen came from,
    once that is known to be a place of ours.
    """

    def __init__(self, reason: Reason, said: object = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        # A code of RFC 6749, or nothing: anything else could be anybody's text in our log.
        self.said = said if isinstance(said, str) and _ERROR_CODE.fullmatch(said) else None
        self.return_to: str | None = None

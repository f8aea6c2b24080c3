"""Whether a certificate can be believed: everything that is wrong with it, a code each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from jose import jws
from jose.exceptions import JOSEError
from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.certificate import CONTRACT_VERSION, LONGEST, Certificate, Statement, statement
from gateway.certification.trust import ALGORITHM, PLATFORM, PublicKey, Trust

SKEW = timedelta(minutes=5)
"""How far the clocks of two machines may be apart."""
_NAMED = 5


class Forged(StrEnum):
    """Why nothing that a certificate says can be believed."""

    UNREADABLE = "unreadable"
    ALGORITHM = "algorithm"
    KEY_UNKNOWN = "keyUnknown"
    KEY_REVOKED = "keyRevoked"
    SIGNATURE = "signature"


class Flaw(StrEnum):
    """What can be wrong with a certificate whose signature holds."""

    INCONSISTENT = "inconsistent"
    TESTS_MISSING = "testsMissing"
    NOT_ITS_OWN = "notItsOwn"
    KEY_RETIRED = "keyRetired"
    OTHER_ADAPTER = "otherAdapter"
    CODE_CHANGED = "codeChanged"
    CONTRACT = "contract"
    NOT_YET = "notYet"
    TOO_LONG = "tooLong"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and what it is about: ``reasons`` has the words."""

    flaw: Flaw
    about: Mapping[str, str | int | datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """A certificate whose signature holds, and what is wrong with it all the same."""

    token: str
    certificate: Certificate
    key: PublicKey
    problems: tuple[Problem, ...]

    @property
    def is_certified(self) -> bool:
        """Signed by the platform; a vendor's own is self-attested."""
        return self.key.owner == PLATFORM

    def has(self, *flaws: Flaw) -> bool:
        """Whether one of these is wrong."""
        return any(problem.flaw in flaws for problem in self.problems)


class NotBelieved(Exception):
    """The signature does not hold: nothing that the certificate says can be believed."""

    def __init__(self, why: Forged, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why


@dataclass(frozen=True, slots=True)
class Checks:
    """What certificates are held against.

    Attributes:
        behaviours: the ids of all behaviours of a version of the suite, by version.
    """

    trust: Trust
    now: datetime
    behaviours: Mapping[str, Collection[str]]
    contract_version: int = CONTRACT_VERSION

    def read(self, token: str) -> Read:
        """Verify the signature, then look at everything else. Raises ``NotBelieved``."""
        token = token.strip()
        key = self._key(_header(token))
        try:
            payload = jws.verify(token, key.ready, algorithms=[ALGORITHM])
        except JOSEError:
            raise NotBelieved(
                Forged.SIGNATURE, "The signature is not right: it was changed after it was signed."
            ) from None
        try:
            said = Statement.model_validate_json(payload)
        except ValidationError:
            raise NotBelieved(
                Forged.UNREADABLE, "It is signed, but it is not a certificate of this contract."
            ) from None
        certificate = said.predicate.certificate
        problems = list(self._of_the_whole(said, key))
        problems += self._of_its_tests(certificate)
        problems += self._of_its_time(certificate)
        return Read(token, certificate, key, tuple(problems))

    def _key(self, header: _Header) -> PublicKey:
        if header.alg != ALGORITHM:
            raise NotBelieved(
                Forged.ALGORITHM,
                f"It is signed with {header.alg[:20]!r}; only {ALGORITHM} is a signature here.",
            )
        key = self.trust.key(header.kid)
        if key is None:
            raise NotBelieved(
                Forged.KEY_UNKNOWN, "The key that signed it is not one that this gateway trusts."
            )
        if key.revoked is not None:
            raise NotBelieved(
                Forged.KEY_REVOKED,
                f"The key that signed it was revoked on {key.revoked.at:%Y-%m-%d}: "
                f"{key.revoked.because}",
            )
        return key

    def _of_the_whole(self, said: Statement, key: PublicKey) -> Iterator[Problem]:
        certificate = said.predicate.certificate
        if said != statement(certificate) or not certificate.is_consistent:
            yield Problem(Flaw.INCONSISTENT)
        if not key.may_sign_for(certificate.about):
            yield Problem(Flaw.NOT_ITS_OWN, {"owner": key.owner, "about": certificate.about})
        if key.retired_at is not None and certificate.made_at > key.retired_at + SKEW:
            yield Problem(Flaw.KEY_RETIRED, {"at": key.retired_at})
        revoked = self.trust.revoked(certificate.id)
        if revoked is not None:
            yield Problem(Flaw.REVOKED, {"at": revoked.at, "because": revoked.because})

    def _of_its_tests(self, certificate: Certificate) -> Iterator[Problem]:
        current, previous = self.contract_version, self.contract_version - 1
        if (certified := certificate.contract_version) not in {current, previous}:
            about = {"certified": certified, "current": current, "previous": previous}
            yield Problem(Flaw.CONTRACT, about)
        known = self.behaviours.get(certificate.suite_version)
        absent = sorted(set(known or ()) - set(certificate.outcomes))
        if absent:
            some = ", ".join(absent[:_NAMED]) + (" …" if len(absent) > _NAMED else "")
            yield Problem(Flaw.TESTS_MISSING, {"count": len(absent), "some": some})

    def _of_its_time(self, certificate: Certificate) -> Iterator[Problem]:
        made_at, valid_until = certificate.made_at, certificate.valid_until
        if made_at > self.now + SKEW:
            yield Problem(Flaw.NOT_YET, {"made_at": made_at, "time": f"{made_at:%H:%M}"})
        if valid_until - made_at > LONGEST:
            yield Problem(Flaw.TOO_LONG, {"days": LONGEST.days})
        if valid_until <= self.now:
            yield Problem(Flaw.EXPIRED, {"valid_until": valid_until})


class _Header(BaseModel):
    """The header of a JWS. ``crit`` names extensions that we would have to know: none."""

    model_config = ConfigDict(frozen=True)

    alg: str
    kid: str = ""
    crit: None = None


def _header(token: str) -> _Header:
    try:
        return _Header.model_validate(jws.get_unverified_header(token))
    except (JOSEError, ValidationError):
        raise NotBelieved(
            Forged.UNREADABLE, "It is not a certificate: a JWS in three parts was expected."
        ) from None


def of_its_adapter(certificate: Certificate, vendor: str, digest: str) -> Iterator[Problem]:
    """What is wrong when it is shown for this adapter, whose files have this digest."""
    if certificate.adapter != vendor:
        yield Problem(Flaw.OTHER_ADAPTER, {"adapter": certificate.adapter, "vendor": vendor})
    elif certificate.adapter_digest != digest:
        yield Problem(Flaw.CODE_CHANGED, {"vendor": vendor})

"""Whether a certificate can be believed: everything that is wrong with it, a sentence each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from jose import jws
from jose.exceptions import JOSEError
from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.certificate import CONTRACT_VERSION, LONGEST, Certificate, Statement, statement
from gateway.certification.trust import ALGORITHM, PLATFORM, PublicKey, Trust

SKEW = timedelta(minutes=5)
"""How far the clocks of two machines may be apart."""


class Flaw(StrEnum):
    """What can be wrong."""

    UNREADABLE = "unreadable"
    ALGORITHM = "algorithm"
    KEY_UNKNOWN = "keyUnknown"
    KEY_REVOKED = "keyRevoked"
    SIGNATURE = "signature"
    INCONSISTENT = "inconsistent"
    TESTS_MISSING = "testsMissing"
    NOT_ITS_OWN = "notItsOwn"
    OTHER_ADAPTER = "otherAdapter"
    CODE_CHANGED = "codeChanged"
    CONTRACT = "contract"
    NOT_YET = "notYet"
    TOO_LONG = "tooLong"
    EXPIRED = "expired"
    REVOKED = "revoked"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, for a program and for a person."""

    flaw: Flaw
    sentence: str


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

    def __init__(self, flaw: Flaw, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = Problem(flaw, sentence)


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
                Flaw.SIGNATURE, "The signature is not right: it was changed after it was signed."
            ) from None
        try:
            said = Statement.model_validate_json(payload)
        except ValidationError:
            raise NotBelieved(
                Flaw.UNREADABLE, "It is signed, but it is not a certificate of this contract."
            ) from None
        certificate = said.predicate.certificate
        problems = list(self._of_the_whole(said, key))
        problems += self._of_its_tests(certificate)
        problems += self._of_its_time(certificate)
        return Read(token, certificate, key, tuple(problems))

    def _key(self, header: _Header) -> PublicKey:
        if header.alg != ALGORITHM:
            raise NotBelieved(
                Flaw.ALGORITHM,
                f"It is signed with {header.alg[:20]!r}; only {ALGORITHM} is a signature here.",
            )
        key = self.trust.key(header.kid)
        if key is None:
            raise NotBelieved(
                Flaw.KEY_UNKNOWN, "The key that signed it is not one that this gateway trusts."
            )
        if key.revoked is not None:
            raise NotBelieved(
                Flaw.KEY_REVOKED,
                f"The key that signed it was revoked on {key.revoked.at:%Y-%m-%d}: "
                f"{key.revoked.because}",
            )
        return key

    def _of_the_whole(self, said: Statement, key: PublicKey) -> Iterator[Problem]:
        certificate = said.predicate.certificate
        if said != statement(certificate) or not certificate.is_consistent:
            yield Problem(
                Flaw.INCONSISTENT,
                "What it lists and its level do not follow from its outcomes.",
            )
        if key.owner not in {PLATFORM, certificate.adapter}:
            yield Problem(
                Flaw.NOT_ITS_OWN,
                f"The key of {key.owner} may not sign for the adapter {certificate.adapter}.",
            )
        revoked = self.trust.revoked(certificate.id)
        if revoked is not None:
            yield Problem(
                Flaw.REVOKED, f"It was revoked on {revoked.at:%Y-%m-%d}: {revoked.because}"
            )

    def _of_its_tests(self, certificate: Certificate) -> Iterator[Problem]:
        if certificate.contract_version not in {self.contract_version, self.contract_version - 1}:
            yield Problem(
                Flaw.CONTRACT,
                f"It is for version {certificate.contract_version} of the contract; "
                f"{self.contract_version} and {self.contract_version - 1} count. Certify again.",
            )
        known = self.behaviours.get(certificate.suite_version)
        absent = sorted(set(known or ()) - set(certificate.outcomes))
        if absent:
            yield Problem(
                Flaw.TESTS_MISSING,
                f"It says nothing about {len(absent)} of the suite's behaviours: "
                f"{', '.join(absent[:5])}{' …' if len(absent) > 5 else ''}.",  # noqa: PLR2004 - as many as are named
            )

    def _of_its_time(self, certificate: Certificate) -> Iterator[Problem]:
        if certificate.made_at > self.now + SKEW:
            yield Problem(
                Flaw.NOT_YET,
                f"It was made on {certificate.made_at:%Y-%m-%d %H:%M} UTC, which is in the future: "
                "one of the two clocks is wrong.",
            )
        if certificate.valid_until - certificate.made_at > LONGEST:
            yield Problem(Flaw.TOO_LONG, f"It would be valid for more than {LONGEST.days} days.")
        if certificate.valid_until <= self.now:
            yield Problem(
                Flaw.EXPIRED,
                f"It expired on {certificate.valid_until:%Y-%m-%d}. Certify again.",
            )


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
            Flaw.UNREADABLE, "It is not a certificate: a JWS in three parts was expected."
        ) from None


def of_its_adapter(certificate: Certificate, vendor: str, digest: str) -> Iterator[Problem]:
    """What is wrong when it is shown for this adapter, whose files have this digest."""
    if certificate.adapter != vendor:
        yield Problem(
            Flaw.OTHER_ADAPTER,
            f"It is of the adapter {certificate.adapter}, not of {vendor}.",
        )
    elif certificate.adapter_digest != digest:
        yield Problem(
            Flaw.CODE_CHANGED,
            f"The files of the adapter {vendor} are not those that were certified.",
        )

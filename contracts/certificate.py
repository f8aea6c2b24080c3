"""A certificate: an in-toto test-result statement about one adapter, or one native endpoint.

What in-toto has no field for stands in the predicate under a URI of ours, as its rules for
extension fields want it (in-toto attestation spec, v1, "Parsing rules").
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from contracts.adapter import Capability
from contracts.levels import Evidence, Target, level
from contracts.manifest import Level, Resolution
from contracts.models import Model
from contracts.report import Mode, Outcome

CONTRACT_VERSION = 1
"""Raised when an adapter of yesterday would no longer fit; certificates of one less still count."""
LONGEST = timedelta(days=90)
STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://in-toto.io/attestation/test-result/v0.1"
EXTENSION: Final = "urn:afsprakenpoort:certificate:1"

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Certificate(Model):
    """What was tested, how, and what came out.

    Attributes:
        id: its own, by which it is revoked.
        adapter: the vendor's name in the registry.
        adapter_digest: of the adapter's files.
        product: the vendor's product, as the manifest names it.
        product_version: as the vendor's system reports it, empty where it tells none.
        endpoint: for a system that speaks the contract natively, its origin: the certificate
            is of that system and of no other.
        resolution: as the manifest declares it, and ``cancellable`` too.
        capabilities: those that are certified.
        level: what the outcomes amount to, whatever the target.
        outcomes: of every behaviour of the suite, by id.
        evidence: the digest of the report that says more.
    """

    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    adapter: str
    adapter_digest: Sha256
    product: str
    product_version: str = ""
    endpoint: str | None = None
    contract_version: int
    suite_version: str
    suite_digest: Sha256
    mode: Mode
    target: Target
    resolution: Resolution
    cancellable: bool
    capabilities: tuple[Capability, ...]
    level: Level
    outcomes: Mapping[str, Outcome]
    evidence: Sha256
    made_at: AwareDatetime
    valid_until: AwareDatetime

    @property
    def name(self) -> str:
        """The adapter's name, and the endpoint's host where there is one; safe in a path."""
        return named(self.adapter, self.endpoint)

    @property
    def about(self) -> str:
        """What it is of: an adapter by its name, a native system by its origin."""
        return self.endpoint or self.adapter

    @property
    def is_consistent(self) -> bool:
        """Whether its level is what its outcomes amount to."""
        return level(self.evidence_for_level) is self.level

    @property
    def evidence_for_level(self) -> Evidence:
        """What its level is computed from."""
        return Evidence(
            self.outcomes, self.capabilities, self.resolution, self.cancellable, self.mode
        )


def named(adapter: str, endpoint: str | None) -> str:
    """What the certificate of an adapter, or of an endpoint, is called."""
    if endpoint is None:
        return adapter
    letters = (each if each.isascii() and each.isalnum() else "-" for each in endpoint)
    return f"{adapter}-{''.join(letters)}"


class _InToto(BaseModel):
    """Fields that nobody here knows are skipped, as in-toto demands."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)


class Descriptor(_InToto):
    """An in-toto ResourceDescriptor: something by its name and digest."""

    name: str
    digest: Mapping[str, str]
    annotations: Mapping[str, Any] = Field(default_factory=dict)


class TestResult(_InToto):
    """The predicate ``test-result`` of in-toto, version 0.1."""

    __test__ = False  # pytest would take it for a test

    result: Literal["PASSED", "WARNED", "FAILED"]
    configuration: tuple[Descriptor, ...]
    passed_tests: tuple[str, ...] = Field(alias="passedTests")
    warned_tests: tuple[str, ...] = Field(default=(), alias="warnedTests")
    failed_tests: tuple[str, ...] = Field(alias="failedTests")
    certificate: Certificate = Field(alias=EXTENSION)


class Statement(_InToto):
    """The in-toto statement around it."""

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: tuple[Descriptor, ...]
    predicate_type: Literal["https://in-toto.io/attestation/test-result/v0.1"] = Field(
        alias="predicateType"
    )
    predicate: TestResult


def statement(certificate: Certificate) -> Statement:
    """The statement of a certificate; no other says the same."""
    of = {
        outcome: tuple(sorted(id_ for id_, each in certificate.outcomes.items() if each is outcome))
        for outcome in Outcome
    }
    result: Literal["PASSED", "WARNED", "FAILED"] = "PASSED"
    if of[Outcome.FAILED] or of[Outcome.NOT_RUN]:
        result = "FAILED" if of[Outcome.FAILED] else "WARNED"
    suite = Descriptor(
        name="contracts/suite",
        digest={"sha256": certificate.suite_digest},
        annotations={
            "suiteVersion": certificate.suite_version,
            "contractVersion": certificate.contract_version,
        },
    )
    return Statement(
        type_=STATEMENT,
        subject=(_subject(certificate),),
        predicate_type=PREDICATE,
        predicate=TestResult(
            result=result,
            configuration=(suite,),
            passed_tests=of[Outcome.PASSED],
            failed_tests=of[Outcome.FAILED],
            certificate=certificate,
        ),
    )


def _subject(certificate: Certificate) -> Descriptor:
    """The adapter by its files; an endpoint by its origin and the version it reports."""
    if certificate.endpoint is None:
        return Descriptor(name=certificate.adapter, digest={"sha256": certificate.adapter_digest})
    known_by = f"{certificate.endpoint}\n{certificate.product_version}"
    digest = hashlib.sha256(known_by.encode()).hexdigest()
    return Descriptor(name=certificate.endpoint, digest={"sha256": digest})

"""Keys, certificates and reports to test with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from contracts.adapter import Capability
from contracts.certificate import CONTRACT_VERSION, Certificate
from contracts.levels import Target
from contracts.manifest import AmountModel, Combination, ConflictCheck, Facts, Level, Resolution
from contracts.report import Mode, Outcome, Report, Result, Subject
from gateway.certification.checking import Checks
from gateway.certification.signing import PrivateKey, make
from gateway.certification.trust import PLATFORM, Trust

NOW = datetime(2027, 3, 8, 7, tzinfo=UTC)
FACTS = Facts(
    resolution=Resolution.BY_REFERENCE,
    conflict_check=ConflictCheck.ATOMIC,
    amount_model=AmountModel.PER_PRODUCT,
    combination=Combination.ANY,
    settle_after=0,
)
ALL_PASSED: Mapping[str, Outcome] = {
    f"{group}-001": Outcome.PASSED
    for group in ("FACT", "CAT", "SLOT", "TIME", "BOOK", "CANCEL", "FAULT", "PRIV", "SETTLE")
}
CERTIFIED = (Capability.HOLD, Capability.CONFIRM, Capability.FIND_BY_CLIENT_REFERENCE)
DIGEST = "ab" * 32


def certificate(**changes: object) -> Certificate:
    fields: dict[str, Any] = {
        "id": "0" * 32,
        "adapter": "memory",
        "adapter_digest": DIGEST,
        "product": "Memory",
        "contract_version": CONTRACT_VERSION,
        "suite_version": "test",
        "suite_digest": "cd" * 32,
        "mode": Mode.CONTROLLED,
        "target": Target.SANDBOX,
        "resolution": FACTS.resolution,
        "cancellable": True,
        "capabilities": CERTIFIED,
        "level": Level.GOLD,
        "outcomes": ALL_PASSED,
        "evidence": "ef" * 32,
        "made_at": NOW,
        "valid_until": NOW + timedelta(days=90),
    }
    return Certificate.model_validate({**fields, **changes})


def key(folder: Path, name: str = "platform") -> PrivateKey:
    return make(folder / f"{name}.pem")


def trusting(*keys: tuple[PrivateKey, str]) -> Trust:
    trust = Trust()
    for private, owner in keys:
        trust = trust.with_key(private.public(owner, NOW))
    return trust


def checks(private: PrivateKey, owner: object = PLATFORM, **changes: object) -> Checks:
    given: dict[str, Any] = {
        "trust": trusting((private, str(owner))),
        "now": NOW,
        "behaviours": {"test": frozenset(ALL_PASSED)},
        **changes,
    }
    return Checks(**given)


def report(outcomes: Mapping[str, Outcome] = ALL_PASSED) -> Report:
    """What is settled is found by its reference, which is shown by the same behaviour."""
    finds = frozenset({Capability.FIND_BY_CLIENT_REFERENCE})
    return Report(
        suite_version="test",
        suite_digest="cd" * 32,
        subject=Subject(
            vendor="memory",
            mode=Mode.CONTROLLED,
            capabilities=frozenset(map(str, finds)),
            facts=FACTS,
        ),
        results=tuple(
            Result(
                id=id_,
                demand=f"Does what {id_} demands.",
                outcome=outcome,
                message="<b>said</b>",
                needs=finds if id_.startswith("SETTLE-") else frozenset(),
            )
            for id_, outcome in outcomes.items()
        ),
    )


def put(
    folder: Path, private: PrivateKey, made: Certificate, behind: Report | None = None
) -> Certificate:
    """Put a certificate into a folder, with the report that it is of."""
    if behind is not None:
        evidence = behind.model_dump_json(by_alias=True).encode()
        (folder / f"{made.id}.json").write_bytes(evidence)
        made = made.model_copy(update={"evidence": hashlib.sha256(evidence).hexdigest()})
    (folder / f"{made.id}.jws").write_text(private.sign(made))
    return made

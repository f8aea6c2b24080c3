"""A certificate that was tampered with is refused, and told why."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from jose import jws
from jose.utils import base64url_decode

from contracts.certificate import CONTRACT_VERSION, EXTENSION, LONGEST, Certificate, statement
from contracts.manifest import Level
from contracts.report import Outcome
from gateway.certification.checking import Flaw, Forged, NotBelieved, Read, of_its_adapter
from gateway.certification.reasons import reason
from gateway.certification.signing import PrivateKey
from gateway.certification.trust import Revoked, RevokedCertificate
from tests.gateway.certification.certificates import (
    ALL_PASSED,
    DIGEST,
    NOW,
    certificate,
    checks,
    key,
    trusting,
)


@pytest.fixture
def private(tmp_path: Path) -> PrivateKey:
    return key(tmp_path)


def flaws(read: Read) -> list[Flaw]:
    return [problem.flaw for problem in read.problems]


def of(made: Certificate, private: PrivateKey, **changes: object) -> list[Flaw]:
    return flaws(checks(private, **changes).read(private.sign(made)))


def segment(data: object) -> str:
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def payload(token: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(base64url_decode(token.split(".")[1].encode()))
    return said


def refused(token: str, private: PrivateKey, **changes: object) -> Forged:
    with pytest.raises(NotBelieved) as caught:
        checks(private, **changes).read(token)
    assert str(caught.value).endswith((".", ":")) or ": " in str(caught.value)
    return caught.value.why


def test_a_good_certificate_has_nothing_wrong_with_it(private: PrivateKey) -> None:
    read = checks(private).read(private.sign(certificate()))

    assert read.problems == ()
    assert read.certificate == certificate()
    assert read.is_certified
    assert list(of_its_adapter(read.certificate, "memory", DIGEST)) == []


def test_it_is_an_in_toto_test_result(private: PrivateKey) -> None:
    outcomes = {**ALL_PASSED, "MOVE-001": Outcome.FAILED, "HOOK-001": Outcome.ABSENT}
    said = payload(private.sign(certificate(outcomes=outcomes)))

    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["subject"] == [{"name": "memory", "digest": {"sha256": DIGEST}, "annotations": {}}]
    assert said["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert said["predicate"]["result"] == "FAILED"
    assert said["predicate"]["failedTests"] == ["MOVE-001"]
    assert said["predicate"]["passedTests"] == sorted(ALL_PASSED)
    assert said["predicate"]["configuration"][0]["annotations"]["contractVersion"] == 1


@pytest.mark.parametrize("part", [0, 1, 2])
def test_one_changed_byte_is_seen(private: PrivateKey, part: int) -> None:
    parts = private.sign(certificate()).split(".")
    for place in range(0, len(parts[part]) - 1, 41):
        other = "A" if parts[part][place] != "A" else "B"
        changed = [*parts]
        changed[part] = parts[part][:place] + other + parts[part][place + 1 :]
        found = refused(".".join(changed), private)
        assert found in {Forged.SIGNATURE, Forged.UNREADABLE, Forged.ALGORITHM, Forged.KEY_UNKNOWN}


def test_an_edited_outcome_is_seen(private: PrivateKey) -> None:
    outcomes = {**ALL_PASSED, "BOOK-001": Outcome.FAILED}
    head, body, signature = private.sign(certificate(outcomes=outcomes, level=Level.BRONZE)).split(
        "."
    )
    said = payload(f"{head}.{body}.")
    said["predicate"][EXTENSION]["outcomes"]["BOOK-001"] = "passed"

    assert refused(f"{head}.{segment(said)}.{signature}", private) is Forged.SIGNATURE


def test_a_level_that_its_outcomes_do_not_give_is_seen_although_it_is_signed(
    private: PrivateKey,
) -> None:
    outcomes = {**ALL_PASSED, "BOOK-001": Outcome.FAILED}
    assert of(certificate(outcomes=outcomes), private) == [Flaw.INCONSISTENT]
    assert of(certificate(outcomes=outcomes, level=Level.BRONZE), private) == []


def test_lists_that_its_outcomes_do_not_give_are_seen_although_they_are_signed(
    private: PrivateKey,
) -> None:
    said = statement(certificate())
    predicate = said.predicate.model_copy(update={"passed_tests": ("MOVE-001",)})
    text = said.model_copy(update={"predicate": predicate}).model_dump_json(
        by_alias=True, exclude_none=True
    )
    token = jws.sign(
        text.encode(), private.pem.decode(), headers={"kid": private.kid}, algorithm="ES256"
    )
    assert flaws(checks(private).read(token)) == [Flaw.INCONSISTENT]


def test_a_removed_test_is_seen_although_it_is_signed(private: PrivateKey) -> None:
    fewer = {id_: each for id_, each in ALL_PASSED.items() if id_ != "CANCEL-001"}
    behaviours = {"test": frozenset({*ALL_PASSED, "CANCEL-002"})}
    made = certificate(outcomes={**fewer, "CANCEL-002": Outcome.PASSED})

    read = checks(private, behaviours=behaviours).read(private.sign(made))

    assert flaws(read) == [Flaw.TESTS_MISSING]
    assert "CANCEL-001" in reason(read.problems[0])


def test_the_certificate_of_another_adapter_is_refused() -> None:
    (problem,) = of_its_adapter(certificate(adapter="acme"), "memory", DIGEST)
    assert problem.flaw is Flaw.OTHER_ADAPTER
    assert reason(problem) == "It is of the adapter acme, not of memory."


def test_changed_files_of_the_adapter_are_seen() -> None:
    (problem,) = of_its_adapter(certificate(), "memory", "12" * 32)
    assert problem.flaw is Flaw.CODE_CHANGED


def test_it_expires(private: PrivateKey) -> None:
    end = certificate().valid_until
    assert of(certificate(), private, now=end - timedelta(seconds=1)) == []
    assert of(certificate(), private, now=end) == [Flaw.EXPIRED]


def test_it_lasts_no_longer_than_ninety_days(private: PrivateKey) -> None:
    too_long = certificate(valid_until=NOW + LONGEST + timedelta(seconds=1))
    assert of(too_long, private) == [Flaw.TOO_LONG]


def test_clocks_may_differ_by_minutes_and_no_more(private: PrivateKey) -> None:
    assert of(certificate(), private, now=NOW - timedelta(minutes=5)) == []
    assert of(certificate(), private, now=NOW - timedelta(minutes=6)) == [Flaw.NOT_YET]


def test_a_revoked_certificate_is_refused_with_the_reason(private: PrivateKey) -> None:
    trust = trusting((private, "platform")).revoking(
        RevokedCertificate(id="0" * 32, at=NOW, because="it cancels the wrong appointment")
    )
    read = checks(private, trust=trust).read(private.sign(certificate()))

    assert flaws(read) == [Flaw.REVOKED]
    assert reason(read.problems[0]).endswith("it cancels the wrong appointment")


def test_a_revoked_key_signed_nothing_that_counts(private: PrivateKey) -> None:
    public = private.public("platform", NOW).model_copy(
        update={"revoked": Revoked(at=NOW, because="lost")}
    )
    trust = trusting().with_key(public)
    assert refused(private.sign(certificate()), private, trust=trust) is Forged.KEY_REVOKED


def test_what_a_retired_key_signed_still_counts(private: PrivateKey) -> None:
    public = private.public("platform", NOW).model_copy(update={"retired_at": NOW})
    assert of(certificate(), private, trust=trusting().with_key(public)) == []


def test_a_retired_key_signs_nothing_new(private: PrivateKey) -> None:
    public = private.public("platform", NOW)
    for earlier, found in ((timedelta(minutes=5), []), (timedelta(minutes=6), [Flaw.KEY_RETIRED])):
        retired = public.model_copy(update={"retired_at": NOW - earlier})
        assert of(certificate(), private, trust=trusting().with_key(retired)) == found


def test_an_unknown_key_is_refused(private: PrivateKey, tmp_path: Path) -> None:
    stranger = key(tmp_path, "stranger")
    assert refused(stranger.sign(certificate()), private) is Forged.KEY_UNKNOWN


def test_the_key_that_is_named_has_to_be_the_one_that_signed(
    private: PrivateKey, tmp_path: Path
) -> None:
    stranger = key(tmp_path, "stranger")
    token = jws.sign(
        statement(certificate()).model_dump_json(by_alias=True).encode(),
        stranger.pem.decode(),
        headers={"kid": private.kid},
        algorithm="ES256",
    )
    assert refused(token, private) is Forged.SIGNATURE


def test_a_vendor_attests_to_its_own_adapter_only(private: PrivateKey) -> None:
    own = checks(private, owner="memory").read(private.sign(certificate()))
    other = checks(private, owner="acme").read(private.sign(certificate()))

    assert (flaws(own), own.is_certified) == ([], False)
    assert flaws(other) == [Flaw.NOT_ITS_OWN]


def test_the_maker_of_a_system_attests_to_that_system_only(private: PrivateKey) -> None:
    token = private.sign(certificate(adapter="standard", endpoint="https://acme.example"))

    assert flaws(checks(private, owner="https://acme.example").read(token)) == []
    for other in ("https://other.example", "standard"):
        assert flaws(checks(private, owner=other).read(token)) == [Flaw.NOT_ITS_OWN]


def test_without_a_signature_it_is_refused(private: PrivateKey) -> None:
    body = private.sign(certificate()).split(".")[1]
    for name in ("none", "None", "NONE"):
        head = segment({"alg": name, "kid": private.kid})
        assert refused(f"{head}.{body}.", private) is Forged.ALGORITHM


def test_the_public_key_is_no_password(private: PrivateKey) -> None:
    public = load_pem_private_key(private.pem, None).public_key()
    secrets = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ]
    for secret in secrets:
        token = _hmac(private, secret)
        assert refused(token, private) is Forged.ALGORITHM


def _hmac(private: PrivateKey, secret: bytes) -> str:
    head = segment({"alg": "HS256", "kid": private.kid})
    body = private.sign(certificate()).split(".")[1]
    signature = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{segment(signature)}"


def test_extensions_that_must_be_understood_are_not(private: PrivateKey) -> None:
    token = jws.sign(
        b"{}", private.pem.decode(), {"kid": private.kid, "crit": ["b64"]}, algorithm="ES256"
    )
    assert refused(token, private) is Forged.UNREADABLE


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.e30", "é" * 5])
def test_what_is_no_certificate_at_all_is_told(private: PrivateKey, text: str) -> None:
    assert refused(text, private) is Forged.UNREADABLE


def test_something_else_that_the_platform_signed_is_no_certificate(private: PrivateKey) -> None:
    token = jws.sign(b'{"aud": "x"}', private.pem.decode(), {"kid": private.kid}, algorithm="ES256")
    assert refused(token, private) is Forged.UNREADABLE


def test_this_version_of_the_contract_counts_and_the_one_before(private: PrivateKey) -> None:
    def with_version(certified: int, ours: int) -> list[Flaw]:
        return of(certificate(contract_version=certified), private, contract_version=ours)

    assert with_version(CONTRACT_VERSION, CONTRACT_VERSION) == []
    assert with_version(4, 5) == []
    assert with_version(3, 5) == [Flaw.CONTRACT]
    assert with_version(6, 5) == [Flaw.CONTRACT]


def test_everything_that_is_wrong_is_told_at_once(private: PrivateKey) -> None:
    made = certificate(contract_version=9, level=Level.SILVER)
    found = of(made, private, now=certificate().valid_until)
    assert found == [Flaw.INCONSISTENT, Flaw.CONTRACT, Flaw.EXPIRED]

"""``poort keys``: private keys stay private, and what was revoked is known to all."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from contracts.models import Model
from gateway.certification import signing, trust
from gateway.cli import main
from tests.gateway.certification.certificates import certificate


class Keys(Model):
    """A folder with keys."""

    folder: Path

    @property
    def public(self) -> Path:
        return self.folder / "keys.json"

    def run(self, *given: str) -> int:
        return main(["keys", given[0], "--keys", str(self.public), *given[1:]])

    def private(self, name: str) -> str:
        return str(self.folder / f"{name}.pem")


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(folder=tmp_path)


def test_a_private_key_is_its_owners_alone_and_is_nowhere_else(
    keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keys.run("make", keys.private("a")) == 0

    file = Path(keys.private("a"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    published = json.loads(keys.public.read_text())
    (public,) = published["keys"]
    assert public["kid"] == signing.load(file).kid
    assert "d" not in public
    secret = file.read_text().splitlines()[1]
    assert secret not in keys.public.read_text() + capsys.readouterr().out
    assert "PRIVATE" not in repr(signing.load(file))


def test_a_private_key_that_nobody_would_trust_is_not_left_behind(
    keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    (keys.folder / "keys.new").mkdir()  # so keys.json cannot be written
    assert keys.run("make", keys.private("a")) == 1

    assert "keys.json cannot be written: Is a directory." in capsys.readouterr().err
    assert not Path(keys.private("a")).exists()


@pytest.mark.parametrize("letters", ["", "abc"])
def test_a_slip_revokes_no_key(
    keys: Keys, letters: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.run("make", keys.private("a"))
    kid = trust.read(keys.public).keys[0].kid

    assert keys.run("revoke", kid[: len(letters)], "--because", "x") == 1
    assert "Say at least 4 letters" in capsys.readouterr().err
    assert trust.read(keys.public).keys[0].revoked is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kid": "of-somebody-else"}, "kid is not the thumbprint of the key"),
        ({"x": "AAAA"}, "kid is not the thumbprint of the key"),
        ({"x": "AAAA", "kid": trust.thumbprint("AAAA", "AAAA"), "y": "AAAA"}, "no public key"),
    ],
)
def test_an_entry_that_is_not_the_key_it_says_is_refused(
    keys: Keys, change: dict[str, str], said: str
) -> None:
    keys.run("make", keys.private("a"))
    published = json.loads(keys.public.read_text())
    published["keys"][0] |= change
    keys.public.write_text(json.dumps(published))
    with pytest.raises(trust.KeysUnreadable, match=said):
        trust.read(keys.public)


def test_a_key_that_is_there_twice_is_refused(keys: Keys) -> None:
    """One of the two may be revoked."""
    keys.run("make", keys.private("a"))
    published = json.loads(keys.public.read_text())
    published["keys"] *= 2
    keys.public.write_text(json.dumps(published))
    with pytest.raises(trust.KeysUnreadable, match="a key is in it twice"):
        trust.read(keys.public)


def test_no_key_has_an_id_that_a_command_takes_for_an_option(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    generated = ec.generate_private_key
    drawn: list[ec.EllipticCurvePrivateKey] = []

    def begins_badly(key: ec.EllipticCurvePrivateKey) -> bool:
        point = key.public_key().public_numbers()
        x, y = (
            base64.urlsafe_b64encode(each.to_bytes(32, "big")).rstrip(b"=").decode()
            for each in (point.x, point.y)
        )
        return trust.thumbprint(x, y).startswith("-")

    def bad_first(curve: ec.EllipticCurve) -> ec.EllipticCurvePrivateKey:
        key = generated(curve)
        while begins_badly(key) is bool(drawn):
            key = generated(curve)
        drawn.append(key)
        return key

    monkeypatch.setattr(ec, "generate_private_key", bad_first)
    assert keys.run("make", keys.private("a")) == 0
    assert len(drawn) == 2
    assert not trust.read(keys.public).keys[0].kid.startswith("-")


def test_a_key_is_never_overwritten(keys: Keys, capsys: pytest.CaptureFixture[str]) -> None:
    keys.run("make", keys.private("a"))
    before = Path(keys.private("a")).read_bytes()

    assert keys.run("make", keys.private("a")) == 1
    assert "is there already" in capsys.readouterr().err
    assert Path(keys.private("a")).read_bytes() == before
    assert len(trust.read(keys.public).keys) == 1


def test_a_key_that_others_may_read_does_not_sign(keys: Keys) -> None:
    keys.run("make", keys.private("a"))
    Path(keys.private("a")).chmod(0o640)

    with pytest.raises(signing.KeyUnusable, match="chmod 600"):
        signing.load(Path(keys.private("a")))


def test_what_is_no_key_does_not_sign(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("hello")
    (tmp_path / "x.pem").chmod(0o600)
    with pytest.raises(signing.KeyUnusable, match="no key of ours"):
        signing.load(tmp_path / "x.pem")
    with pytest.raises(signing.KeyUnusable, match="cannot be read"):
        signing.load(tmp_path / "y.pem")


def test_rotating_retires_the_owners_earlier_keys_and_no_others(keys: Keys) -> None:
    keys.run("make", keys.private("a"))
    keys.run("make", keys.private("acme"), "--owner", "acme")
    keys.run("rotate", keys.private("b"))

    known = trust.read(keys.public)
    assert {key.kid: key.retired_at is not None for key in known.keys} == {
        signing.load(Path(keys.private("a"))).kid: True,
        signing.load(Path(keys.private("acme"))).kid: False,
        signing.load(Path(keys.private("b"))).kid: False,
    }


def test_a_key_is_revoked_by_the_beginning_of_its_id(
    keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.run("make", keys.private("a"))
    kid = signing.load(Path(keys.private("a"))).kid

    assert keys.run("revoke", kid[:6], "--because", "lost") == 0
    (key,) = trust.read(keys.public).keys
    assert key.revoked is not None
    assert key.revoked.because == "lost"
    capsys.readouterr()
    keys.run("list")
    assert "revoked" in capsys.readouterr().out


def test_a_certificate_is_revoked_by_its_file(keys: Keys, tmp_path: Path) -> None:
    keys.run("make", keys.private("a"))
    file = tmp_path / "memory.jws"
    file.write_text(signing.load(Path(keys.private("a"))).sign(certificate()))

    assert keys.run("revoke", str(file), "--because", "wrong") == 0
    assert trust.read(keys.public).revoked(certificate().id) is not None


@pytest.mark.parametrize(
    ("given", "said"), [("nothing", "No key begins with"), ("", "2 keys begin with")]
)
def test_what_cannot_be_revoked_is_told(
    keys: Keys,
    given: str,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.certification.keys.FEWEST", 0)  # no two ids begin alike by chance
    keys.run("make", keys.private("a"))
    keys.run("make", keys.private("b"))
    before = keys.public.read_text()

    assert keys.run("revoke", given, "--because", "x") == 1
    assert said in capsys.readouterr().err
    assert keys.public.read_text() == before


def test_a_file_of_keys_that_is_none_is_told(
    keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.public.write_text('{"keys": [{"kid": "x"}]}')
    assert keys.run("list") == 1
    assert "keys.0.x: Field required" in capsys.readouterr().err

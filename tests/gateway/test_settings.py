"""Settings: read once, and every mistake said at once, in words, without a secret."""

from __future__ import annotations

import base64
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from adapters import registry
from adapters.vendors.memory.settings import MemorySettings
from gateway.settings import SettingsError, load
from tests.gateway.town import Files

IDENTITY = """
    issuer = "https://login.example"
    client_id = "poort"
    client_secret = "${CLIENT_SECRET}"
"""
GENT = """[[municipality]]
id = 'gent'
name = 'Gent'
nis = [{ code = '44021', from = 1977-01-01 }]
"""
SECRET = "correct horse battery staple"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def environ(files: Files, **more: str) -> dict[str, str]:
    return {
        "POORT_CONFIG": str(files.root),
        "POORT_PUBLIC_URL": "https://afspraken.example",
        "POORT_SECRET_KEY": base64.b64encode(bytes(range(32))).decode(),
        "CLIENT_SECRET": SECRET,
        **more,
    }


def wrong(environment: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(environment)
    return [str(mistake) for mistake in caught.value.mistakes]


# What is right ------------------------------------------------------------------------


def test_a_whole_directory_is_read(files: Files) -> None:
    directory = files.load()

    source = directory.sources["gent-loket"]
    assert source.municipality is directory.municipalities["gent"]
    assert source.products == {"697": "reispas", "698": "identiteitskaart"}
    assert source.zone.key == "Europe/Brussels"
    assert isinstance(source.settings, MemorySettings)
    assert list(directory.products) == ["697", "698", "700", "1218"]


def test_a_source_may_close_cancelling_otherwise_than_its_municipality(files: Files) -> None:
    (files.root / "municipalities.toml").write_text(GENT + "cancel_until_hours = 24\n")
    path = files.root / "sources" / "gent-loket.toml"
    text = path.read_text()

    inherited = files.load().sources["gent-loket"].cancel_until
    path.write_text("cancel_until_hours = 0.5\n" + text)
    own = files.load().sources["gent-loket"].cancel_until
    path.write_text("cancel_until_hours = -1\n" + text)
    mistakes = wrong(environ(files))

    assert (inherited, own) == (timedelta(hours=24), timedelta(minutes=30))
    assert any("cancel_until_hours" in mistake for mistake in mistakes)


def test_the_environment_and_the_login_are_read_with_it(files: Files) -> None:
    files.write("identity.toml", IDENTITY)
    settings = load(
        environ(files, POORT_ALLOWED_ORIGINS="https://a.example, https://b.example", POORT_PORT="0")
    )

    assert settings.server.secret_key.get_secret_value() == bytes(range(32))
    assert settings.server.port == 0
    assert settings.public_host == "afspraken.example"
    assert settings.identity.client_secret is not None
    assert settings.identity.client_secret.get_secret_value() == SECRET
    assert settings.identity.allowed_origins == ("https://a.example", "https://b.example")


def test_the_login_of_the_operators_page_is_right(files: Files) -> None:
    page = Path(__file__).parents[2] / "docs" / "operate.md"
    (example,) = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    files.write("identity.toml", example)

    identity = load(environ(files, LOGIN_SECRET=SECRET)).identity
    assert identity.minimum_acr_level == min(
        identity.acr_levels[value] for value in identity.acr_values
    )
    assert identity.idle_lifetime == timedelta(minutes=30)


def test_codes_hold_on_their_days_only(files: Files) -> None:
    files.write(
        "municipalities.toml",
        """
        [[municipality]]
        id = "gent"
        name = "Gent"
        nis = [
            { code = "11111", from = 2019-01-01 },
            { code = "22222", from = 1977-01-01, until = 2018-12-31 },
        ]
        """,
    )
    files.write(
        "products.toml", '[[product]]\nid = "697"\nname = "A"\n[[product]]\nid="698"\nname="B"'
    )
    gent = files.load().municipalities["gent"]

    assert gent.nis_code(date(2018, 12, 31)) == "22222"
    assert gent.nis_code(date(2019, 1, 1)) == "11111"
    assert gent.nis_code(date(1976, 12, 31)) is None


def test_a_product_that_is_not_translated_is_shown_in_dutch(files: Files) -> None:
    product = files.load().products["697"]

    assert product.texts("fr").name == "Passeport"
    assert product.texts("de").name == "Reispas"


def test_a_variable_stands_for_its_value_and_nothing_else(files: Files) -> None:
    value = 'a"\n[products]\n# ${HOOK} $${'
    files.write(
        "sources/gent-loket.toml",
        """
        vendor = "memory"
        municipality = "gent"
        [settings]
        webhook_secret = "${HOOK}, $${HOOK} and $5"
        """,
    )
    settings = files.load(HOOK=value).sources["gent-loket"].settings

    assert isinstance(settings, MemorySettings)
    assert settings.webhook_secret is not None
    assert settings.webhook_secret.get_secret_value() == f"{value}, ${{HOOK}} and $5"


def test_hidden_files_and_other_files_are_left_alone(files: Files) -> None:
    files.write("sources/.gent-loket.toml", "not TOML at all")
    files.write(".backup.toml", "not TOML at all")
    files.write("sources/README.md", "About these files")

    assert files.mistakes() == []


# What is wrong ------------------------------------------------------------------------


def test_every_mistake_in_every_file_is_said_at_once(files: Files) -> None:
    files.write("identity.toml", 'issuer = "https://login.example"')
    files.write("products.toml", '[[product]]\nid = "697"\nnam = "Reispas"')
    files.write("municipalities.toml", '[[municipality]]\nid = "gent"\nname = "Gent"\nnis = []')
    files.write("sources/gent-loket.toml", 'vendor = "memry"\nmunicipality = "gnt"')
    files.write("sources/brugge.toml", 'vendor = "memory')

    hint = f"did you mean 'memory'? known: {', '.join(registry.vendors())}"
    unknown = "there is no 'gnt' in municipalities.toml"
    assert wrong(environ(files, POORT_PORT="http")) == [
        "environment: POORT_PORT: should be a whole number",
        "products.toml:1: product[0].name: is missing",
        "products.toml:3: product[0].nam: is not known here; did you mean 'name'?",
        "municipalities.toml:4: municipality[0].nis: should not be empty",
        "sources/brugge.toml: is not valid TOML: Unterminated string, at the end of the file",
        f"sources/gent-loket.toml:1: vendor: there is no adapter 'memry'; {hint}",
        f"sources/gent-loket.toml:2: municipality: {unknown}; did you mean 'gent'?",
        "identity.toml: client_id: is missing",
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("products.toml", "[[product]]\nid = 697\nname = 'x'", ":2: product[0].id: should be text"),
        ("products.toml", "product = 1", ":1: product: should be a list"),
        ("products.toml", "", "product: is missing: write [[product]] with id and name"),
        (
            "products.toml",
            "[[product]]\nid = '1'\nname = 'x'\n[[product]]\nid = '1'\nname = 'y'",
            ":5: product[1].id: '1' is there already; each may be there once",
        ),
        (
            "municipalities.toml",
            GENT.replace("'gent'", "'Gent'"),
            ":2: municipality[0].id: should be small letters, digits and hyphens",
        ),
        (
            "municipalities.toml",
            GENT.replace("44021", "4421"),
            ':4: municipality[0].nis[0].code: should be five digits in quotes: "44021"',
        ),
        (
            "municipalities.toml",
            GENT.replace("}", "}, { code = '44022', from = 2025-01-01 }"),
            "municipality[0].nis: two codes hold on 2025-01-01; end the first: until = 2024-12-31",
        ),
        (
            "municipalities.toml",
            GENT + "[[municipality.product]]\nproduct = '697'\nmode = 'phone'",
            ':5: municipality[0].product[0]: mode = "phone" needs telephone',
        ),
        (
            "municipalities.toml",
            GENT + "[[municipality.product]]\nproduct = '6977'\nmode = 'api'",
            ":6: municipality[0].product[0].product: there is no '6977' in products.toml; did you",
        ),
        ("sources/Loket_1.toml", "", "name the file in small letters, digits and hyphens"),
        ("sources/new.toml", "", "vendor: is missing: the name of an adapter"),
        ("sources/new.toml", "zone = 'Brussels'", "zone: 'Brussels' is not an IANA time zone"),
        ("sources/new.toml", "accepts = 'maybe'", "accepts: should"),
        (
            "sources/new.toml",
            "[limits]\ntimeout_seconds = 0",
            ":2: limits.timeout_seconds: should be",
        ),
        (
            "sources/new.toml",
            "[products]\n'697' = 'x'\n'698' = 'x'",
            ":3: products.698: 'x' is there already; each may be there once",
        ),
        ("sources/new.toml", "vendor = 'memory'\nsettings = 1", "settings: should be a table"),
        (
            "sources/new.toml",
            "vendor = 'memory'\n[settings]\nstep_minuts = 5",
            ":3: settings.step_minuts: is not known here; did you mean 'step_minutes'?",
        ),
        (
            "sources/new.toml",
            "vendor = 'memory'\n[settings]\nq = 5",
            ":3: settings.q: is not known here; known: cancel_until_hours, citizens, ",
        ),
        (
            "sources/new.toml",
            "vendor = 'memory'\n[[settings.products]]\n[[settings.products]]\nminutes = 'ten'",
            ":4: settings.products[1].minutes: should be a whole number",
        ),
        (
            "sources/new.toml",
            "vendor = 'memory'\n[settings.hours]\nmnday = []",
            ":3: settings.hours.mnday: should be 'monday'",
        ),
        ("sources/new.toml", "a = 1\nb = 2 3", ":2: is not valid TOML: Expected newline"),
        ("sources/new.toml", "a = " + "[" * 50_000, "too many brackets inside each other"),
        ("sources/new.toml", b"# eerste regel\n# caf\xe9", ":2: is not UTF-8: save it as UTF-8"),
        ("sources/new.toml", b"#" * 1_000_001, "is larger than 1 MB"),
        ("municipality.toml", "", "is not a file of ours; did you mean 'municipalities'?"),
        ("gent-loket.toml", "", "is not a file of ours; sources go into sources/"),
    ],
)
def test_a_mistake_is_said_with_its_place_and_what_was_expected(
    files: Files, name: str, text: str | bytes, said: str
) -> None:
    files.write(name, text)

    assert any(line.startswith(name) and said in line for line in files.mistakes())


def test_a_file_that_is_not_there_or_cannot_be_read_is_named(files: Files) -> None:
    (files.root / "products.toml").unlink()
    (files.root / "sources" / "folder.toml").mkdir()

    assert files.mistakes() == [
        "products.toml: is missing: [[product]] with id and name",
        "sources/folder.toml: cannot be read: Is a directory",
    ]


def test_a_directory_that_is_not_there_is_one_mistake(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.root = tmp_path / "elsewhere"

    assert files.mistakes() == [f"{tmp_path}/elsewhere: there is no such directory"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("POORT_SECRET_KEY", "c2hvcnQ=", "should be 32 bytes or more"),
        ("POORT_SECRET_KEY", "ab" * 31, "should be 32 bytes or more"),
        ("POORT_SECRET_KEY", "é" * 40, "should be base64 or hex"),
        ("POORT_SECRET_KEY", "", "is missing: 32 random bytes"),
        ("POORT_PUBLIC_URL", "http://afspraken.example", "write an https:// address"),
        ("POORT_ALLOWED_ORIGINS", "https://a.example/path", "write an origin in lower case"),
        ("POORT_SECRT_KEY", "x", "is not known here; did you mean 'POORT_SECRET_KEY'?"),
        ("POORT_PORT", "70000", "should be at most 65535"),
        ("POORT_DATABASE_URL", "ledger.sqlite", "should be postgresql+psycopg://user@host/name"),
        ("POORT_DATABASE_URL", "sqlite:///x", "or sqlite+aiosqlite:///path"),
        ("POORT_WORKFLOW_DATABASE_URL", "sqlite+aiosqlite:///x", "or sqlite:///path"),
        ("POORT_WORKFLOW_DATABASE_URL", "mysql://db/x", "should be postgresql+psycopg://user@"),
        ("POORT_REDIS_URL", "http://cache", "should be redis://host:6379/0"),
        ("POORT_REDIS_URL", "redis:///1", "should be redis://host:6379/0"),
        ("POORT_REDIS_URL", "redis://cache/one", "should be redis://host:6379/0"),
        ("POORT_REDIS_URL", "redis://cache:six/0", "should be redis://host:6379/0"),
        ("POORT_REDIS_URL", "redis://[cache/0", "should be redis://host:6379/0"),
        ("POORT_REDIS_URL", "redis://cache?retries=3", "should be redis://host:6379/0"),
        ("POORT_REDIS_URL", "unix://", "should be redis://host:6379/0"),
    ],
)
def test_a_variable_that_is_wrong_is_named(files: Files, name: str, value: str, said: str) -> None:
    files.write("identity.toml", IDENTITY)

    mistakes = wrong(environ(files) | {name: value})

    assert len(mistakes) == 1
    assert mistakes[0].startswith(f"environment: {name}: ")
    assert said in mistakes[0]


@pytest.mark.parametrize("key", ["00" * 32, "Ab" * 40])
def test_a_key_may_be_hex(files: Files, key: str) -> None:
    files.write("identity.toml", IDENTITY)
    settings = load(environ(files, POORT_SECRET_KEY=key))

    assert settings.server.secret_key.get_secret_value() == bytes.fromhex(key)


def test_portals_are_allowed_in_one_place(files: Files) -> None:
    files.write("identity.toml", f"{IDENTITY}    allowed_origins = []")

    assert wrong(environ(files)) == [
        "identity.toml:4: allowed_origins: set POORT_ALLOWED_ORIGINS instead"
    ]


# Secrets ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("${HOOK_SECRET}", "the environment variable HOOK_SECRET is not set"),
        ("${HOME}", "the environment variable HOME is not set; did you mean 'HOMER'?"),
        ("${POORT_SECRET_KEY}", "POORT_SECRET_KEY belongs to the gateway; give this"),
        ("${not a name}", "write ${NAME} for a variable, or $${ where you mean ${ itself"),
        ("pass${word", "write ${NAME} for a variable, or $${ where you mean ${ itself"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(files: Files, written: str, said: str) -> None:
    files.write(
        "sources/gent-loket.toml",
        f'vendor = "memory"\nmunicipality = "gent"\n[settings]\nwebhook_secret = "{written}"',
    )
    mistakes = files.mistakes(HOMER="Simpson", POORT_SECRET_KEY="x")

    assert len(mistakes) == 1
    assert mistakes[0].startswith("sources/gent-loket.toml:4: settings.webhook_secret: ")
    assert said in mistakes[0]
    assert "word" not in mistakes[0]


def test_what_is_only_a_little_alike_is_not_suggested(files: Files) -> None:
    files.write(
        "sources/gent-loket.toml",
        'vendor = "memory"\nmunicipality = "gent"\n[settings]\nwebhook_secret = "${IDP_SECRET}"',
    )
    (mistake,) = files.mistakes(PIP_CERT="x")

    assert mistake.endswith("the environment variable IDP_SECRET is not set")


def test_what_is_in_no_file_yet_is_to_be_described_there(files: Files) -> None:
    files.write("sources/gent-loket.toml", 'vendor = "memory"\nmunicipality = "zwevegem"')
    (mistake,) = files.mistakes()

    assert mistake.endswith(
        "there is no 'zwevegem' in municipalities.toml; describe it there first"
    )


def test_a_missing_variable_is_the_only_mistake_at_its_place(files: Files) -> None:
    files.write(
        "sources/gent-loket.toml",
        'vendor = "memory"\nmunicipality = "gent"\n[settings.hours]\nmonday = ["${HOURS}"]',
    )
    assert len(files.mistakes()) == 1


@pytest.mark.parametrize("secret", [SECRET, "it's a 'quoted' \\ one"])
def test_no_message_ever_repeats_a_value_from_a_variable(files: Files, secret: str) -> None:
    # This validator repeats what it was given, as a vendor's may.
    files.write(
        "sources/gent-loket.toml",
        """
        vendor = "memory"
        municipality = "gent"
        [settings]
        step_minutes = "${HOOK}"
        hours = { monday = ["${HOOK}"] }
        """,
    )
    text = "\n".join(files.mistakes(HOOK=secret))

    assert "is not an opening" in text
    assert "settings.step_minutes: should be a whole number" in text
    assert secret not in text


def test_no_repr_shows_a_secret(files: Files) -> None:
    files.write("identity.toml", IDENTITY)
    files.write(
        "sources/gent-loket.toml",
        'vendor = "memory"\nmunicipality = "gent"\n[settings]\nwebhook_secret = "${CLIENT_SECRET}"',
    )
    environment = environ(files, POORT_DATABASE_URL=f"postgresql+psycopg://u:{SECRET}@db/poort")
    text = repr(load(environment))

    assert SECRET not in text
    assert environment["POORT_SECRET_KEY"] not in text
    assert repr(bytes(range(32))) not in text

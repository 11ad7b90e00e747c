"""Settings: every knob explained where it is born, every mistake told with the variable and an example."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.settings import SHIPPED_RULEBOOK, Settings, SettingsError, env_example, load_settings, require_portals

ROOT = Path(__file__).parents[2]
WEBHOOK = "https://shop.bitrix24.ru/rest/1/s3cr3t-c0de/"
PORTAL = {"CAPA24_PORTALS__MAIN__WEBHOOK": WEBHOOK}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def load(variables: dict[str, str], dotenv: str | None = None) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        if dotenv is None:
            return load_settings(env_file=None)
        (tmp_path / ".env").write_text(dotenv, encoding="utf-8")
        return load_settings(tmp_path / ".env")

    return load


def test_the_example_file_is_printed_from_the_settings():
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example()


def test_the_example_file_loads_as_it_is(load):
    settings = load({}, env_example())
    assert settings.portals["main"].host == "example.bitrix24.ru"


def test_the_example_file_loads_with_every_line_switched_on(load):
    lines = env_example().splitlines()
    switched_on = "\n".join(line.removeprefix("# ") if line.startswith("# CAPA24_") else line for line in lines)
    settings = load({}, switched_on)
    assert settings.sweep_every == timedelta(minutes=10)
    assert [token.get_secret_value() for token in settings.portals["main"].application_tokens]


def test_one_variable_is_enough(load):
    settings = require_portals(load(PORTAL))
    portal = settings.portals["main"]
    assert portal.webhook.get_secret_value() == WEBHOOK
    assert portal.host == "shop.bitrix24.ru"
    assert portal.longest_request == timedelta(seconds=60)
    assert (portal.burst, portal.requests_per_second) == (50, 2)
    assert settings.rulebook == SHIPPED_RULEBOOK
    assert settings.rulebook.exists()
    assert settings.database == "sqlite:///var/capa24.db"


def test_an_empty_value_means_the_default(load):
    settings = load({**PORTAL, "CAPA24_RULEBOOK": "", "CAPA24_SHEETS__SPREADSHEET": "", "CAPA24_PORT": ""})
    assert (settings.rulebook, settings.sheets.spreadsheet, settings.port) == (SHIPPED_RULEBOOK, None, 8024)


def test_the_environment_goes_before_the_file(load):
    settings = load({"CAPA24_PORT": "9000"}, "CAPA24_PORT=8000\nCAPA24_HOST=127.0.0.1\nOTHER_PROGRAM=1\n")
    assert (settings.port, settings.host) == (9000, "127.0.0.1")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("one", ["one"]),
        ("old,new", ["old", "new"]),
        ("old, new\n", ["old", "new"]),
        ('["old", "new"]', ["old", "new"]),
    ],
)
def test_several_tokens_may_be_valid_at_once(load, text, tokens):
    portal = load({**PORTAL, "CAPA24_PORTALS__MAIN__APPLICATION_TOKENS": text}).portals["main"]
    assert [token.get_secret_value() for token in portal.application_tokens] == tokens


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("0.1", 0.1), ("10m", 600), ("1.5h", 5400), ("1 d", 86400), ("10M", 600)],
)
def test_a_duration_is_seconds_or_has_a_unit(load, text, seconds):
    assert load({"CAPA24_SWEEP_EVERY": text}).sweep_every == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("webhook", "host"),
    [
        ("https://Shop.Bitrix24.ru/rest/1/code/", "shop.bitrix24.ru"),
        ("https://shop.bitrix24.ru:443/rest/1/code", "shop.bitrix24.ru"),
        ("http://127.0.0.1:8080/rest/1/code/", "127.0.0.1:8080"),
        ("http://localhost:80/rest/1/code/", "localhost"),
    ],
)
def test_the_host_is_what_events_call_the_portal(load, webhook, host):
    assert load({"CAPA24_PORTALS__MAIN__WEBHOOK": webhook}).portals["main"].host == host


def test_several_portals_have_a_name_each(load):
    settings = load({
        "CAPA24_PORTALS__MAIN__WEBHOOK": WEBHOOK,
        "CAPA24_PORTALS__NORTH_BRANCH__WEBHOOK": "https://north.bitrix24.ru/rest/1/code/",
    })  # fmt: skip
    assert sorted(settings.portals) == ["main", "north_branch"]


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        # what is missing
        ({"CAPA24_PORTALS__MAIN__BURST": "5"}, ("CAPA24_PORTALS__MAIN__WEBHOOK", "не указано", "https://example")),
        # what can't be read
        ({"CAPA24_PORT": "abc"}, ("CAPA24_PORT", "целое число", "CAPA24_PORT=8024")),
        ({"CAPA24_PORT": "70000"}, ("CAPA24_PORT", "не больше 65535")),
        ({"CAPA24_LOOKS_AT_A_TIME": "0"}, ("CAPA24_LOOKS_AT_A_TIME", "не меньше 1")),
        ({"CAPA24_SWEEP_EVERY": "often"}, ("CAPA24_SWEEP_EVERY", "длительность", "CAPA24_SWEEP_EVERY=10m")),
        ({"CAPA24_SWEEP_EVERY": "0"}, ("CAPA24_SWEEP_EVERY", "больше 0", "10m")),
        ({"CAPA24_LOG_LEVEL": "LOUD"}, ("CAPA24_LOG_LEVEL", "DEBUG")),
        ({"CAPA24_SECRET": "short"}, ("CAPA24_SECRET", "16 знаков")),
        ({"CAPA24_PUBLIC_URL": "capa24.example.ru"}, ("CAPA24_PUBLIC_URL", "https://capa24.example.ru")),
        ({"CAPA24_PUBLIC_URL": "https://example.ru/capa24"}, ("CAPA24_PUBLIC_URL", "без пути")),
        ({"CAPA24_DIGEST": "weekly"}, ("CAPA24_DIGEST", "off, heads, everyone")),
        ({"CAPA24_SHEETS__TIME_ZONE": "Moscow"}, ("CAPA24_SHEETS__TIME_ZONE", "Europe/Moscow")),
        (
            {**PORTAL, "CAPA24_PORTALS__MAIN__REQUESTS_PER_SECOND": "-1"},
            ("CAPA24_PORTALS__MAIN__REQUESTS_PER_SECOND", "больше 0", "=2"),
        ),
        # a misspelt name would be ignored in silence
        ({"CAPA24_PROTALS__MAIN__WEBHOOK": WEBHOOK}, ("CAPA24_PROTALS__MAIN__WEBHOOK", "CAPA24_PORTALS")),
        ({"CAPA24_DATABSE": "sqlite://"}, ("CAPA24_DATABSE", "CAPA24_DATABASE")),
        (
            {**PORTAL, "CAPA24_PORTALS__MAIN__TOKENS": "s3cr3t-token"},
            ("CAPA24_PORTALS__MAIN__TOKENS", "такой настройки нет", "CAPA24_PORTALS__MAIN__"),
        ),
        ({"CAPA24_SHEETS__SPREADSHET": "1"}, ("CAPA24_SHEETS__SPREADSHET", "CAPA24_SHEETS__SPREADSHEET")),
        # what only looks like a webhook
        *(
            ({"CAPA24_PORTALS__MAIN__WEBHOOK": wrong}, ("CAPA24_PORTALS__MAIN__WEBHOOK", "https://ПОРТАЛ/rest/"))
            for wrong in (
                "shop.bitrix24.ru", "https://shop.bitrix24.ru/", "ftp://shop/rest/1/s3cr3t-c0de/", "https:///rest/1/2",
                "https://shop.bitrix24.ru/rest/1/s3cr3t-c0de/crm.item.get", "https://[/rest/1/s3cr3t-c0de/",
                "https://shop:s3cr3t-port/rest/1/s3cr3t-c0de/",
            )
        ),
        ({**PORTAL, "CAPA24_PORTALS__MAIN__APPLICATION_TOKENS": '["s3cr3t-token'}, ("APPLICATION_TOKENS", "JSON")),
        ({"CAPA24_PORTALS": "s3cr3t-c0de"}, ("CAPA24_PORTALS", "JSON", "CAPA24_PORTALS__MAIN__WEBHOOK=")),
        ({"CAPA24_PORTALS__MAIN": "s3cr3t-c0de"}, ("CAPA24_PORTALS__MAIN",)),
        # two portals that are one, a name that keys can't hold
        (
            {**PORTAL, "CAPA24_PORTALS__OTHER__WEBHOOK": "https://SHOP.bitrix24.ru/rest/2/other/"},
            ("CAPA24_PORTALS__OTHER__WEBHOOK", "shop.bitrix24.ru", "«main»"),
        ),
        ({"CAPA24_PORTALS__ГЛАВНЫЙ__WEBHOOK": WEBHOOK}, ("CAPA24_PORTALS__ГЛАВНЫЙ", "латинские")),
        ({"CAPA24_PORTALS__A:B__WEBHOOK": WEBHOOK}, ("CAPA24_PORTALS__A:B", "латинские")),
    ],
)  # fmt: skip
def test_a_mistake_names_the_variable_and_never_a_secret(load, variables, says):
    with pytest.raises(SettingsError) as refusal:
        load(variables)
    text = str(refusal.value)
    for part in says:
        assert part in text
    assert "s3cr3t" not in text
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


def test_all_mistakes_are_told_at_once(load):
    with pytest.raises(SettingsError) as refusal:
        load({"CAPA24_PORT": "x", "CAPA24_SWEEP_EVERY": "x", "CAPA24_PORTALS__MAIN__BURST": "x"})
    for variable in ("CAPA24_PORT:", "CAPA24_SWEEP_EVERY:", "__BURST:", "__WEBHOOK:"):
        assert variable in str(refusal.value)


def test_no_portal_at_all_is_told_with_an_example(load):
    with pytest.raises(SettingsError, match="CAPA24_PORTALS__MAIN__WEBHOOK=https://example"):
        require_portals(load({}))


def test_secrets_do_not_show_when_settings_are_printed(load):
    settings = load({
        **PORTAL,
        "CAPA24_PORTALS__MAIN__APPLICATION_TOKENS": "s3cr3t-token",
        "CAPA24_PORTALS__MAIN__ROBOT_SECRET": "s3cr3t-of-the-robot",
        "CAPA24_DATABASE": "postgresql://capa24:s3cr3t-password@db/capa24",
    })  # fmt: skip
    assert "s3cr3t" not in repr(settings) + str(settings)


# --- Where the report goes -------------------------------------------------------------------------------------------

TULA = {"CAPA24_PORTALS__TULA__WEBHOOK": "https://tula.bitrix24.ru/rest/1/code/"}


@pytest.mark.requirement("S68")
@pytest.mark.parametrize(
    ("given", "reports"),
    [
        # nothing said, nothing kept
        ({}, {}),
        # one spreadsheet for all portals, in the long words and in the short ones
        ({"CAPA24_SHEETS__SPREADSHEET": "1Ab"}, {"1Ab": ()}),
        ({"CAPA24_SHEETS": "1Ab"}, {"1Ab": ()}),
        ({"CAPA24_SHEETS": '{"spreadsheet": "1Ab"}'}, {"1Ab": ()}),
        # a file instead of Google
        ({"CAPA24_SHEETS": "xlsx:var/report.xlsx"}, {"xlsx:var/report.xlsx": ()}),
        ({"CAPA24_SHEETS": "xlsx:a.xlsx", "CAPA24_SHEETS__EVERY": "1m"}, {"xlsx:a.xlsx": ()}),
        # a portal with a report of its own, beside the common one or alone
        (
            {"CAPA24_SHEETS": "1Ab", "CAPA24_PORTALS__TULA__SPREADSHEET": "2Cd"},
            {"1Ab": ("main",), "2Cd": ("tula",)},
        ),
        ({"CAPA24_PORTALS__TULA__SPREADSHEET": "2Cd"}, {"2Cd": ("tula",)}),
    ],
)
def test_where_reports_go_and_whose_cases_they_show(
    load, given: dict[str, str], reports: dict[str, tuple[str, ...]]
) -> None:
    assert load({**PORTAL, **TULA, **given}).reports() == reports


def test_a_report_file_is_an_xlsx(load) -> None:
    with pytest.raises(SettingsError, match=r"xlsx:/var/lib/capa24/отчёт\.xlsx"):
        load({**PORTAL, "CAPA24_SHEETS": "xlsx:report.ods"})

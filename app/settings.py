"""Every knob of the service. ``.env.example`` is printed from here, so the words below are what operators read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pydantic_settings
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

SHIPPED_RULEBOOK = Path(__file__).parent.parent / "rules" / "books" / "trading-house.ru.yaml"

PREFIX = "CAPA24_"

EXAMPLES = {
    "WEBHOOK": "https://example.bitrix24.ru/rest/1/КОД_ВЕБХУКА/",
    "APPLICATION_TOKENS": "ТОКЕН_ИСХОДЯЩЕГО_ВЕБХУКА",
    "ROBOT_SECRET": "ДЛИННАЯ_СЛУЧАЙНАЯ_СТРОКА",
    "MEMBER_ID": "a223c6b3710f85df22e9377d6c4f7553",
    "SPREADSHEET": "1AbCdEfGhIjKlMnOpQrStUvWxYz",
    "CREDENTIALS": "/etc/capa24/google.json",
    "SECRET": "ДЛИННАЯ_СЛУЧАЙНАЯ_СТРОКА",
    "PUBLIC_URL": "https://capa24.example.ru",
}
"""Values to show where there is no default, by the last word of the variable."""

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([smhd]?)", re.ASCII)
_PORTAL_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
SHORTEST_SECRET = 16
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _DURATION.fullmatch(value.strip().lower())
    if match is None:
        raise ValueError("это не длительность: нужны секунды или число с буквой s, m, h, d (90, 10m, 1h)")
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


def _list(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value.strip().startswith("["):
        return [part for part in re.split(r"[,\s]+", value) if part]
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("список начинается со скобки «[», но это не JSON; можно проще, через запятую") from None


def _webhook(value: SecretStr) -> SecretStr:
    explained = ValueError("адрес входящего вебхука выглядит так: https://ПОРТАЛ/rest/НОМЕР/КОД/")
    try:
        parts = urlsplit(value.get_secret_value())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise explained from None
    path = [part for part in parts.path.split("/") if part]
    if parts.scheme not in ("http", "https") or not host or len(path) != 3 or path[0] != "rest":
        raise explained
    return value


def _public_url(value: str) -> str:
    explained = ValueError("адрес сервиса выглядит так: https://capa24.example.ru, без пути")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise explained from None
    if parts.scheme not in ("http", "https") or not host or parts.path not in ("", "/") or parts.query or "@" in value:
        raise explained
    return value.rstrip("/")


def _long(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < SHORTEST_SECRET:
        raise ValueError(f"секрет короче {SHORTEST_SECRET} знаков можно подобрать")
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("такого часового пояса нет") from None
    return value


LOCAL = "xlsx:"
"""What a report that is a file on this machine begins with."""


def _report(value: str | None) -> str | None:
    if value is not None and value.startswith(LOCAL) and not value.endswith(".xlsx"):
        raise ValueError("файл отчёта указывают так: xlsx:/var/lib/capa24/отчёт.xlsx")
    return value


def local_report(spreadsheet: str) -> Path | None:
    """The file, where the report is one."""
    return Path(spreadsheet.removeprefix(LOCAL)) if spreadsheet.startswith(LOCAL) else None


def _log_level(value: str) -> str:
    if value.upper() not in _LOG_LEVELS:
        raise ValueError(f"бывает {', '.join(_LOG_LEVELS)}")
    return value.upper()


Duration = Annotated[timedelta, BeforeValidator(_duration), Field(ge=timedelta(0))]
"""``90`` or ``90s``, ``10m``, ``1.5h``, ``1d``."""


class PortalSettings(BaseModel):
    """Один портал Битрикс24."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", hide_input_in_errors=True)

    webhook: Annotated[SecretStr, AfterValidator(_webhook)]
    """Входящий вебхук администратора: от его имени сервис читает и пишет. Заведите для него отдельного сотрудника."""

    application_tokens: Annotated[list[SecretStr], NoDecode, BeforeValidator(_list)] = Field(default_factory=list)
    """Токены исходящих вебхуков этого портала, через запятую: только с ними события принимаются.

    При замене токена укажите старый и новый вместе, пока старый не выведен из работы.
    """

    robot_secret: Annotated[SecretStr, AfterValidator(_long)] | None = None
    """Секрет в адресе для робота «Вебхук»: /bitrix/robot/ИМЯ_ПОРТАЛА/СЕКРЕТ, не короче 16 знаков. Пусто — роботов не
    принимаем."""

    member_id: str | None = None
    """Постоянный номер портала (member_id), если адрес портала может меняться."""

    longest_request: Duration = Field(timedelta(seconds=60), gt=timedelta(0))
    """Сколько портал может выполнять запрос, ответа на который мы не увидели. В облаке Битрикс24 — минута."""

    burst: int = Field(50, ge=1)
    """Сколько запросов портал принимает сразу (Enterprise: 250)."""

    requests_per_second: float = Field(2.0, gt=0)
    """Сколько запросов в секунду портал принимает постоянно (Enterprise: 5)."""

    spreadsheet: Annotated[str | None, AfterValidator(_report)] = None
    """Своя таблица этого портала (или xlsx:ПУТЬ). Пусто — общая, CAPA24_SHEETS__SPREADSHEET."""

    staff_fresh_for: Duration = timedelta(minutes=5)
    """Как долго верить прочитанной структуре компании: о её изменениях Битрикс24 не сообщает."""

    @property
    def host(self) -> str:
        """``example.bitrix24.ru``, with the port where it is not the usual one; events name their portal like this."""
        parts = urlsplit(self.webhook.get_secret_value())
        usual = {"http": 80, "https": 443}.get(parts.scheme)
        host = (parts.hostname or "").lower()
        return host if parts.port in (None, usual) else f"{host}:{parts.port}"


class SheetsSettings(BaseModel):
    """Отчёт в Google Таблицах."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", hide_input_in_errors=True)

    spreadsheet: Annotated[str | None, AfterValidator(_report)] = None
    """Идентификатор таблицы из её адреса или xlsx:ПУТЬ: тот же отчёт файлом, без Google. Пусто — отчёт не ведётся.

    Коротко: CAPA24_SHEETS=xlsx:ПУТЬ.
    """

    credentials: Path | None = None
    """Файл ключа сервисного аккаунта Google; откройте этому аккаунту доступ к таблице как редактору."""

    api: str = "https://sheets.googleapis.com"
    """Адрес Google Sheets API; меняется только для песочницы."""

    every: Duration = Field(timedelta(seconds=10), gt=timedelta(0))
    """Как часто передавать изменившиеся строки (или переписывать файл)."""

    numbers_every: Duration = Field(timedelta(minutes=10), gt=timedelta(0))
    """Как часто пересчитывать показатели и проверять, на месте ли сводные и диаграммы."""

    compare_every: Duration = Field(timedelta(hours=1), gt=timedelta(0))
    """Как часто сверять таблицу с базой: удалённые строки вернутся, ручные правки наших ячеек исправятся."""

    time_zone: Annotated[str, AfterValidator(_time_zone)] = "Europe/Moscow"
    """Часовой пояс дат в таблице."""


class _Short:
    """``CAPA24_SHEETS=xlsx:ПУТЬ`` means its ``SPREADSHEET``; the other settings of the report may stand beside it."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        if field_name == "sheets" and isinstance(value, str) and not value.lstrip().startswith("{"):
            return {"spreadsheet": value}
        return super().decode_complex_value(field_name, field, value)  # type: ignore[misc]


class _Environment(_Short, EnvSettingsSource):
    pass


class _DotEnv(_Short, DotEnvSettingsSource):
    pass


class Settings(BaseSettings):
    """Сервис целиком."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    database: str = Field("sqlite:///var/capa24.db", repr=False)
    """База данных: принятые события, очередь, журнал, строки отчёта. Файл SQLite или сервер PostgreSQL:

    postgresql://пользователь:пароль@адрес/база
    """

    host: str = "0.0.0.0"  # noqa: S104 - a service in a container is reached from outside it
    """Адрес, на котором сервис принимает события."""

    port: int = Field(8024, ge=0, le=65535)
    """Порт, на котором сервис принимает события."""

    portals: dict[str, PortalSettings] = Field(default_factory=dict)
    """Порталы: CAPA24_PORTALS__ИМЯ__WEBHOOK и другие; имя — любое, латиницей."""

    rulebook: Path = SHIPPED_RULEBOOK
    """Свод правил (YAML). Пусто — тот, что поставляется: торговый дом."""

    sweep_every: Duration = Field(timedelta(minutes=10), gt=timedelta(0))
    """Как часто искать то, о чём события не сообщили."""

    full_sweep_every: Duration = Field(timedelta(days=1), gt=timedelta(0))
    """Как часто смотреть на все открытые разборы: удалённое ни в одном списке изменений портала не видно."""

    silence_after: Duration = Field(timedelta(hours=2), gt=timedelta(0))
    """Сколько портал может молчать, пока обход находит на нём изменения; дальше о молчании сообщает /health."""

    settle: Duration = timedelta(seconds=1)
    """Сколько ждать перед взглядом после события и собственных изменений: об одном изменении событий бывает много."""

    looks_at_a_time: int = Field(2000, ge=1)
    """Сколько элементов и разборов обрабатывать одновременно: почти всё время они ждут портал и делят его запросы."""

    gather: Duration = timedelta(seconds=5)
    """Сколько самое большее собирать изменения, чтобы прочитать вместе. Пока их мало или есть что делать, не ждёт."""

    largest_event: int = Field(256 * 1024, ge=1024)
    """Самое большое тело события, байт."""

    most_waiting_events: int = Field(10_000, ge=1)
    """Сколько событий может ждать записи на диск; дальше — ответ 503."""

    secret: Annotated[SecretStr, AfterValidator(_long)] | None = None
    """Секрет, которым подписаны ссылки на панель; например, openssl rand -hex 32. Пусто — панель выключена.

    Новый секрет гасит все выданные ссылки.
    """

    public_url: Annotated[str, AfterValidator(_public_url)] | None = None
    """Адрес, по которому сервис открывают сотрудники: для ссылок на панель в уведомлениях."""

    digest: Literal["off", "heads", "everyone"] = "heads"
    """Кому в начале месяца приходит уведомление с итогами и ссылкой на панель: off — никому,

    heads — руководителям и отделу качества, everyone — всем, чьи разборы были за месяц. Нужны SECRET и PUBLIC_URL.
    """

    trusted_proxies: Annotated[list[str], NoDecode, BeforeValidator(_list)] = Field(default_factory=list)
    """Адреса или сети обратных прокси, через запятую: только им верим, кто настоящий клиент (X-Forwarded-For)."""

    refusals_a_minute: int = Field(30, ge=1)
    """Сколько раз в минуту отвечать одному адресу, почему ему отказано; дальше — 429 без записи в журнал."""

    patience: Duration = Field(timedelta(seconds=10), gt=timedelta(0))
    """Сколько ждать, пока клиент пришлёт запрос целиком; дальше — 408 и разрыв."""
    keep_events: Duration = Field(timedelta(days=35), ge=timedelta(days=1))
    """Сколько хранить принятые события. Журнал хранится столько лет, сколько указано в своде правил (retention)."""

    log_level: Annotated[str, AfterValidator(_log_level)] = "INFO"
    """Подробность журнала: DEBUG, INFO, WARNING, ERROR."""

    sheets: SheetsSettings = Field(default_factory=SheetsSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = dotenv_settings.env_file if isinstance(dotenv_settings, DotEnvSettingsSource) else None
        return init_settings, _Environment(settings_cls), _DotEnv(settings_cls, env_file=file)

    def longest_request(self) -> timedelta:
        """How long a write of a dead process may still be under way on some portal."""
        return max((each.longest_request for each in self.portals.values()), default=timedelta(minutes=1))

    def reports(self) -> dict[str, tuple[str, ...]]:
        """Spreadsheet (or ``xlsx:ПУТЬ``) to the portals whose cases it shows; none named where it shows them all."""
        found: dict[str, list[str]] = {}
        for name, portal in self.portals.items():
            if spreadsheet := portal.spreadsheet or self.sheets.spreadsheet:
                found.setdefault(spreadsheet, []).append(name)
        if not self.portals and self.sheets.spreadsheet:
            found[self.sheets.spreadsheet] = []
        everything = len(found) == 1 and len(next(iter(found.values()))) == len(self.portals)
        return {spreadsheet: () if everything else tuple(names) for spreadsheet, names in found.items()}


class SettingsError(Exception):
    """Something is missing or wrong; the text names the variable and shows an example."""


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Settings from the environment and ``.env``, the environment first. Raises SettingsError."""
    wrong = list(_unknown_variables(env_file))
    if wrong:
        raise SettingsError("\n".join(wrong))
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(each) for each in error.errors(include_input=False))) from None
    except pydantic_settings.SettingsError as error:
        field = re.search(r'field "(\w+)"', str(error))
        variable = PREFIX + (field[1].upper() if field else "")
        raise SettingsError(
            f"{variable}: значение не читается как JSON. Укажите настройки по одной, например: {_ONE_PORTAL}"
        ) from None
    wrong = list(_contradictions(settings.portals))
    if wrong:
        raise SettingsError("\n".join(wrong))
    return settings


def require_portals(settings: Settings) -> Settings:
    """Raises SettingsError when no portal is configured."""
    if not settings.portals:
        raise SettingsError(
            f"{PREFIX}PORTALS__ИМЯ__WEBHOOK: не указан ни один портал. Впишите в окружение или в .env, например:\n"
            f"{_ONE_PORTAL}"
        )
    return settings


_ONE_PORTAL = f"{PREFIX}PORTALS__MAIN__WEBHOOK={EXAMPLES['WEBHOOK']}"


def _unknown_variables(env_file: Path | None) -> Iterator[str]:
    """A misspelt setting would be ignored in silence."""
    given = {*EnvSettingsSource(Settings).env_vars, *DotEnvSettingsSource(Settings, env_file=env_file).env_vars}
    for name in sorted(given):
        first = name.upper().removeprefix(PREFIX).split("__")[0].lower()
        if name.upper().startswith(PREFIX) and first not in Settings.model_fields:
            yield f"{name.upper()}: такой настройки нет" + _did_you_mean(first, Settings, PREFIX)


def _did_you_mean(word: str, model: type[BaseModel], prefix: str) -> str:
    close = get_close_matches(word, model.model_fields, n=1)
    every = ", ".join(prefix + name.upper() for name in model.model_fields)
    return f". Похоже на {prefix}{close[0].upper()}" if close else f". Есть: {every}"


def _contradictions(portals: Mapping[str, PortalSettings]) -> Iterator[str]:
    hosts: dict[str, str] = {}
    for name, portal in portals.items():
        variable = f"{PREFIX}PORTALS__{name.upper()}"
        if _PORTAL_NAME.fullmatch(name) is None:
            yield f"{variable}: имя портала — латинские буквы, цифры, «-» и «_». Пример: {_ONE_PORTAL}"
        if portal.host in hosts:
            yield f"{variable}__WEBHOOK: тот же портал {portal.host} уже назван «{hosts[portal.host]}»; оставьте один"
        hosts[portal.host] = name


def _sentence(error: Any) -> str:
    path = [part for part in error["loc"] if isinstance(part, str)]
    variable = PREFIX + "__".join(part.upper() for part in path)
    if error["type"] == "extra_forbidden":
        model = PortalSettings if path[0] == "portals" else SheetsSettings
        return f"{variable}: такой настройки нет" + _did_you_mean(path[-1], model, variable.rpartition("__")[0] + "__")
    example = _example(path)
    return f"{variable}: {_reason(error)}" + (f". Пример: {variable}={example}" if example else "")


def _reason(error: Any) -> str:
    limits = {name: str(value).removesuffix(" seconds") for name, value in error.get("ctx", {}).items()}
    match error["type"]:
        case "missing":
            return "не указано"
        case "int_parsing" | "int_type" | "int_from_float":
            return "нужно целое число"
        case "float_parsing" | "float_type" | "finite_number":
            return "нужно число"
        case "greater_than_equal":
            return f"не меньше {limits['ge']}"
        case "greater_than":
            return f"нужно больше {limits['gt']}"
        case "less_than_equal":
            return f"не больше {limits['le']}"
        case "literal_error":
            return "бывает " + limits["expected"].replace("'", "").replace(" or ", ", ")
        case _:
            return str(error["msg"]).removeprefix("Value error, ")


def _example(path: list[str]) -> str:
    """What the variable could hold: a made-up value, or its default."""
    if path[-1].upper() in EXAMPLES:
        return EXAMPLES[path[-1].upper()]
    models: dict[str, type[BaseModel]] = {"portals": PortalSettings, "sheets": SheetsSettings}
    field = models.get(path[0], Settings).model_fields.get(path[-1])
    return "" if field is None or field.is_required() else _shown(field.get_default(call_default_factory=True))


def env_example() -> str:
    """The text of ``.env.example``: every setting with its meaning and its default."""
    lines = [
        "# Настройки capa24. Напечатано командой `capa24 settings`; правьте копию с именем .env",
        "# Строка с решёткой показывает значение по умолчанию или пример. Длительность: 90, 10m, 1h, 1d",
        "",
    ]
    lines += _explained(Settings, PREFIX, skip=("portals", "sheets"))
    lines += ["# --- Портал; MAIN — его имя, порталов может быть несколько ---", ""]
    lines += _explained(PortalSettings, f"{PREFIX}PORTALS__MAIN__")
    lines += ["# --- Google Таблицы ---", ""]
    lines += _explained(SheetsSettings, f"{PREFIX}SHEETS__")
    return "\n".join(lines).rstrip() + "\n"


def _explained(model: type[BaseModel], prefix: str, skip: tuple[str, ...] = ()) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if name in skip:
            continue
        for line in (field.description or "").splitlines():
            if line:
                yield f"# {line}"
        variable = prefix + name.upper()
        example = EXAMPLES.get(name.upper())
        if field.is_required():
            yield f"{variable}={example}"
        else:
            yield f"# {variable}={example or _shown(field.get_default(call_default_factory=True))}"
        yield ""


def _shown(value: object) -> str:
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        unit = next((u for u in ("d", "h", "m") if seconds >= _UNITS[u] and seconds % _UNITS[u] == 0), "s")
        return f"{seconds / _UNITS[unit]:g}{unit}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Path):
        return f"rules/books/{value.name}" if value == SHIPPED_RULEBOOK else str(value)
    return "" if value is None else str(value)

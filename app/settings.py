"""Every knob of the service. ``.env.example`` is printed from here, so the words below are what operators read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

SHIPPED_RULEBOOK = Path(__file__).parent.parent / "rules" / "books" / "trading-house.ru.yaml"

PREFIX = "CAPA24_"

EXAMPLES = {
    "CAPA24_PORTALS": "CAPA24_PORTALS__MAIN__WEBHOOK=https://example.bitrix24.ru/rest/1/КОД_ВЕБХУКА/",
    "WEBHOOK": "https://example.bitrix24.ru/rest/1/КОД_ВЕБХУКА/",
    "APPLICATION_TOKENS": '["ТОКЕН_ИЗ_НАСТРОЕК_ИСХОДЯЩЕГО_ВЕБХУКА"]',
    "SPREADSHEET": "1AbCdEfGhIjKlMnOpQrStUvWxYz",
}


def _webhook(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    path = [part for part in parts.path.split("/") if part]
    if parts.scheme not in ("http", "https") or not parts.hostname or len(path) != 3 or path[0] != "rest":
        raise ValueError("адрес входящего вебхука выглядит так: https://ПОРТАЛ/rest/НОМЕР/КОД/")
    return value


class PortalSettings(BaseModel):
    """Один портал Битрикс24."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")

    webhook: Annotated[SecretStr, AfterValidator(_webhook)]
    """Входящий вебхук администратора: от его имени сервис читает и пишет. Заведите для него отдельного сотрудника."""

    application_tokens: list[SecretStr] = Field(default_factory=list)
    """Токены исходящих вебхуков этого портала (JSON-список): только с ними события принимаются."""

    robot_secret: SecretStr | None = None
    """Секрет в адресе для робота «Вебхук»: /bitrix/robot/ИМЯ_ПОРТАЛА/СЕКРЕТ. Пусто — роботов не принимаем."""

    member_id: str | None = None
    """Постоянный номер портала (member_id), если адрес портала может меняться."""

    longest_request: timedelta = timedelta(seconds=60)
    """Сколько портал может выполнять запрос, ответа на который мы не увидели. В облаке Битрикс24 — минута."""

    burst: int = Field(50, ge=1)
    """Сколько запросов портал принимает сразу (Enterprise: 250)."""

    requests_per_second: float = Field(2.0, gt=0)
    """Сколько запросов в секунду портал принимает постоянно (Enterprise: 5)."""

    staff_fresh_for: timedelta = timedelta(minutes=5)
    """Как долго верить прочитанной структуре компании: о её изменениях Битрикс24 не сообщает."""

    @property
    def host(self) -> str:
        """``example.bitrix24.ru``, with the port where one is given."""
        return urlsplit(self.webhook.get_secret_value()).netloc.lower()


class SheetsSettings(BaseModel):
    """Отчёт в Google Таблицах."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")

    spreadsheet: str | None = None
    """Идентификатор таблицы из её адреса. Пусто — отчёт не ведётся."""

    credentials: Path | None = None
    """Файл ключа сервисного аккаунта Google; откройте этому аккаунту доступ к таблице как редактору."""

    api: str = "https://sheets.googleapis.com"
    """Адрес Google Sheets API; меняется только для песочницы."""

    every: timedelta = timedelta(seconds=10)
    """Как часто передавать изменившиеся строки."""

    time_zone: str = "Europe/Moscow"
    """Часовой пояс дат в таблице."""


class Settings(BaseSettings):
    """Сервис целиком."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
        use_attribute_docstrings=True,
    )

    database: str = "sqlite:///var/capa24.db"
    """База данных: неотправленное, журнал, очередь."""

    host: str = "0.0.0.0"  # noqa: S104 - a service in a container is reached from outside it
    """Адрес, на котором сервис принимает события."""

    port: int = Field(8024, ge=0, le=65535)
    """Порт, на котором сервис принимает события."""

    portals: dict[str, PortalSettings] = Field(default_factory=dict)
    """Порталы: CAPA24_PORTALS__ИМЯ__WEBHOOK и другие; имя — любое, латиницей."""

    rulebook: Path = SHIPPED_RULEBOOK
    """Свод правил (YAML). Пусто — тот, что поставляется: торговый дом."""

    sweep_every: timedelta = timedelta(minutes=10)
    """Как часто искать то, о чём события не сообщили."""

    settle: timedelta = timedelta(seconds=1)
    """Сколько ждать перед повторным взглядом после собственных изменений."""

    looks_at_a_time: int = Field(8, ge=1)
    """Сколько разборов обрабатывать одновременно."""

    largest_event: int = Field(256 * 1024, ge=1024)
    """Самое большое тело события, байт."""

    most_waiting_events: int = Field(10_000, ge=1)
    """Сколько событий может ждать записи на диск; дальше — ответ 503."""

    log_level: str = "INFO"
    """Подробность журнала: DEBUG, INFO, WARNING, ERROR."""

    sheets: SheetsSettings = Field(default_factory=SheetsSettings)


class SettingsError(Exception):
    """Something is missing or wrong; the text names the variable and shows an example."""


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment and ``.env``. Raises SettingsError."""
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(each) for each in error.errors(include_input=False))) from None
    for name in settings.portals:
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            raise SettingsError(f"{PREFIX}PORTALS__{name.upper()}: имя портала — латинские буквы, цифры, «-» и «_»")
    return settings


def require_portals(settings: Settings) -> Settings:
    """Raises SettingsError when no portal is configured."""
    if not settings.portals:
        raise SettingsError(
            f"не указан ни один портал. Впишите в окружение или в .env, например:\n{EXAMPLES['CAPA24_PORTALS']}"
        )
    return settings


def _sentence(error: Any) -> str:
    path = [str(part) for part in error["loc"]]
    variable = PREFIX + "__".join(part.upper() for part in path)
    example = EXAMPLES.get(path[-1].upper()) if path else None
    reason = "не указано" if error["type"] == "missing" else str(error["msg"]).removeprefix("Value error, ")
    return f"{variable}: {reason}" + (f". Пример: {variable}={example}" if example else "")


def env_example() -> str:
    """The text of ``.env.example``: every setting with its meaning and its default."""
    lines = ["# Настройки capa24. Напечатано командой `capa24 settings`; правьте копию с именем .env", ""]
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
        yield f"# {field.description}"
        variable = prefix + name.upper()
        example = EXAMPLES.get(name.upper())
        if field.is_required():
            yield f"{variable}={example}"
        else:
            default = field.get_default(call_default_factory=True)
            yield f"# {variable}={example or _shown(default)}"
        yield ""


def _shown(value: object) -> str:
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}"
    if isinstance(value, Path):
        return f"rules/books/{value.name}"
    return "" if value is None else str(value)

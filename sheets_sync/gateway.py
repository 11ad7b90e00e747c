"""One spreadsheet over HTTP, through gspread's low-level client. The only module that knows gspread.

Nothing is retried here and none of gspread's retry helpers are used: they repeat writes whose first answer was lost.
Not for several threads: build and use it in one (a single-thread executor).
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gspread
import requests
from google.auth import exceptions as auth_errors
from google.auth.credentials import AnonymousCredentials, Credentials
from google.oauth2 import service_account
from gspread.http_client import FileType, ParamsType
from gspread.urls import SPREADSHEET_BATCH_UPDATE_URL, SPREADSHEET_URL, SPREADSHEETS_API_V4_BASE_URL

from sheets_sync.errors import AccessLost, OutcomeUnknown, Refused, SheetsError, TryLater, classify
from sheets_sync.pacing import Calls

GOOGLE = "https://sheets.googleapis.com"
CONNECT_SECONDS, READ_SECONDS = 5.0, 60.0
_SCOPES = ["https://www.googleapis.com/auth/spreadsheets"]
_ORIGINS = ("https://sheets.googleapis.com", "https://www.googleapis.com")

_JSON = {"Content-Type": "application/json; charset=utf-8"}

JsonObject = dict[str, Any]
Key = Mapping[str, Any]
"""A service account's key: the content of the JSON file that Google Cloud gives out."""


class Gateway:
    """``key`` is a service account's key or the path to it; None, for a desk on this machine only, sends no token.

    ``calls`` counts the requests sent. Raises ValueError for an address or a key that cannot work.
    """

    def __init__(
        self,
        spreadsheet_id: str,
        *,
        key: Key | Path | None = None,
        base: str = GOOGLE,
        timeout: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
    ) -> None:
        on_this_machine = _check_address(base)
        if key is None and not on_this_machine:
            raise ValueError(f"{base} needs a service account's key; without one only this machine can be addressed.")
        credentials = _credentials(key)
        self.spreadsheet_id = spreadsheet_id
        self.robot: str | None = getattr(credentials, "service_account_email", None)
        """The address to share the spreadsheet with."""
        self._client = _Redirected(credentials, base)
        self._writes = 0
        self._client.set_timeout(timeout)
        self._client.session.max_redirects = 0
        if on_this_machine:
            self._client.session.trust_env = False

    @property
    def calls(self) -> int:
        return self._client.calls

    @property
    def used(self) -> Calls:
        """What Google's quota counts. Whether a read by POST counts as one is unverified."""
        return Calls(reads=self._client.calls - self._writes, writes=self._writes)

    def close(self) -> None:
        self._client.session.close()

    def titles(self) -> dict[int, str]:
        """sheetId -> title of every sheet."""
        url = SPREADSHEET_URL % self.spreadsheet_id
        answer = self._read("get", url, params={"fields": "sheets.properties(sheetId,title)"})
        found = [sheet.get("properties", {}) for sheet in answer.get("sheets", ())]
        return {int(one.get("sheetId", 0)): str(one.get("title", "")) for one in found}

    def furniture(self) -> list[JsonObject]:
        """Properties and charts (their ids) of every sheet."""
        fields = "sheets(properties(sheetId,title),charts(chartId))"
        answer = self._read("get", SPREADSHEET_URL % self.spreadsheet_id, params={"fields": fields})
        found: list[JsonObject] = answer.get("sheets", [])
        return found

    def pivots_in(self, row: str) -> list[JsonObject]:
        """The cells of a row, in A1 notation, as far as they hold a pivot table."""
        params: ParamsType = {"ranges": [row], "fields": "sheets.data.rowData.values.pivotTable"}
        answer = self._read("get", SPREADSHEET_URL % self.spreadsheet_id, params=params)
        data = [one for sheet in answer.get("sheets", ()) for one in sheet.get("data", ())]
        lines = [line for one in data for line in one.get("rowData", ())]
        found: list[JsonObject] = lines[0].get("values", []) if lines else []
        return found

    def values(self, *grid_ranges: Mapping[str, int]) -> list[JsonObject]:
        """The ValueRange that each GridRange selects, unformatted, in the order asked."""
        asked = [{"gridRange": dict(one)} for one in grid_ranges]
        body = {
            "dataFilters": asked,
            "majorDimension": "ROWS",
            "valueRenderOption": "UNFORMATTED_VALUE",
        }
        answer = self._read("post", self._url("values:batchGetByDataFilter"), body=body)
        matched = answer.get("valueRanges", ())
        return [_answer_to(one, matched) for one in asked]

    def metadata(self, metadata_id: int) -> JsonObject | None:
        """One DeveloperMetadata; None when there is none with that id."""
        try:
            return self._read("get", self._url(f"developerMetadata/{metadata_id}"))
        except AccessLost as error:
            if error.status == 404:
                return None
            raise

    def metadata_by_key(self, metadata_key: str) -> list[JsonObject]:
        """All DeveloperMetadata with that key."""
        body = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": metadata_key}}]}
        answer = self._read("post", self._url("developerMetadata:search"), body=body)
        return [one["developerMetadata"] for one in answer.get("matchedDeveloperMetadata", ())]

    def batch_update(
        self, edits: Sequence[Mapping[str, Any]], *, then_show: Sequence[str] = (), fields: str
    ) -> JsonObject:
        """One atomic batch; the answer shows the ranges ``then_show`` as they are after it, limited to ``fields``.

        Raises OutcomeUnknown when it may or may not have been applied.
        """
        body = {
            "requests": list(edits),
            "includeSpreadsheetInResponse": bool(then_show),
            "responseRanges": list(then_show),
            "responseIncludeGridData": bool(then_show),
        }
        url = SPREADSHEET_BATCH_UPDATE_URL % self.spreadsheet_id
        return self._send("post", url, writes=True, params={"fields": fields}, body=body)

    def _url(self, method: str) -> str:
        return f"{SPREADSHEETS_API_V4_BASE_URL}/{self.spreadsheet_id}/{method}"

    def _read(
        self, verb: str, url: str, *, params: ParamsType | None = None, body: JsonObject | None = None
    ) -> JsonObject:
        return self._send(verb, url, writes=False, params=params, body=body)

    def _send(
        self, verb: str, url: str, *, writes: bool, params: ParamsType | None = None, body: JsonObject | None = None
    ) -> JsonObject:
        unclear = OutcomeUnknown if writes else TryLater
        self._writes += writes
        try:
            response = self._client.request(verb, url, params=params, data=_bytes(body), headers=_JSON)
            answer = response.json()
        except gspread.exceptions.APIError as error:
            raise self._refusal(error.response, writes) from None
        except auth_errors.TransportError:
            raise TryLater("No access token: Google's token endpoint did not answer.") from None
        except auth_errors.GoogleAuthError as error:
            raise AccessLost(
                f"No access token: {type(error).__name__}.",
                remedy="Проверьте ключ сервисного аккаунта: он отозван, удалён или относится к другому проекту.",
            ) from None
        except (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError) as error:
            raise TryLater(f"Google Sheets could not be reached: {type(error).__name__}.") from None
        except requests.exceptions.ConnectionError as error:
            kind = TryLater if _never_connected(error) else unclear
            raise kind(f"The connection to Google Sheets failed: {type(error).__name__}.") from None
        except requests.exceptions.RequestException as error:
            raise unclear(f"No clear answer from Google Sheets: {type(error).__name__}.") from None
        if not isinstance(answer, dict):
            raise unclear("The answer of Google Sheets is not a JSON object.")
        return answer

    def _refusal(self, response: requests.Response, writes: bool) -> SheetsError:
        try:
            body: object = response.json()
        except ValueError:
            body = None
        after = response.headers.get("Retry-After")
        return classify(response.status_code, body, writes=writes, robot=self.robot, retry_after=after)


class _Redirected(gspread.HTTPClient):
    """gspread's client, at another address than Google's, counting what it sends."""

    def __init__(self, auth: Credentials, base: str) -> None:
        super().__init__(auth)
        self.base = base.rstrip("/")
        self.calls = 0

    def request(
        self,
        method: str,
        endpoint: str,
        params: ParamsType | None = None,
        data: bytes | None = None,
        json: Mapping[str, Any] | None = None,
        files: FileType = None,
        headers: MutableMapping[str, str] | None = None,
    ) -> requests.Response:
        for origin in _ORIGINS:
            if self.base != GOOGLE and endpoint.startswith(origin):
                endpoint = self.base + endpoint.removeprefix(origin)
        self.calls += 1
        return super().request(method, endpoint, params, data, json, files, headers)


def _bytes(body: JsonObject | None) -> bytes | None:
    """A Cyrillic letter takes two bytes like this, six as requests would write it."""
    return None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _answer_to(asked: JsonObject, matched: Sequence[JsonObject]) -> JsonObject:
    """The order of answers is not promised, and one of them may answer several filters."""
    for one in matched:
        if any(_without_zeros(data_filter) == _without_zeros(asked) for data_filter in one.get("dataFilters", ())):
            found: JsonObject = one["valueRange"]
            return found
    raise Refused(f"Google did not answer for {asked['gridRange']}.")


def _without_zeros(data_filter: Mapping[str, Any]) -> dict[str, int]:
    return {side: at for side, at in data_filter.get("gridRange", {}).items() if at}


def _check_address(base: str) -> bool:
    """Whether it is on this machine. Plain http would show the token to everybody else on the way."""
    parts = urlsplit(base)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"The address of Google Sheets looks like {GOOGLE}, not like {base!r}.")
    local = _is_loopback(parts.hostname)
    if parts.scheme == "http" and not local:
        raise ValueError(f"{base}: plain http is for this machine only; use https.")
    return local


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _credentials(key: Key | Path | None) -> Credentials:
    if key is None:
        return AnonymousCredentials()  # type: ignore[no-untyped-call]
    try:
        info = json.loads(key.read_text("utf-8")) if isinstance(key, Path) else dict(key)
        read = service_account.Credentials.from_service_account_info
        made: Credentials = read(info, scopes=_SCOPES)  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, KeyError, auth_errors.GoogleAuthError):
        raise ValueError(
            "This is not a service account's key: expected the JSON file that Google Cloud gives out, "
            'with "client_email" and "private_key".'
        ) from None
    return made


def _never_connected(error: requests.exceptions.ConnectionError) -> bool:
    """Refused, no such host: nothing was sent. A connection that broke later may have delivered the request."""
    reason = error.args[0] if error.args else None
    cause = getattr(reason, "reason", reason)
    return type(cause).__name__ in {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"}

"""What is read from a page of the documentation; the page here is made up."""

from __future__ import annotations

import pytest

from sandbox.coverage.facts import Refusal
from sandbox.coverage.gather import envelope, refusal
from sandbox.coverage.pages import Page, Parameter, read_json, read_page

TEXT = """# Получить кота cat.get

> Scope: [`zoo`](../scopes.md)

## Параметры метода

{% include [Сноска](../_includes/required.md) %}

#|
|| **Название**
`тип` | **Описание** ||
|| **id***
[`integer`](../data-types.md) | Номер кота ||
|| **select**
[`array`](../data-types.md) | Поля ||
|#

### Параметр select

#|
|| **Название**
`тип` | **Описание** ||
|| **NAME**
[`string`](../data-types.md) | Имя ||
|#

## Примеры кода

- cURL (Webhook)

    ```bash
    curl -X POST \\
    -d '{"id":7,"auth":"**put_access_token_here**"}' \\
    https://**put**/rest/1/**put**/cat.get
    ```

## Обработка ответа

HTTP-статус: **200**

```json
{
    "result": {"ID": "7", "tail": true},
    "time": {"start": 1}
}
```

### Возвращаемые данные

#|
|| **Название**
`тип` | **Описание** ||
|| **COLOR**
[`string`](../data-types.md) | Цвет ||
|#

## Обработка ошибок

HTTP-статус: **400**

```json
{"error": "NO_CAT", "error_description": "Кота нет"}
```

### Возможные коды ошибок

#|
|| **Статус** | **Код** | **Описание** | **Значение** ||
|| `400` | `NO_CAT` | Кота нет | Ушёл ||
|| `403` | `HISSED` | Не даётся | Чужой ||
|#
"""


@pytest.fixture
def page() -> Page:
    found = read_page("api-reference/zoo/cat-get.md", TEXT)
    assert found is not None
    return found


def test_the_title_names_the_method(page):
    assert (page.method, page.version, page.scope, page.application_only) == ("cat.get", 2, ("zoo",), False)
    assert read_page("about.md", "# О котах\n") is None


def test_parameters_with_what_stands_inside_them(page):
    assert page.parameters() == [Parameter("id", "integer", True), Parameter("select", "array", False)]
    assert page.parameters_of("select") == [Parameter("NAME", "string", False)]


def test_requests_come_without_the_token(page):
    assert list(page.requests()) == [{"id": 7}]


def test_answers_and_refusals(page):
    answer, error = page.blocks()
    assert envelope(answer) == {"result": {"ID": "digits", "tail": "bool"}}
    assert refusal(error) == Refusal(400, "NO_CAT")
    assert page.codes() == [(400, "NO_CAT"), (403, "HISSED")]
    assert page.names() == {"COLOR"}


def test_a_page_may_belong_to_rest_3():
    found = read_page("api-reference/zoo/cat-get-rest-v3.md", TEXT)
    assert found is not None
    assert found.version == 3


def test_for_applications_only():
    found = read_page("cat.md", TEXT + "\nМетод работает только в контексте [приложения](app.md)\n")
    assert found is not None
    assert found.application_only


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('{"a": 1,}', {"a": 1}),
        ('{"a": 1, // число\n "b": 2}', {"a": 1, "b": 2}),
        ('{"a": [1, 2, ...]}', {"a": [1, 2]}),
        ('{"a": [\n{"b": 1},\n еще 48 таких же\n]}', {"a": [{"b": 1}]}),
        ('{"a": [\n{"b": 1}\n{"b": 2}\n]}', {"a": [{"b": 1}, {"b": 2}]}),
        ('{"a": "Bitrix\\Main"}', {"a": "Bitrix\\Main"}),
        ("что-то ещё", None),
    ],
)
def test_examples_that_are_nearly_json_are_read(text, value):
    assert read_json(text) == value

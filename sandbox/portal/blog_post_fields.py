"""User fields of live-feed posts, as ``log.blogpost.get`` describes them beside their values.

The set is that of the sample in api-reference/log/log-blogpost-get.md; a real portal may have others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.portal.php import JSON

NUMBER_SETTINGS: dict[str, JSON] = {"SIZE": 20, "MIN_VALUE": 0, "MAX_VALUE": 0, "DEFAULT_VALUE": None}


def main_type(kind: str, php_class: str, description: str, base: str) -> dict[str, JSON]:
    """Types of the main module share one shape."""
    name = f"Bitrix\\Main\\UserField\\Types\\{php_class}"
    return {
        "USER_TYPE_ID": kind,
        "CLASS_NAME": name,
        "EDIT_CALLBACK": [name, "renderEdit"],
        "VIEW_CALLBACK": [name, "renderView"],
        "USE_FIELD_COMPONENT": True,
        "DESCRIPTION": description,
        "BASE_TYPE": base,
    }


def module_type(kind: str, php_class: str, description: str, **more: JSON) -> dict[str, JSON]:
    """Types other modules bring along; all of them keep a number."""
    return {
        "USER_TYPE_ID": kind,
        "CLASS_NAME": f"Bitrix\\{php_class}",
        "DESCRIPTION": description,
        "BASE_TYPE": "int",
        **more,
    }


MAIL_CLASS = "Bitrix\\Mail\\MessageUserType"

USER_TYPES: dict[str, dict[str, JSON]] = {
    "file": main_type("file", "FileType", "Файл", "file"),
    "integer": main_type("integer", "IntegerType", "Целое число", "int"),
    "datetime": main_type("datetime", "DateTimeType", "Дата со временем", "datetime"),
    "url_preview": module_type("url_preview", "Main\\UrlPreview\\UrlPreviewUserType", "Содержимое ссылки"),
    "disk_file": module_type("disk_file", "Disk\\Uf\\FileUserType", "Файл (Диск)", TAG=["DISK FILE ID", "DOCUMENT ID"]),
    "vote": module_type("vote", "Vote\\Uf\\VoteUserType", "Опрос"),
    "mail_message": module_type(
        "mail_message",
        "Mail\\MessageUserType",
        "Письмо (email)",
        VIEW_CALLBACK=[MAIL_CLASS, "getPublicView"],
        EDIT_CALLBACK=[MAIL_CLASS, "getPublicEdit"],
        onBeforeSave=[MAIL_CLASS, "onBeforeSave"],
        onDelete=[MAIL_CLASS, "onDelete"],
    ),
}


@dataclass(frozen=True)
class PostField:
    id: int
    name: str
    kind: str
    settings: JSON = ()
    multiple: bool = False
    in_list: bool = False
    searchable: bool = False
    labels: tuple[str | None, str | None, str | None] = (None, None, None)
    """Of the form, the list column and the list filter."""
    xml_id: str | None = None
    """The name unless said."""
    custom_data: JSON = field(default=())

    def describe(self, post_id: int, value: JSON) -> dict[str, JSON]:
        """The field with the value a post has in it."""
        form, column, filter_label = self.labels
        return {
            "ID": str(self.id),
            "ENTITY_ID": "BLOG_POST",
            "FIELD_NAME": self.name,
            "USER_TYPE_ID": self.kind,
            "XML_ID": self.name if self.xml_id is None else self.xml_id,
            "SORT": "100",
            "MULTIPLE": "Y" if self.multiple else "N",
            "MANDATORY": "N",
            "SHOW_FILTER": "N",
            "SHOW_IN_LIST": "Y" if self.in_list else "N",
            "EDIT_IN_LIST": "Y",
            "IS_SEARCHABLE": "Y" if self.searchable else "N",
            "SETTINGS": self.settings,
            "EDIT_FORM_LABEL": form,
            "LIST_COLUMN_LABEL": column,
            "LIST_FILTER_LABEL": filter_label,
            "ERROR_MESSAGE": None,
            "HELP_MESSAGE": None,
            "USER_TYPE": USER_TYPES[self.kind],
            "VALUE": value,
            "ENTITY_VALUE_ID": post_id,
            "VALUE_EXISTS": True,
            "VALUE_RAW": raw(value),
            "CUSTOM_DATA": self.custom_data,
        }


def raw(value: JSON) -> str | None:
    """What stands in the database: a list in PHP's own notation."""
    if isinstance(value, list):
        return f"a:{len(value)}:{{{''.join(f'i:{place};i:{number};' for place, number in enumerate(value))}}}"
    return str(value) if value else None


POST_FIELDS: Mapping[str, PostField] = {
    post_field.name: post_field
    for post_field in (
        PostField(
            1,
            "UF_BLOG_POST_DOC",
            "file",
            {
                "SIZE": 20,
                "LIST_WIDTH": 0,
                "LIST_HEIGHT": 0,
                "MAX_SHOW_SIZE": 0,
                "MAX_ALLOWED_SIZE": 0,
                "EXTENSIONS": [],
                "TARGET_BLANK": "Y",
                "DEFAULT_VIEW": None,
            },
            multiple=True,
            searchable=True,
        ),
        PostField(5, "UF_BLOG_POST_URL_PRV", "url_preview", searchable=True),
        PostField(9, "UF_GRATITUDE", "integer", NUMBER_SETTINGS),
        PostField(
            19,
            "UF_BLOG_POST_FILE",
            "disk_file",
            {"IBLOCK_ID": None, "SECTION_ID": None, "UF_TO_SAVE_ALLOW_EDIT": False},
            multiple=True,
            searchable=True,
            custom_data={"PHOTO_TEMPLATE": "gallery"},
        ),
        PostField(
            83,
            "UF_BLOG_POST_IMPRTNT",
            "integer",
            NUMBER_SETTINGS,
            in_list=True,
            labels=("Важное сообщение", "Важное", "Важное"),
        ),
        PostField(
            85,
            "UF_IMPRTANT_DATE_END",
            "datetime",
            {"DEFAULT_VALUE": {"TYPE": "NONE", "VALUE": ""}, "USE_SECOND": "Y", "USE_TIMEZONE": "N"},
            labels=("Срок действия", "Срок", None),
        ),
        PostField(
            131,
            "UF_BLOG_POST_VOTE",
            "vote",
            {
                "CHANNEL_ID": 1,
                "UNIQUE": 8,
                "UNIQUE_IP_DELAY": {"DELAY": "10", "DELAY_TYPE": "D"},
                "NOTIFY": "I",
            },
            in_list=True,
        ),
        PostField(439, "UF_MAIL_MESSAGE", "mail_message", None, xml_id=""),
    )
}

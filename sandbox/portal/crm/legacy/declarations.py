"""Each object as its older methods know it: one table of fields, most of which are fields of ``crm.item.*``.

Source: the pages ``crm-*-fields.md`` and ``crm-*-get.md`` of api-reference/crm/{deals,leads,contacts,companies,quote}/.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.portal.crm.fields import Field, system_field
from sandbox.portal.crm.kinds import COMPANY, CONTACT, DEAL, LEAD, QUOTE
from sandbox.portal.php import JSON

CONTACT_POINT_TITLES = {"PHONE": "Телефон", "EMAIL": "E-mail", "WEB": "Сайт", "IM": "Мессенджер", "LINK": "LINK"}
"""Types of contact points, each a multiple field of its own in the older methods."""


@dataclass(frozen=True)
class Old:
    """A field of an older method. What is left out is as ``crm.item.fields`` has it."""

    name: str
    item: str = ""
    """Name of the field in ``crm.item.*``, where upper-casing does not give it."""
    title: str = ""
    required: bool = False
    read_only: bool | None = None
    immutable: bool = False
    follows_stage: bool = False
    """Said to be writable, and set by the stage all the same (unverified)."""
    deprecated: bool = False
    shown: bool = True
    """Whether answers of ``get`` and ``list`` carry it."""
    described: bool = True
    """Whether ``fields`` tells of it."""
    empty: JSON = None
    """What an empty value looks like, where it is not the type's usual look."""
    own: Field | None = None
    """A field that only the older methods have."""


@dataclass(frozen=True)
class Entity:
    """``word`` is that of the methods: ``crm.{word}.add``; ``docs`` the folder of its pages."""

    entity_type_id: int
    word: str
    docs: str
    fields: tuple[Old, ...]
    no_update: str = "Not found"
    """What ``update`` says of an object that does not exist."""
    no_delete: tuple[str, str] = ("", "Not found")
    """Code and text of ``delete`` in the same case."""
    contact_points: bool = False
    describes_settings: bool = True
    """Whether ``fields`` tells of what a link leads to."""


def plain(*names: str) -> tuple[Old, ...]:
    """Fields that differ from those of ``crm.item.*`` by nothing but their looks."""
    return tuple(Old(name) for name in names)


def address(prefix: str, item: str, title: str) -> tuple[Old, ...]:
    """The parts of an address. ``crm.item.*`` has none of them: there it is disabled (object-fields.md)."""
    parts = (
        ("", "", "string", ""),
        ("_2", "2", "string", " (стр. 2)"),
        ("_CITY", "City", "string", ", город"),
        ("_POSTAL_CODE", "PostalCode", "string", ", почтовый индекс"),
        ("_REGION", "Region", "string", ", район"),
        ("_PROVINCE", "Province", "string", ", область"),
        ("_COUNTRY", "Country", "string", ", страна"),
        ("_COUNTRY_CODE", "CountryCode", "string", ", код страны"),
        ("_LOC_ADDR_ID", "LocAddrId", "integer", ", идентификатор адреса местоположения"),
    )
    return tuple(
        Old(f"{prefix}{end}", own=system_field(f"{item}{item_end}", type_, f"{title}{more}"))
        for end, item_end, type_, more in parts
    )


ID = Old("ID")
COMPANY_LINK = Old("COMPANY_ID")
CONTACT_LINKS = (Old("CONTACT_ID", deprecated=True), Old("CONTACT_IDS", shown=False))
COMMENTS = Old("COMMENTS", empty="")
"""Not of leads: recorded leads have null where deals, contacts and companies have an empty text."""
LEAD_LINK = Old("LEAD_ID", read_only=True)
PEOPLE = (Old("ASSIGNED_BY_ID"), Old("CREATED_BY_ID", "createdBy"), Old("MODIFY_BY_ID", "updatedBy"))
MOMENTS = (
    Old("DATE_CREATE", "createdTime", "Дата создания"),
    Old("DATE_MODIFY", "updatedTime", "Дата изменения"),
)
MOVED = (Old("MOVED_BY_ID", "movedBy"), Old("MOVED_TIME"))
ORIGIN = plain("ORIGINATOR_ID", "ORIGIN_ID")
UTM = plain("UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_CONTENT", "UTM_TERM")
LAST_ACTIVITY = plain("LAST_ACTIVITY_TIME", "LAST_ACTIVITY_BY")
HAS_POINTS = plain("HAS_PHONE", "HAS_EMAIL", "HAS_IMOL")
LAST_COMMUNICATION = Old(
    "LAST_COMMUNICATION_TIME",
    own=system_field("lastCommunicationTime", "string", "Дата последней коммуникации", read_only=True),
)
ADDRESS = address("ADDRESS", "address", "Адрес")

DEAL_ENTITY = Entity(
    DEAL,
    "deal",
    "api-reference/crm/deals/",
    (
        ID,
        *plain("TITLE", "TYPE_ID"),
        Old("CATEGORY_ID", immutable=True),
        *plain("STAGE_ID", "STAGE_SEMANTIC_ID", "IS_NEW", "IS_RECURRING"),
        Old("IS_RETURN_CUSTOMER", read_only=False),
        Old("IS_REPEATED_APPROACH", read_only=False),
        *plain("PROBABILITY", "CURRENCY_ID", "OPPORTUNITY", "IS_MANUAL_OPPORTUNITY"),
        Old("TAX_VALUE", title="Ставка налога"),
        COMPANY_LINK,
        *CONTACT_LINKS,
        Old("QUOTE_ID", read_only=True),
        *plain("BEGINDATE", "CLOSEDATE", "OPENED"),
        Old("CLOSED", title="Закрыта", follows_stage=True),
        COMMENTS,
        *PEOPLE,
        *MOMENTS,
        *MOVED,
        *plain("SOURCE_ID", "SOURCE_DESCRIPTION"),
        LEAD_LINK,
        *plain("ADDITIONAL_INFO", "LOCATION_ID"),
        *ORIGIN,
        *UTM,
        *LAST_ACTIVITY,
    ),
)

LEAD_ENTITY = Entity(
    LEAD,
    "lead",
    "api-reference/crm/leads/",
    (
        ID,
        Old("TITLE", title="Название лида"),
        *plain("HONORIFIC", "NAME", "SECOND_NAME", "LAST_NAME", "BIRTHDATE", "COMPANY_TITLE", "SOURCE_ID"),
        *plain("SOURCE_DESCRIPTION", "STATUS_ID", "STATUS_DESCRIPTION"),
        Old("STATUS_SEMANTIC_ID", "stageSemanticId", "Состояние статуса"),
        Old("POST"),
        *ADDRESS,
        *plain("CURRENCY_ID", "OPPORTUNITY", "IS_MANUAL_OPPORTUNITY", "OPENED", "COMMENTS"),
        *HAS_POINTS,
        *PEOPLE,
        *MOVED,
        *MOMENTS,
        COMPANY_LINK,
        *CONTACT_LINKS,
        *plain("IS_RETURN_CUSTOMER", "DATE_CLOSED"),
        *ORIGIN,
        *UTM,
        *LAST_ACTIVITY,
    ),
    contact_points=True,
)

CONTACT_ENTITY = Entity(
    CONTACT,
    "contact",
    "api-reference/crm/contacts/",
    (
        ID,
        Old("HONORIFIC"),
        Old("NAME", required=True),
        Old("SECOND_NAME", required=True),
        Old("LAST_NAME", required=True),
        *plain("PHOTO", "BIRTHDATE", "TYPE_ID", "SOURCE_ID", "SOURCE_DESCRIPTION", "POST"),
        *ADDRESS[:7],
        Old("ADDRESS_COUNTRY_CODE", own=ADDRESS[7].own, shown=False),
        ADDRESS[8],
        COMMENTS,
        Old("OPENED"),
        Old("EXPORT", title="Участвует в экспорте контактов"),
        *HAS_POINTS,
        *PEOPLE,
        *MOMENTS,
        Old("COMPANY_ID", deprecated=True),
        Old("COMPANY_IDS", shown=False),
        LEAD_LINK,
        *ORIGIN,
        Old("ORIGIN_VERSION"),
        Old("FACE_ID", own=system_field("faceId", "integer", "FACE_ID", read_only=True), described=False),
        *UTM,
        *LAST_ACTIVITY,
    ),
    no_update="Contact is not found",
    no_delete=("ERROR_CORE", "Элемент не найден"),
    contact_points=True,
)

COMPANY_ENTITY = Entity(
    COMPANY,
    "company",
    "api-reference/crm/companies/",
    (
        ID,
        Old("TITLE", title="Название компании", required=True),
        Old("COMPANY_TYPE", "typeId"),
        Old("LOGO"),
        *ADDRESS,
        Old("ADDRESS_LEGAL", own=system_field("addressLegal", "string", "Юридический адрес")),
        *address("REG_ADDRESS", "regAddress", "Юридический адрес"),
        *plain("BANKING_DETAILS", "INDUSTRY", "EMPLOYEES", "CURRENCY_ID", "REVENUE", "OPENED"),
        COMMENTS,
        *HAS_POINTS,
        Old("IS_MY_COMPANY"),
        *PEOPLE,
        *MOMENTS,
        Old("CONTACT_ID", "contactIds", "Контакт", shown=False),
        LEAD_LINK,
        *ORIGIN,
        Old("ORIGIN_VERSION"),
        *UTM,
        *LAST_ACTIVITY,
        LAST_COMMUNICATION,
    ),
    no_update="Company is not found",
    no_delete=("", "Company is not found"),
    contact_points=True,
)

QUOTE_ENTITY = Entity(
    QUOTE,
    "quote",
    "api-reference/crm/quote/",
    (
        ID,
        Old("QUOTE_NUMBER"),
        Old("TITLE", title="Тема", required=True),
        *plain("STATUS_ID", "CURRENCY_ID", "OPPORTUNITY"),
        Old("TAX_VALUE", title="Ставка налога"),
        COMPANY_LINK,
        Old("MYCOMPANY_ID", "mycompanyId"),
        *CONTACT_LINKS,
        *plain("BEGINDATE", "CLOSEDATE", "ACTUAL_DATE", "OPENED"),
        Old("CLOSED", title="Закрыто", follows_stage=True),
        COMMENTS,
        *plain("CONTENT", "TERMS", "CLIENT_TITLE", "CLIENT_ADDR", "CLIENT_CONTACT", "CLIENT_EMAIL"),
        *plain("CLIENT_PHONE", "CLIENT_TP_ID", "CLIENT_TPA_ID"),
        *PEOPLE,
        *MOMENTS,
        *plain("LEAD_ID", "DEAL_ID", "PERSON_TYPE_ID", "LOCATION_ID"),
        *UTM,
        *LAST_ACTIVITY,
        LAST_COMMUNICATION,
    ),
    no_update="Quote is not found",
    no_delete=("ERROR_CORE", "Элемент не найден"),
    describes_settings=False,
)

ENTITIES = (DEAL_ENTITY, LEAD_ENTITY, CONTACT_ENTITY, COMPANY_ENTITY, QUOTE_ENTITY)

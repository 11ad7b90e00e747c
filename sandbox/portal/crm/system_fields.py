"""Fields every portal has, by type of object, in the order answers show them.

Source: api-reference/crm/universal/object-fields.md, crm-item-fields.md, and the answers on crm-item-add.md and
crm-item-get.md.
"""

from __future__ import annotations

from sandbox.portal.crm.fields import Field
from sandbox.portal.crm.fields import system_field as field

ID = field("id", "integer", "ID", read_only=True)
TITLE = field("title", "string", "Название")
CREATED_TIME = field("createdTime", "datetime", "Когда создан", read_only=True)
UPDATED_TIME = field("updatedTime", "datetime", "Когда обновлен", read_only=True)
CREATED_BY = field("createdBy", "user", "Кем создан", read_only=True)
UPDATED_BY = field("updatedBy", "user", "Кем обновлен", read_only=True)
ASSIGNED_BY = field("assignedById", "user", "Ответственный")
OPENED = field("opened", "boolean", "Доступно для всех")
MOVED_BY = field("movedBy", "user", "Кем передвинут", read_only=True)
MOVED_TIME = field("movedTime", "datetime", "Когда передвинут", read_only=True)
LAST_ACTIVITY = (
    field("lastActivityBy", "user", "Кем осуществлена последняя активность в таймлайне", read_only=True),
    field("lastActivityTime", "datetime", "Последняя активность", read_only=True),
)
CATEGORY = field("categoryId", "crm_category", "Воронка")
COMPANY = field("companyId", "crm_company", "Компания", empty=0, settings={"parentEntityTypeId": 4})
CONTACT = field("contactId", "crm_contact", "Контакт", empty=0)
CONTACTS = field("contactIds", "crm_contact", "CONTACT_IDS", multiple=True)
COMPANIES = field("companyIds", "crm_company", "COMPANY_IDS", multiple=True)
OBSERVERS = field("observers", "user", "Наблюдатели", multiple=True)
BEGIN_DATE = field("begindate", "date", "Дата начала")
CLOSE_DATE = field("closedate", "date", "Дата завершения")
OPPORTUNITY = field("opportunity", "double", "Сумма", empty=0)
MANUAL_OPPORTUNITY = field("isManualOpportunity", "boolean", "Режим расчета суммы")
TAX = field("taxValue", "double", "Сумма налога", empty=0)
CURRENCY = field("currencyId", "crm_currency", "Валюта")
SOURCE = field("sourceId", "crm_status", "Источник", status_type="SOURCE")
SOURCE_DESCRIPTION = field("sourceDescription", "text", "Дополнительно об источнике")
SOURCE_DESCRIPTION_OR_EMPTY = field("sourceDescription", "text", "Дополнительно об источнике", empty="")
XML_ID = field("xmlId", "string", "Внешний код", empty="")
"""These two are empty texts in recorded items of smart processes, where deals have null."""
ACCOUNT = (
    field("opportunityAccount", "double", "Сумма в валюте учета", empty=0, read_only=True, hidden=True),
    field("taxValueAccount", "double", "Сумма налога в валюте учета", empty=0, read_only=True, hidden=True),
    field("accountCurrencyId", "crm_currency", "Валюта учета", empty="RUB", read_only=True, hidden=True),
)
"""Said to be switched off (object-fields.md); recorded items have zeros and the base currency."""
LAST_COMMUNICATION = tuple(
    field(f"lastCommunication{kind}Time", "datetime", "Последняя коммуникация", read_only=True, hidden=True)
    for kind in ("", "Call", "Email", "Imol", "Webform")
)
"""In items of smart processes recorded in 2026, on no page yet."""
COMMENTS = field("comments", "text", "Комментарий")
WEBFORM = field("webformId", "integer", "Создано CRM-формой", empty=0)
ORIGINATOR = field("originatorId", "string", "Внешний источник")
ORIGIN = field("originId", "string", "Идентификатор элемента во внешнем источнике")
SEMANTICS = field("stageSemanticId", "string", "Группа стадии", read_only=True)
LEAD = field("leadId", "crm_lead", "Лид", settings={"parentEntityTypeId": 1})
LOCATION = field("locationId", "location", "Местоположение")
MY_COMPANY = field(
    "mycompanyId",
    "crm_company",
    "Реквизиты вашей компании",
    empty=0,
    settings={"isMyCompany": True, "parentEntityTypeId": 4, "isEmbeddedEditorEnabled": True},
)
PREVIOUS_STAGE = field("previousStageId", "crm_status", "Предыдущая стадия", read_only=True, empty="")
QUOTE = field("quoteId", "crm_quote", "Предложение", settings={"parentEntityTypeId": 7})
BIRTHDATE = field("birthdate", "date", "Дата рождения")
HONORIFIC = field("honorific", "crm_status", "Обращение", status_type="HONORIFIC")
RETURN_CUSTOMER = field("isReturnCustomer", "boolean", "Повторный", read_only=True)
POST = field("post", "string", "Должность")
NAMES = (
    field("name", "string", "Имя"),
    field("lastName", "string", "Фамилия"),
    field("secondName", "string", "Отчество"),
)
UTM = (
    field("utmSource", "string", "Рекламная система"),
    field("utmMedium", "string", "Тип трафика"),
    field("utmCampaign", "string", "Обозначение рекламной кампании"),
    field("utmContent", "string", "Содержание кампании"),
    field("utmTerm", "string", "Условие поиска кампании"),
)
CONTACT_POINTS = (
    field("hasPhone", "boolean", "Имеется телефон", read_only=True),
    field("hasEmail", "boolean", "Имеется почта", read_only=True),
    field("hasImol", "boolean", "Имеются открытые линии", read_only=True),
    field("phoneMobile", "string", "Мобильный телефон", read_only=True, empty=""),
    field("phoneWork", "string", "Рабочий телефон", read_only=True, empty=""),
    field("phoneMailing", "string", "Телефон для рассылок", read_only=True, empty=""),
    field("emailHome", "string", "Личный E-mail", read_only=True, empty=""),
    field("emailWork", "string", "Рабочий E-mail", read_only=True, empty=""),
    field("emailMailing", "string", "Почта для рассылок", read_only=True, empty=""),
    field("imol", "string", "IMOL", read_only=True, empty=""),
    field("email", "string", "E-mail", read_only=True, empty=""),
    field("phone", "string", "Телефон", read_only=True, empty=""),
    field("fm", "crm_multifield", "Мультиполя", multiple=True, hidden=True),
)


def disabled(*names: str) -> tuple[Field, ...]:
    """Fields that are always ``null``."""
    return tuple(field(name, "string", name, disabled=True, read_only=True, hidden=True) for name in names)


LEAD_FIELDS = (
    ID, CREATED_TIME, *disabled("dateCreateShort"), UPDATED_TIME, *disabled("dateModifyShort"), CREATED_BY, UPDATED_BY,
    ASSIGNED_BY, OPENED, COMPANY, CONTACT,
    field("stageId", "crm_status", "Стадия", upper="STATUS_ID", status_type="STATUS"),
    *disabled("isConvert"), field("statusDescription", "text", "Дополнительно о стадии"), SEMANTICS,
    *disabled("productId"), OPPORTUNITY, CURRENCY, SOURCE, SOURCE_DESCRIPTION, TITLE, *NAMES, *disabled("shortName"),
    field("companyTitle", "string", "Название компании"), POST, *disabled("address"), COMMENTS, WEBFORM, ORIGINATOR,
    ORIGIN, field("dateClosed", "datetime", "Дата закрытия", read_only=True), BIRTHDATE, HONORIFIC,
    *CONTACT_POINTS[:3], *disabled("login"), RETURN_CUSTOMER, *disabled("searchContent"), MANUAL_OPPORTUNITY, MOVED_BY,
    MOVED_TIME, *LAST_ACTIVITY, *CONTACT_POINTS[3:], *disabled("skype", "icq"), *UTM, OBSERVERS, CONTACTS,
)  # fmt: skip

DEAL_FIELDS = (
    ID, CREATED_TIME, *disabled("dateCreateShort"), UPDATED_TIME, *disabled("dateModifyShort"), CREATED_BY, UPDATED_BY,
    ASSIGNED_BY, OPENED, LEAD, COMPANY, CONTACT, QUOTE, TITLE,
    *disabled("productId"), CATEGORY, field("stageId", "crm_status", "Стадия", status_type="DEAL_STAGE"), SEMANTICS,
    field("isNew", "boolean", "Новая сделка", read_only=True), field("isRecurring", "boolean", "Регулярная сделка"),
    RETURN_CUSTOMER, field("isRepeatedApproach", "boolean", "Повторное обращение", read_only=True),
    field("closed", "boolean", "Сделка закрыта", read_only=True),
    field("typeId", "crm_status", "Тип", status_type="DEAL_TYPE"), OPPORTUNITY, MANUAL_OPPORTUNITY, TAX, CURRENCY,
    field("probability", "integer", "Вероятность"), COMMENTS, BEGIN_DATE, *disabled("begindateShort"), CLOSE_DATE,
    *disabled("closedateShort", "eventDate", "eventDateShort", "eventId", "eventDescription"),
    LOCATION, WEBFORM, SOURCE, SOURCE_DESCRIPTION, ORIGINATOR, ORIGIN,
    field("additionalInfo", "string", "Дополнительная информация"), *disabled("searchContent", "orderStage"), MOVED_BY,
    MOVED_TIME, *LAST_ACTIVITY, *disabled("isWork", "isWon", "isLose", "receivedAmount", "lostAmount", "hasProducts"),
    *UTM, OBSERVERS, CONTACTS,
)  # fmt: skip

CONTACT_FIELDS = (
    ID, CREATED_TIME, UPDATED_TIME, CREATED_BY, UPDATED_BY, ASSIGNED_BY, OPENED, COMPANY, SOURCE, SOURCE_DESCRIPTION,
    *NAMES, *disabled("shortName"), field("photo", "file", "Фотография"), POST, *disabled("address"), COMMENTS, LEAD,
    field("export", "boolean", "Участвует в экспорте"),
    field("typeId", "crm_status", "Тип контакта", status_type="CONTACT_TYPE"), WEBFORM, ORIGINATOR, ORIGIN,
    field("originVersion", "string", "Версия оригинала"), BIRTHDATE, HONORIFIC, *CONTACT_POINTS[:3],
    *disabled("searchContent"), CATEGORY, *LAST_ACTIVITY, *disabled("login"), *CONTACT_POINTS[3:], *UTM, OBSERVERS,
    COMPANIES,
)  # fmt: skip

COMPANY_FIELDS = (
    ID, CREATED_TIME, UPDATED_TIME, CREATED_BY, UPDATED_BY, ASSIGNED_BY, OPENED, TITLE,
    field("logo", "file", "Логотип"),
    *disabled("address", "addressLegal"), field("bankingDetails", "string", "Банковские реквизиты"), COMMENTS,
    field("typeId", "crm_status", "Тип компании", status_type="COMPANY_TYPE"),
    field("industry", "crm_status", "Сфера деятельности", status_type="INDUSTRY"),
    field("revenue", "double", "Годовой оборот", empty=0), CURRENCY,
    field("employees", "crm_status", "Кол-во сотрудников", status_type="EMPLOYEES"), LEAD, WEBFORM, ORIGINATOR, ORIGIN,
    field("originVersion", "string", "Версия оригинала"), *CONTACT_POINTS[:3],
    field("isMyCompany", "boolean", "Моя компания"), *disabled("searchContent"), CATEGORY, *LAST_ACTIVITY,
    *CONTACT_POINTS[3:], *UTM, OBSERVERS, CONTACTS,
)  # fmt: skip

QUOTE_FIELDS = (
    ID, CREATED_TIME, *disabled("dateCreateShort"), UPDATED_TIME, *disabled("dateModifyShort"), CREATED_BY, UPDATED_BY,
    ASSIGNED_BY, OPENED, LEAD, field("dealId", "crm_deal", "Сделка", settings={"parentEntityTypeId": 2}), COMPANY,
    CONTACT, field("personTypeId", "integer", "Тип плательщика"), MY_COMPANY, TITLE,
    field("stageId", "crm_status", "Стадия", upper="STATUS_ID", status_type="QUOTE_STATUS"),
    field("closed", "boolean", "Предложение закрыто", read_only=True), OPPORTUNITY, MANUAL_OPPORTUNITY, TAX, CURRENCY,
    COMMENTS, field("commentsType", "integer", "Тип комментария", empty=0), BEGIN_DATE, *disabled("begindateShort"),
    CLOSE_DATE, *disabled("closedateShort"), field("quoteNumber", "string", "Номер предложения", read_only=True),
    field("content", "text", "Содержание"), field("contentType", "integer", "Тип содержания", empty=0),
    field("terms", "text", "Условия"), field("termsType", "integer", "Тип условий", empty=0),
    field("storageTypeId", "integer", "Тип хранения", empty=3),
    field("storageElementIds", "integer", "Файлы", multiple=True), LOCATION, WEBFORM,
    field("clientTitle", "string", "Клиент"), field("clientAddr", "string", "Адрес клиента"),
    field("clientContact", "string", "Контактное лицо"), field("clientEmail", "string", "E-mail клиента"),
    field("clientPhone", "string", "Телефон клиента"), field("clientTpId", "string", "ИНН клиента"),
    field("clientTpaId", "string", "КПП клиента"), *disabled("searchContent", "hasProducts"),
    field("actualDate", "date", "Действительно до"), *LAST_ACTIVITY, *UTM, CONTACTS,
)  # fmt: skip

INVOICE_FIELDS = (
    ID, XML_ID, TITLE, CREATED_BY, UPDATED_BY, MOVED_BY, CREATED_TIME, UPDATED_TIME,
    MOVED_TIME, CATEGORY, OPENED, field("stageId", "crm_status", "Стадия"), PREVIOUS_STAGE, BEGIN_DATE, CLOSE_DATE,
    COMPANY, CONTACT, OPPORTUNITY, MANUAL_OPPORTUNITY, TAX, CURRENCY, *ACCOUNT, MY_COMPANY, SOURCE,
    SOURCE_DESCRIPTION_OR_EMPTY, ASSIGNED_BY, *LAST_ACTIVITY, *LAST_COMMUNICATION, COMMENTS,
    field("accountNumber", "string", "Номер", read_only=True), LOCATION,
    WEBFORM, *UTM, OBSERVERS, CONTACTS,
)  # fmt: skip

SMART_PROCESS_FIELDS: tuple[tuple[str, tuple[Field, ...]], ...] = (
    ("", (
        ID, XML_ID, TITLE, CREATED_BY, UPDATED_BY, MOVED_BY, CREATED_TIME,
        UPDATED_TIME, MOVED_TIME, CATEGORY, OPENED,
    )),
    ("isStagesEnabled", (
        field("stageId", "crm_status", "Стадия"),
        PREVIOUS_STAGE,
    )),
    ("isBeginCloseDatesEnabled", (BEGIN_DATE, CLOSE_DATE)),
    ("isClientEnabled", (COMPANY, CONTACT, CONTACTS)),
    ("isLinkWithProductsEnabled", (OPPORTUNITY, MANUAL_OPPORTUNITY, TAX, CURRENCY, *ACCOUNT)),
    ("isMycompanyEnabled", (MY_COMPANY,)),
    ("isSourceEnabled", (SOURCE, SOURCE_DESCRIPTION_OR_EMPTY)),
    ("", (ASSIGNED_BY, *LAST_ACTIVITY, *LAST_COMMUNICATION)),
    ("isObserversEnabled", (OBSERVERS,)),
    ("", (WEBFORM, *UTM)),
)  # fmt: skip
"""Groups of fields with the flag of the type each needs; no flag, always there."""

"""Dictionaries a new portal comes with, and the stages a new funnel does.

Source: api-reference/crm/status/crm-status-list.md (deal stages), crm-status-entity-types.md (which there are),
tutorials/crm/how-to-add-crm-objects/how-to-add-category-to-spa.md (smart processes). The others are typical, not
documented.
"""

from __future__ import annotations

from sandbox.portal.crm.statuses import FAILURE, SUCCESS, Dictionary, Entry

LEAD_STAGES = (
    Entry("NEW", "Не обработан", "#39A8EF", system=True),
    Entry("IN_PROCESS", "В работе", "#2FC6F6"),
    Entry("PROCESSED", "Обработан", "#55D0E0"),
    Entry("CONVERTED", "Качественный лид", "#7BD500", SUCCESS, system=True),
    Entry("JUNK", "Некачественный лид", "#FF5752", FAILURE, system=True),
)

DEAL_STAGES = (
    Entry("NEW", "Новая", "#39A8EF", system=True),
    Entry("PREPARATION", "Подготовка документов", "#2FC6F6"),
    Entry("PREPAYMENT_INVOICE", "Cчет на предоплату", "#55D0E0"),
    Entry("EXECUTING", "В работе", "#47E4C2"),
    Entry("FINAL_INVOICE", "Финальный счет", "#FFA900"),
    Entry("WON", "Сделка успешна", "#7BD500", SUCCESS, system=True),
    Entry("LOSE", "Сделка провалена", "#FF5752", FAILURE, system=True),
    Entry("APOLOGY", "Анализ причины провала", "#FF5752", FAILURE),
)
"""Also of a new deal funnel (unverified)."""

SMART_PROCESS_STAGES = (
    Entry("NEW", "Начало", "#22B9FF", system=True),
    Entry("PREPARATION", "Подготовка", "#88B9FF"),
    Entry("CLIENT", "Согласование", "#10E5FC"),
    Entry("SUCCESS", "Успех", "#00FF00", SUCCESS, system=True),
    Entry("FAIL", "Провал", "#FF0000", FAILURE, system=True),
)

QUOTE_STAGES = (
    Entry("DRAFT", "Новое", "#39A8EF", system=True),
    Entry("SENT", "Отправлено клиенту", "#2FC6F6"),
    Entry("APPROVED", "Принято", "#7BD500", SUCCESS, system=True),
    Entry("DECLAINED", "Отклонено", "#FF5752", FAILURE, system=True),
)

INVOICE_STAGES = (
    Entry("N", "Новый", "#39A8EF", system=True),
    Entry("S", "Отправлен клиенту", "#2FC6F6"),
    Entry("P", "Оплачен", "#7BD500", SUCCESS, system=True),
    Entry("D", "Не оплачен", "#FF5752", FAILURE, system=True),
)
"""Codes as in the examples of crm-item-add.md (``DT31_13:N``); the other three are typical."""

STANDARD: tuple[tuple[Dictionary, tuple[Entry, ...]], ...] = (
    (Dictionary("STATUS", "Стадии лида", entity_type_id=1), LEAD_STAGES),
    (
        Dictionary("SOURCE", "Источники"),
        (
            Entry("CALL", "Звонок", system=True),
            Entry("EMAIL", "Электронная почта", system=True),
            Entry("WEB", "Веб-сайт", system=True),
            Entry("ADVERTISING", "Реклама", system=True),
            Entry("PARTNER", "Существующий клиент", system=True),
            Entry("RECOMMENDATION", "По рекомендации", system=True),
            Entry("TRADE_SHOW", "Выставка", system=True),
            Entry("OTHER", "Другое", system=True),
        ),
    ),
    (
        Dictionary("CONTACT_TYPE", "Тип контакта"),
        (Entry("CLIENT", "Клиенты"), Entry("SUPPLIER", "Поставщики"), Entry("PARTNER", "Партнёры")),
    ),
    (
        Dictionary("COMPANY_TYPE", "Тип компании"),
        (Entry("CUSTOMER", "Клиент"), Entry("SUPPLIER", "Поставщик"), Entry("PARTNER", "Партнёр")),
    ),
    (
        Dictionary("EMPLOYEES", "Кол-во сотрудников"),
        (Entry("EMPLOYEES_1", "менее 50"), Entry("EMPLOYEES_2", "50-250"), Entry("EMPLOYEES_3", "250-500")),
    ),
    (
        Dictionary("INDUSTRY", "Сфера деятельности"),
        (Entry("MANUFACTURING", "Производство"), Entry("DELIVERY", "Транспорт и логистика"), Entry("OTHER", "Другое")),
    ),
    (
        Dictionary("DEAL_TYPE", "Тип сделки"),
        (
            Entry("SALE", "Продажа", system=True),
            Entry("COMPLEX", "Комплексная продажа", system=True),
            Entry("GOODS", "Продажа товара", system=True),
            Entry("SERVICES", "Сервисное обслуживание", system=True),
            Entry("SERVICE", "Услуга", system=True),
        ),
    ),
    (Dictionary("DEAL_STAGE", "Стадии сделки Общая", entity_type_id=2, category_id=0), DEAL_STAGES),
    (Dictionary("QUOTE_STATUS", "Стадии предложения", entity_type_id=7), QUOTE_STAGES),
    (
        Dictionary("SMART_INVOICE_STAGE_1", "Стадии счёта", entity_type_id=31, category_id=1, prefix="DT31_1"),
        INVOICE_STAGES,
    ),
    (Dictionary("HONORIFIC", "Обращения"), (Entry("HNR_RU_1", "г-н"), Entry("HNR_RU_2", "г-жа"))),
    (Dictionary("CALL_LIST", "Статусы обзвона"), (Entry("IN_WORK", "В работе"), Entry("SUCCESS", "Успех"))),
)

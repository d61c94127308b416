"""The gateway's error numbers: what each one says, and what a sender does next.

It owns the table of the protocol's section 4; it refuses to act, and a number it has never seen is a
finding of its own, never an exception.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """Where the gateway uses a code."""

    SUCCESS = "-"
    AUTH = "A"
    REQUEST = "R"
    MESSAGE = "M"
    DELIVERY = "D"
    SERVICE = "S"
    UNKNOWN = "?"


class Meaning(StrEnum):
    """What a code tells the sender of a message to do next.

    ``TRANSIENT`` try the same again; ``BALANCE`` wait for money; ``CONFIGURATION`` a person changes key,
    sender or rights; ``REQUEST`` our own document is at fault, hold it and be loud; ``CONTENT`` this text
    will never do; ``RECIPIENT`` this number will never do; ``DUPLICATE_RECIPIENT`` the number stood twice
    in one packet, send it alone; ``GUARD`` the same text went there before; ``LOOKUP`` an id asked for is
    not known, which undoes nothing; ``UNDELIVERED`` the network's last word; ``UNKNOWN`` hold it and be loud.
    """

    SUCCESS = "success"
    TRANSIENT = "transient"
    BALANCE = "balance"
    CONFIGURATION = "configuration"
    REQUEST = "request"
    CONTENT = "content"
    RECIPIENT = "recipient"
    DUPLICATE_RECIPIENT = "duplicate_recipient"
    GUARD = "guard"
    LOOKUP = "lookup"
    UNDELIVERED = "undelivered"
    UNKNOWN = "unknown"


class Code(msgspec.Struct, frozen=True):
    """One row of the table; ``newer`` marks codes that only later lists than the seed's have."""

    number: int
    kind: Kind
    meaning: Meaning
    english: str
    russian: str
    newer: bool = False


_A, _R, _M, _D, _S = Kind.AUTH, Kind.REQUEST, Kind.MESSAGE, Kind.DELIVERY, Kind.SERVICE
_BALANCE, _CONFIGURATION, _CONTENT = Meaning.BALANCE, Meaning.CONFIGURATION, Meaning.CONTENT
_RECIPIENT, _REQUEST, _LOOKUP = Meaning.RECIPIENT, Meaning.REQUEST, Meaning.LOOKUP
_UNDELIVERED = Meaning.UNDELIVERED
_SPAM = "Защита от спама"

# The English texts are those of v2.4.13, misspellings included; 601 cannot tell recipient from network.
_ROWS = (
    Code(0, Kind.SUCCESS, Meaning.SUCCESS, "Success", "Нет ошибок"),
    Code(10, _R, _REQUEST, "INPUT data is required", "Нет входных данных"),
    Code(11, _R, _REQUEST, "Unknown INPUT format", "Неизвестный формат"),
    Code(12, _R, _REQUEST, "XML structure is invalid", "Ошибка XML"),
    Code(13, _R, _REQUEST, "JSON structure is invalid", "Ошибка JSON"),
    Code(14, _R, _REQUEST, "Unknown COMMAND", "Неизвестная команда"),
    Code(100, _A, _CONFIGURATION, "APIKEY is required", "Не указан API-ключ"),
    Code(101, _A, _CONFIGURATION, "APIKEY is invalid", "Неправильный API-ключ"),
    Code(102, _A, _CONFIGURATION, "APIKEY not found", "API-ключ не найден", newer=True),
    Code(105, _A, _BALANCE, "User is blocked (balance)", "Блокирован, низкий баланс", newer=True),
    Code(106, _A, _CONFIGURATION, "APIKEY is blocked (spam)", "Блокирован за спам/ошибки"),
    Code(
        107, _A, _CONFIGURATION, "User is blocked (untrusted)", "Блокирован, недостоверные данные", newer=True
    ),
    Code(108, _M, _RECIPIENT, "Phone is required", "Не указан телефон", newer=True),
    Code(110, _R, Meaning.TRANSIENT, "SYSTEM ERROR", "Системная ошибка"),
    Code(111, _M, _RECIPIENT, "Invalid phone", "Неправильный номер телефона", newer=True),
    Code(112, _R, _BALANCE, "No money", "Нет денег", newer=True),
    Code(113, _A, _CONFIGURATION, "IP RESTRICTION", "Недопустимый IP"),
    Code(115, _M, _CONFIGURATION, "Invalid sender", "Неправильный отправитель", newer=True),
    Code(122, _A, _CONFIGURATION, "User is blocked", "Блокирован", newer=True),
    Code(200, _M, _CONFIGURATION, "Sender (from) is required", "Не указан отправитель", newer=True),
    Code(201, _M, _CONFIGURATION, "FROM is invalid", "Неправильный формат отправителя"),
    Code(202, _M, _CONFIGURATION, "FROM is depricated", "Отправитель запрещен"),
    Code(204, _M, _CONFIGURATION, "FROM not found", "Отправителя нет в списке разрешенных"),
    Code(210, _M, _RECIPIENT, "TO is required", "Нет номера телефона"),
    Code(211, _M, _RECIPIENT, "TO is invalid", "Неправильный номер"),
    Code(212, _M, _RECIPIENT, "TO is deprecated", "Номер в черном списке"),
    Code(213, _M, _RECIPIENT, "Unsupported zone", "Страна или оператор не поддерживается"),
    Code(214, _M, Meaning.DUPLICATE_RECIPIENT, "Phone is dublicated", "Дубликат получателя", newer=True),
    Code(215, _M, _RECIPIENT, "Invalid phone length", "Неправильная длина номера", newer=True),
    Code(220, _M, _CONTENT, "TEXT is required", "Введите текст сообщения"),
    Code(221, _M, _CONTENT, "TEXT too long", "Текст слишком длинный"),
    Code(223, _M, _CONTENT, "Spam protection", _SPAM, newer=True),
    Code(224, _M, _CONTENT, "Spam protection (SENDER)", _SPAM, newer=True),
    Code(225, _M, _CONTENT, "Spam protection (DIRECT)", _SPAM, newer=True),
    Code(226, _M, _CONFIGURATION, "Shared sender disabled", "Отключены общие каналы", newer=True),
    Code(230, _M, _REQUEST, "ID is invalid", "ID должен быть числом"),
    Code(231, _M, _REQUEST, "PACKET_ID is invalid", "PACKET_ID неправильный"),
    Code(240, _R, _REQUEST, "Invalid INPUT list", "Нужен список сообщений"),
    Code(241, _R, _BALANCE, "You don't have enough money", "Пополните баланс"),
    Code(242, _R, _BALANCE, "SMS count limit (trial)", "Тестовый доступ, не больше 2 сообщений"),
    Code(243, _M, Meaning.GUARD, "Loop protection", "Защита от дубликатов"),
    Code(247, _M, _CONTENT, "Filter", "Фильтры", newer=True),
    Code(248, _M, _CONTENT, "CyrLat filter", "Кириллица и латиница в одном слове", newer=True),
    Code(250, _M, _REQUEST, "SEND_DATETIME is invalid", "Неправильное время отправки"),
    Code(260, _M, _REQUEST, "Invalid callback URL", "Неправильный адрес скрипта"),
    Code(270, _M, _REQUEST, "Invalid ttl", "Время жизни от 10 до 1440 минут"),
    Code(275, _S, _REQUEST, "Invalid list fields", "Неправильный список полей", newer=True),
    Code(300, _M, _LOOKUP, "SMS server_id is required", "server_id не указан"),
    Code(301, _M, _LOOKUP, "SMS server_id is invalid", "server_id неправильный"),
    Code(302, _M, _LOOKUP, "SMS server_id not found", "SMS не найдена (возможно, старше 40 дней)"),
    Code(303, _R, _LOOKUP, "Invalid SMS check list", "Пустой список проверки"),
    Code(304, _R, _LOOKUP, "SERVER_PACKET_ID is invalid", "server_packet_id неправильный"),
    Code(400, _A, _CONFIGURATION, "User not found", "Пользователь не найден"),
    Code(401, _A, _CONFIGURATION, "Invalid login details", "Не введен логин или пароль"),
    Code(
        500,
        _R,
        _REQUEST,
        "Invalid -since- format, right is YYYY-MM-DD HH:II:SS",
        "Неправильный формат since",
    ),
    Code(600, _D, _UNDELIVERED, "Expired", "Просрочено"),
    Code(601, _D, _UNDELIVERED, "Undeliverable", "Невозможно доставить"),
    Code(602, _D, _UNDELIVERED, "Destination unreachable", "Направление не поддерживается"),
    Code(603, _D, _UNDELIVERED, "Rejected", "Отказано оператором"),
    Code(604, _D, _UNDELIVERED, "Cancelled", "Отменено", newer=True),
    Code(
        605,
        _D,
        _RECIPIENT,
        "The recipient has disabled such messages",
        "Абонент запретил сообщения",
        newer=True,
    ),
    Code(630, _S, _REQUEST, "Template is required", "Нужен шаблон", newer=True),
    Code(631, _S, _REQUEST, "Template is too long", "Шаблон слишком длинный", newer=True),
    Code(632, _S, _REQUEST, "Template exists", "Такой шаблон уже есть", newer=True),
    Code(633, _S, _REQUEST, "Template callback is required", "Нужен адрес скрипта шаблона", newer=True),
    Code(634, _S, _REQUEST, "Template callback is invalid", "Неправильный адрес скрипта шаблона", newer=True),
    Code(640, _S, _REQUEST, "Sender name is required", "Нужно имя отправителя", newer=True),
    Code(641, _S, _REQUEST, "Sender name is invalid", "Неправильное имя отправителя", newer=True),
    Code(642, _S, _REQUEST, "Sender name is added already", "Имя отправителя уже добавлено", newer=True),
    Code(643, _S, _REQUEST, "Sender name needs a description", "Нужно описание имени", newer=True),
    Code(644, _S, _REQUEST, "Sender name callback is required", "Нужен адрес скрипта имени", newer=True),
    Code(
        645,
        _S,
        _REQUEST,
        "Sender name callback is invalid",
        "Неправильный адрес скрипта имени",
        newer=True,
    ),
)

CODES: dict[int, Code] = {row.number: row for row in _ROWS}
"""Every documented code by its number."""

BLOCKED = frozenset({105, 106, 107, 122})
"""Codes that say the account itself is blocked; 105 ends when money comes."""


def code_of(number: int, described: str = "") -> Code:
    """Return the row of ``number``; for a number no list has, a row that says so.

    ``described`` is what the gateway itself says of it: of such a number there is nothing else to go by.
    """
    known = CODES.get(number)
    if known is not None:
        return known
    english = f"error {number}, which no list of the gateway's errors has"
    if described:
        english = f"{described} ({english})"
    return Code(number, Kind.UNKNOWN, Meaning.UNKNOWN, english, f"неизвестная ошибка {number}", newer=True)

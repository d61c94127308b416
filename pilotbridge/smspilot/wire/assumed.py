"""What no document of the gateway settles and was decided here, each with what it would change.

A test that passes against one of these says nothing about the real gateway.
"""

from __future__ import annotations

from typing import NamedTuple


class Assumption(NamedTuple):
    """One decision of ours: where it shows, and what was taken for granted."""

    topic: str
    says: str


ASSUMPTIONS = (
    Assumption(
        "forms", "xml= by GET and POST, json= as a form field, and flat commands are taken like ?json="
    ),
    Assumption("forms", "a flat command is answered in JSON unless format=xml; send=text with to= sends"),
    Assumption("forms", "multipart forms are taken like urlencoded ones"),
    Assumption("forms", "a body that is neither document nor parameters is error 11; none at all is 10"),
    Assumption("forms", "a trailing comma in JSON is error 13; a byte order mark is skipped"),
    Assumption(
        "forms", "a connection stays open for the next request; an older product was seen to close it"
    ),
    Assumption("auth", "an unknown key is 101 (102 when configured); a wrong password is 401"),
    Assumption("auth", "key and account are judged before the command"),
    Assumption("commands", "the first of send, check, balance, info, inbound counts; none is error 14"),
    Assumption(
        "send", "+ ( ) - and blanks in a number are dropped, 8 and ten digits become 7, then 10-15 digits"
    ),
    Assumption("send", "of several faults in a message the first one in the order of the fields counts"),
    Assumption(
        "send", "XML messages take every field as an attribute; send_datetime may stand at the packet"
    ),
    Assumption("send", "an unknown callback_method is error 260; an all-blank text is 220"),
    Assumption("send", "a refused message costs nothing, has an empty server_id and keeps the client's id"),
    Assumption("send", "several numbers in one to are error 211"),
    Assumption("send", "241 and 242 concern the whole list: a top-level error, nothing is sent"),
    Assumption("send", "UNIX seconds are echoed as GMT text; a time in the past means now"),
    Assumption("send", "test=1 is accepted and never leaves; cost=1 only reckons and gets no server_id"),
    Assumption(
        "senders", "INFORM is everybody's; any other name, VIBER or HLR too, must be in the account's list"
    ),
    Assumption("senders", "letter case of a sender is kept and ignored in comparison"),
    Assumption(
        "parts", "Latin means GSM 03.38 with its extension table; anything else counts in UTF-16 units"
    ),
    Assumption(
        "check", "id and status are numbers as in send; each entry has error: 302, the delivery code or 0"
    ),
    Assumption("check", "an unknown id, another account's and one older than 40 days are status -2"),
    Assumption("check", "an object instead of a list is 303; an unknown packet is 304"),
    Assumption("balance", "anything but rur is answered in messages; XML without return means rur"),
    Assumption("inbound", "without since everything kept is listed; since is inclusive; order by id"),
    Assumption("inbound", 'r_message and r_status are the automatic reply and its status, "" and "0"'),
    Assumption("errors", "an XML error is <error> with code, description, description_ru as elements"),
    Assumption("statuses", "a message goes 3 -> 0 -> 1 -> 2 or -1"),
    Assumption("callbacks", "a POST is a urlencoded form; an existing query is kept; OK is compared trimmed"),
    Assumption(
        "callbacks", "3 more tries after 1, 5 and 15 minutes; a 2xx is needed; no redirect is followed"
    ),
    Assumption("callbacks", "being taken is no change of status: the first call tells 1, or 0 after a delay"),
    Assumption("callbacks", "https addresses are accepted, 260 only with the strict switch"),
    Assumption("times", "modified and the account's date are Moscow time"),
    Assumption("guard", "243: equal text to an equal number within 5 minutes, whoever the sender is"),
    Assumption("guard", "243 counts accepted messages only, and also inside one packet"),
    Assumption("limits", "no cap on a list or on the rate of requests"),
)
"""Every decision of ours about the gateway, by topic."""

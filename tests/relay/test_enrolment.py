"""A code that was given to a contact ties whoever sends it, once and for ten minutes."""

from __future__ import annotations

import pytest

from pilotbridge.chat import Person, PersonId
from pilotbridge.errors import NotAllowed
from pilotbridge.relay.enrolment import offer_code, redeem_code, who_is

CODE = "3f2a91bc5d7e8a10"
STRANGER = Person(PersonId("7007"), "somebody")
ANNA = Person(PersonId("1001"), "user 1001")


class Enrolling:
    """Codes on the database of a relay."""

    def __init__(self, relay):
        self.relay = relay

    @property
    def settings(self):
        return self.relay.world.app.in_force.settings

    def now_ms(self):
        return self.relay.world.clock.now_ms()

    def write(self, job):
        return self.relay.world.app.ground.store.write(job).result()

    def offer(self, name="boris", code=CODE):
        contact = self.settings.contacts[name]
        return self.write(lambda tx: offer_code(tx, contact, code, by="root", now_ms=self.now_ms()))

    def redeem(self, person=STRANGER, code=CODE):
        return self.write(lambda tx: redeem_code(tx, code, "team", person, self.settings, self.now_ms()))

    def who(self, person=STRANGER, chat="team"):
        with self.relay.reads() as read:
            found = who_is(read, chat, person, self.settings)
        return found.name if found else None


@pytest.fixture
def enrolling(make_relay):
    return Enrolling(make_relay(("telegram: 1002", "role: responder")))


def test_a_code_ties_whoever_sends_it_to_its_contact(enrolling):
    enrolling.offer("boris")

    told = enrolling.redeem()

    assert told.name == "boris"
    assert enrolling.who() == "boris"


def test_whoever_was_tied_may_write_to_phones_also_after_a_restart(enrolling):
    enrolling.offer("boris")
    enrolling.redeem()
    enrolling.relay.world.sms_from("+79131437355", "Where is my parcel?")
    enrolling.relay.poll()

    enrolling.relay.world.crash()
    enrolling.relay.writes("On its way", to="+7913***7355", who=7007)

    [sms] = enrolling.relay.world.messages()
    assert (sms.text, sms.recipient.e164) == ("On its way", "+79131437355")


def test_a_stranger_without_a_code_writes_to_nobody(enrolling):
    enrolling.relay.world.sms_from("+79131437355", "Where is my parcel?")
    enrolling.relay.poll()

    enrolling.relay.writes("On its way", to="+7913***7355", who=7007)

    assert enrolling.relay.world.messages() == []


def test_a_code_ties_once(enrolling):
    enrolling.offer("boris")
    enrolling.redeem()

    with pytest.raises(NotAllowed, match="was used"):
        enrolling.redeem(Person(PersonId("7008")))

    assert enrolling.who(Person(PersonId("7008"))) is None


def test_a_code_is_too_old_after_ten_minutes(enrolling):
    enrolling.offer("boris")
    enrolling.relay.world.run_for(minutes=10)

    with pytest.raises(NotAllowed, match="too old"):
        enrolling.redeem()


def test_only_the_newest_code_of_a_contact_counts(enrolling):
    enrolling.offer("boris", "aaaa-1111")
    enrolling.offer("boris", "bbbb-2222")

    with pytest.raises(NotAllowed):
        enrolling.redeem(code="aaaa-1111")

    assert enrolling.redeem(code="bbbb-2222").name == "boris"


@pytest.mark.parametrize("typed", ["3F2A91BC5D7E8A10", " 3f2a 91bc 5d7e 8a10\n", "3f2a-91bc-5d7e-8a10"])
def test_a_code_may_be_typed_in_groups_and_in_capitals(enrolling, typed):
    enrolling.offer("boris")

    assert enrolling.redeem(code=typed).name == "boris"


def test_what_the_database_keeps_is_not_the_code(enrolling):
    enrolling.offer("boris")

    with enrolling.relay.reads() as read:
        [row] = read._connection.execute("SELECT digest FROM link_code")

    assert CODE.encode() not in row[0]
    assert len(row[0]) == 32


def test_whom_the_configuration_knows_needs_no_code(enrolling):
    enrolling.offer("boris")

    with pytest.raises(NotAllowed, match="knows you as anna already"):
        enrolling.redeem(ANNA)

    assert enrolling.redeem().name == "boris"


def test_nobody_hides_behind_a_code(enrolling):
    enrolling.offer("boris")

    with pytest.raises(NotAllowed, match="anonymous"):
        enrolling.redeem(Person(PersonId("-100"), "a channel", is_person=False))


def test_a_person_of_another_chat_is_somebody_else(enrolling):
    enrolling.offer("boris")
    enrolling.redeem()

    assert enrolling.who(chat="another") is None


def test_a_contact_that_the_configuration_has_no_more_is_nobody(enrolling):
    enrolling.offer("boris")
    enrolling.redeem()
    enrolling.relay.world.app.in_force.settings.contacts.pop("boris")

    assert enrolling.who() is None

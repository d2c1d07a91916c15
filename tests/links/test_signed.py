"""A signed link: whoever holds it has what it says, nobody can make one up, and it ends."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.errors import Refused
from bot.rules.links import Link, Links, consent, consents, read, write
from bot.rules.privacy import Sealer

NOW = datetime(2026, 12, 7, 2, 0, tzinfo=UTC)
OLD, NEW, FOREIGN = (Sealer([letter * 32]) for letter in (b"o", b"n", b"f"))
ROTATED = Sealer([b"n" * 32, b"o" * 32])
NUMBERS = st.integers(0, 2**53)
LINKS = st.builds(Link, NUMBERS, NUMBERS, st.integers(1, 10**6).map(lambda s: NOW + timedelta(seconds=s)))


def refusal(sealer, token, now=NOW):
    with pytest.raises(Refused) as refused:
        read(sealer, token, now)
    return refused.value.code


@given(LINKS)
def test_a_link_says_what_was_written_in_letters_any_address_takes(link):
    token = write(NEW, link)
    assert len(token) == 48
    assert all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in token)
    assert read(NEW, token, NOW) == link
    assert Links(NEW, "https://a.example").address(link) == f"https://a.example/case/{token}"


@given(LINKS)
def test_after_a_rotation_old_links_still_open_and_new_ones_are_signed_anew(link):
    assert read(ROTATED, write(OLD, link), NOW) == link
    assert write(ROTATED, link) == write(NEW, link)
    assert refusal(FOREIGN, write(OLD, link)) == "link_forged"


@given(LINKS, st.integers(0, 47), st.sampled_from("ABCwxyz019-_"))
def test_one_changed_letter_is_enough_to_be_refused(link, place, letter):
    token = write(NEW, link)
    changed = token[:place] + letter + token[place + 1 :]
    assume(changed != token)
    assert refusal(NEW, changed) in ("link_forged", "link_broken")


@given(LINKS, LINKS)
def test_the_end_of_one_link_does_not_fit_another(one, other):
    assume(one != other)
    assert refusal(NEW, write(NEW, one)[:26] + write(NEW, other)[26:]) in ("link_forged", "link_expired") or (
        write(NEW, one)[:26] == write(NEW, other)[:26]
    )


@given(st.text(max_size=80) | st.from_regex(r"[A-Za-z0-9_-]{40,56}", fullmatch=True))
def test_garbage_is_refused_and_never_crashes(token):
    assert refusal(NEW, token) in ("link_broken", "link_forged")


@given(LINKS, st.integers(0, 10**6))
def test_it_is_over_from_its_last_second_on(link, more):
    assert refusal(NEW, write(NEW, link), link.expires_at + timedelta(seconds=more)) == "link_expired"
    assert read(NEW, write(NEW, link), link.expires_at - timedelta(seconds=1)) == link


def test_the_same_letters_spelt_otherwise_are_no_link():
    token = write(NEW, Link(1, 2, NOW + timedelta(days=1)))
    for other in (
        f"{token}=",
        f"{token}====",
        f" {token}",
        token.replace("-", "+").replace("_", "/") + "\n",
        token * 2,
    ):
        assert refusal(NEW, other) == "link_broken"


@given(st.text(max_size=40))
def test_a_form_is_good_for_its_own_link_and_its_own_deed_only(garbage):
    token, stranger = (write(NEW, Link(1, who, NOW + timedelta(days=1))) for who in (2, 3))
    word = consent(NEW, token, "accept")
    assert consents(NEW, token, "accept", word)
    assert consents(ROTATED, token, "accept", consent(OLD, token, "accept"))
    assert not consents(NEW, token, "reply", word)
    assert not consents(NEW, stranger, "accept", word)
    assert not consents(FOREIGN, token, "accept", word)
    assert not consents(NEW, token, "accept", garbage)


def test_a_stamp_of_another_purpose_opens_nothing():
    facts = b"\x01" + bytes(19)
    assert NEW.stamp(facts, "link/assignment") != NEW.stamp(facts, "link/deed")
    assert not NEW.stamped(facts, NEW.stamp(facts, "link/deed"), "link/assignment")

"""Programs speak GeoReport v2 with us: subjects, reports, what became of them, and faults in the spec's own shape."""

import json
from datetime import timedelta
from functools import partial
from xml.etree.ElementTree import fromstring

import pytest

from bot.actions import partners
from bot.store.tables import heard, identity, partner, person, suggestion
from handlers.public.georeport_shapes import Created, Fault, Service, ServiceDefinition, ServiceRequest
from tests.public.conftest import key_for

BOTH = pytest.mark.parametrize("house_database", ["sqlite", "postgres"], indirect=True)
V2 = "/open311/v2"
LAMP = {"service_code": "ludeng", "description": "滨河家园 3 号楼前路灯坏了", "address_string": "滨河家园 3 号楼"}


async def reported(caller, key, **fields):
    headers = {"Idempotency-Key": fields.pop("once")} if "once" in fields else {}
    status, text, _ = await caller.post(f"{V2}/requests.json", LAMP | {"api_key": key} | fields, headers=headers)
    return status, json.loads(text)


async def test_every_subject_of_the_office_can_be_reported_in_json_and_in_xml(caller):
    status, text, headers = await caller.get(f"{V2}/services.json")
    assert (status, headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    services = [Service(**each) for each in json.loads(text)]
    lamp = next(each for each in services if each.service_code == "ludeng")
    assert lamp.service_name == "路灯照明"
    assert lamp.group.startswith("城市建设")
    assert "路灯" in lamp.keywords.split(",")
    status, text, headers = await caller.get(f"{V2}/services.xml")
    assert (status, headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    tree = fromstring(text.encode())
    assert (tree.tag, {each.tag for each in tree}) == ("services", {"service"})
    assert [each.findtext("service_code") for each in tree] == [each.service_code for each in services]
    assert {each.findtext("metadata") for each in tree} == {"true"}


async def test_a_subject_says_what_can_be_added_to_a_report(caller):
    _, text, _ = await caller.get(f"{V2}/services/ludeng.json")
    definition = ServiceDefinition(**json.loads(text))
    (kind,) = definition.attributes
    assert [(each.key, each.name) for each in kind.values][:2] == [("request", "诉求"), ("proposal", "建议")]
    _, text, _ = await caller.get(f"{V2}/services/ludeng.xml")
    tree = fromstring(text.encode())
    assert tree.tag == "service_definition"
    assert next(each.findtext("key") for each in tree.iter("value")) == "request"


@BOTH
async def test_a_report_is_a_case_like_any_other(house, caller, hotline, zhang, tian):
    status, answer = await reported(caller, hotline, last_name="王", first_name="桂兰", phone="13812345678",
                                    lat="37.861", long="113.581", **{"attribute[kind]": "proposal"})  # fmt: skip
    assert status == 201
    (created,) = [Created(**each) for each in answer]
    assert created.service_request_id == "hepan-261207-1"
    (case,) = await house.cases()
    assert (case.number, case.kind, case.state, case.text) == (
        created.service_request_id, "proposal", "received", LAMP["description"])  # fmt: skip
    (voter,) = await house.rows(person.select().where(person.c.id == case.voter_id))
    assert voter.name == "王桂兰"
    assert house.deps.sealer.open(voter.phone_sealed, "phone") == "13812345678"
    (place,) = await house.supplements(case)
    assert (place.kind, place.latitude, place.longitude) == ("place", 37.861, 113.581)
    await house.deliver()
    assert case.number in zhang.heard()[0], "the group was found by the name of the estate"
    assert case.number in tian.heard()[0]
    assert [line.move for line in await house.history(case)] == ["submit"]


async def test_the_same_key_is_the_same_case_even_at_the_same_moment(house, caller, hotline):
    import asyncio

    answers = await asyncio.gather(*(reported(caller, hotline, once="a-1") for _ in range(4)))
    assert {status for status, _ in answers} == {201}
    assert len({answer[0]["service_request_id"] for _, answer in answers}) == 1
    assert len(await house.cases()) == 1
    status, answer = await reported(caller, hotline, once="a-1", description="另一件事：井盖丢了")
    assert (status, Fault(**answer[0]).code) == (422, 422)
    await reported(caller, hotline, once="a-2")
    assert len(await house.cases()) == 2
    status, _ = await reported(caller, await key_for(house, "other", "report"), once="a-1")
    assert (status, len(await house.cases())) == (201, 3), "another partner's keys are its own"


async def test_two_reports_of_one_person_have_one_voter_whom_only_the_phone_reaches(house, caller, hotline, tian):
    for words in ("路灯坏了", "井盖丢了"):
        await reported(caller, hotline, description=words, phone="13812345678")
    assert len({case.voter_id for case in await house.cases()}) == 1
    (way,) = await house.rows(identity.select().where(identity.c.channel == "open311"))
    assert way.reachable is False
    assert b"13812345678" not in way.external_sealed


async def test_what_was_sent_is_kept_sealed_and_without_the_key(house, caller, hotline):
    await reported(caller, hotline, once="b-1")
    (row,) = await house.rows(heard.select().where(heard.c.channel == "open311"))
    kept = house.deps.sealer.open(row.body_sealed, "heard")
    assert LAMP["description"] in kept
    assert hotline not in kept


async def test_a_report_of_danger_is_answered_with_the_emergency_numbers_and_alarms_the_clerk(
    house, caller, hotline, tian
):
    _, answer = await reported(caller, hotline, description="救命！滨河家园 5 号楼着火了")
    assert "119" in answer[0]["service_notice"]
    await house.deliver()
    assert any("着火" in words for words in tian.heard())


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"description": ""}, "description"),
        ({"description": "坏" * 4001}, "description"),
        ({"service_code": ""}, "service_code"),
        ({"address_string": ""}, "address_string"),
        ({"lat": "37.8"}, "lat"),
        ({"lat": "99", "long": "1"}, "lat"),
        ({"lat": "nan", "long": "1"}, "lat"),
        ({"phone": "请打给我"}, "phone"),
        ({"media_url": "javascript:alert(1)"}, "media_url"),
        ({"attribute[kind]": "order"}, "kind"),
    ],
)
async def test_a_report_with_a_fault_hears_which_field_it_is_and_logs_nothing(house, caller, hotline, fields, named):
    status, answer = await reported(caller, hotline, **fields)
    (told,) = [Fault(**each) for each in answer]
    assert (status, told.code, named in told.description) == (400, 400, True)
    assert await house.cases() == []


async def test_who_has_no_key_a_false_one_or_one_taken_back_may_not_report(house, caller, hotline):
    reader = await key_for(house, "reader", "read")
    for key in ("", "x" * 43, reader):
        status, answer = await reported(caller, key)
        assert (status, answer[0]["code"]) == (403, 403)
    await house.deps.store.write(partial(partners.dismiss, code="hotline", now=house.clock.now()))
    assert (await reported(caller, hotline))[0] == 403
    assert await house.cases() == []


async def test_no_key_is_kept_in_the_clear(house, hotline):
    (row,) = await house.rows(partner.select())
    assert hotline.encode() not in row.key_hash
    assert hotline not in str(row)


async def test_what_was_not_published_is_not_there_for_anybody_but_who_brought_it(house, caller, hotline, wang):
    await wang.says("我们楼电梯坏了一个月")
    number = (await reported(caller, hotline))[1][0]["service_request_id"]
    other = await key_for(house, "other", "read")
    (voters,) = [case.number for case in await house.cases() if case.number != number]
    for key, seen in (("", set()), (other, set()), (hotline, {number})):
        _, text, _ = await caller.get(f"{V2}/requests.json", headers={"X-Api-Key": key} if key else {})
        assert {each["service_request_id"] for each in json.loads(text)} == seen
        for asked in (number, voters, "nobody-261207-9"):
            status, text, _ = await caller.get(f"{V2}/requests/{asked}.json?api_key={key}")
            assert status == (200 if asked in seen else 404)
            assert (asked in seen) or Fault(**json.loads(text)[0]).code == 404
        assert (await caller.get(f"{V2}/tokens/{number}.json?api_key={key}"))[0] == (200 if seen else 404)


async def test_a_request_tells_state_and_dates_and_nobodys_name_or_words(house, caller, hotline):
    await reported(caller, hotline, last_name="王", phone="13812345678")
    _, text, _ = await caller.get(f"{V2}/requests.json", headers={"X-Api-Key": hotline})
    (request,) = [ServiceRequest(**each) for each in json.loads(text)]
    assert (request.status, request.status_notes, request.service_code) == ("open", "待审核", "ludeng")
    assert request.requested_datetime == "2026-12-07T10:00:00+08:00"
    assert request.agency_responsible == "河畔街道人大代表联络站"
    for private in ("王", "13812345678", "3 号楼", LAMP["description"]):
        assert private not in text
    _, text, _ = await caller.get(f"{V2}/requests.xml", headers={"X-Api-Key": hotline})
    assert fromstring(text.encode()).findtext("request/status") == "open"


async def test_requests_are_narrowed_by_status_subject_day_number_and_office(house, caller, hotline):
    number = (await reported(caller, hotline))[1][0]["service_request_id"]
    for query, found in {
        "status=open": 1, "status=closed": 0, "status=open,closed": 1, "service_code=ludeng": 1, "service_code=daolu": 0,
        "start_date=2026-12-07T00:00:00%2B08:00": 1, "start_date=2026-12-07T10:01:00+08:00": 0,
        "start_date=2026-12-08": 0, "end_date=2026-12-07T09:00:00": 0, f"service_request_id={number},x": 1,
        "service_request_id=x": 0,
    }.items():  # fmt: skip
        _, text, _ = await caller.get(f"{V2}/requests.json?{query}", headers={"X-Api-Key": hotline})
        assert len(json.loads(text)) == found, query


async def test_a_list_goes_ninety_days_back_unless_somebody_says_otherwise(house, caller, hotline):
    number = (await reported(caller, hotline))[1][0]["service_request_id"]
    house.clock.move(timedelta(days=91))
    for query, found in {"": 0, f"service_request_id={number}": 1, "start_date=2026-12-01": 1}.items():
        _, text, _ = await caller.get(f"{V2}/requests.json?{query}", headers={"X-Api-Key": hotline})
        assert len(json.loads(text)) == found, query


@pytest.mark.parametrize("query", ["status=maybe", "start_date=gestern", "end_date=2026-13-01"])
async def test_a_query_that_means_nothing_is_named(caller, query):
    status, text, _ = await caller.get(f"{V2}/requests.json?{query}")
    assert (status, json.loads(text)[0]["code"]) == (400, 400)


async def test_an_unknown_office_subject_or_address_is_a_404_in_the_specs_shape(caller):
    for path in ("/services.xml?jurisdiction_id=atlantis", "/services/atlantis.xml", "/nowhere", "/requests/x.xml"):
        status, text, headers = await caller.get(f"{V2}{path}")
        assert (status, headers["Content-Type"]) == (404, "text/xml; charset=utf-8")
        assert fromstring(text.encode()).findtext("error/code") == "404"


@BOTH
async def test_what_no_text_may_hold_or_is_not_packed_as_it_says_is_refused_in_the_specs_shape(house, caller, hotline):
    assert (await reported(caller, hotline, jurisdiction_id="\0"))[0] == 201  # nothing is left of it
    assert (await reported(caller, hotline, jurisdiction_id="x\0"))[0] == 404
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        headers = {"X-Api-Key": hotline, "Content-Type": kind, "Content-Encoding": "deflate", "Connection": "close"}
        status, text, _ = await caller.post(f"{V2}/requests.json", b"\xff", headers=headers)
        assert (status, json.loads(text)[0]["code"]) == (400, 400)


async def test_who_asks_too_often_is_told_how_long_to_wait(caller, hotline):
    answers = [await reported(caller, "", once=str(n)) for n in range(31)]
    assert [status for status, _ in answers].count(429) == 1
    assert answers[-1][0] == 429


async def test_signs_that_break_xml_break_nothing(house, caller, hotline):
    status, _ = await reported(caller, hotline, description="路灯\x00坏了 <script>&]]>\x0b")
    assert status == 201
    for form in ("xml", "json"):
        _, text, _ = await caller.get(f"{V2}/requests.{form}", headers={"X-Api-Key": hotline})
        assert "<script>" not in text
    fromstring((await caller.get(f"{V2}/requests/%3C%26.xml"))[1].encode())


async def test_discovery_says_where_the_interface_is(caller, house):
    _, text, _ = await caller.get("/open311/discovery.json")
    (endpoint,) = json.loads(text)["endpoints"]
    assert endpoint["url"].endswith("/open311/v2")
    assert endpoint["formats"] == ["text/xml", "application/json"]


async def test_a_report_may_come_as_json(house, caller, hotline):
    async with caller.http.post(f"{house.url}{V2}/requests.json", json=LAMP, headers={"X-Api-Key": hotline}) as answer:
        assert answer.status == 201
    for body in (b"\xff\xfe", b"[1]", b"null", b"{"):
        async with caller.http.post(
            f"{house.url}{V2}/requests.json", data=body,
            headers={"X-Api-Key": hotline, "Content-Type": "application/json"},
        ) as answer:  # fmt: skip
            assert answer.status == 400
    assert len(await house.rows(suggestion.select())) == 1

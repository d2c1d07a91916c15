"""The table of contents: everything somebody can ask of us."""

from __future__ import annotations

from aiohttp import web

from bot.router import Router
from handlers import console, health, links, own_register, representative, webhooks
from handlers.chat import (
    ask,
    book,
    calendar,
    cards,
    duty,
    faq_desk,
    greet,
    held,
    lists,
    menu,
    my_page,
    own,
    progress,
    pushes,
    rate,
    receipts,
    reception_desk,
    register_desk,
    same,
    session,
    sorting,
    staff,
    station,
    suggest,
    waiting,
)
from handlers.pages import files
from handlers.public import (
    booking,
    echo,
    entrance,
    georeport,
    georeport_reports,
    groups,
    ical,
    mine,
    openapi,
    representatives,
)
from handlers.timetable import TIMETABLE

__all__ = ["ROUTER", "ROUTES", "TIMETABLE"]

# what people say
ROUTER = Router().include(
    greet.router, suggest.router, progress.router, same.router, rate.router, ask.router, waiting.router,
    station.router, book.router, session.router, register_desk.router,
    calendar.router, menu.router, cards.router, staff.router, own.router, held.router, lists.router, pushes.router,
    reception_desk.router, duty.router, receipts.router, my_page.router, faq_desk.router, sorting.router,
)  # fmt: skip

# what programs of partners and calendars ask for; handlers/public/openapi.py describes each
_GEOREPORT = "/open311/v2"
API_ROUTES = [
    web.get("/openapi.json", openapi.serve),
    web.get("/calendar/station/{code}.ics", ical.of_station),
    web.get("/calendar/group/{code}.ics", ical.of_group),
    web.get("/calendar/mine/{token}.ics", ical.of_representative),
    web.get("/open311/discovery.json", georeport.discovery),
    web.get(_GEOREPORT + "/", georeport.discovery),
    web.get(_GEOREPORT + "/services.{format:json|xml}", georeport.services),
    web.get(_GEOREPORT + "/services/{code}.{format:json|xml}", georeport.definition),
    web.get(_GEOREPORT + "/requests.{format:json|xml}", georeport.requests),
    web.post(_GEOREPORT + "/requests.{format:json|xml}", georeport_reports.take),
    web.get(_GEOREPORT + "/requests/{number}.{format:json|xml}", georeport.one_request),
    web.get(_GEOREPORT + "/tokens/{token}.{format:json|xml}", georeport.token),
]

# what anybody may look at
PUBLIC_PAGES = [
    web.get("/echo/", echo.show),
    web.get("/group/{code}", groups.show),
    web.get("/group/{code}/{channel}.png", groups.code),
    web.get("/representative/{code}", representatives.show),
    web.get("/book/{token}", booking.show),
    web.post("/book/{token}/{deed}", booking.act),
    web.get("/arrive/{token}", booking.ticket),
    web.post("/arrive/{token}", booking.arrive),
]

# what a voter may see of their own
VOTERS_PAGES = [
    web.get("/my/", mine.every),
    web.post("/my/code", entrance.ask),
    web.post("/my/enter", entrance.enter),
    web.post("/my/leave", entrance.leave),
    web.get("/my/wechat/{account}", entrance.leave_for_wechat),
    web.get("/my/wechat/{account}/back", entrance.come_back),
    web.get("/my/{number}", mine.one),
]

# what a representative sees of their own
REPRESENTATIVES_PAGES = [
    web.get("/rep/{token}", representative.cases),
    web.get("/rep/{token}/duty", representative.duty),
    web.post("/rep/{token}/duty/{deed}", representative.change),
    web.get("/rep/{token}/register", own_register.show),
    web.post("/rep/{token}/register", own_register.enter),
    web.get("/rep/{token}/record", representative.record),
    web.get(r"/rep/{token}/visit/{assignment:\d+}", representative.ask_visit),
    web.post(r"/rep/{token}/visit/{assignment:\d+}", representative.visit),
]

# what programs and browsers ask for
HEALTH = (
    web.get("/healthz", health.alive, allow_head=True),
    web.get("/readyz", health.ready),
    web.get("/metrics", health.metrics),
)
ROUTES = [
    web.get("/callback/{channel}/{account}", webhooks.check),
    web.post("/callback/{channel}/{account}", webhooks.receive),
    *HEALTH,
    web.get("/static/{name}", files.serve),
    *console.ROUTES,
    web.get("/case/{token}", links.show),
    web.get("/case/{token}/{deed}", links.back),
    web.post("/case/{token}/{deed}", links.act),
    *REPRESENTATIVES_PAGES,
    *PUBLIC_PAGES,
    *VOTERS_PAGES,
    *API_ROUTES,
    web.route("*", _GEOREPORT + r"/{rest:[\s\S]*}", georeport.nothing),
]

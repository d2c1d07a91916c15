"""The staff door: every page of the console, and which roles it is for."""

from __future__ import annotations

from bot.rules.lifecycle import Role
from handlers.console import (
    board,
    board_paper,
    board_rows,
    bulk,
    by_wecom,
    case,
    cases,
    channels,
    desk,
    figures,
    grants,
    live,
    me,
    office,
    office_files,
    outbox,
    people,
    reception,
    register,
    sentences,
    sign_in,
)
from handlers.console.visit import ANYBODY, CODE_PAGE, PASSWORD_PAGE, SIGN_IN, Page, routes

__all__ = ["PAGES", "ROUTES"]

DESK = frozenset({Role.CLERK, Role.OFFICE})
OFFICE = frozenset({Role.OFFICE})
WATCHERS = DESK | {Role.AUDITOR}
LOOKERS = WATCHERS | {Role.UNIT}
EVERYBODY = frozenset(Role)  # who has any role at all; without one there is only the page that says so

#        method  path                              who answers           for whom   word in the menu
PAGES = (
    Page("GET",  SIGN_IN,                          sign_in.ask,          ANYBODY),
    Page("POST", SIGN_IN,                          sign_in.by_password,  ANYBODY),
    Page("GET",  CODE_PAGE,                        sign_in.ask_code,     ANYBODY),
    Page("POST", CODE_PAGE,                        sign_in.by_code,      ANYBODY),
    Page("GET",  "/console/in/{token}",            sign_in.ask_link,     ANYBODY),
    Page("POST", "/console/in/{token}",            sign_in.by_link,      ANYBODY),
    Page("GET",  "/console/wecom/{account}",       by_wecom.leave,       ANYBODY),
    Page("GET",  "/console/wecom/{account}/back",  by_wecom.come_back,   ANYBODY),
    Page("POST", "/console/out",                   sign_in.out,          ANYBODY),
    Page("GET",  "/console/me",                    me.show,              EVERYBODY),
    Page("GET",  PASSWORD_PAGE,                    me.ask_password,      EVERYBODY),
    Page("POST", PASSWORD_PAGE,                    me.change_password,   EVERYBODY),
    Page("GET",  "/console/me/totp",               me.ask_totp,          EVERYBODY),
    Page("POST", "/console/me/totp",               me.set_totp,          EVERYBODY),
    Page("POST", "/console/me/totp-off",           me.drop_totp,         EVERYBODY),
    Page("GET",  "/console/",                      desk.show,            LOOKERS,   "desk"),
    Page("GET",  "/console/live",                  live.listen,          LOOKERS),
    Page("GET",  "/console/cases",                 cases.show,           LOOKERS,   "cases"),
    Page("GET",  "/console/cases/{number}",        case.show,            LOOKERS),
    Page("POST", "/console/cases/{number}/reply/look", case.preview,     DESK | {Role.UNIT}),
    Page("POST", "/console/cases/{number}/reply/again", case.rewrite,    DESK | {Role.UNIT}),
    Page("POST", "/console/cases/{number}/{deed}", case.act,             DESK | {Role.UNIT}),
    Page("POST", r"/console/cases/{number}/phone/{joiner:\d+}", case.phone, DESK),
    Page("GET",  r"/console/cases/{number}/media/{media:\d+}", case.picture, LOOKERS),
    Page("GET",  "/console/reception",             reception.show,       WATCHERS,  "reception"),
    Page("GET",  "/console/reception/notices",     reception.show_notices, WATCHERS),
    Page("GET",  r"/console/reception/{day:\d+}",  reception.show_day,   WATCHERS),
    Page("POST", r"/console/reception/{day:\d+}/look", reception.look,   DESK),
    Page("POST", r"/console/reception/{day:\d+}/{deed}", reception.act,  DESK),
    Page("GET",  "/console/reception/figures",     figures.show,         WATCHERS),
    Page("GET",  "/console/reception/figures.csv", figures.export_csv,   WATCHERS),
    Page("GET",  "/console/reception/figures.xlsx", figures.export_xlsx, WATCHERS),
    Page("GET",  r"/console/register/{day:\d+}",   register.show,        DESK),
    Page("GET",  r"/console/register/{day:\d+}/print.docx", register.print_docx, DESK),
    Page("GET",  r"/console/register/{day:\d+}/print.xlsx", register.print_xlsx, DESK),
    Page("GET",  r"/console/register/{day:\d+}/{entry:\d+}", register.show_entry, DESK),
    Page("GET",  r"/console/register/{day:\d+}/{entry:\d+}/media/{media:\d+}", register.picture, DESK),
    Page("POST", r"/console/register/{day:\d+}/{deed}", register.act, DESK),
    Page("POST", r"/console/register/{day:\d+}/{entry:\d+}/{deed}", register.change, DESK),
    Page("GET",  "/console/outbox",                outbox.show,          DESK,      "outbox"),
    Page("POST", "/console/outbox/{push}/{deed}",  outbox.act,           DESK),
    Page("GET",  "/console/figures",               board.show,           WATCHERS,  "figures"),
    Page("GET",  "/console/figures/rows",          board_rows.show,      WATCHERS),
    Page("GET",  "/console/figures/by/{kind}",     board_rows.by,        WATCHERS),
    Page("GET",  "/console/figures/report",        board_paper.report,   WATCHERS),
    Page("GET",  "/console/figures/table",         board_paper.table,    WATCHERS),
    Page("GET",  "/console/channels",              channels.show,        OFFICE,    "channels"),
    Page("GET",  "/console/people",                people.show,          OFFICE,    "people"),
    Page("POST", "/console/people/{person}/{deed}", people.act,          OFFICE),
    Page("GET",  "/console/office",                office.show,          OFFICE,    "office"),
    Page("POST", "/console/office-undo",           office.undo,          OFFICE),
    Page("GET",  "/console/office/text",           sentences.show,       OFFICE),
    Page("GET",  "/console/office/text/one",       sentences.edit,       OFFICE),
    Page("POST", "/console/office/text/one",       sentences.save,       OFFICE),
    Page("POST", "/console/office/text/back",      sentences.back,       OFFICE),
    Page("GET",  "/console/office/{kind}",         office.listed,        OFFICE),
    Page("GET",  "/console/office/{kind}/one",     office.edit,          OFFICE),
    Page("POST", "/console/office/{kind}/one",     office.save,          OFFICE),
    Page("GET",  "/console/office/{kind}/file",    office_files.export,  OFFICE),
    Page("POST", "/console/office/{kind}/import",  office_files.preview, OFFICE, most=office_files.MOST_BYTES),
    Page("POST", "/console/office/{kind}/import/do", office_files.do,    OFFICE),
    Page("POST", "/console/office/{kind}/{deed}",  office.act,           OFFICE),
    Page("GET",  "/console/grants",                grants.show,          OFFICE,    "grants"),
    Page("POST", "/console/grants",                grants.give,          OFFICE),
    Page("POST", "/console/grants/{grant}/end",    grants.end,           OFFICE),
    Page("POST", "/console/bulk",                  bulk.preview,         DESK),
    Page("POST", "/console/bulk/do",               bulk.do,              DESK),
    Page("POST", "/console/bulk/undo",             bulk.undo,            DESK),
)  # fmt: skip

ROUTES = routes(PAGES)

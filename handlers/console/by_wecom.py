"""Let members of the corp in by WeCom: scanned at a computer, silently inside WeCom itself."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

import structlog
from aiohttp import web

from bot.actions import logins
from bot.errors import SendFailed
from config.settings import Account
from handlers.console import sessions
from handlers.console.sign_in import door, let_in
from handlers.console.visit import Visit

log = structlog.get_logger(__name__)


async def leave(visit: Visit) -> web.StreamResponse:
    """Lead to WeCom's own page, with a state by which we know our browser again."""
    account = _account(visit)
    settings = visit.deps.settings
    back = {
        "redirect_uri": f"{settings.public_url}/console/wecom/{account.code}/back",
        "state": sessions.consent(visit.deps, visit.key, f"wecom/{account.code}"),
    }
    if "wxwork" in visit.request.headers.get("User-Agent", "").lower():
        query = {"appid": account.corp_id, "response_type": "code", "scope": "snsapi_base", "agentid": account.agent_id}
        return visit.elsewhere(
            f"{settings.oauth_base}/connect/oauth2/authorize?{urlencode(query | back)}#wechat_redirect"
        )
    query = {"login_type": "CorpApp", "appid": account.corp_id, "agentid": account.agent_id}
    return visit.elsewhere(f"{settings.wecom_login_base}/wwlogin/sso/login?{urlencode(query | back)}")


async def come_back(visit: Visit) -> web.StreamResponse:
    """Let in whom WeCom names for its code; the state must be the one this browser left with."""
    account, query = _account(visit), visit.request.query
    if not sessions.consents(visit.deps, visit.key, query.get("state", ""), f"wecom/{account.code}"):
        return door(visit, wrong=visit.deps.texts("sign_in.wecom_stale"))
    try:
        userid = await visit.deps.api.member_of_code(account, query.get("code", ""))
    except SendFailed as failed:
        log.info("wecom_sign_in_failed", errcode=failed.errcode)
        return door(visit, wrong=visit.deps.texts("sign_in.wecom_away" if failed.retry else "sign_in.wecom_stale"))
    deed = partial(logins.by_wecom, sealer=visit.deps.sealer, account=account.code, userid=userid, now=visit.now)
    login = await visit.deps.store.write(deed) if userid else None
    return await let_in(visit, login, "") if login else door(visit, wrong=visit.deps.texts("sign_in.wecom_unknown"))


def _account(visit: Visit) -> Account:
    account = visit.deps.settings.account("wecom_app", visit.request.match_info["account"])
    if account is None:
        raise web.HTTPNotFound
    return account

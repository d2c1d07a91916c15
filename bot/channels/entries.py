"""Ask the platform for the address behind a group's QR code: whoever scans it comes from that group."""

from __future__ import annotations

from bot.channels.api import CUT, Api
from bot.errors import Remedy, SendFailed
from config.settings import Account

ENTERED_BY = ("official_account", "customer_service")  # the channels a voter can scan into


async def entry_url(api: Api, account: Account, scene: str) -> str:
    """Return the address that carries the scene, good for ever; raises SendFailed."""
    if account.channel == "customer_service":  # WW 94670
        answer = await api.call(
            account, "/cgi-bin/kf/add_contact_way", {"open_kfid": account.open_kfid, "scene": scene}
        )
    else:  # platform.md A8: 100,000 permanent ones at most
        asked = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
        answer = await api.call(account, "/cgi-bin/qrcode/create", asked)
    url = answer.get("url")
    if not isinstance(url, str) or not url.startswith(("https://", "http://")) or len(url) > 512:
        raise SendFailed(CUT, "no url in the answer", Remedy.RETRY)
    return url

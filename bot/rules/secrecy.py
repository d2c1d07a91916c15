"""Recognise whether somebody wants to stay unknown to those who handle their matter."""

from __future__ import annotations

import re

# 物业泄露信息，没有保密 speaks of somebody else's secrets: a wish names the one who is to keep quiet.
_WISH = re.compile(
    r"(?:请|麻烦|帮我|替我|给我|要求|希望|务必|一定要?|能不能|可不可以)[^。，,！!？?]{0,6}(?:保密(?!单位|工作|文件|协议)|匿名)"
    r"|(?:别|不要|请勿|不想|不愿意?)(?:公开|透露|泄露|写|提|说|暴露)[^。，,！!？?]{0,6}(?:是我|我的?(?:姓名|名字|信息|身份|电话))"
    r"|(?:不要|别|不想)(?:让|被)[^。，,！!？?]{0,8}知道(?:是)?我"
    r"|^匿名|匿名(?:反映|举报|投诉|提)|保密[。！!]?$"
)
_NONE = re.compile(r"(?:不用|不需要|无需|没必要|没有|没|不)(?:帮我|给我|做到|再)?(?:保密|匿名)")


def wants_secrecy(text: str) -> bool:
    """Whether the words ask that their writer's name be kept from unit and group."""
    return _WISH.search(text) is not None and _NONE.search(text) is None

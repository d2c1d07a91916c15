"""Take personal data out of words that others will read: phones, papers, plates, rooms, accounts, people's names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from bot.rules.privacy import mask

_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石"
    "姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂"
)
_TITLES = "先生|女士|小姐|大爷|大妈|大娘|大姐|大哥|大嫂|阿姨|叔叔|奶奶|爷爷|师傅|老师|老板|医生|同志"
_SAYS_WHO = (
    "我叫|我是|名叫|姓名|名字叫|名字|联系人|户主|本人|当事人|投诉人|反映人|业主|住户|患者|父亲|母亲|女儿|儿子|孩子|老人"
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

#   what                      how it is written                                                        what stands there
RULES = (
    ("an email address",      r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",                   "（邮箱略）"),
    ("an identity card",      r"(?<!\d)\d{17}[\dXx](?![\dA-Za-z])|(?<!\d)\d{15}(?!\d)",                "（证件号略）"),
    ("a mobile phone",        r"(?<!\d)(?:\+?86[\s-]?)?1[\s-]?[3-9](?:[\s-]?\d){9}(?!\d)",             "（电话略）"),
    ("a phone said in words", r"[一幺][三四五六七八九](?:[零〇一二三四五六七八九幺两]){9}",            "（电话略）"),
    ("a telephone",           r"(?<!\d)0\d{2,3}[\s—-]?\d{7,8}(?!\d)|(?<=电话)[:：是\s]*\d{7,8}(?!\d)", "（电话略）"),
    ("a bank card",           r"(?<!\d)\d{4}(?:\s?\d{4}){3}(?:\s?\d{1,3})?(?!\d)",                     "（卡号略）"),
    ("an account",            r"(?:微信号?|[Qq]{2}号?)[:：是号\s]*[A-Za-z0-9_-]{5,20}",               "（账号略）"),
    ("a number plate",        rf"[{_PROVINCES}][A-Za-z][\s·•]?[A-Za-z0-9]{{4,5}}[A-Za-z0-9挂学警]",    "（车牌略）"),
    ("a door",                r"(?<!\d)\d{1,3}-\d{1,2}-\d{3,4}(?!\d)|\d{1,2}\s*单元\s*\d{2,4}\s*(?:室|号|户)?", "某户"),
    ("a room",                r"(?<!\d)\d{3,4}\s*(?:室|房)(?!外|间)",                                 "某室"),
)  # fmt: skip
_RULES = tuple((re.compile(pattern), instead) for _, pattern, instead in RULES)
_NAMED = re.compile(
    rf"(?P<who>{_SAYS_WHO})(?P<is>[:：是为\s]*)(?P<name>[{_SURNAMES}])[一-鿿]{{1,2}}"
    r"(?=[,，。、;；:：!！?？\s()（）\d]|电话|手机|住|家|今年|$)"
)
_CALLED = re.compile(rf"(?P<name>[{_SURNAMES}])[一-鿿]{{0,2}}?(?P<title>{_TITLES})")
_OLD = re.compile(rf"(?P<how>[老小])[{_SURNAMES}](?=[,，。、;；说和的家也\s]|$)")


def redact(text: str, names: Iterable[str] = ()) -> str:
    """Return the words without what tells who somebody is; `names` are those of people we know."""
    words = text.translate(_DIGITS)
    for name in names:
        if len(name) > 1:
            words = words.replace(name, f"{name[0]}某某")
    for pattern, instead in _RULES:
        words = pattern.sub(instead, words)
    words = _NAMED.sub(r"\g<who>\g<is>\g<name>某某", words)
    return _OLD.sub(r"\g<how>某", _CALLED.sub(r"\g<name>\g<title>", words))


def shown(case: Any, text: str) -> str:
    """Return words of a case as its handlers may read them: masked, and of a confidential one without its people."""
    return redact(text) if case.confidential else mask(text)


def title(case: Any) -> str:
    """Return what a case is called wherever it is named."""
    return shown(case, case.subject)

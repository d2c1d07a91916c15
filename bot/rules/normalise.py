"""Bring spoken, misspelt and traditional writing to one plain form before anything is compared."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

DIGIT_OF = {"〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_DIGITS = {ord(word): str(value) for word, value in DIGIT_OF.items() if word != "两"}
_TENS = re.compile(r"([一二三四五六七八九]?)十([一二三四五六七八九]?)")
_NOT_PLAIN = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0e\ufe0f\ufeff\u00ad]")

#        said as                                                        meant as
SAID = (
    (r"怎么样才能|怎样才能|如何才能|怎么才能|怎么样(?=.)|怎样|如何|咋样|咋|怎麽", "怎么"),
    (r"为啥|为何|什么原因|怎么回事|咋回事|干嘛|凭什么|什么情况|啥情况", "为什么"),
    (r"啥时候|何时|几时|多会儿|哪天|多长时间|多少时间|要多久|多少天|几天|多久|几号", "什么时候"),
    (r"可不可以|能不能|能否|可否|是否可以|是否能|可以|能够|是否", "能"),
    (r"没有|无法|不能|不了|不可以|未|无", "不能"),
    (r"哪儿|什么地方|啥地方|何处", "哪里"),
    (r"啥|甚么", "什么"),
    (r"账户|帐户|帐号", "账号"),
    (r"帐", "账"),
    (r"取消|注销|关掉|停用|关了", "关闭"),
    (r"开启|打开|启用", "开通"),
    (r"使用", "用"),
    (r"付款|付钱|交钱|缴费|缴纳|交费", "支付"),
    (r"变成|改为|更改|修改|变更|更换", "改"),
    (r"提高|增加|上调", "提升"),
    (r"减少|下降", "降低"),
    (r"电话号码|联系方式|号码|热线", "电话"),
    (r"人民代表大会", "人大"),
    (r"找谁|跟谁|和谁|向谁", "找谁"),
    (r"提意见|提建议|反应|反映", "反映"),
    (r"怎么(?:弄|搞|整|着|办理|处理|做)", "怎么办"),
    (r"行不行|行吗|行不|成不|可以吗|能.?不$|许不许|让不让", "能"),
    (r"上访", "信访"),
    (r"小孩子?|孩子|娃娃?|儿子|闺女", "孩子"),
    (r"老百姓|百姓|市民", "群众"),
    (r"补助|津贴|补贴", "补贴"),
    (r"手机号|手机", "电话"),
    (r"回音|回话|回复|答复|回信|动静", "答复"),
    (r"不同|不一样|差别|差在哪|区别", "区别"),
    (r"收费|要钱|花钱|费用|要交钱|多少钱", "收费"),
    (r"参加|参与", "参加"),
    (r"告诉|通知|告知", "告知"),
)
_SAID = tuple((re.compile(said), meant) for said, meant in SAID)


@cache
def _simplified() -> dict[int, str]:
    """Return a table from traditional to simplified characters, one to one."""
    from opencc import OpenCC

    every = [chr(code) for code in range(0x3400, 0xA000)]
    plain = OpenCC("t2s").convert("\n".join(every)).split("\n")
    table = {ord(old): new for old, new in zip(every, plain, strict=True) if old != new and len(new) == 1}
    return table | {ord("著"): "着"}  # 著火 is 着火; OpenCC keeps it for 著名


def _number(found: re.Match[str]) -> str:
    """Write 十, 十五, 三十 and 三十五 in figures."""
    tens, ones = found.groups()
    return str(DIGIT_OF.get(tens, 1) * 10 + DIGIT_OF.get(ones, 0))


@lru_cache(maxsize=256)  # one message is looked at by half a dozen rules in a row
def tidy(text: str) -> str:
    """Return the text in half width, lower case and simplified characters, without invisible marks."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return text.lower().translate(_simplified())


@lru_cache(maxsize=256)
def plain(text: str) -> str:
    """Return only letters, figures and characters; 三号楼 and 3号楼 become the same."""
    text = tidy(text)
    if "十" in text:
        text = _TENS.sub(_number, text)
    return _NOT_PLAIN.sub("", text.translate(_DIGITS))


def meant(text: str) -> str:
    """Return a plain text in the words the office uses: 咋 is 怎么, 取消 is 关闭."""
    for said, meaning in _SAID:
        text = said.sub(meaning, text)
    return text

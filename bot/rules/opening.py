"""Tell words that only announce a matter (有个事想反映一下) or show manners (好的) from words that say something."""

from __future__ import annotations

import re

from bot.rules.normalise import tidy

LONGEST = 24  # characters; longer words say more than that something is to come

_WHOM = "(?:你们|您们|你|您|代表|领导|大家)"
_SAY = "(?:反映|反应|投诉|举报|咨询|反馈|请教|说说|问问|说|提|问|讲)"
_WHAT = "(?:问题|情况|事情|事儿|事|建议|意见|诉求)"
_ANNOUNCES = re.compile(
    rf"(?:你好|您好|大家好|{_WHOM}好?|请问|麻烦|那个|还|另外|再)*(?:我们|咱们|我|咱|本人|俺)?(?:这里|这边|这儿|家)?"
    rf"(?:"
    rf"(?:有|想|要|来|得|需要)*(?:跟|向|和|给|找)?{_WHOM}?{_SAY}?(?:一下|下)?(?:有)?(?:一|几)?(?:个|件|些|点)?{_WHAT}"
    rf"(?:要|想|得)*(?:跟|向|和|给|找)?{_WHOM}?{_SAY}?{_WHOM}?(?:一下|下)?"
    rf"|(?:想|要|来)+(?:跟|向|和|给|找)?{_WHOM}?(?:反映|反应|投诉|举报|咨询|反馈|请教)(?:一下|下)?"
    rf")(?:啊|呀|吧|哦|呢|行吗|可以吗|可以不|行不)*"
)
_MANNERS = re.compile(
    r"(?:好的?|好嘞|好滴|嗯+|哦+|噢|行|可以|成|知道了?|明白了?|了解|收到|ok|没事|没了|没有了|就这些|就这样|先这样|不用了|是的?|对的?|了|啦|吧|呀|啊)+"
)
_SMALL_TALK = re.compile(
    r"天气|吃了[吗没]|吃饭[了没]|机器人|哈哈|呵呵|嘻嘻|嘿嘿|晚安|早安|你是谁|叫什么名字|讲个?笑话|唱[首个]歌"
)
_MARKS = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_ASKS = ("?", "？", "吗", "么")


def blank(text: str) -> bool:
    """Whether nothing can be seen: blanks and invisible marks only."""
    return not tidy(text).strip()


def announces(text: str) -> bool:
    """Whether the words say that a matter is to come, and not yet what it is."""
    bare = _bare(text)
    return 0 < len(bare) <= LONGEST and _ANNOUNCES.fullmatch(bare) is not None


def only_manners(text: str) -> bool:
    """Whether the words only say that ours were read: 好的, 知道了."""
    bare = _bare(text)
    return 0 < len(bare) <= LONGEST and _MANNERS.fullmatch(bare) is not None


def small_talk(text: str) -> bool:
    """Whether words taken for chat are about us or the weather, not about a case."""
    bare = _bare(text)
    return not bare or _SMALL_TALK.search(bare) is not None or text.rstrip().endswith(_ASKS)


def _bare(text: str) -> str:
    """Return the words without marks between them; nothing else about them is changed."""
    return _MARKS.sub("", tidy(text))

"""Recognise the few command words, whatever their punctuation, width or script; a longer sentence is no command."""

from __future__ import annotations

import re

from bot.rules.bookwords import DAY, WANTED
from bot.rules.normalise import plain, tidy
from bot.value import value

# command           said alone as
ALONE = {
    "help": "帮助|菜单|功能|使用说明|怎么用|你能做什么|help|menu|h",
    "suggest": "建议|提建议|我要提建议|我要建议|提意见|我要反映|反映问题|我要反映问题|我有建议",
    "progress": "进度|查进度|查询进度|我的进度|办理进度|查询|我的建议|办得怎么样了|处理得怎么样了",
    "withdraw": "撤回|撤销|撤回建议|我要撤回",
    "reception": "接待日|接待|接待选民日|代表接待日|下次接待日|接待时间",
    "representatives": "我的代表|代表|我的人大代表|代表是谁|我的代表是谁|谁是我的代表",
    "calendar": "日历|我的日历|订阅日历|接待日历|日历地址|日历订阅",
    "calendar_anew": "换日历地址|更换日历地址|日历地址作废|重置日历地址",
    "book": "预约|我要预约|我想预约|预约接待|预约接待日|预约代表|我要预约接待|我想预约接待日|怎么预约|怎么预约接待日",
    "bookings": "我的预约|查预约|查询预约|预约查询|看预约",
    "unbook": "取消预约|不预约了|退掉预约|撤销预约|预约取消",
    "human": "人工|转人工|人工服务|人工客服|找人工|找人|真人",
    "same": "同一件|是同一件|就是同一件|同一件事|是同一件事|就是同一件事|一件事",
    "not_same": "不是同一件|不是同一件事|不是一件事|不是一回事|不同的事",
    "join": "我也遇到了|我也遇到|我也遇到过|我家也遇到了",
    "seal": "保密|请保密|我要保密|帮我保密|请帮我保密|要求保密|请替我保密|匿名|我要匿名",
    "unseal": "取消保密|不用保密|不用保密了|解除保密",
    "add": "补充|我要补充|补充材料|补充情况",
    "my_data": "我的信息|查看我的信息|看我的信息|查我的信息|我的个人信息|我的资料",
    "erase": "删除我的信息|删除我的资料|删除我的数据|删除我的个人信息|注销我的信息",
    "erase_now": "确认删除",
    "my_page": "我的页面|我的履职|代表页面|我的代表页面|打开我的页面",
    "cancel": "取消|退出|不说了|算了不说了",
}
FOLLOWED = {
    "book": rf"(?:我要|我想)?预约(?:接待日?)?[\s:：,，]*({WANTED})",
    "unbook": rf"取消预约[\s:：,，]*({DAY})",
    "suggest": r"(?:我要)?(?:提?建议|提意见|反映问题)[\s:：,，、]+(\S.*)",
    "progress": r"(?:查(?:询|一下)?)?进度[\s:：#＃]*([a-z0-9一-鿿]{0,20}-\d{6}-\d+|\d{1,20})",
    "same": r"(?:是|就是)?同一件(?:事)?[\s:：#＃第]*([a-z0-9一-鿿]{0,20}-\d{6}-\d+|\d{1,20})(?:件|个)?",
    "join": r"我(?:家)?也(?:是)?遇到(?:了|过)?[\s:：#＃]*([a-z0-9一-鿿]{0,20}-\d{6}-\d+|\d{1,20})",
    "withdraw": r"撤[回销][\s:：#＃]*([a-z0-9一-鿿]{0,20}-\d{6}-\d+|\d{1,20})",
}
#   rating            said alone as
RATINGS = {
    "satisfied": "1|满意|很满意|非常满意|十分满意|特别满意|挺满意|满意满意|满意的|我很满意|好评",
    "mostly": "2|基本满意|还算满意|比较满意|一般满意|基本上满意|还行吧满意",
    "dissatisfied": "3|不满意|很不满意|非常不满意|一点都不满意|一点也不满意|不太满意|十分不满意|极不满意|差评|不满",
}

_ALONE = {plain(word): command for command, words in ALONE.items() for word in words.split("|")}
_RATING = {plain(word): rating for rating, words in RATINGS.items() for word in words.split("|")}
_FOLLOWED = {command: re.compile(words, re.DOTALL) for command, words in FOLLOWED.items()}
_BEGINS = re.compile("建议|意见|反映|进度|撤|同一件|也|预约")  # one of these stands near the beginning of each above
_LONGEST = 24  # with marks around it
_NUMBERED = re.compile(r"[1-3][.、:：]?\s*(?=满意|基本|不满)")
_QUESTION_MARKS = re.compile(r"[?？\s]+")
_POLITE = re.compile(r"[了吧啊呀哦呢]$")
_IN_WORDS = re.compile(
    r"(?:对|这次|本次|你们|的|处理|办理|结果|答复|回复|服务|总体|整体|我|感觉|觉得|办得|评价|打分|给个?|给予|表示|还是|很|非常|比较|基本上?|还算|十分|特别|挺|"
    r"不|不太|不怎么|一点都?也?|太|是|还|都)*满意"
)


@value(frozen=True, slots=True)
class Command:
    """A command and the words or number behind it, verbatim."""

    name: str
    argument: str = ""


def command_of(text: str) -> Command | None:
    """Return the command a message is; only the whole message makes one."""
    if 0 < len(text) <= _LONGEST:
        if _QUESTION_MARKS.fullmatch(text) and text.strip():
            return Command("help")
        if name := _ALONE.get(plain(text)):
            return Command(name)
    return _followed(text)


def rating_of(text: str) -> str:
    """Return satisfied, mostly or dissatisfied if the whole message is a rating, else an empty word."""
    if not 0 < len(text) <= _LONGEST:
        return ""
    bare = plain(_NUMBERED.sub("", tidy(text)))
    if known := _RATING.get(bare) or _RATING.get(_POLITE.sub("", bare)):
        return known
    return _in_words(_POLITE.sub("", bare)) if "满意" in bare else ""


def _in_words(bare: str) -> str:
    """Return the rating of a short sentence like 对处理结果很满意."""
    if not _IN_WORDS.fullmatch(bare):
        return ""
    if "不" in bare:
        return "dissatisfied"
    return "mostly" if re.search("基本|比较|还算", bare) else "satisfied"


def _followed(text: str) -> Command | None:
    """Return the command that begins a message and takes what follows."""
    words = tidy(text.strip())
    if not _BEGINS.search(words, 0, 8):  # nearly no message does
        return None
    stripped = text.strip()
    for name, pattern in _FOLLOWED.items():
        if found := pattern.fullmatch(words):
            # The words are kept as they were typed; `tidy` keeps the length of ordinary writing.
            argument = (
                stripped[found.start(1) :] if name == "suggest" and len(words) == len(stripped) else found.group(1)
            )
            return Command(name, argument.strip())
    return None

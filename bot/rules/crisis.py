"""Hear when somebody is in danger now, and tell it from hyperbole, news, fear and denial."""

from __future__ import annotations

import re
from enum import StrEnum

from bot.rules.normalise import tidy


class Danger(StrEnum):
    """What kind of help is needed; the texts name the numbers to call."""

    SELF_HARM = "self_harm"
    FIRE = "fire"
    VIOLENCE = "violence"
    MEDICAL = "medical"


#  danger             words that mean it
WORDS = {
    Danger.SELF_HARM: (
        r"自杀|自尽|自残|轻生|寻短见|跳楼|跳桥|跳河|跳江|割腕|上吊|喝农药|吞安眠药|吃了[^，。]{0,4}安眠药|不想活|活不下去|活着没意思|活够了|"
        r"想死(?!你|我|她|他|了你)|去死算了|死了算了|结束[^，。]{0,3}生命|了结自己|一了百了|不如死了"
    ),
    Danger.FIRE: (
        r"着火|起火|失火|走水了|火灾|烧起来|大火|冒[黑浓]烟|爆炸|(?:煤气|燃气|天然气|液化气|瓦斯)[^，。]{0,4}(?:泄漏|泄露|漏|味)|"
        r"(?:漏|闻到)[^，。]{0,4}(?:煤气|燃气|天然气|瓦斯)|煤气中毒|一氧化碳中毒"
    ),
    Danger.VIOLENCE: (
        r"杀人|砍人|捅人|捅了|拿刀|持刀|提着刀|行凶|绑架|抢劫|强奸|性侵|要杀|砍死|杀了[我他她]|打死[我他她]?了?|快被打死|"
        r"(?:老公|丈夫|男人|他)[^，。]{0,4}(?:正在|又)[^，。]{0,3}打我|正在家暴|正在打人|有人打架|人贩子|被拐"
    ),
    Danger.MEDICAL: (
        r"心脏病|心梗|脑梗|脑溢血|脑出血|中风了|晕倒|昏倒|昏迷|昏过去|休克|没呼吸|没有呼吸|没气了|喘不上气|呼吸困难|大出血|血流不止|抽搐|口吐白沫|"
        r"溺水|落水|掉[进到]?(?:河|水|井|湖|沟)里?|触电|被埋|压在下面|快不行了|要生了|食物中毒|叫救护车|救护车快"
    ),
}

# Said every day and never meant: taken out before we listen.
NOT_MEANT = re.compile(
    r"杀人(?:游戏|诛心|价|不眨眼)|狼人杀|剧本杀|跳楼(?:价|机|大甩卖|甩卖)|爆炸(?:头|好吃|性|新闻|多|式)|(?:信息|人口|知识)爆炸|大火收汁|大火(?:炒|煮|烧开)|"
    r"(?:吓|笑|气|急|激动)[^，。]{0,3}(?:心脏病|晕倒|昏过去|休克|中风)|心脏病都|(?:累|困|饿|热|冷|笑|气|急|美|馋|烦|想)(?:得|到)?[^，。]{0,3}(?:休克|昏迷|昏过去|晕倒)|"
    r"打死(?:也|都|我也|不)|打死你|自杀式|社死|笑不活|卷死|火灾保险|灭火|防火|消防|着火点|气得[^，。]{0,3}爆炸|气到爆炸|肺都气炸|"
    r"火灾?隐患|可爱到?爆炸|美到?爆炸|"
    r"(?:股票|基金|手机|服务器|电脑)[^，。]{0,4}(?:没气|休克|跳水)|抢劫吧|简直[是在]?抢劫|跟抢劫|等于抢劫|掉[进到]?沟里了?(?:的|哈)"
)
# Just before the word, within the same breath: denial.
DENIED = re.compile(
    r"(?:没|没有|并没|不是|不会|不可能|不要|未|未曾|无|别|莫|非|防|预防|防止|避免|谨防|以防|杜绝|严禁|禁止|不能|不许|远离|扑灭)"
    r"(?:[^，。！？]{0,3})$"
)
# Anywhere in the same sentence: it is told, taught, feared or long past.
TOLD = re.compile(
    r"新闻|电影|电视|小说|游戏|剧情|剧里|视频里|故事|报道|热搜|演习|演练|培训|讲座|宣传|知识|手册|保险|隐患|容易|可能|怕|担心|以免|万一|如果|假如|要是|"
    r"风险|防范|预防|判了|判刑|案件|案子|嫌疑|去年|前年|以前|曾经|上次|上个?月|上周|那次|当年|年前|昨天|前天|小时候|听说|据说|梦见|梦到|险些|差点|"
    r"怎么逃生|如何逃生|怎么预防|什么意思|遇到|发生[^，。]{0,4}时|玩笑|史|遗传|患有|得了|有心脏病|补助|报销|门诊|慢性|康复|后遗症|救助政策|造成的"
)
TOLD_SELF_HARM = re.compile(r"新闻|电影|电视|小说|游戏|剧情|剧里|故事|报道|热搜|讲座|宣传|知识|预防|听说|什么意思|案件")
# Said with the word, it outweighs everything above.
NOW = re.compile(r"救命|快来|快点来|快救|赶紧来|正在|现在|马上|有人[在要]|快叫|快打|拨打120|帮我报警|快报警|[!！]{2,}")
QUOTED = re.compile(r"[“\"「『《][^”\"」』》]{0,30}[”\"」』》]")

_WORDS = {danger: re.compile(words) for danger, words in WORDS.items()}
_ANY = re.compile("|".join(WORDS.values()))
_SENTENCE = re.compile(r"[。！？!?；;\n]+")


def danger_in(text: str) -> Danger | None:
    """Return the danger somebody is in now; None when there is none or it is only talked about."""
    words = tidy(text)
    if _ANY.search(words) is None:
        return None
    words = NOT_MEANT.sub("○", words)
    sentences = [part for part in _SENTENCE.split(words) if part]
    urgent = NOW.search(words) is not None
    return next(filter(None, (_danger(sentence, urgent=urgent) for sentence in sentences)), None)


def _danger(sentence: str, *, urgent: bool) -> Danger | None:
    """Return the first danger of one sentence that is neither denied nor merely told."""
    for danger, words in _WORDS.items():
        told = TOLD_SELF_HARM if danger is Danger.SELF_HARM else TOLD
        for found in words.finditer(sentence):
            denied = DENIED.search(sentence[: found.start()]) is not None
            if not denied and (urgent or not (told.search(sentence) or _in_quotes(sentence, found.start()))):
                return danger
    return None


def _in_quotes(sentence: str, at: int) -> bool:
    """Whether a place stands inside quotation marks: somebody else's words, a title, a name."""
    return any(quote.start() < at < quote.end() for quote in QUOTED.finditer(sentence))

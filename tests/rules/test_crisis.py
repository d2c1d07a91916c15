"""Danger now, and everything that only sounds like it; every line is invented."""

import pytest

from bot.rules.crisis import Danger, danger_in

NOW = {
    Danger.SELF_HARM: """我不想活了 | 活不下去了 | 有人要跳楼 | 她在楼顶想自杀 | 我想死 | 吃了一瓶安眠药 | 去年就想自杀，现在又这样想 | 活着没意思
我邻居正在割腕 | 再不解决我就去跳楼 | 死了算了 | 別攔我我要自殺""",
    Danger.FIRE: """着火了 | 三号楼起火了快来人 | 家里着火了怎么办 | 楼道冒浓烟 | 煤气泄漏了 | 闻到一股煤气味 | 厨房燃气漏了 | 楼下电动车爆炸了 | 有人煤气中毒
著火了！！ | 隔壁失火，没人管 | 仓库烧起来了""",
    Danger.VIOLENCE: "有人拿刀砍人 | 杀人了 | 楼下有人持刀 | 救命，他要杀我 | 我老公又在打我 | 门口有人打架快来 | 有人抢劫",
    Danger.MEDICAL: """我爸心脏病发作了 | 老人晕倒在路边 | 有人落水了 | 孩子掉进河里了 | 没有呼吸了 | 快叫救护车，大出血 | 楼上有人触电 | 他昏迷不醒
奶奶突然中风了 | 工地塌了有人被埋""",
}
NOT_NOW = """
别担心，没着火 | 没有着火，是烧烤的烟 | 不是煤气泄漏，是下水道的味 | 气死我了 | 笑死 | 累死我了 | 热死了 | 想死你了 | 吓死宝宝了 | 打死我也不去
跳楼价大甩卖 | 狼人杀来不来 | 剧本杀三缺一 | 昨晚新闻说有人跳楼 | 电影里主角自杀了 | 小说结局是火灾 | 电动车在楼道充电有着火隐患
怕着火，请清理楼道杂物 | 万一着火怎么逃生 | 容易引起火灾 | 小区消防通道被堵，火灾时车进不来，有风险 | 火灾逃生演练几点开始 | 防火宣传 | 灭火器过期了
心脏病能报销吗，听说可以办慢性病 | 吓出心脏病 | 笑到晕倒 | 爆炸头好看吗 | 信息爆炸的时代 | 大火收汁 | 去年着火的那栋楼还没修 | 上次失火后消防栓一直没换
“杀人游戏”几点开始 | 他在看《自杀专卖店》 | 打死都不同意 | 困到昏迷 | 手机没气了 | 社死了 | 预防煤气中毒知识讲座 | 不会爆炸的 | 今天没人落水
路灯坏了 | 你好 | 谢谢
"""


def lines(text):
    return [line.strip() for line in text.replace("\n", " | ").split("|") if line.strip()]


@pytest.mark.parametrize(
    ("line", "danger"),
    [(line, danger) for danger, text in NOW.items() for line in lines(text)],
    ids=str,
)
def test_danger_is_heard_at_once(line, danger):
    assert danger_in(line) is danger


@pytest.mark.parametrize("line", lines(NOT_NOW))
def test_denial_hyperbole_news_and_fear_are_no_danger(line):
    assert danger_in(line) is None


def test_a_call_for_help_outweighs_a_story():
    """Whoever cries for help is heard even if the same words mention the news."""
    assert danger_in("跟新闻里一样，楼下着火了，快来人救命") is Danger.FIRE


def test_danger_anywhere_in_a_letter_is_heard():
    assert danger_in("物业一直不管。反映了很多次。我真的不想活了。") is Danger.SELF_HARM

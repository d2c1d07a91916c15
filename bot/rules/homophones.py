"""Mend slips of the input method: a character that sounds like the one the pack would have there."""

from __future__ import annotations

from collections.abc import Container

# Characters of everyday and civic words that sound the same, tones aside: what a pinyin keyboard confuses.
SOUND_ALIKE = (
    "的地得 在再载 做作坐座 那哪纳 他她它 带戴代待袋贷 账帐仗 象像向项相 "
    "已以意义议易亿艺一医衣依移疑宜遗 登灯等 坏怀 拉啦垃 查察茶 记计纪季寄继际技济 "
    "机级及几急集基鸡既即籍 选悬 建见件健间减简检监 报抱暴爆保饱堡宝 办半班搬版板般 部布步补簿 "
    "长常场厂偿 成城程呈诚承盛 吃持池迟 出初处除储 村存 大打答达搭 点电店典垫 动懂洞冻 对队 "
    "房方访防仿放 费废飞非 分份 风封峰丰 夫服福复付负府附副妇幅 干赶感 高告搞稿 工公供共 关管馆惯官 "
    "规归贵鬼 国过果 还海害 好号毫耗 和合河何核 护户互湖胡 会回汇惠灰 活火或货获 家加价假驾 "
    "交教叫较脚角缴郊 接街节结界届解借介 进近今金尽紧仅 经精京警竟静净境 就旧救久九酒 居举具据局句剧 "
    "可课客科 来赖 老劳 类累泪 里理力利立离李礼历例 联连脸恋 辆量两亮良凉 另令领 楼漏 路录陆 买卖埋 "
    "满慢 没美每 名明命 目木母牧 年念 排派牌 票漂飘 平评凭 期其起气器齐企奇七弃 前钱签千浅欠迁 "
    "强抢墙 情请清晴轻青 区去取曲趣 全权劝 缺确却 人任认忍 如入 社设射涉 申身深神审甚 生声升省胜剩 "
    "师是事时使市式试室视世适识实十石食失始史士示施 收手受守首售 书树数输属叔熟束述 思四死司丝私 送松宋 "
    "速素诉宿 所锁 谈弹 提题体替 天添田填 听停厅庭 通同统痛桶 头投 图土突 推退 晚完碗玩万 "
    "网往忘望王 为位委未围维伟卫尾违 文问闻 无五物务误屋午武舞 西息洗系细习喜戏希 下夏吓 先现线险县显限 "
    "香乡想享响 小消校笑效 些写谢鞋血 心新信辛 行形性姓星型醒幸 修休秀 许需续须序 压呀押 "
    "烟研盐眼验言严演延 样养阳洋 要药摇腰 也业夜叶页 因音引银印饮 应影英迎硬营 用永拥涌 由有又油右友游 "
    "于雨鱼语与预育遇玉域余 元员园原远院愿源怨 月越约阅 运云晕 找照招 早造 站占战展 真针阵镇振 "
    "政正证整争征挣 知之直只治职值制致至志纸止址智质 中种重终众钟 周州洲 主住助注祝 专转传砖 装状撞庄 "
    "资字自子紫 租组祖足 最醉罪 罢把爸 免面 调条 表标 被备背 病并 便变编 宾滨 参餐 差插 产铲 "
    "超抄 称撑 充冲 筹愁 窗床 次此 从聪 担单 岛倒道到 低底抵 地第 定订顶 独读度 端短 断段 "
    "法发罚 范犯反返 改该盖 个各 更耕 故古股固顾 刮挂 广光 汉汗 红洪 环换欢 黄慌 化话画花 婚混 "
    "坚艰 讲奖降 将江 景警 禁近 究纠 考靠 空控恐 口扣 宽款 况矿 拦栏篮 离梨 疗料 临邻林 灵零 "
    "流留 录绿 论轮 罗落 毛猫 门们 民敏 难南男 农浓 盼判 跑泡 配陪 批皮 贫品 破坡 普铺 勤琴 "
    "求球 群裙 荣容 伤商上 少烧 剩圣 使驶 水税谁 随岁 损孙 塌踏 台抬 糖堂 逃讨 铁贴 庭挺 外歪 "
    "温稳 吸悉 项巷 协邪 型刑 凶胸 需虚 宣轩 寻训 严岩 义益 优邮 圆缘 杂砸 责择 增赠 扎诈炸 "
    "债摘 张章 障涨 找爪 执植 逐竹 咨姿 总宗 "
)


def _alike() -> dict[str, str]:
    alike: dict[str, str] = {}
    for group in SOUND_ALIKE.split():
        for character in group:
            others = alike.get(character, "") + group
            alike[character] = "".join(dict.fromkeys(others.replace(character, "")))
    return alike


ALIKE = _alike()


def mended(text: str, known: Container[str]) -> str:
    """Return the text with each slip put right; clean words stay as they are.

    `known` are the characters and pairs of neighbours the stored wordings have. A slip makes no known pair, and what
    sounds the same makes both; one known pair is enough in the place of a character that no wording has at all.
    """
    characters = list(text)
    for at, character in enumerate(characters):
        before = characters[at - 1] if at else ""
        after = characters[at + 1] if at + 1 < len(characters) else ""
        if not (others := ALIKE.get(character)) or before + character in known or character + after in known:
            continue
        best = max(others, key=lambda c: _fits(before, c, after, known))
        if _fits(before, best, after, known) >= (2 if character in known else 1):
            characters[at] = best
    return "".join(characters)


def _fits(before: str, character: str, after: str, known: Container[str]) -> int:
    """Return how many of a character's two pairs are known; a single character is no pair."""
    return (bool(before) and before + character in known) + (bool(after) and character + after in known)

"""Say in a few words what a message is about and where: the title of a case, without anybody's personal data."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.rules.normalise import tidy

LONGEST = 20

# Personal data that must not stand in a title (groups see it).
PRIVATE = re.compile(
    r"(?<!\d)(?:\+?86)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)|(?<!\d)0\d{2,3}[\s-]?\d{7,8}(?!\d)|(?<!\d)\d{6}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[\dx](?!\w)|"
    r"(?<!\d)\d{12,19}(?!\d)|[\w.+-]+@[\w-]+\.[\w.]+|(?:微信|vx|qq|电话|手机|联系方式|身份证)(?:号码?)?[是为:：]*\s*[a-z0-9_-]{5,20}"
)
_NAMED = re.compile(
    r"(?:我叫|我名叫|我的名字[是叫]|我名字[是叫]|本人姓名|姓名[是为:：]|联系人[是为:：]?|我是(?=[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜"
    r"谢邹喻柏窦章苏潘葛范彭郎鲁韦马苗方俞任袁柳唐罗薛伍余米姚孟顾尹江钟徐邱骆高夏蔡田胡凌霍万卢莫房丁邓洪左石崔龚程邢裴陆荣翁段侯白黄刘林梁叶董杜贾曾宋郭]"
    r"[一-鿿]{1,2}(?:[,，。;；、\s]|$)))[一-鿿·]{2,4}?(?=[,，。;；、！!\s]|住|家住|是|电话|手机|今年|的|$|\d)"
)
_WHOM = "(?:领导|代表|书记|主任|同志|市长|县长|工作人员|老师|师傅)(?:们|同志)?"
_HELLO = re.compile(
    rf"^(?:(?:尊敬的|敬爱的)[一-鿿]{{0,6}}?{_WHOM}(?:您好|你好|好)?[,，:：!！。\s]*|"
    rf"[一-鿿]{{0,4}}?{_WHOM}(?:(?:您好|你好|好)[,，:：!！。\s]*|[,，:：!！\s]+)|"
    r"(?:您好|你好|大家好|早上好|下午好|晚上好|打扰了|麻烦问下|请问一下|请问|在吗|喂)[啊呀哦]?[,，:：!！。~～\s]*)+"
)
_OPENING = re.compile(
    r"^(?:我?(?:想要?|要|来)(?:反映|投诉|举报|咨询|反馈|说|问|建议|提)(?:一下|下)?(?:(?:一个|个|点)?(?:问题|情况|事情|事|建议|意见))?|"
    r"(?:反映|投诉|举报|咨询|反馈|建议)(?:一下|下)?(?:(?:一个|个)?(?:问题|情况))?|"
    r"情况如下|问题如下|事情是这样的?|是这样的?|关于(?=.{4}))[,，:：。\s]*"
)
_EMPTY = re.compile(
    r"^(?:我是.{0,12}(?:居民|业主|村民|住户|家长|选民|老百姓|市民)|本人|我?们?家?住在?.{0,14}|[一-鿿]{0,2}谢谢.{0,4}|求助|投诉|建议|急)$"
)
_CLAUSE = re.compile(r"[,，。!！?？;；\n\r…~～]+|\s{2,}")
_EDGE = " \t,，。:：;；、!！?？~～-—*#"

# What names of places are built from: 朝阳小区3号楼2单元, 东风路与建设街交叉口, 北关街道李家村.
_LONG_UNIT = (
    "小区|花园|家园|公寓|大厦|新村|社区|街道|胡同|大街|大道|中学|小学|幼儿园|医院|卫生院|菜市场|市场|广场|公园|汽车站|火车站|地铁站|高铁站|车站|"
    "十字路口|路口|交叉口|立交桥|大桥|新城|工业园|开发区|村委会|居委会|河|水库"
)
_SHORT_UNIT = "路|街|巷|弄|村|镇|乡|屯|庄(?!村)|区|县|苑|府|庭|湾|城|桥"
_NEVER_IN_NAMES = "的了在是有和与到从把被给对为着过吗呢吧啊我你他她它们这那哪个请问说要去来不没修灯坏很太也都就还，。、"
_NAME = rf"[^\W\d_{_NEVER_IN_NAMES}]"
# 滨河家园 is one name, not the river 滨河
_GOES_ON = "(?!家园|花园|小区|社区|公园|公寓|新城|大街|大道|街道|大桥|路|街|村|苑)"
_CALLED = rf"(?:{_NAME}{{1,8}}?(?:{_LONG_UNIT}){_GOES_ON}|{_NAME}{{2,6}}?(?:{_SHORT_UNIT})(?![人民道线边里上下由面标]))"
_DOOR = (
    r"(?:[a-z]?\d{1,4}|[一二三四五六七八九十]{1,3}|[东南西北](?=门|区))"
    r"(?:号楼|号院|栋|幢|座|单元|号|楼|层|室|门|组|队|期|区)(?:\d{3,4}室?)?"
)
_PLACE = re.compile(
    rf"(?:{_CALLED})(?:[与和、]?(?:{_CALLED}|路口|交叉口)){{0,3}}(?:{_DOOR}){{0,4}}|(?:{_DOOR}){{2,4}}|\d{{1,3}}号楼"
)
_WITH_DOOR = re.compile(rf"(?:{_CALLED}).*(?:{_DOOR})$")
_LEADS_TO = re.compile(
    r"^(?:(?:麻烦|帮忙|帮)?[去来]?(?:修理?|看|清理?|扫|打扫|管|查|换|装|补|整治|处理|检查|维修)?一下|帮忙|麻烦|住在?|位于|家住|就在|靠近|反映|投诉|关于|本人|咱们?|俺们?|希望|建议|举报|求助|今天|昨天|最近|每天|晚上|早上|现在|目前|经过|走到|沿|尊敬|领导|您好|你好|大家好|想)+"
)
_NO_PLACE = re.compile(
    r"^(?:(?:我们|咱们|本|这个|我|整个|别的|其他|多个|各)?(?:小区|社区)|老旧小区|安置小区|封闭小区|全村|农村|新农村|美丽乡村|城区|老城区|城乡|地区|山区|校区|片区|进城|全县|本县|全区|十字路口|红绿灯路口|"
    r"高速公路|农贸市场|小医院|大医院|去医院|中小学|上学路|必经之路|一条.{1,2}|.{0,2}(?:公路|道路|马路|铁路|小路|大路|思路|线路|网络|电路|水路|走路))$"
)


def subject_of(text: str) -> str:
    """Return a title of at most 20 characters: the first clause that says something, without personal data."""
    clauses = [_trim(part) for part in _CLAUSE.split(without_names(_HELLO.sub("", text.strip()[:400])))]
    clauses = [part for part in clauses if part]
    telling = [part for part in clauses if len(part) >= 4 and not _EMPTY.match(part)]
    title = (telling or clauses or [""])[0]
    if len(title) < 8 and telling[1:] and len(title) + 1 + len(telling[1]) <= LONGEST:
        title = f"{title}，{telling[1]}"
    return title if len(title) <= LONGEST else title[: LONGEST - 1] + "…"


@lru_cache(maxsize=64)  # title and place ask for the same text
def without_names(text: str) -> str:
    """Return the text without phone, identity and account numbers and without the name behind 我叫."""
    return PRIVATE_ANY.sub("", _NAMED.sub("", text))


PRIVATE_ANY = re.compile(PRIVATE.pattern, re.IGNORECASE)


def _trim(clause: str) -> str:
    """Take greetings and empty openings off a clause."""
    clause = _HELLO.sub("", clause.strip(_EDGE))
    return _OPENING.sub("", clause).strip(_EDGE)


@lru_cache(maxsize=64)  # what follows is asked for its place twice
def place_of(text: str) -> str:
    """Return the words that name a place, the most exact of them; empty when there is none."""
    found = [_LEADS_TO.sub("", match.group()) for match in _PLACE.finditer(tidy(without_names(text[:400])))]
    found = [place for place in found if len(place) >= 3 and not _NO_PLACE.match(place)]
    return max(found, key=_exactness, default="")[:60]


def _exactness(place: str) -> tuple[bool, int]:
    """Prefer a name with a house number, then the longer one."""
    return _WITH_DOOR.search(place) is not None, len(place)

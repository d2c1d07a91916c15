"""What an office says about itself: one frozen shape for each kind of table in the office files."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
MONTH_DAY = re.compile(r"(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\Z")
WEEKDAY = re.compile(r"(?:MO|TU|WE|TH|FR|SA|SU)\Z")  # RFC 5545 §3.3.10
NTH_WEEKDAY = re.compile(r"(?:[1-4]|-1)(?:MO|TU|WE|TH|FR|SA|SU)\Z")  # a fifth one is not in every month
LAST_OF_MONTH = -1
CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d\Z")
PHONE = re.compile(r"\+?[0-9x][0-9x-]{2,19}\Z")  # 0353-2012345, 12345; an x where a sample must ring nobody
KF_SCENE = re.compile(r"[0-9a-zA-Z_-]{1,32}\Z")  # WW 94670
AXES = (("online", "offline"), ("inside", "outside"), ("fixed", "mobile"))

Level = Literal["national", "provincial", "municipal", "county", "township"]
OfficeLevel = Literal["municipal", "county", "township"]
StationKind = Literal["station", "point", "grid", "enterprise"]
Mode = Literal["online", "offline", "inside", "outside", "fixed", "mobile"]


def _code(text: str) -> str:
    """Codes are said on the phone and stand in QR codes, so they are short and plain."""
    if not CODE.match(text):
        raise ValueError("代号只用小写字母、数字和短横线，例如 hepan-1")
    return text


def _clock(text: str) -> str:
    if not CLOCK.match(text):
        raise ValueError(f"“{text}”不是时刻，请写成两位的时和分，例如 09:00")
    return text


def _month_day(text: str) -> str:
    if not MONTH_DAY.match(text):
        raise ValueError(f"“{text}”不是月和日，请写成两位的月和日，例如 06-01")
    return text


def _weekday(text: str) -> str:
    if not WEEKDAY.match(text):
        raise ValueError(f"“{text}”不是星期几，请写 MO、TU、WE、TH、FR、SA、SU 之一（星期一到星期日）")
    return text


def _nth_weekday(text: str) -> str:
    if not NTH_WEEKDAY.match(text):
        raise ValueError(f"“{text}”不是第几个星期几，请写成 2WE（第二个星期三）或 -1FR（最后一个星期五）的样子")
    return text


def _phone(text: str) -> str:
    if text and not PHONE.match(text):
        raise ValueError(f"“{text}”不是电话号码，请只写数字和短横线")
    return text


Code = Annotated[str, StringConstraints(max_length=64), AfterValidator(_code)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
LongName = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Line = Annotated[str, StringConstraints(max_length=400, strip_whitespace=True)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
Question = Annotated[str, StringConstraints(min_length=2, max_length=500, strip_whitespace=True)]
Answer = Annotated[str, StringConstraints(min_length=1, max_length=600, strip_whitespace=True)]  # 2,048 bytes
Clock = Annotated[str, AfterValidator(_clock)]
MonthDay = Annotated[str, AfterValidator(_month_day)]
Weekday = Annotated[str, AfterValidator(_weekday)]
NthWeekday = Annotated[str, AfterValidator(_nth_weekday)]
Phone = Annotated[str, AfterValidator(_phone)]
Day = Annotated[date, Field(strict=False)]


class Table(BaseModel):
    """One table of an office file: nothing unknown, nothing converted, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Office(Table):
    """The body that supervises: city, then county, then town."""

    code: Code
    name: LongName
    level: OfficeLevel
    parent: Code | None = None


class Station(Table):
    """A liaison station, or a point, grid or enterprise station beneath it."""

    code: Code
    name: LongName
    office: Code
    kind: StationKind
    parent: Code | None = None
    address: Line = ""
    phone: Phone = ""
    hours: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)] = ""


class Account(Table):
    """A person's own id on one of our accounts."""

    channel: Name
    account: Name
    id: Annotated[str, StringConstraints(min_length=1, max_length=128)]


class Person(Table):
    """Somebody who works with us, and the ways the platforms know them."""

    code: Code
    name: Name
    phone: Phone = ""
    identities: tuple[Account, ...] = ()


class Representative(Person):
    """A representative of one of the five levels."""

    level: Level
    station: Code
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    pledge: Line = ""


class Clerk(Person):
    """A person who runs the desk of one or more stations."""

    stations: Annotated[tuple[Code, ...], Field(min_length=1)]


class Officer(Person):
    """A person of the office that supervises: the 代表工委 of a district or a city, the presidium of a town."""

    offices: Annotated[tuple[Code, ...], Field(min_length=1)]


class UnitPerson(Person):
    """A person by whom a unit receives its cases and answers them."""

    units: Annotated[tuple[Code, ...], Field(min_length=1)]


class Address(Table):
    """One way in or out of a contact group: the scene of a QR code, a chat we hear, a robot we speak by."""

    purpose: Literal["scene", "chat", "speak"]
    channel: Literal["official_account", "customer_service", "wecom_robot", "group_robot", "customer_group"]
    account: Name
    address: Annotated[str, StringConstraints(max_length=128)] = ""

    @model_validator(mode="after")
    def _fits_the_platform(self) -> Address:
        purpose, wants = ADDRESSES[self.channel]
        if self.purpose != purpose:
            raise ValueError(f"{self.channel} 的用途（purpose）应为 {purpose}")
        if wants is None and self.address:
            raise ValueError("group_robot 的钥匙在 accounts.toml 里，这里不写 address")
        if wants is not None and not wants.match(self.address):
            raise ValueError(f"address “{self.address}”不合平台的规定：{_WANTED[self.channel]}")
        return self


# channel -> what its address is for, and what the platform lets it look like (None: a webhook has no address)
ADDRESSES: dict[str, tuple[str, re.Pattern[str] | None]] = {
    "official_account": ("scene", re.compile(r"\S{1,64}\Z")),  # scene_str, OA "生成带参数二维码"
    "customer_service": ("scene", KF_SCENE),
    "wecom_robot": ("chat", re.compile(r"\S{1,128}\Z")),
    "group_robot": ("speak", None),
    "customer_group": ("speak", re.compile(r"\S{1,128}\Z")),
}
_WANTED = {
    "official_account": "场景值为 1–64 个字符，不含空格",
    "customer_service": "场景值为 1–32 个字母、数字、下划线或短横线",
    "wecom_robot": "请填内部群的 chatid",
    "customer_group": "请填客户群的 chat_id",
}


class Group(Table):
    """A contact group: who is in it, which streets it speaks for, how it is reached."""

    code: Code
    name: LongName
    station: Code
    level: Level = "township"
    area: tuple[Words, ...] = ()
    representatives: Annotated[tuple[Code, ...], Field(min_length=1)]
    clerks: Annotated[tuple[Code, ...], Field(min_length=1)]
    addresses: tuple[Address, ...] = ()
    daily_cap: Annotated[int, Field(ge=1, le=20)] = 3
    quiet_from: Clock = "21:30"
    quiet_until: Clock = "07:30"


class Unit(Table):
    """A government body or town department that handles suggestions."""

    code: Code
    name: LongName
    office: Code
    phone: Phone = ""


class Category(Table):
    """A subject, the words people use for it, and who usually handles it."""

    code: Code
    name: Name
    parent: Code | None = None
    duty: Annotated[str, StringConstraints(max_length=400)] = ""
    keywords: tuple[Name, ...] = ()
    unit: Code | None = None


class Limit(Table):
    """A number of the office, with where it comes from and since when."""

    code: Code
    value: Annotated[int, Field(ge=0, le=100_000)]
    unit: Literal["working_days", "days", "months", "hours", "minutes", "seconds", "times", "people", "choice", "clock"]
    source: Words
    as_of: Day

    @model_validator(mode="after")
    def _is_one_of_the_choices(self) -> Limit:
        choices = CHOICES.get(self.code)
        if (self.unit == "choice") != (choices is not None):
            raise ValueError('unit = "choice" 只用于 ' + "、".join(CHOICES))
        if choices is not None and self.value not in choices:
            raise ValueError(f"value 只能是 {'、'.join(map(str, choices))} 之一，意思写在样例旁边")
        if self.unit == "clock" and not (self.value // 100 < 24 and self.value % 100 < 60):
            raise ValueError(f"{self.value} 不是时刻，请把时和分连写，例如 2130 是 21:30")
        return self


CHOICES = {"meetings-gate": (0, 1, 2)}  # off, warn, block: the gate of the three meetings


class Season(Table):
    """A stretch of every year with hours and a place of its own, or without any reception."""

    since: MonthDay
    until: MonthDay
    starts: Clock | None = None
    ends: Clock | None = None
    place: Line = ""
    closed: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Season:
        own = bool(self.starts or self.ends or self.place)
        if own == self.closed:
            raise ValueError("这一季请写 starts、ends 或 place；这一季不接待就只写 closed = true")
        if (self.starts is None) != (self.ends is None):
            raise ValueError("这一季的 starts 与 ends 要一起写")
        if self.starts and self.ends and self.starts >= self.ends:
            raise ValueError(f"开始 {self.starts} 不早于结束 {self.ends}，请检查 starts 与 ends")
        return self


class ReceptionRule(Table):
    """On which days a station receives voters, when, where and how, and who sits there."""

    code: Code
    station: Code
    days_of_month: tuple[int, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    nth_weekdays: tuple[NthWeekday, ...] = ()
    dates: tuple[Day, ...] = ()
    every: Annotated[int, Field(ge=1, le=12)] = 1
    since: Day | None = None
    until: Day | None = None
    seasons: tuple[Season, ...] = ()
    starts: Clock
    ends: Clock
    place: Words
    holiday_policy: Literal["next", "previous", "stay"]
    mode: tuple[Mode, ...] = ("offline", "inside", "fixed")
    seats: Annotated[int, Field(ge=0, le=20)] = 1
    representatives: tuple[Code, ...] = ()  # the rota; without it everybody of the station and its groups
    plan_ahead: Annotated[int, Field(ge=1, le=400)] | None = None
    notice_ahead: Annotated[int, Field(ge=1, le=30)] | None = None
    slot_minutes: Annotated[int, Field(ge=5, le=240)] | None = None  # of a place that can be booked
    slot_places: Annotated[int, Field(ge=1, le=50)] | None = None

    @model_validator(mode="after")
    def _names_its_days(self) -> ReceptionRule:
        ways = (self.days_of_month, self.weekdays, self.nth_weekdays, self.dates)
        if not any(ways):
            raise ValueError("没写哪天接待，请在 days_of_month、weekdays、nth_weekdays、dates 里至少写一样")
        for day in self.days_of_month:
            if day != LAST_OF_MONTH and not 1 <= day <= 28:  # the last day that every month has
                raise ValueError(f"days_of_month 里的 {day} 日不是每个月都有，请写 1 到 28 之间的日子，月末写 -1")
        if any(len(set(way)) < len(way) for way in ways):
            raise ValueError("有重复的日子，请每个只写一次")
        if self.every > 1 and self.since is None:
            raise ValueError(f"every = {self.every} 要从某一天数起，请写 since")
        if self.since and self.until and self.since > self.until:
            raise ValueError("since 晚于 until，这条规则永远不会生效")
        return self

    @model_validator(mode="after")
    def _can_be_held(self) -> ReceptionRule:
        if self.starts >= self.ends:
            raise ValueError(f"开始 {self.starts} 不早于结束 {self.ends}，请检查 starts 与 ends")
        for axis in AXES:
            if not set(axis) & set(self.mode):
                raise ValueError(f"mode 缺少一个方面，请从 {'、'.join(axis)} 中至少选一个")
        if self.representatives and len(self.representatives) < self.seats:
            raise ValueError(f"representatives 只有 {len(self.representatives)} 位，坐不满 seats = {self.seats}")
        return self


class Reminder(Table):
    """Who hears of a reception day how long before, at what hour, in which words."""

    code: Code
    audience: Literal["group", "representative", "clerk"]
    days_before: Annotated[int, Field(ge=-7, le=30)]
    at: Clock
    text: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    grace_hours: Annotated[int, Field(ge=1, le=168)]
    quiet: Literal["after", "evening"] = "after"
    notice: bool = False
    only: Literal["", "register_open"] = ""
    source: Words
    as_of: Day

    @model_validator(mode="after")
    def _can_be_said(self) -> Reminder:
        if self.notice and self.audience != "group":
            raise ValueError("notice = true 是给群的公告，audience 应为 group")
        if self.only and self.days_before > 0:
            raise ValueError("登记表在接待日当天才有，only 只用于当天或之后（days_before 不大于 0）")
        return self


class Sentence(Table):
    """A sentence of texts.toml in the office's own words, as the console changes it."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    words: Annotated[str, StringConstraints(min_length=1, max_length=300)]  # a chat is no letter


class Faq(Table):
    """A question voters ask, in several wordings, with one answer and its source."""

    code: Code
    question: Question
    similar: tuple[Question, ...] = ()
    answer: Answer
    source: Line = ""
    category: Annotated[str, StringConstraints(max_length=100)] = ""
    valid_from: Day | None = None
    valid_until: Day | None = None
    office: Code | None = None
    station: Code | None = None

    @model_validator(mode="after")
    def _is_valid_once(self) -> Faq:
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ValueError("valid_from 晚于 valid_until，这条答案永远不会生效")
        return self


class CalendarDay(Table):
    """A day on which the week's rhythm is broken: a holiday, or a day worked to make up for one."""

    date: Day
    kind: Literal["holiday", "workday"]
    name: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    source: Annotated[str, StringConstraints(min_length=1, max_length=200)]

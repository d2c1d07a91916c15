"""Public holidays and make-up working days, as the chinesecalendar wheel has them from the State Council's notices."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from chinese_calendar import constants

from config.office_models import CalendarDay

# What the loader may correct by itself later: rows whose source begins so. What staff wrote stays.
PUBLISHED = "chinesecalendar"

NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
}


def published_days() -> Iterator[CalendarDay]:
    """Yield every day that the published plans set apart; the last year ends where the plans end."""
    source = f"{PUBLISHED} {version('chinesecalendar')}（国务院办公厅历年放假通知）"
    for date, name in constants.holidays.items():
        yield CalendarDay(date=date, kind="holiday", name=NAMES.get(name, name), source=source)
    for date, name in constants.workdays.items():
        yield CalendarDay(date=date, kind="workday", name=f"{NAMES.get(name, name)}调休上班", source=source)

"""Whether a message asks if the office is open, and on which day. Pure."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from complaints.clock.workdays import ONE_DAY, WorkCalendar
from faq.language.plain import plain

OPEN = re.compile(
    "上班时间|办公时间|服务时间|营业时间|开放时间|有?没?有?(?:上班|开门|营业|办公|服务)(?:吗|嘛|没)?|有开(?:吗|嘛|没)?|开不开|会开吗|放假|休息吗|休馆|关门吗"
    "|几点(?:开门|上班|下班|关门|开始|开|关)|开到几点|到几点"
    "|停班|停止上班|可以去吗|are you open|open|opening hours|office hours|closed"
)
FILLER = re.compile(
    "请问|你们|我想问|想问|一下|戶政事务所|户政事务所|户政|区公所|公所|事务所|办公室|贵所|机关|政府|柜台|柜檯|那天|当天"
    "|那|是不是|有没有|会不会|要不要|会|是|的|了|呢|啊|喔|吗|嘛|还|有|都|在|去|办事|可以|也|照常|正常|所以|the|is|on|do|you|are|a"
)
WEEKDAYS = {
    name: day
    for day, names in enumerate(("一", "二", "三", "四", "五", "六", "日天"))
    for name in names
}
ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NEAR = {
    "大后天": 3,
    "后天": 2,
    "明天": 1,
    "今天": 0,
    "现在": 0,
    "今日": 0,
    "明日": 1,
    "昨天": -1,
    "tomorrow": 1,
    "today": 0,
    "now": 0,
}
WEEK = re.compile("(上|这|本|下下|下)?(?:个)?(?:星期|礼拜|周|拜)(一|二|三|四|五|六|日|天)")
MONTH_DAY = re.compile(r"(\d{1,2})月(\d{1,2})[日号]?")
HOLIDAYS = {
    "元旦": "開國紀念日",
    "春节": "春節",
    "过年": "春節",
    "农历年": "春節",
    "除夕": "除夕",
    "二二八": "和平紀念日",
    "228": "和平紀念日",
    "儿童节": "兒童節",
    "清明": "清明",
    "劳动节": "勞動節",
    "端午": "端午",
    "中秋": "中秋",
    "教师节": "孔子",
    "国庆": "國慶",
    "双十": "國慶",
    "光复节": "光復",
    "圣诞": "行憲",
    "行宪": "行憲",
}
FAR = 400  # days looked ahead for a holiday by its name


@dataclass(frozen=True)
class Asked:
    """A question about opening: the day asked about, and the holiday's name if one was said."""

    day: date
    name: str = ""


def may_be_asked(text: str) -> bool:
    """Whether a message holds words about opening at all."""
    return bool(OPEN.search(plain(text)))


def asked_about(text: str, today: date, calendar: WorkCalendar) -> Asked | None:
    """The day whose opening is asked about; None when the message is about anything else."""
    said = plain(text)
    if not OPEN.search(said):
        return None
    for find in (_holiday, _near, _week, _month):
        found, rest = find(said, today, calendar)
        if found is not None:
            return found if _is_bare(rest) else None
    return Asked(today) if _is_bare(said) else None


def next_open(day: date, calendar: WorkCalendar) -> date | None:
    """The next day after this one on which the office works, as far as the calendar reaches."""
    for _ in range(FAR):
        day += ONE_DAY
        if day.year not in calendar.years:
            return None
        if calendar.works(day):
            return day
    return None


Found = tuple[Asked | None, str]


def _near(said: str, today: date, _calendar: WorkCalendar) -> Found:
    for word, days in NEAR.items():
        if word in said:
            return Asked(today + timedelta(days=days)), said.replace(word, "")
    return None, said


def _week(said: str, today: date, _calendar: WorkCalendar) -> Found:
    if found := WEEK.search(said):
        monday = today - timedelta(days=today.weekday())
        weeks = {"上": -1, "下": 1, "下下": 2}.get(found[1] or "", 0)
        day = monday + timedelta(weeks=weeks, days=WEEKDAYS[found[2]])
        if not found[1] and day < today:
            day += timedelta(weeks=1)
        return Asked(day), WEEK.sub("", said)
    for number, name in enumerate(ENGLISH):
        if name in said:
            return Asked(today + timedelta(days=(number - today.weekday()) % 7)), said.replace(
                name, ""
            )
    return None, said


def _month(said: str, today: date, _calendar: WorkCalendar) -> Found:
    found = MONTH_DAY.search(said)
    if found is None:
        return None, said
    for year in (today.year, today.year + 1):
        try:
            day = date(year, int(found[1]), int(found[2]))
        except ValueError:
            return None, said
        if day >= today:
            return Asked(day), MONTH_DAY.sub("", said)
    return None, said


def _holiday(said: str, today: date, calendar: WorkCalendar) -> Found:
    for word, reason in HOLIDAYS.items():
        if word not in said:
            continue
        for days in range(FAR):
            day = today + timedelta(days=days)
            if day.year in calendar.years and reason in calendar.closed.get(day, ""):
                return Asked(day, calendar.closed[day]), said.replace(word, "")
    return None, said


def _is_bare(rest: str) -> bool:
    """Whether nothing of substance is left beside asking for opening."""
    left = FILLER.sub("", OPEN.sub("", rest))
    return len(left.replace(" ", "")) <= 1

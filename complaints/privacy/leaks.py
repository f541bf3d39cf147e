"""The guard outward: no text an office sends may hold a person's data that its reader must not see.

Compared is what remains of a text without blanks, punctuation, width, case and invisible
characters, character by character, so that neither spacing nor a variant hides anything.
Where a part of something counts as well, a part that many people share does not:

- name: 王○明 and 王小○; the given name alone (小明) when it has two characters, unless another
  surname stands before it (林小明), a place name goes on (建國路), or it is an ordinary word that
  nothing marks as a name. 王先生 is nobody in particular; a compound or uncommon surname with a
  title is somebody (歐陽先生). A name of two characters counts where the two stand together.
- phone: the number without area code; its last six digits or more when they stand by themselves.
- ID number: its last six digits or more when they stand by themselves.
- mail address: the part before @, from five characters.
- address: from the road, or the village, to the house number; never a road or district alone.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from data.collation import fold

FEWEST_DIGITS = 6
LOCAL_DIGITS = 8  # a number so long is told by its digits alone, wherever they stand
LOCAL_PART = 5
LATIN_NAME = 6  # a shorter one must stand as a word: Lee is in fleet

MASKS = "○〇◯⚪●◎□■△＊*※？?＿_"
MASK = re.compile("[○〇xo0某]")
CHINESE_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
NUMERALS = frozenset("〇零一二三四五六七八九十百")
NUMERAL = re.compile(
    "[〇零一二三四五六七八九十百]+(?=[段巷弄号楼邻之路街室])|(?<=[号0-9]之)[〇零一二三四五六七八九十百]+"
)
UNSAID = re.compile(r"\d+邻|(?<=\d)之(?=\d)")  # written or left out as one likes
DOOR = re.compile(r"\d+[号巷弄]")
TO_THE_DOOR = re.compile(r".*?\d号|.*\d[巷弄]")
FROM_THE_ROAD = re.compile(r"(?:.*[县市区乡镇村里\d])?(\D{2,}\d*(?:路|街|道).*)")
FROM_THE_VILLAGE = re.compile(r"(?:.*[县市区乡镇])?(\D{2,}\d.*)")
PLACE_ALONE = re.compile(r"\D*[县市区乡镇村里路街道段巷弄]")

EXTENSION = re.compile("[#＃轉转分eE].*", re.DOTALL)
AREA_CODE = re.compile(r"826|836|82|89|37|49|[2-8]")
DIALLED_FIRST = re.compile(r"(?:\+?\s?886|[(（]?[0０〇零])[\s()（）.-]*$")
EVERYBODYS = "admin contact hello info office service support webmaster"

DOTS = re.compile("[·‧・•．]")
TITLES = ("先生", "小姐", "女士", "太太")
TITLED = r"先生|小姐|女士|太太|君|同學|本人|阿姨|伯伯|奶奶|爺爺|媽媽"
NAMED_BEFORE = re.compile(r"(?:[請情舉事絡理訴映]人|姓名|名叫)[\s:：「為是]*$")
NAMED_AFTER = re.compile(rf"\s*(?:{TITLED})")
PLACE_GOES_ON = re.compile(
    r"[東西南北中一二三四五]?(?:路|街|大道|段)|[里村區鎮鄉市縣巷站橋廟宮寺]"
    r"|[國高]中|國小|[小中大]學|公園|社區|新村|分[局隊所館]|派出所|活動中心|圖書館|醫院|診所|大[樓廈]"
)
NAME_GOES_ON = re.compile(
    rf"(?![與及和跟由向請同對之於在說稱找問報訴電知會經因為被給替的])[一-鿿](?:{TITLED}|[科課股里區組隊處局]長|主任|承辦|技[士正佐]|[科課]員|辦事員"
    r"|里幹事|專員|秘書|議員|委員)"
)
COMPOUND = (
    "歐陽 司馬 上官 諸葛 司徒 張簡 范姜 端木 皇甫 尉遲 公孫 慕容 令狐 夏侯 宇文 長孫 鍾離 東方 "
    "南宮 西門 呼延 淳于 單于 太史 申屠 軒轅 司空 聞人 澹臺 公冶 濮陽 赫連"
)
# What most people are called, and no more than a hint of who is meant.
COMMON = frozenset(
    "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴"
    "范方宋鄧杜傅侯曹薛丁卓阮馬董温溫唐藍石蔣古紀姚連馮歐程湯黄田康姜白汪鄒尤巫鐘黎涂龔嚴韓袁金童陸夏柳凃邵"
    "錢伍倪譚駱熊任甘秦顧毛章史官萬俞雷粘"
)
NOT_BEFORE_A_GIVEN_NAME = frozenset("任")  # 主任怡君
# Uncommon surnames which before a title are usually another word: 應先生要求.
WORDS_BEFORE_A_TITLE = frozenset("于向和應查有時經由與為及因請對該本告同令")
# Also given names, or names of two characters, but mostly not.
ORDINARY = (
    "先生 小姐 女士 太太 光明 健康 平安 文化 明白 春天 安全 安心 安定 安寧 安康 成功 成立 成長 "
    "文書 文宣 文明 國民 國家 國中 國慶 家庭 家中 家長 家人 明文 明顯 明確 中文 中心 中華 中國 "
    "中秋 美國 美金 美化 美觀 美麗 德國 英文 英國 新生 書信 書面 天生 天文 天然 進水 永遠 永久 "
    "清明 清潔 嘉義 宜蘭 來源 民生 民權 民族 和平 信義 仁愛 忠孝 建國 建立 建設 復興 光復 中正 "
    "中山 中興 大同 大安 自強 自立 正義 正常 正式 正確 公正 立即 信心 子女 志工 志願 世界 水源 "
    "春節 秋節 祥和 和順 順利 平和 光亮 明亮 勇敢 智慧 智能 陳情 陳述 金額 金錢 金融 黃金 黃線 "
    "黃昏 白線 白天 藍圖 方式 方便 方案 方法 方面 方向 施行 施工 施作 紀錄 紀念 程序 程度 任何 "
    "任意 任務 任期 何人 何時 何處 馬上 馬路 馬桶 連假 連絡 連接 連續 連結 曾經 嚴重 嚴格 簡單 "
    "簡訊 簡易 高雄 高級 高度 高中 高興 高明 楊梅 羅馬 顏色 田地 石材 石頭 游泳 溫暖 溫度 周邊 "
    "周圍 周知 周全 許多 許可 章程 康復 洪水 雷雨 古蹟 林立 林木 江水 萬元 官司 孫子 洪災 施政 "
    "施放 範圍 民國"
)


class SecretKind(StrEnum):
    """What of a person a text may give away."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    ID_NUMBER = "id_number"
    OTHER = "other"


@dataclass(frozen=True)
class Secret:
    """Something that must not be in a text; `owner` is the number of the case it belongs to."""

    owner: str
    kind: SecretKind
    text: str


@dataclass(frozen=True)
class Leak:
    """A secret in a text: `found` is how it stands there, `partial` that it is only a part."""

    owner: str
    kind: SecretKind
    found: str
    partial: bool


@dataclass(frozen=True)
class _Stream:
    """A text with only what counts, and where each character of that stands in the text."""

    chars: str
    at: list[int]

    def places(self, part: str) -> Iterator[tuple[int, int]]:
        start = self.chars.find(part) if part else -1
        while start >= 0:
            yield self.at[start], self.at[start + len(part) - 1] + 1
            start = self.chars.find(part, start + 1)


@dataclass(frozen=True)
class _Reading:
    """A text read once for all secrets."""

    text: str
    plain: _Stream
    digits: _Stream  # the same length as plain, Chinese digits as digits
    counted: _Stream  # with house numbers as digits and without neighbourhoods
    letters: frozenset[str]
    doors: frozenset[str]
    runs: list[tuple[str, int, int]]  # digits that stand by themselves
    masked: dict[str, tuple[int, int]]  # 王○明
    spared: list[tuple[int, int]]

    def first(self, stream: _Stream, part: str) -> tuple[int, int] | None:
        if part not in stream.chars:
            return None
        return next((place for place in stream.places(part) if not self.spares(*place)), None)

    def spares(self, start: int, end: int) -> bool:
        return any(first <= start and end <= last for first, last in self.spared)


_Hit = tuple[int, int, bool]  # from, to, only a part


def find_leaks(
    text: str, secrets: Iterable[Secret], *, allowed: Collection[str] = ()
) -> list[Leak]:
    """The secrets a text holds, in their order, each once and its whole before a part of it.

    What stands inside a string of `allowed` is no leak: the office's own phone, the officer's name.
    A secret of fewer than two characters, or a phone of fewer than six digits, is never found.
    Not seen: a name in another script, digits spelt in English, a text inside a picture.
    """
    reading = _read(text, allowed)
    leaks = []
    for secret in secrets:
        hit = SEARCHES[secret.kind](reading, secret.text)
        if hit:
            leaks.append(Leak(secret.owner, secret.kind, text[hit[0] : hit[1]], hit[2]))
    return leaks


class _Table(dict[int, str]):
    """For str.translate: what is written for a character, found once and remembered."""

    def __init__(self, write: Callable[[str], str]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, code: int) -> str:
        written = self[code] = self._write(chr(code))
        return written


def _fold(char: str) -> str:
    # Decomposed, so that é is e whether it came as one character or as two.
    letters = [part for part in unicodedata.normalize("NFKD", char) if part.isalnum()]
    return fold("".join(letters)) if letters else ""


def _is_soft(char: str) -> bool:
    return unicodedata.category(char)[0] in "ZCM" or char in "-‐‑‒–—―－.．·‧・()（）"


def _digit_or_break(char: str) -> str:
    folded = FOLD[ord(char)].translate(CHINESE_DIGITS)
    if folded.isascii() and folded.isdigit():
        return folded
    return "" if not folded and _is_soft(char) else "x"


FOLD = _Table(_fold)
MASKED = _Table(lambda char: "○" if char in MASKS else FOLD[ord(char)])
RUNS = _Table(_digit_or_break)
ONLY_DIGITS = _Table(lambda char: "".join(re.findall("[0-9]", FOLD[ord(char)])))


def _read(text: str, allowed: Collection[str]) -> _Reading:
    plain = _stream(text, FOLD)
    counted = _change(_change(plain, NUMERAL, _count), UNSAID, lambda _: "")
    return _Reading(
        text,
        plain,
        _Stream(plain.chars.translate(CHINESE_DIGITS), plain.at),
        counted,
        frozenset(plain.chars),
        frozenset(DOOR.findall(counted.chars)),
        list(_runs(text)),
        _masked_names(text),
        [place for words in allowed for place in _spare(plain, counted, words)],
    )


def _stream(text: str, table: _Table) -> _Stream:
    written = [(char, place) for place, one in enumerate(text) for char in table[ord(one)]]
    return _Stream("".join(char for char, _ in written), [place for _, place in written])


def _change(
    stream: _Stream, pattern: re.Pattern[str], write: Callable[[re.Match[str]], str]
) -> _Stream:
    chars, at, last = "", list[int](), 0
    for match in pattern.finditer(stream.chars):
        written = write(match)
        chars += stream.chars[last : match.start()] + written
        at += stream.at[last : match.start()] + [stream.at[match.start()]] * len(written)
        last = match.end()
    return _Stream(chars + stream.chars[last:], at + stream.at[last:])


def _count(numeral: re.Match[str]) -> str:
    """十二 is 12, 一百零三 is 103, and 一二 is 12 as well."""
    if not {"十", "百"} & set(numeral[0]):
        return numeral[0].translate(CHINESE_DIGITS)
    total = digit = 0
    for char in numeral[0]:
        if char in "十百":
            total, digit = total + (digit or 1) * (10 if char == "十" else 100), 0
        else:
            digit = int(char.translate(CHINESE_DIGITS))
    return str(total + digit)


def _runs(text: str) -> Iterator[tuple[str, int, int]]:
    stream = _stream(text, RUNS)
    for run in re.finditer(rf"\d{{{FEWEST_DIGITS},}}", stream.chars):
        yield run[0], stream.at[run.start()], stream.at[run.end() - 1] + 1


def _masked_names(text: str) -> dict[str, tuple[int, int]]:
    stream, names = _stream(text, MASKED), {}
    for mask in MASK.finditer(stream.chars):
        for length, before in ((3, 1), (3, 2), (4, 1), (4, 2), (4, 3)):
            start, end = mask.start() - before, mask.start() - before + length
            if start >= 0 and end <= len(stream.chars):
                name = f"{stream.chars[start : mask.start()]}○{stream.chars[mask.end() : end]}"
                names[name] = (stream.at[start], stream.at[end - 1] + 1)
    return names


def _spare(plain: _Stream, counted: _Stream, words: str) -> Iterator[tuple[int, int]]:
    yield from plain.places(words.translate(FOLD))
    yield from counted.places(_counted(words.translate(FOLD)))
    if len(number := _subscriber(words)[0]) >= LOCAL_DIGITS:
        yield from plain.places(number)


def _search_name(reading: _Reading, text: str) -> _Hit | None:
    name = text.translate(FOLD)
    if len(name) < 2 or reading.letters.isdisjoint(name):
        return None
    if name.isascii():
        return _search_latin_name(reading, name)
    if len(name) == 2:
        return _search_pair(reading, name, part=False)
    if whole := reading.first(reading.plain, name):
        return *whole, False
    first = DOTS.split(text, maxsplit=1)[0].translate(FOLD)  # 瓦歷斯 of 瓦歷斯·諾幹
    if 3 <= len(first) < len(name) and (part := reading.first(reading.plain, first)):
        return *part, True
    return _search_part_of_name(reading, name)


def _search_latin_name(reading: _Reading, name: str) -> _Hit | None:
    if len(name) < LATIN_NAME:
        return _search_word(reading, name, part=False)
    whole = reading.first(reading.plain, name)
    return (*whole, False) if whole else None


def _search_part_of_name(reading: _Reading, name: str) -> _Hit | None:
    for hidden in range(1, len(name)) if reading.masked and len(name) <= 4 else ():
        place = reading.masked.get(f"{name[:hidden]}○{name[hidden + 1 :]}")
        if place and not reading.spares(*place):
            return *place, True
    surname = name[:2] if name[:2] in COMPOUND_FOLDED else name[:1]
    given = name[len(surname) :] if len(name) == 3 else name[2:]
    hit = _search_pair(reading, given, part=True) if len(given) == 2 else None
    return hit or _search_titled(reading, surname)


def _search_titled(reading: _Reading, surname: str) -> _Hit | None:
    if surname in SHARED_SURNAMES or surname not in reading.plain.chars:
        return None
    for title in TITLES:
        if place := reading.first(reading.plain, surname + title):
            return *place, True
    return None


def _search_pair(reading: _Reading, pair: str, *, part: bool) -> _Hit | None:
    if pair not in reading.plain.chars:
        return None
    for start, end in reading.plain.places(pair):
        longer = not part and NAME_GOES_ON.match(reading.text, end)
        if not (longer or reading.spares(start, end)) and _is_named(reading.text, start, end):
            return start, end, part
    return None


def _is_named(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 8) : start], text[end : end + 6]
    if not all(FOLD[ord(char)] or _is_soft(char) for char in text[start:end]):
        return False
    if before[-1:] in SURNAMES_BEFORE or before.endswith(COMPOUNDS):
        return False
    if PLACE_GOES_ON.match(after):
        return False
    if text[start:end].translate(FOLD) not in ORDINARY_FOLDED:
        return True
    return bool(NAMED_BEFORE.search(before) or NAMED_AFTER.match(after))


def _search_phone(reading: _Reading, text: str) -> _Hit | None:
    number, local = _subscriber(text)
    if len(number) < FEWEST_DIGITS or number[-FEWEST_DIGITS:] not in reading.digits.chars:
        return None
    if whole := reading.first(reading.digits, number):
        dialled = DIALLED_FIRST.search(reading.text, max(0, whole[0] - 9), whole[0])
        return dialled.start() if dialled else whole[0], whole[1], False
    if len(local) >= LOCAL_DIGITS and (whole := reading.first(reading.digits, local)):
        return *whole, False
    return _search_run(reading, number, len(local))


def _subscriber(text: str) -> tuple[str, str]:
    """A phone number as dialled after 0 or +886, and that without its area code."""
    digits = EXTENSION.sub("", text).translate(ONLY_DIGITS)
    number = digits.lstrip("0")
    if number.startswith("886") and len(number) > 10:
        number = number[3:].lstrip("0")
    if len(number) < FEWEST_DIGITS:
        return digits, digits
    has_area = number != digits and number[0] != "9"
    return number, AREA_CODE.sub("", number, count=1) if has_area else number


def _search_run(reading: _Reading, number: str, whole: int) -> _Hit | None:
    for run, start, end in reading.runs:
        if number.endswith(run) and not reading.spares(start, end):
            return start, end, len(run) < whole
    return None


def _search_id_number(reading: _Reading, text: str) -> _Hit | None:
    number = text.translate(FOLD)
    if number[-FEWEST_DIGITS:] not in reading.digits.chars:
        return None
    return _search_other(reading, text) or _search_run(reading, number, len(number))


def _search_email(reading: _Reading, text: str) -> _Hit | None:
    local = unicodedata.normalize("NFKC", text).partition("@")[0].translate(FOLD)
    if not local or local not in reading.plain.chars:
        return None
    if whole := _search_other(reading, text):
        return whole
    if len(local) < LOCAL_PART or local in EVERYBODYS.split():
        return None
    return _search_word(reading, local, part=True)


def _search_word(reading: _Reading, word: str, *, part: bool) -> _Hit | None:
    for start, end in reading.plain.places(word):
        sides = (reading.text[max(0, start - 1) : start], reading.text[end : end + 1])
        alone = not any(side.isascii() and side.isalnum() for side in sides)
        if alone and not reading.spares(start, end):
            return start, end, part
    return None


def _search_address(reading: _Reading, text: str) -> _Hit | None:
    plain = text.translate(FOLD)
    if PLACE_ALONE.fullmatch(plain):
        return None
    if whole := reading.first(reading.plain, plain):
        return *whole, False
    address = _counted(plain)
    if reading.doors.isdisjoint(DOOR.findall(address)):
        return None
    if whole := reading.first(reading.counted, address):
        return *whole, False
    tail = reading.first(reading.counted, _tail(address))
    return (*tail, True) if tail else None


def _counted(folded: str) -> str:
    if not NUMERALS.isdisjoint(folded):  # a set is asked faster than a pattern
        folded = NUMERAL.sub(_count, folded)
    return UNSAID.sub("", folded) if "邻" in folded or "之" in folded else folded


def _tail(address: str) -> str:
    """What tells one door from all others: 和平东路2段12巷3号; nothing where there is no door."""
    door = TO_THE_DOOR.match(address)
    tail = door and (FROM_THE_ROAD.match(door[0]) or FROM_THE_VILLAGE.match(door[0]))
    return tail[1] if tail else ""


def _search_other(reading: _Reading, text: str) -> _Hit | None:
    secret = text.translate(FOLD)
    whole = reading.first(reading.plain, secret) if len(secret) > 1 else None
    return (*whole, False) if whole else None


COMPOUNDS = tuple(COMPOUND.split())
SURNAMES_BEFORE = COMMON - NOT_BEFORE_A_GIVEN_NAME
SHARED_SURNAMES = frozenset(one.translate(FOLD) for one in COMMON | WORDS_BEFORE_A_TITLE)
COMPOUND_FOLDED = frozenset(surname.translate(FOLD) for surname in COMPOUNDS)
ORDINARY_FOLDED = frozenset(word.translate(FOLD) for word in ORDINARY.split())
SEARCHES: dict[SecretKind, Callable[[_Reading, str], _Hit | None]] = {
    SecretKind.NAME: _search_name,
    SecretKind.PHONE: _search_phone,
    SecretKind.EMAIL: _search_email,
    SecretKind.ADDRESS: _search_address,
    SecretKind.ID_NUMBER: _search_id_number,
    SecretKind.OTHER: _search_other,
}

"""Reading a reply before it leaves: is every point answered, every promise dated, is it plain.

Whether a point is answered is told from the sentences of the reply. An office answers in words of
its own, so words of one matter count as the same (data/rules/replies.txt) and rare words count more
(data/rules/replies.tsv). Every sentence goes to the point it fits better than the others do, in the
order of the points where it can; what decides is the point that is left without one.
"""

import calendar
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from complaints import outlines
from data import plainness
from data.collation import fold, normalize, simplify
from data.numerals import value
from data.plainness import Plainness

SENTENCE = re.compile(r"[。！？!?；;\n]+")
CLAUSE = re.compile(r"[，,：:]+")
BASIS = re.compile(
    r"第\s*[\d一二三四五六七八九十百之-]+\s*條|依(?:據|照)?[一-鿿]{2,15}(?<![方作做辦看想])法辦理|要點|條例|規定|法令|(?<![沒無想設])辦法"
    r"|(?<![方作做無設想看辦合違依司執立語書療工])法(?=第|規|$|[\s，。、；」》）)之及])"
)
NUMBER = r"(?:\d{2,4}-\d{3,4}-?\d{3,4}|(?<!\d)\d{3,10}(?!\d|年|元|公))"
CONTACT = re.compile(
    rf"分機\s*[\d一二三四五六七八九〇]|(?:電話|專線|撥打?|請打|洽|聯絡|傳真|簡訊)[^。；\n]{{0,16}}?{NUMBER}"
    r"|[(（]0\d{1,2}[)）]\s*\d{3,4}[- ]?\d{4}"
)

# --- which sentences say something ---
ONE = "一二三四五六七八九1-9"
NUMBERED = re.compile(
    rf"[①-⑨]|[(（][{ONE}][)）]|(?:(?<=[\n：:。；;，])|^)\s*"
    rf"(?:[一二三四五六七八九]、|[1-9][.、．](?!\d)|(?:關於|有關)?第\s*[{ONE}]\s*點[，,：:]?)"
)
BEGINS = "§"  # stands where a numbered paragraph begins
STOP = re.compile(
    r"[。；;！!？?\n]+|(?<=如[下次])[：:]|(?<=說明)[：:]|(?<=結論)[：:]|(?<=[回答][復覆])[：:]|(?<=好)[：:]"
    r"|(?<=敬啟者)[：:]"
)
COURTESY = re.compile(
    "您好|敬啟|敬悉|收悉|已收到|來信|來函|來文敬|撥冗|如[下次後]$|如[下次後](?=[，：])|逐項|逐一檢討|分述|一次回[復覆]|謹[覆此就]|函復|奉復"
    "|感謝|謝忱|謝謝|祝|[敬順並]頌|時綏|此致|敬請|敬上|敬復|指教|賜教|敬佩|感佩|感動|動容|不捨|非常重視|十分重視|一向|慰問之意|表達慰問"
    "|恭喜|辛苦|分機|[絡辦務]窗口|[聯承]絡?辦?人$|轉[0-9]{2}|洽詢|電洽|逕洽|歡迎|隨時[來為與]|疑[義問惑]|有問題|不明之處|不吝|竭誠"
    "|服務專線|為您服務|掛心|在意的|包容|體諒|諒解|海涵|放心|用心|需要協助|進一步|愛護|中肯|寶貴|告訴我們|讓我們知道|願意說|聲音$|加油"
    "|平安|安康|我們說明|共同關心|共同監督|查照|供您參考|[政案]參考|改進方向|後續請洽|慚愧|早日[尋復康]|節哀|保重|一起[顧努]|支持與"
    "|更好的服務|做得更好|持續努力|更加努力|[如若][您需有還尚仍]+(?:任何|其他|反映|不便|狀況|建議)"
    "|上班時間.*(?:撥打|聯[繫絡]|電)|聯[繫絡]$|以上(?:說明|[回答][復覆])"
)
# What an office feels with the citizen says nothing new, but may name what it is about.
SORRY = re.compile(
    "(?:最深|誠摯|十分|非常|甚為|真的|很|完全|充分|深[感表]|至感|說聲|謹[致表]?|致上|首先|向|本所|全體同仁|我們|您的?|造成|對於?|為"
    "|[敬尚懇]祈?請?)*"
    "(?:歉意|歉疚|抱歉|致歉|道歉|對不起|見諒|諒察|原諒|過意不去|遺憾|感同身受|[受很]委屈了?|久[等候]了|失望了?|生活不便"
    "|往返奔波|白跑一趟|這麼多趟|關[心切]$|體會$|理解$|困擾$|重視$|不便)"
)
LEFT_OF_SORRY = 7  # characters beside it that say what it is for
WHOLE = re.compile(
    "您[所說提反].{0,6}(?:事項?|情[形事]|問題)$|[兩三四五六七八九幾][件項點]|各項|都有進度|獲悉"
)
OPENS = re.compile("有關|關於|所[陳詢]|得知|承蒙|收到|臺端|貴|您的|茲")
AS_A_WHOLE = re.compile("會同|邀集|會勘|現勘|分別|轉請|函轉|函請.{0,6}查復|相關單位|查明$|查處")
ACTS = re.compile(
    "已|業[經於由]|將|訂於|改|預計|係|[民屬人者]得|得(?=[申向於由依憑])|可|須|應(?![對答])|會(?![同勘議])|了|免"
    "|請(?!查照|諒)|由|前往|核"
)
GOES_ON = re.compile(
    "若|如|惟|日後|往後|爾後|並|亦|在此|此外|現已|請|其[餘他]|因此|故|屆時|後續|必要時|建議|同時|之前|期間|完成後"
    "|另[可請]|又|您[也可]|也"
)
SHORTEST = 5  # characters of a sentence that may answer something
SHORT_REST = 8  # characters left beside a courtesy that say nothing new

# --- how well a sentence fits a point ---
LONGEST = 8  # characters of a word of the synonyms
RARE_PAIR, RARE_CHARACTER = 6.5, 5.5  # what the table leaves out is that rare or rarer
NOT_TELLING = frozenset(
    "0123456789一二三四五六七八九十百千万两几个的了是在有不我你您他也都就要会很到说去能和与及或这那们吗"
    "呢啊吧没又还把被让给之于"
)
# Of a word of the synonyms, a pair and a character: up to which rarity it tells nothing, the most
# it tells, and what the same word, another of its matter, another of its scene, are worth of that.
WORD_FROM, WORD_MOST, MATTER_MOST, ALONE_MOST = 2.5, 4.0, 3.5, 3.0
MATTER, SCENE = 0.8, 0.3
PAIR_FROM, PAIR_MOST, PAIR = 3.5, 3.0, 0.7
CHARACTER_FROM, CHARACTER_MOST, CHARACTER = 3.0, 2.5, 0.8
CLAUSE_MOST, BLOCK_MOST = 5.0, 15.0

# --- which point is left without a sentence ---
LEADS = 2.0  # what a sentence that begins something new is worth to any point
RIVALS = 0.5  # how much of what another point has in a sentence speaks against this one
FITS_MOST = 7.0
BACKWARDS = 1.5  # what it costs to leave the order of the points
TOLD_MOST, HAD_MOST, GAP_MOST = 8.0, 8.0, 2
# Logistic regression on dev.jsonl of the tests and on twenty cases more, also with a third and half
# of the synonyms left out, so that it does not trust in words being known: what the best sentence
# adds, sentences more than points, a single point, what the others have on average and at least.
WEIGHTS, BIAS = (-0.9, -1.1, 3.15, -0.5, 0.9), -0.55
WARN = 0.15  # a missed point is worse than a warning too many
WARN_ALONE = 0.3  # of a single point: nothing else tells where its answer could be
OTHERS_OF_ALONE = 4.0
# What is left of a point without these asks nothing if it is shorter than a word.
PLEA = re.compile(
    "您好|你好|麻煩|拜託|請(?:問|您們?|你們?|快點?|[儘盡]快|[儘盡]速)?|謝謝|感謝|希望|幫忙|協助|處理|改善|解決|快點|[儘盡]快|[儘盡]速"
    "|你們|我們?|很?生氣|真的|太?誇張|一下|好嗎|可以嗎|能不能|趕快|重視|負責|以上|就這樣"
)
SHORTEST_POINT = 2

# --- promises; read on `normalize`d text ---
N = r"(?:\d+|[一二兩三四五六七八九十]+|元)"
WEEK = "(?:週|周|星期|禮拜)"
THIS_OR_NEXT = "(?:本|這個?|下個?|次)"
SPAN = rf"{N}\s*個?(?:日曆)?(?:天|日|小時|{WEEK}|月)"
WORKDAYS = rf"{N}\s*個?工作[天日]"
FESTIVAL = "春節|元旦|清明|端午|中秋|農曆年|過年|除夕|國慶"
DAY = re.compile(
    rf"{N}\s*月|\d{{2,4}}[/.-]\d{{1,2}}[/.-]\d|\d{{1,2}}/\d{{1,2}}|{THIS_OR_NEXT}月|月底|年[中底]|第\s*{N}\s*季|[本下]季"
    rf"|{THIS_OR_NEXT}{WEEK}|{WEEK}[一二三四五六日天]前|{WEEK}內|(?:{SPAN}|{WORKDAYS})(?:之?[內後前]|以內)"
    rf"|[今明][天日早晚]|後天|[翌次隔][天日]|次一?個?工作[天日]|即日|(?:{FESTIVAL})前"
)
EVERY = re.compile(rf"每年?個?(?:{N}\s*月|{WEEK}\S?|月|日|天|季|年)")
SOON = (
    r"預[計定估](?!完成日)|(?<!原)訂[於在]|定於|擬(?=[於定具訂邀請辦增設改採])|排[定訂]|[排安]排?[在於]|即將|近期|近日"
    r"|[儘盡][速快早]|擇[期日]|適時|逐[步年]|陸續|不定期|研[議擬參]|錄案|規劃[於在]"
    r"|[納列]入.{0,10}(?:計畫|規劃|評估|檢討|考量|改善|預算|優先|參考|工程|施作|辦理|追蹤)"
    r"|持續(?:追蹤|督促|加強|監測|要求|巡查|改善|檢討|關注)|必定|絕不|(?<!不)一定(?!要)|承諾|保證|馬上(?=[請派處改來去聯通辦])"
    r"|立即(?=[派請辦處改])|即(?=進場|於|派|行)|可望(?!減)|(?<![須需])[再另]行(?=[評辦回通處函派])|主動(?=[跟與向聯通])"
    r"|(?:本所|本課|我們|同仁)當(?![日天時初場])|[往爾今嗣]後(?![排退移])|(?<![點時歲年天日])(?:以後|日後|未來)(?!.*[可如若者])"
)
WILL = (
    r"將(?=[於會在再派請儘盡安辦改施完持加研由依提邀函陸優全另予納列採主視協督要汰拆補設增進行與同洽配逐發核寄送退公重移開展"
    r"召舉續更修清調建以爭停強擇不追擴新整通嚴宣推一聯])"
    r"|(?<![社協議農漁工商機大員國教明聽談調晚遊動宴聚學公委賽董理監都研籌班座園解才])"
    r"會(?![勘同議員計場館商辦址籍簽面談長費務說講響亮閃用寫有很比影造導是變覺讓移])"
)
AHEAD = (
    rf"明[天日年]|後天|{THIS_OR_NEXT}{WEEK}|下個?月|(?:月|(?<![今去前])年|日|號|底|{FESTIVAL})(?:之?前|以前|起)"
    rf"(?![{ONE}兩日訂])|(?:{SPAN}|{WORKDAYS})(?:之|以)?內.{{0,4}}"
    rf"(?:完成|辦理|退還|回電|通知|改善|處理|修復|回[復覆]|答[復覆]|補發|核發|施作)|{WEEK}內"
)
FUTURE = re.compile(f"{SOON}|{WILL}|{AHEAD}")
DONE = re.compile(
    r"已(?!列入|納入|排[定入]|規劃|編列|預[定計])|業[經於已由]|甫|曾|原[訂定]|前次|當日|經查|調閱|完竣|成效|在案|現在|目前"
)
NO_ACT = re.compile(
    "謝|見諒|抱歉|歉意|祝|希望您|無須|毋須|不必|不用|不需|免|為您服務|竭誠|陪您|不會|不得|截止|處理期限|得於|應於"
    "|須於|請於|請您|^係|^(?:敬?請|歡迎|麻煩)"
)
CITIZEN = re.compile(
    "您(?!.{0,8}(?:案|帳戶|溢繳|反映|建議|提(?!供))).{0,4}[可若如須應要請]|^(?:如|若|倘|[可得須應]|亦可|也可)"
    "|(?:申請人|民眾|役男|當事人|戶長|飼主|住戶|家屬|對象|者).{0,12}[可得應須請]|依[^,]{2,14}規定|限期"
)
OFFICE = re.compile("本所|本課|我們|同仁|預[計定]|訂於|將[於會再]")

# --- the day of a promise ---
EXACT = re.compile(
    rf"(?:(?P<year>\d{{2,4}}|[今本明後])年)?\s*(?P<month>{N})\s*月份?\s*"
    rf"(?:(?P<day>\d{{1,2}}(?=\D|$)[日號]?|{N}[日號])|(?P<part>[底初中]|[上下]旬))?"
)
FIGURES = re.compile(
    r"(?<![\d/.-])(?:(?P<year>\d{2,4})[/.-](?P<month>\d{1,2})[/.-](?P<day>\d{1,2})|(?P<m>\d{1,2})/(?P<d>\d{1,2}))(?![\d/])"
)
QUARTER = re.compile(rf"(?:(?P<year>\d{{2,4}}|[今本明後])年)?度?第\s*(?P<quarter>{N})\s*季")
YEAR_END = re.compile(r"(?P<year>\d{2,4}|[今本明後])?年(?P<part>[底中])")
MONTH = re.compile(r"(?P<which>本|這個?|下個?|次)月(?P<part>[底初中]|[上下]旬)?|(?P<end>月底)")
WEEKDAY = re.compile(rf"(?P<which>本|這個?|下個?|次){WEEK}(?P<day>[一二三四五六日天末])?")
NEAR = re.compile(r"(?P<word>[今明][天日早晚]|後天)")
WITHIN = re.compile(
    rf"(?P<number>{N})\s*個?(?:日曆)?(?P<unit>天|日|小時|{WEEK}|月)(?:之?[內後]|以內)"
)
PARTS = {"初": 10, "上旬": 10, "中": 20}  # the last day of the part; anything else is the month's
DAYS_OF = {"今": 0, "明": 1, "後": 2}
WEEKDAYS = "一二三四五六日"
FRIDAY = 4

Sign = int | str  # a line of the synonyms; or a word, pair or character itself
Signs = Mapping[Sign, Sequence[tuple[int, float]]]  # where it stands, as bits, and what it tells
Table = NDArray[np.float64]  # a row for each point, a column for each sentence


@dataclass(frozen=True)
class Findings:
    """What a reply lacks: numbers of points without an answer, promises without a day.

    `plain` says what in it is hard to read.
    """

    unanswered: tuple[int, ...] = ()
    undated: tuple[str, ...] = ()
    dated: tuple[str, ...] = ()
    lacks_basis: bool = False
    lacks_contact: bool = False
    plain: Plainness = field(default_factory=Plainness)


@dataclass(frozen=True)
class Synonyms:
    """Which lines a word stands in (lines below `scenes` are matters), and how rare text is."""

    lines: Mapping[str, Sequence[int]]
    scenes: int
    rarity: Mapping[str, float]

    def rare(self, text: str) -> float:
        """How rare a character is, or of a word its rarest pair."""
        if len(text) == 1:
            return self.rarity.get(text, RARE_CHARACTER)
        pairs = (text[at : at + 2] for at in range(len(text) - 1))
        return max(self.rarity.get(pair, RARE_PAIR) for pair in pairs)


@dataclass(frozen=True)
class Block:
    """A sentence that says something: its clauses, and whether it begins a new matter."""

    clauses: tuple[str, ...]
    leads: bool
    numbered: bool = False


def check(
    text: str,
    points: Sequence[str],
    *,
    answered: Collection[int] = (),
    pledged: Collection[str] = (),
) -> Findings:
    """Read a reply against the points of the complaint.

    `answered` are numbers the writer vouches for; `pledged` are promises that carry their day
    beside the text.
    """
    made = [one for one in sentences(text) if _is_promise(one)]
    undated = [one for one in made if not _is_dated(one) and not _pledged(one, pledged)]
    return Findings(
        unanswered=tuple(n for n in unanswered(text, points) if n not in set(answered)),
        undated=tuple(undated),
        dated=tuple(one for one in made if _is_dated(one)),
        lacks_basis=not BASIS.search(text),
        lacks_contact=not CONTACT.search(text),
        plain=plainness.read(text),
    )


def unanswered(text: str, points: Sequence[str]) -> list[int]:
    """The numbers (from 1) of the points a reply seems not to answer.

    A paragraph numbered as a point answers that point and no other; as many numbered sentences as
    points answer all of them; and a plea (「麻煩幫忙處理」) asks nothing.
    """
    if not points:
        return []
    numbered = outlines.paragraphs(text, points)
    if numbered is not None:
        told = {number for number, one in numbered.items() if _says(one.body)}
        return [n for n, one in enumerate(points, 1) if n not in told and _asks(str(one))]
    asked = [fold(str(point)) for point in points]
    blocks = _blocks(text)
    if sum(block.numbered for block in blocks) == len(points) > 1:
        return []
    warn = WARN if len(points) > 1 else WARN_ALONE
    chances = _chances(blocks, asked) if blocks else [1.0] * len(points)
    pairs = enumerate(zip(points, chances, strict=True), 1)
    return [n for n, (point, chance) in pairs if chance >= warn and _asks(str(point))]


def promised_days(sentence: str, today: date) -> date | None:
    """The day a dated promise is for: the last of several, and the last of a month or quarter.

    Years are of the Republic (115年) or western; without a year the day nearest to `today` counts.
    A week without its day means its Friday. None for working days and festivals, which need the
    office's calendar, and for a day gone by.
    """
    read = [_days(clause, today) for clause in _ahead(sentence)]
    told = [day for exact, _ in read for day in exact] or [day for _, near in read for day in near]
    return max((day for day in told if day >= today), default=None)


def sentences(text: str) -> list[str]:
    """The sentences of a text, without their marks."""
    return [one.strip() for one in SENTENCE.split(text) if one.strip()]


def _blocks(text: str) -> list[Block]:
    """The sentences that say something, without courtesies and the opening."""
    found: list[Block] = []
    for line in STOP.split(NUMBERED.sub(f"\n{BEGINS}", text)):
        if block := _block(line.strip(), first=not found):
            found.append(block)
    return found


def _block(line: str, *, first: bool) -> Block | None:
    numbered = line.startswith(BEGINS)
    clauses = [one.strip() for one in CLAUSE.split(line.lstrip(BEGINS)) if one.strip()]
    said = [one for one in clauses if not COURTESY.search(one)]
    new = [one for one in said if not _is_sorry(one)]
    size = len(fold("".join(new)))
    if size < SHORTEST or (first and not numbered and _is_opening(new, len(clauses))):
        return None
    rest = len(said) < len(clauses) and size < SHORT_REST
    goes_on = bool(GOES_ON.match(said[0])) or rest or "分機" in line
    return Block(tuple(said), numbered or not goes_on, numbered)


def _says(paragraph: str) -> bool:
    """Whether a paragraph says anything but courtesies, be it 「已修復」."""
    clauses = (one for line in STOP.split(paragraph) for one in CLAUSE.split(line))
    return any(
        len(fold(one)) >= SHORTEST_POINT and not COURTESY.search(one) and not _is_sorry(one)
        for one in clauses
    )


def _is_sorry(clause: str) -> bool:
    return bool(SORRY.search(clause)) and len(fold(SORRY.sub("", clause))) < LEFT_OF_SORRY


def _is_opening(new: Sequence[str], clauses: int) -> bool:
    """Whether a first sentence only names the matter, or what was done about all of it."""
    plain, names = "".join(new), bool(OPENS.match(new[0]))
    if len(new) < 3 and any(map(WHOLE.search, new)):
        return True
    if ACTS.search(plain):
        return names and len(new) < 3 and bool(AS_A_WHOLE.search(plain))
    return names or len(new) < clauses


def _asks(point: str) -> bool:
    return len(fold(PLEA.sub("", point))) >= SHORTEST_POINT


def _chances(blocks: Sequence[Block], points: Sequence[str]) -> list[float]:
    """How probably each point is left unanswered."""
    fits = _fits([block.clauses for block in blocks], points)
    leads = np.array([block.leads for block in blocks], dtype=np.float64)
    gap = int(leads.sum()) - len(points)
    by_sentence = _tell(fits, leads, gap)
    if len(points) < 2 or leads.sum() * 2 > len(points):
        return by_sentence
    # One sentence for all of them: what stands between commas may answer a point each.
    clauses = [(clause,) for block in blocks for clause in block.clauses]
    alone = _fits(clauses, points)
    by_clause = _tell(alone, np.zeros(len(clauses)), 0)
    return [min(both) for both in zip(by_sentence, by_clause, strict=True)]


def _tell(fits: Table, leads: Table, gap: int) -> list[float]:
    adds = _added(_values(fits, leads))
    had = np.minimum(fits.max(axis=1), HAD_MOST)
    return [_chance(told, gap, np.delete(had, at)) for at, told in enumerate(adds)]


def _chance(told: float, gap: int, others: Table) -> float:
    had = others if len(others) else np.array([OTHERS_OF_ALONE])
    seen = (
        max(-TOLD_MOST, min(TOLD_MOST, told)),
        max(-GAP_MOST, min(GAP_MOST, gap)),
        float(not len(others)),
        float(had.mean()),
        float(had.min()),
    )
    return 1 / (1 + math.exp(-BIAS - sum(w * x for w, x in zip(WEIGHTS, seen, strict=True))))


def _values(fits: Table, leads: Table) -> Table:
    """What each sentence is worth to each point, seeing what the others have in it."""
    if len(fits) == 1:
        return (fits + LEADS * leads).clip(max=FITS_MOST)
    order: Table = np.sort(fits, axis=0)
    most: Table = order[-1]
    rival = np.where((fits == most) & (order[-2] < most), order[-2], most)
    return (fits - RIVALS * rival + LEADS * leads).clip(max=FITS_MOST)


def _added(values: Table) -> list[float]:
    """What giving each point a sentence of its own adds to the best giving without it."""
    count = len(values)
    sets = np.arange(1 << count)
    best = np.full(len(sets), -np.inf)
    best[0] = 0.0
    free = [sets[(sets >> at) & 1 == 0] for at in range(count)]
    for sentence in values.T:
        given = best.copy()
        for at, before in enumerate(free):
            worth = best[before] + sentence[at] - BACKWARDS * (before >> (at + 1) != 0)
            after = before | (1 << at)
            given[after] = np.maximum(given[after], worth)
        best = given
    return [float(best[free[at] | (1 << at)].max() - best[free[at]].max()) for at in range(count)]


def _fits(blocks: Sequence[Sequence[str]], points: Sequence[str]) -> Table:
    """How well each block fits each point."""
    asked = [_signs(point) for point in points]
    shared = Counter(sign for signs in asked for sign in signs)
    said = [[_strongest(_signs(fold(clause))) for clause in block] for block in blocks]
    rows = [[sum(_fit(point, one, shared) for one in block) for block in said] for point in asked]
    return np.array(rows, dtype=np.float64).clip(max=BLOCK_MOST)


def _strongest(signs: Signs) -> dict[Sign, float]:
    return {sign: max(worth for _, worth in found) for sign, found in signs.items()}


def _fit(point: Signs, clause: Mapping[Sign, float], shared: Mapping[Sign, int]) -> float:
    """What a clause says of a point, no character of the point counted twice."""
    common = point.keys() & clause.keys()
    hits = [(min(w, clause[s]) / shared[s], place) for s in common for place, w in point[s]]
    total, taken = 0.0, 0
    for worth, place in sorted(hits, reverse=True):
        if not taken & place:
            total, taken = total + worth, taken | place
    return min(total, CLAUSE_MOST)


def _signs(text: str) -> Signs:
    """What a folded text can be told by, where it stands and what it tells."""
    known, found = _synonyms().lines, defaultdict[Sign, list[tuple[int, float]]](list)
    for at in range(len(text)):
        for size in range(1, min(LONGEST, len(text) - at) + 1):
            piece = text[at : at + size]
            if size <= 2 or piece in known:
                place = ((1 << size) - 1) << at
                for sign, worth in _heard(piece):
                    found[sign].append((place, worth))
    return found


@lru_cache(maxsize=8192)
def _heard(piece: str) -> tuple[tuple[Sign, float], ...]:
    """What a run of characters is a sign of, and how much it tells."""
    known = _synonyms()
    rare, lines = known.rare(piece), known.lines.get(piece, ())
    worth = min(MATTER_MOST if len(piece) > 1 else ALONE_MOST, rare - WORD_FROM)
    found: list[tuple[Sign, float]] = [(piece, _own_worth(piece, rare, known=bool(lines)))]
    found += ((line, worth * (MATTER if line < known.scenes else SCENE)) for line in lines)
    return tuple((sign, told) for sign, told in found if told > 0)


def _own_worth(piece: str, rare: float, *, known: bool) -> float:
    """What the same run of characters on both sides tells."""
    if known and len(piece) > 1:
        return min(WORD_MOST, rare - WORD_FROM)
    if NOT_TELLING.issuperset(piece):
        return 0.0
    if len(piece) > 1:
        return PAIR * min(PAIR_MOST, rare - PAIR_FROM)
    return CHARACTER * min(CHARACTER_MOST, rare - CHARACTER_FROM)


@cache
def _synonyms() -> Synonyms:
    """The words and the table that come with the program."""
    rules = files("data") / "rules"
    listed = _folded((rules / "replies.txt").read_text(encoding="utf-8")).splitlines()
    matters = [line for line in listed if line[0] not in "#~"]
    scenes = [line[1:] for line in listed if line[0] == "~"]
    lines: dict[str, list[int]] = {}
    for number, line in enumerate([*matters, *scenes]):
        for word in line.split():
            lines.setdefault(word, []).append(number)
    table = (rules / "replies.tsv").read_text(encoding="utf-8").splitlines()
    rows = (row.split("\t") for row in table if not row.startswith("#"))
    return Synonyms(lines, len(matters), {text: int(tenths) / 10 for text, tenths in rows})


def _folded(text: str) -> str:
    """A long text folded character by character, its spaces kept: a tenth of the time of `fold`."""
    plain = "".join(sorted(set(text) - {" ", "\n"}))
    return text.translate(str.maketrans(plain, simplify(normalize(plain))))


def _is_promise(sentence: str) -> bool:
    return any(map(_promises, _clauses(sentence)))


def _is_dated(sentence: str) -> bool:
    return any(DAY.search(clause) for clause in _ahead(sentence))


def _clauses(sentence: str) -> list[str]:
    return [one for one in CLAUSE.split(normalize(sentence)) if one.strip()]


def _promises(clause: str) -> bool:
    if NO_ACT.search(clause) or not FUTURE.search(clause):
        return False
    told = DONE.search(clause) or CITIZEN.search(clause)
    return not told or bool(OFFICE.search(clause))


def _ahead(sentence: str) -> list[str]:
    """The clauses in which the day of a promise may stand."""
    aside = (NO_ACT, DONE, CITIZEN)
    return [
        EVERY.sub("", clause)
        for clause in _clauses(sentence)
        if _promises(clause) or not any(one.search(clause) for one in aside)
    ]


def _pledged(sentence: str, pledged: Collection[str]) -> bool:
    plain = fold(sentence)
    return any(fold(one) in plain or plain in fold(one) for one in pledged if one.strip())


def _days(clause: str, today: date) -> tuple[list[date], list[date]]:
    """The days a clause names: those with a month, and those told from today."""
    exact = [day for day in _exact(clause, today) if day]
    rest = FIGURES.sub("", EXACT.sub("", QUARTER.sub("", clause)))
    return exact, [*_near(rest, today)]


def _exact(clause: str, today: date) -> Iterator[date | None]:
    for found in QUARTER.finditer(clause):
        yield _end_of(_year(found["year"], today) or today.year, _number(found["quarter"]) * 3)
    rest = QUARTER.sub("", clause)
    for found in EXACT.finditer(rest):
        day = _number(found["day"].rstrip("日號")) if found["day"] else PARTS.get(found["part"])
        yield _dated(_year(found["year"], today), _number(found["month"]), day, today)
    for found in FIGURES.finditer(rest):
        month, last = int(found["month"] or found["m"]), int(found["day"] or found["d"])
        yield _dated(_year(found["year"], today), month, last, today)


def _near(clause: str, today: date) -> Iterator[date]:
    for found in YEAR_END.finditer(clause):
        year = _year(found["year"], today) or today.year
        yield date(year, 12, 31) if found["part"] == "底" else date(year, 6, 30)
    for found in MONTH.finditer(clause):
        first = _month_after(today, int((found["which"] or "本")[0] in "下次"))
        yield first.replace(day=PARTS.get(found["part"] or "", _last(first)))
    for found in WEEKDAY.finditer(clause):
        yield _weekday(found["which"][0] in "下次", found["day"], today)
    for found in NEAR.finditer(clause):
        yield today + timedelta(days=DAYS_OF[found["word"][0]])
    for found in WITHIN.finditer(clause):
        yield _after(_number(found["number"]), found["unit"], today)


def _dated(year: int | None, month: int, day: int | None, today: date) -> date | None:
    """The day, without a year the one nearest to today; None where there is no such day."""
    years = [year] if year else [today.year - 1, today.year, today.year + 1]
    there = [_made(one, month, day) for one in years]
    return min((one for one in there if one), key=lambda one: abs(one - today), default=None)


def _made(year: int, month: int, day: int | None) -> date | None:
    if not 1 <= month <= 12:
        return None
    end = _end_of(year, month)
    if day is None:
        return end
    return end.replace(day=day) if 1 <= day <= end.day else None


def _year(text: str | None, today: date) -> int | None:
    if not text:
        return None
    if text.isdigit():
        return int(text) if int(text) > 1911 else int(text) + 1911
    return today.year + DAYS_OF.get(text, 0)


def _number(text: str) -> int:
    """A number in figures or in Chinese, up to 99."""
    return value(text.replace("元", "一").replace("兩", "二"))


def _weekday(following: bool, day: str | None, today: date) -> date:
    wanted = WEEKDAYS.index(day.replace("天", "日").replace("末", "日")) if day else FRIDAY
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=int(following))
    return monday + timedelta(days=wanted)


def _after(number: int, unit: str, today: date) -> date:
    if unit == "月":
        first = _month_after(today, number)
        return first.replace(day=min(today.day, _last(first)))
    days = {"天": number, "日": number, "小時": number // 24}.get(unit, number * 7)
    return today + timedelta(days=days)


def _month_after(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _end_of(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _last(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]

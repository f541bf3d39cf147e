"""The FAQ engine at 300, 10,000 and 100,000 entries, beside rapidfuzz, bm25s and tantivy.

    python -m tests.benchmarks.engine [--sizes 300,10000,100000] [--seconds 60] [--json]

Our own packs stand among foreign entries made up here, and are asked tests/faq/own/dev.jsonl.
Every engine builds in one process and answers in another, one after the other on the same machine,
so that none lives on the memory or the caches of another one. The questions come in one shuffled
order; a slow engine stops after `--seconds`, but never before fifty.
"""

import argparse
import gc
import importlib
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar
from unittest import mock

from rapidfuzz import fuzz, process

from data.collation import simplify
from faq.language.words import WordFiles, Words
from faq.understanding.evaluating import Question, read_items, read_questions, share
from faq.understanding.judging import Model
from faq.understanding.knowledge import Item, Knowledge, load
from faq.understanding.matching import Matcher

ROOT = Path(__file__).parents[2]
PACKS = ("both", "district", "household")
QUESTIONS = ROOT / "tests" / "faq" / "own" / "dev.jsonl"
SIZES = (300, 10_000, 100_000)
SEED = 20261122
FEWEST = 50  # questions that even the slowest engine is asked
LOOKED_AT = 30  # wordings an engine returns; those of one entry often stand together
BYTES = 1 << 20

P99_GOALS = {300: 3.0, 10_000: 10.0, 100_000: 25.0}  # ms
BUILD_GOALS = {100_000: (20.0, 400.0)}  # s and MB
START_GOAL = 1.0  # s
LOSS_GOAL = 2.0  # points of top-1

P = ParamSpec("P")
T = TypeVar("T")


# --- entries --------------------------------------------------------------------------------
# Each field: things, and what is asked of them as `question/matter`.
FIELDS = {
    "烹飪": (
        "滷肉 紅燒魚 義大利麵 咖哩飯 蔥油餅 水餃 餛飩 麻婆豆腐 三杯雞 番茄炒蛋 蛋炒飯 味噌湯 "
        "酸辣湯 獅子頭 糖醋排骨 宮保雞丁 蒸蛋 壽司 拉麵 披薩 鬆餅 提拉米蘇 布丁 泡芙 戚風蛋糕 "
        "吐司 可頌 貝果 司康 鳳梨酥",
        "怎麼調味/調味 要燉幾分鐘/火候 怎麼勾芡才不結塊/勾芡 用哪種醬油/醬油 怎麼去腥/去腥 "
        "可以冷凍嗎/冷凍 烤箱要設幾度/烤箱溫度 隔餐怎麼復熱/復熱 怎麼擺盤好看/擺盤 "
        "幾人份要幾克/份量",
    ),
    "運動": (
        "羽球 桌球 網球 籃球 排球 棒球 壘球 足球 高爾夫 保齡球 撞球 蛙式 自由式 衝浪 潛水 划船 "
        "瑜伽 皮拉提斯 深蹲 重訓 慢跑 馬拉松 跳繩 直排輪 滑板 攀岩 射箭 擊劍 柔道 跆拳道",
        "怎麼暖身/暖身 姿勢怎麼矯正/姿勢 一週練幾次/訓練量 怎麼計分/計分 怎麼練體力/體力 "
        "教練怎麼挑/教練 會不會傷膝蓋/膝蓋 穿哪種球鞋/球鞋 怎麼練反應/反應 抽筋怎麼辦/抽筋",
    ),
    "旅遊": (
        "背包客棧 民宿 郵輪 纜車 高空彈跳 熱氣球 賞鯨 浮潛 溫泉旅館 遊樂園 摩天輪 水族館 植物園 "
        "牧場 老街 燈塔 吊橋 瀑布 沙灘 離島 雨林 古堡 教堂 神社 火山 峽谷 國家公園 葡萄酒莊 "
        "滑雪場 夜市",
        "要玩幾天/行程 怎麼搶票/搶票 行李帶幾公斤/行李 怎麼拍照好看/拍照 附近有什麼小吃/小吃 "
        "會不會暈船/暈船 怎麼殺價/殺價 要帶哪種轉接頭/轉接頭 幾月去最美/季節 怎麼避開人潮/人潮",
    ),
    "學科": (
        "微積分 三角函數 二次方程式 機率 向量 排列組合 牛頓定律 電磁學 光學 熱力學 化學鍵 "
        "氧化還原 週期表 有機化學 細胞分裂 遺傳學 光合作用 板塊構造 洋流 文言文 唐詩 宋詞 修辭 "
        "英文文法 日文五十音 世界史 經濟學 統計學 線性代數 程式設計",
        "怎麼背比較快/背誦 公式怎麼推導/推導 考前怎麼複習/複習 有沒有口訣/口訣 "
        "參考書選哪本/參考書 題型怎麼分析/題型 筆記怎麼做/筆記 實驗怎麼設計/實驗 學測會考嗎/學測 "
        "怎麼畫心智圖/心智圖",
    ),
    "園藝": (
        "多肉植物 仙人掌 蘭花 玫瑰 薰衣草 迷迭香 薄荷 羅勒 小番茄 草莓 辣椒 秋葵 空心菜 地瓜葉 "
        "火龍果 檸檬樹 龜背芋 黃金葛 虎尾蘭 繡球花 茉莉花 向日葵 鬱金香 百合花 桂花 九重葛 鹿角蕨 "
        "空氣鳳梨 鐵線蕨 積水鳳梨",
        "多久澆一次/澆水 葉子變黃怎麼救/黃葉 怎麼扦插/扦插 要用哪種培養土/培養土 怎麼防蚜蟲/蚜蟲 "
        "什麼時候換盆/換盆 怎麼修枝/修枝 不開花怎麼辦/開花 日照要幾小時/日照 怎麼授粉/授粉",
    ),
    "寵物": (
        "柴犬 柯基 貴賓犬 黃金獵犬 哈士奇 吉娃娃 法國鬥牛犬 臘腸犬 布偶貓 橘貓 英國短毛貓 暹羅貓 "
        "倉鼠 天竺鼠 龍貓 蜜袋鼯 垂耳兔 刺蝟 鸚鵡 文鳥 玄鳳 孔雀魚 鬥魚 金魚 水母 烏龜 守宮 "
        "鬃獅蜥 角蛙 寄居蟹",
        "飼料怎麼挑/飼料 多久洗一次澡/洗澡 怎麼訓練上廁所/便盆訓練 半夜一直叫怎麼辦/夜鳴 "
        "掉毛怎麼處理/掉毛 籠子要多大/籠子 可以吃水果嗎/水果 怎麼剪指甲/剪指甲 "
        "怎麼跟牠培養感情/互動 換季怎麼保暖/保暖",
    ),
    "音樂": (
        "鋼琴 小提琴 大提琴 吉他 烏克麗麗 電貝斯 爵士鼓 長笛 單簧管 薩克斯風 小號 口琴 二胡 古箏 "
        "琵琶 笛子 手風琴 豎琴 馬林巴 非洲鼓 陶笛 電子琴 合成器 管風琴 法國號 長號 雙簧管 木箱鼓 "
        "卡林巴琴 中提琴",
        "怎麼調音/調音 一天練多久/練習時間 入門買哪把/入門款 怎麼看五線譜/五線譜 和弦怎麼按/和弦 "
        "怎麼保養/樂器保養 音準不好怎麼練/音準 檢定怎麼準備/音樂檢定 節拍器設多快/節拍器 "
        "怎麼克服上台緊張/上台",
    ),
    "攝影": (
        "單眼相機 無反相機 底片相機 拍立得 空拍機 運動攝影機 定焦鏡 廣角鏡 微距鏡 望遠鏡頭 腳架 "
        "雲台 閃光燈 柔光罩 減光鏡 偏光鏡 反光板 穩定器 快門線 星軌 銀河 煙火 夜景 人像 食物照 "
        "縮時攝影 長曝光 黑白照 水下攝影 鳥類攝影",
        "光圈怎麼設/光圈 快門要多快/快門 怎麼構圖/構圖 白平衡怎麼調/白平衡 怎麼修圖/修圖 "
        "怎麼對焦/對焦 雜訊太多怎麼辦/雜訊 二手貨怎麼驗/驗貨 怎麼防潮/防潮 器材包怎麼收納/收納",
    ),
    "數位": (
        "平板 筆電 機械鍵盤 無線滑鼠 電競螢幕 藍牙耳機 智慧手錶 路由器 固態硬碟 顯示卡 行動電源 "
        "充電線 掃地機器人 電子書閱讀器 投影機 音響 麥克風 網路攝影機 記憶卡 雲端硬碟 試算表 "
        "簡報軟體 瀏覽器 剪輯軟體 繪圖板 遊戲主機 手把 虛擬實境眼鏡 智慧音箱 印表機",
        "一直當機怎麼辦/當機 怎麼重灌/重灌 電池變很快沒電/電池耗電 韌體怎麼更新/韌體 "
        "怎麼連藍牙/藍牙連線 保固多久/保固 容量買多大/容量 怎麼備份/備份 怎麼設快捷鍵/快捷鍵 "
        "螢幕閃爍怎麼修/閃爍",
    ),
    "手作": (
        "鉤針娃娃 圍巾 毛衣 拼布包 刺繡 十字繡 羊毛氈 皮革錢包 編織手環 串珠 黏土 陶杯 拉坯 "
        "木工椅 積木模型 鋼彈模型 紙雕 摺紙鶴 書法 水彩畫 油畫 素描 版畫 手工皂 香氛蠟燭 乾燥花圈 "
        "押花 藍染 手帳 滴膠吊飾",
        "新手要備哪些工具/工具 怎麼起針/起針 線頭怎麼收/收尾 怎麼配色/配色 材料行在哪/材料行 "
        "要晾多久/晾乾 裂開怎麼補/裂痕 怎麼上色才均勻/上色 圖樣去哪找/圖樣 可以拿去市集賣嗎/市集",
    ),
    "美容": (
        "口紅 粉底液 眼影 睫毛膏 眉筆 腮紅 卸妝油 化妝水 乳液 面膜 防曬乳 精華液 護手霜 指甲油 "
        "香水 染髮劑 燙髮 護髮油 洗面乳 去角質 髮蠟 假睫毛 遮瑕膏 修容餅 蜜粉 妝前乳 身體乳 唇膜 "
        "眼霜 吹風機",
        "怎麼選色號/色號 敏感肌能用嗎/敏感肌 怎麼擦才服貼/服貼 開封能放多久/保存期限 "
        "浮粉怎麼救/浮粉 先擦哪一罐/順序 專櫃跟開架差在哪/專櫃 怎麼卸乾淨/卸妝 會不會致痘/粉刺 "
        "味道太濃怎麼辦/香味",
    ),
    "桌遊": (
        "象棋 圍棋 西洋棋 五子棋 跳棋 麻將 橋牌 撲克牌 大老二 狼人殺 大富翁 卡坦島 農家樂 "
        "矮人礦坑 妙語說書人 拉密 疊疊樂 電子飛鏢 魔術方塊 數獨 填字遊戲 拼圖 密室逃脫 劇本殺 "
        "魔術表演 猜燈謎 桌上足球 陀螺 溜溜球 劍玉",
        "規則怎麼玩/玩法 幾個人玩最剛好/人數 開局怎麼走/開局 有什麼必勝法/必勝法 一局要多久/時長 "
        "怎麼洗牌/洗牌 缺零件怎麼補/零件 適合當暖場嗎/暖場 段位怎麼升/段位 哪裡找玩伴/玩伴",
    ),
}
SETTINGS = (
    "在墾丁 在阿里山 在日月潭 在清境 在太魯閣 在綠島 在東京 在大阪 在沖繩 在北海道 在首爾 在釜山 "
    "在曼谷 在清邁 在峇里島 在新德里 在杜拜 在巴黎 在羅馬 在威尼斯 在雪梨 在紐西蘭 在夏威夷 "
    "在冰島 在宿舍 在頂樓 在咖啡廳 在百貨公司 在量販店 在便利商店門口 在健身房 在操場 在露營區 "
    "在草地上 在客廳 在廚房 在車庫 在社團 跨年時 聖誕節 情人節 萬聖節 暑假 寒假 梅雨季 大熱天 "
    "寒流來時 清晨 深夜 午休時 週年慶 畢業旅行 期末考後 約會時"
)
REWORDED = (
    "{setting} {thing} {matter}",
    "想請教{thing}{setting}{asks}",
    "朋友說{setting}{thing}最難的是{matter}，{asks}",
    "{matter}：{setting}{thing}",
    "第一次碰{thing}，{setting}{asks}",
    "{setting}{thing}的{matter}有訣竅嗎",
    "被{thing}的{matter}打敗，{setting}{asks}",
    "有人試過{setting}{thing}嗎，想聽{matter}的心得",
)
ANSWERS = (
    "{setting}{thing}的{matter}因人而異，先從最簡單的開始試。",
    "{matter}做到八分就好，{thing}最怕太急。",
    "{setting}最常見的失誤是忽略{matter}，慢慢來就會順手。",
    "可以參考達人的影片，{thing}的{matter}講得很仔細。",
    "{thing}買中價位的就夠用，{matter}的差別其實不大。",
)


@dataclass(frozen=True)
class Matter:
    """Something that may be asked of a thing."""

    field: str
    thing: str
    asks: str
    matter: str


@cache
def own() -> list[Item]:
    """The entries of our own packs."""
    files = [file for pack in PACKS for file in sorted((ROOT / "data/faq" / pack).glob("*.yaml"))]
    return read_items("".join(file.read_text("utf-8") for file in files))


def foreign(count: int) -> list[Item]:
    """Everyday entries, always the same in the same order, of stems our own packs do not hold."""
    held = "\n".join(text for item in own() for text in (*item.wordings, item.answer))
    settings = [one for one in SETTINGS.split() if one.removeprefix("在") not in held]
    matters = [one for one in _matters() if one.thing not in held and one.matter not in held]
    numbers = list(range(len(matters) * len(settings)))
    if count > len(numbers):
        raise SystemExit(f"at most {len(numbers)} foreign entries can be made")
    chance = random.Random(SEED)
    chance.shuffle(numbers)
    pairs = (divmod(number, len(settings)) for number in numbers[:count])
    return [_entry(n, matters[m], settings[s], chance) for n, (m, s) in enumerate(pairs)]


def _matters() -> Iterator[Matter]:
    for field, (things, asked) in FIELDS.items():
        for thing in things.split():
            for one in asked.split():
                asks, _, matter = one.partition("/")
                yield Matter(field, thing, asks, matter)


def _entry(number: int, about: Matter, setting: str, chance: random.Random) -> Item:
    stems = {"setting": setting, "thing": about.thing, "asks": about.asks, "matter": about.matter}
    question = "{setting}{thing}{asks}？".format_map(stems)
    aliases = [one.format_map(stems) for one in chance.sample(REWORDED, 3)]
    answer = "\n".join(one.format_map(stems) for one in chance.sample(ANSWERS, 2))
    return Item(f"foreign-{number}", (question, *aliases), answer, about.field)


def entries(size: int) -> list[Item]:
    """Our own entries, and foreign ones up to this many."""
    return [*own(), *foreign(max(size - len(own()), 0))]


@cache
def questions() -> list[Question]:
    """The questions in the order every engine is asked them."""
    found = read_questions(QUESTIONS.read_text("utf-8"))
    random.Random(SEED).shuffle(found)
    return found


# --- engines --------------------------------------------------------------------------------
class Engine(Protocol):
    """What is compared; made with what it needs of the language, and knowing no entry yet."""

    def build(self, items: Sequence[Item]) -> None:
        """Read all entries."""

    def keep(self, items: Sequence[Item]) -> None:
        """Store what was built, unless it is already, or cannot be."""

    def start(self, items: Sequence[Item]) -> None:
        """Get ready from what was stored."""

    def find(self, text: str) -> list[str]:
        """The ids of the entries that fit, best first."""


class Civicline:
    """This program's engine."""

    def __init__(self, folder: Path) -> None:
        self._words = Words(WordFiles.shipped(), folder)
        self._model = Model.shipped()
        Matcher.of([Item("one", ("身分證不見了",))], self._words, {}).rank("身分證")

    def build(self, items: Sequence[Item]) -> None:
        self._known = Knowledge.of(items, self._words)

    def keep(self, items: Sequence[Item]) -> None:
        with mock.patch.object(Knowledge, "of", return_value=self._known):  # not built twice
            load(items, self._words)

    def start(self, items: Sequence[Item]) -> None:
        self._matcher = Matcher(load(items, self._words), self._words, self._model.ranking)

    def find(self, text: str) -> list[str]:
        ranked = self._matcher.rank(text)
        heard = self._words.hear(text)
        self._model.judge(ranked, heard, len(text), self._matcher.are_rivals)
        return [one.entry_id for one in ranked]


class Fuzzy:
    """rapidfuzz over all wordings; it stores nothing, so it starts by building."""

    def __init__(self, _folder: Path) -> None:
        simplify("繁體")

    def build(self, items: Sequence[Item]) -> None:
        self._texts = [simplify(text) for item in items for text in item.wordings]
        self._owners = [item.id for item in items for _ in item.wordings]

    def keep(self, items: Sequence[Item]) -> None:
        pass

    def start(self, items: Sequence[Item]) -> None:
        self.build(items)

    def find(self, text: str) -> list[str]:
        asked = simplify(text)
        found = process.extract(asked, self._texts, scorer=fuzz.WRatio, limit=LOOKED_AT)
        return _distinct(self._owners[place] for _, _, place in found)


class Bm25s:
    """bm25s over jieba's words of each wording."""

    def __init__(self, folder: Path) -> None:
        self._library: Any = importlib.import_module("bm25s")
        self._folder = folder / "bm25s"
        self._cut = _jieba(folder)

    def build(self, items: Sequence[Item]) -> None:
        cut = [self._cut(text) for item in items for text in item.wordings]
        self._index = self._library.BM25()
        self._index.index(cut, show_progress=False)

    def keep(self, items: Sequence[Item]) -> None:
        self._index.save(self._folder, show_progress=False)

    def start(self, items: Sequence[Item]) -> None:
        self._index = self._library.BM25.load(self._folder, show_progress=False)
        self._owners = [item.id for item in items for _ in item.wordings]

    def find(self, text: str) -> list[str]:
        asked = [self._cut(text)]
        places, scores = self._index.retrieve(asked, k=LOOKED_AT, show_progress=False)
        found = zip(places[0].tolist(), scores[0].tolist(), strict=True)
        return _distinct(self._owners[place] for place, score in found if score > 0)


class Tantivy:
    """tantivy over jieba's words of each wording; it stores while it builds."""

    def __init__(self, folder: Path) -> None:
        self._library: Any = importlib.import_module("tantivy")
        self._folder = folder / "tantivy"
        self._cut = _jieba(folder)
        fields = self._library.SchemaBuilder()
        fields.add_text_field("id", stored=True, tokenizer_name="raw")
        fields.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
        self._schema = fields.build()

    def build(self, items: Sequence[Item]) -> None:
        self._folder.mkdir()
        index = self._library.Index(self._schema, str(self._folder))
        writer = index.writer()
        for item in items:
            for text in item.wordings:
                words = " ".join(self._cut(text))
                writer.add_document(self._library.Document(id=item.id, words=words))
        writer.commit()
        writer.wait_merging_threads()

    def keep(self, items: Sequence[Item]) -> None:
        pass

    def start(self, items: Sequence[Item]) -> None:
        self._searcher = self._library.Index.open(str(self._folder)).searcher()

    def find(self, text: str) -> list[str]:
        query, should = self._library.Query, self._library.Occur.Should
        terms = [query.term_query(self._schema, "words", word, "freq") for word in self._cut(text)]
        asked = query.boolean_query([(should, term) for term in terms])
        hits = self._searcher.search(asked, LOOKED_AT).hits
        return _distinct(self._searcher.doc(address)["id"][0] for _, address in hits)


ENGINES: Mapping[str, Callable[[Path], Engine]] = {
    "civicline": Civicline,
    "rapidfuzz": Fuzzy,
    "bm25s": Bm25s,
    "tantivy": Tantivy,
}
MODULES = {"bm25s", "tantivy"}  # no part of the project


def installed() -> list[str]:
    """The engines that can be compared here; says which cannot."""
    missing = [name for name in ENGINES if name in MODULES and not _can_import(name)]
    for name in missing:
        print(f"{name} not installed: pip install bm25s tantivy to compare", file=sys.stderr)
    return [name for name in ENGINES if name not in missing]


def _can_import(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def _jieba(folder: Path) -> Callable[[str], list[str]]:
    """What cuts a text into jieba's words, Simplified."""
    import jieba  # after the engine's own import, which keeps it from a slow one

    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = str(folder)
    tokenizer.initialize()
    return lambda text: [w for w in tokenizer.lcut(simplify(text).casefold()) if w.strip()]


def _distinct(found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found))


# --- measuring ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Built:
    """What it takes to build."""

    seconds: float
    grown: float | None  # MB of memory at the peak; None where the system does not tell
    stored: float  # MB on disk


@dataclass(frozen=True)
class Answered:
    """How questions were answered; of those with an entry whether it came first, or among three."""

    start: float  # seconds from what is stored to the first answer
    times: tuple[float, ...]  # ms
    first: tuple[bool, ...]
    third: tuple[bool, ...]


@dataclass(frozen=True)
class Row:
    """An engine at a size."""

    engine: str
    size: int
    entries: int
    built: Built
    answered: Answered

    @property
    def p50(self) -> float:
        """The middle time of an answer in ms."""
        return statistics.median(self.answered.times)

    @property
    def p99(self) -> float:
        """The time in ms that one answer of a hundred takes longer than."""
        times = sorted(self.answered.times)
        return times[int(len(times) * 0.99)]

    def __str__(self) -> str:
        ready = f"build {self.built.seconds:.1f} s, start {self.answered.start:.2f} s"
        times = f"p50 {self.p50:.1f} ms, p99 {self.p99:.1f} ms"
        right = f"top-1 {share(self.answered.first)} %"
        return f"{self.engine} at {self.entries:,}: {ready}, {times}, {right}"

    def times(self) -> tuple[float, ...]:
        """What is compared with rapidfuzz."""
        return (self.built.seconds, self.answered.start, self.p50, self.p99)


def measure(engine: str, size: int, items: Sequence[Item], folder: Path, seconds: float) -> Row:
    """Build, store, start and ask, in two processes; the folder holds what only words make."""
    with tempfile.TemporaryDirectory() as own_folder:
        copied = Path(shutil.copytree(folder, own_folder, dirs_exist_ok=True))
        built = _alone(_build, engine, items, copied)
        answered = _alone(_ask, engine, items, copied, seconds)
    return Row(engine, size, len(items), built, answered)


def _alone(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a call gives in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(call, *args, **kwargs).result()


def _warm(name: str, folder: Path) -> None:
    """Leave in the folder what an engine makes once for all entries."""
    ENGINES[name](folder)


def _build(name: str, items: Sequence[Item], folder: Path) -> Built:
    engine = ENGINES[name](folder)
    gc.collect()
    before, files = _start_peak(), _size(folder)
    began = time.perf_counter()
    engine.build(items)
    took = time.perf_counter() - began
    peak = _memory("VmHWM")
    engine.keep(items)
    grown = None if before is None or peak is None else peak - before
    return Built(took, grown, _size(folder) - files)


def _ask(name: str, items: Sequence[Item], folder: Path, seconds: float) -> Answered:
    engine = ENGINES[name](folder)
    asked_first = questions()[0].text
    began = time.perf_counter()
    engine.start(items)
    engine.find(asked_first)
    start = time.perf_counter() - began
    times: list[float] = []
    found: list[tuple[Question, list[str]]] = []
    began = time.perf_counter()
    for question in questions():
        asked = time.perf_counter()
        ids = engine.find(question.text)
        times.append((time.perf_counter() - asked) * 1000)
        found.append((question, ids))
        if len(found) >= FEWEST and time.perf_counter() - began > seconds:
            break
    known = [(question.entry_id, ids) for question, ids in found if question.entry_id]
    first = tuple(entry_id in ids[:1] for entry_id, ids in known)
    third = tuple(entry_id in ids[:3] for entry_id, ids in known)
    return Answered(start, tuple(times), first, third)


def _start_peak() -> float | None:
    """The memory now, from which the peak is counted anew."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")  # the peak alone; see proc(5)
    return _memory("VmRSS")


def _memory(name: str) -> float | None:
    """A figure of this process in MB. (getrusage would give a child its parent's peak.)"""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    told = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(told[name].split()[0]) * 1024 / BYTES


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / BYTES


# --- telling --------------------------------------------------------------------------------
COLUMNS = (
    *("engine", "entries", "build s", "MB", "stored MB", "start s", "p50 ms", "p99 ms"),
    *("top-1 %", "top-3 %", "asked", "build ×", "start ×", "p50 ×", "p99 ×"),
)


@dataclass(frozen=True)
class Goal:
    """What was wished for and what was measured."""

    what: str
    figure: float | None
    most: float
    unit: str

    @property
    def is_met(self) -> bool | None:
        """Whether it was reached; None where nothing was measured."""
        return None if self.figure is None else self.figure <= self.most

    def __str__(self) -> str:
        if self.figure is None:
            return f"{self.what}: not measured (goal {self.most:g} {self.unit})"
        verdict = "met" if self.is_met else "missed"
        return f"{self.what}: {self.figure:.2f} {self.unit} (goal {self.most:g}): {verdict}"


def cells(row: Row, beside: Row) -> dict[str, str | float | None]:
    """A line of the table; × is the ratio to rapidfuzz at the same size."""
    grown = row.built.grown
    figures = (
        *(row.engine, row.entries, round(row.built.seconds, 2)),
        *(None if grown is None else round(grown, 1), round(row.built.stored, 1)),
        *(round(row.answered.start, 3), round(row.p50, 2), round(row.p99, 2)),
        *(share(row.answered.first), share(row.answered.third), len(row.answered.times)),
        *(float(f"{a / b:.2g}") for a, b in zip(row.times(), beside.times(), strict=True)),
    )
    return dict(zip(COLUMNS, figures, strict=True))


def table(rows: Sequence[Row]) -> list[dict[str, str | float | None]]:
    """All lines of the table."""
    beside = {row.size: row for row in rows if row.engine == "rapidfuzz"}
    return [cells(row, beside[row.size]) for row in rows]


def goals(rows: Sequence[Row]) -> list[Goal]:
    """What was wished for, in the order of the sizes."""
    ours = sorted((row for row in rows if row.engine == "civicline"), key=lambda row: row.size)
    found: list[Goal] = []
    for row in ours:
        at = f"at {row.entries:,} entries"
        if row.size in P99_GOALS:
            found.append(Goal(f"p99 of an answer {at}", row.p99, P99_GOALS[row.size], "ms"))
        if row.size in BUILD_GOALS:
            seconds, memory = BUILD_GOALS[row.size]
            found.append(Goal(f"build {at}", row.built.seconds, seconds, "s"))
            found.append(Goal(f"memory to build {at}", row.built.grown, memory, "MB"))
        found.append(Goal(f"ready from what is stored {at}", row.answered.start, START_GOAL, "s"))
        if row is not ours[0]:
            lost = loss(ours[0].answered, row.answered)
            found.append(Goal(f"loss of top-1 {at}", lost, LOSS_GOAL, "points"))
    return found


def loss(small: Answered, large: Answered) -> float:
    """By how many points the share of right firsts fell, over the questions both were asked."""
    both = min(len(small.first), len(large.first))
    return 100 * (sum(small.first[:both]) - sum(large.first[:both])) / both


def show(rows: Sequence[Row]) -> None:
    """Print the table, as Markdown, and the goals."""
    lines = [COLUMNS, ("---",) * len(COLUMNS)]
    lines += [tuple(_shown(cell) for cell in line.values()) for line in table(rows)]
    for line in lines:
        print("| " + " | ".join(line) + " |")
    print(f"\n{_machine()}; × is the ratio to rapidfuzz in the same run\n")
    for goal in goals(rows):
        print(f"- {goal}")


def _shown(cell: str | float | None) -> str:
    if isinstance(cell, int):
        return f"{cell:,}"
    return "–" if cell is None else str(cell)


def _machine() -> str:
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}"


def main() -> None:
    """Measure every engine at every size and print what was found."""
    given = _arguments()
    rows = list(_measure_all(given.sizes, given.seconds))
    if given.json:
        wished = [asdict(goal) | {"is_met": goal.is_met} for goal in goals(rows)]
        told = {"machine": _machine(), "rows": table(rows), "goals": wished}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        show(rows)


def _measure_all(sizes: Sequence[int], seconds: float) -> Iterator[Row]:
    engines = installed()
    with tempfile.TemporaryDirectory() as folder:
        for engine in engines:
            _alone(_warm, engine, Path(folder))
        for size in sizes:
            items = entries(size)
            for engine in engines:
                row = measure(engine, size, items, Path(folder), seconds)
                print(row, file=sys.stderr)  # a long run tells something when it is stopped
                yield row


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=_sizes, default=SIZES)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _sizes(text: str) -> list[int]:
    return sorted({int(one) for one in text.split(",")})


if __name__ == "__main__":
    main()

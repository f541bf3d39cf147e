import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.privacy.leaks import Leak, Secret, SecretKind, find_leaks

NAME, PHONE, EMAIL = SecretKind.NAME, SecretKind.PHONE, SecretKind.EMAIL
ADDRESS, ID_NUMBER, OTHER = SecretKind.ADDRESS, SecretKind.ID_NUMBER, SecretKind.OTHER

SURNAMES = (
    "陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐周葉蘇莊呂江何蕭羅"
    "高潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴"
)
GIVEN = (
    "怡君 雅婷 志明 淑芬 美玲 家豪 冠宇 宗翰 雅雯 俊傑 建宏 淑惠 美惠 麗華 秀英 文雄 "
    "志強 佳蓉 欣怡 詩涵 承翰 柏翰 彥廷 宜庭 筱婷 靜宜 惠雯 玉蘭 金龍 明哲 國華 建國 "
    "文彬 俊宏 信宏 淑娟 淑貞 秀琴 麗珠 素貞 婉婷 郁婷 佩珊 佳穎 思穎 雅琪 怡如 心怡 "
    "家瑋 冠廷 哲瑋 智凱 明宏 進財 添福 阿好 月娥 春美 小明 大為 永康 明德 立群 子涵 "
    "宇軒 品妤 以恩 若彤 啟文 振宇 銘傳 耀文 世昌 榮華 炳煌 清水 火旺 罔市 招治 安琪"
)
SHORT_GIVEN = "明怡偉芳傑玲婷豪華敏俊蓉杰琳"
COMPOUND_NAMES = "歐陽靜宜 司馬文彬 張簡淑貞 范姜志明 諸葛明德 上官婉婷 歐陽傑 司徒敏"
ROAD_NAMES = (
    "中山路 中正路 和平東路二段 復興南路一段 民權西路 文化一路 忠孝街 建國北路三段 "
    "信義路四段 成功路 永康街 大同街 新生北路二段 光復路 仁愛路三段 環河東路 "
    "自強三路 市民大道五段 福德街 三民路"
)
ROADS = ROAD_NAMES.split()
DISTRICTS = "臺北市大安區 新北市板橋區 台中市西屯區 高雄市三民區 桃園市平鎮區 臺南市東區"
VILLAGES = "和安里 光明里 新興里 福德里 中正里 大同里"
CHINESE = "零一二三四五六七八九"
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


SENTENCES: dict[SecretKind, tuple[str, ...]] = {
    NAME: (
        "本案陳情人{}反映之事項，本所已錄案辦理。",
        "經查，{}於本年十月間曾向本所提出相同陳情。",
        "有關{}君陳情路燈故障一案，復如說明，請查照。",
        "副本抄送：{}、本所民政課。",
        "本所承辦人已於日前與{}聯繫，說明辦理情形。",
        "承蒙{}先生來信指教，至紉公誼。",
        "檢送{}女士陳情書影本乙份，請貴局逕復並副知本所。",
        "隔壁住戶{}所陳噪音問題，業請環保局稽查。",
        "檢舉人為{}，請依規定保密。",
        "當日會勘人員：里長、台電公司代表及{}。",
        "前揭案件係由{}提出，併案辦理。",
        "{}您好：您反映的積水問題已派員清淤。",
        "依{}之請求，補發戶籍謄本一份。",
        "其後{}再次致電表示水溝仍有異味。",
        "主旨：關於{}申請急難救助一案，請卓處。",
        "（陳情人：{}；收件日期：115年11月3日）",
        "如對處理結果仍有疑義，可請{}檢附資料再洽本所。",
        "經與「{}」確認，其已自行移除雜物。",
        "案經本所轉知{}在案。",
        "鄰居表示該戶為{}所有，長期占用騎樓。",
    ),
    PHONE: (
        "本案陳情人電話{}，請貴處逕洽。",
        "請與陳情人聯繫（{}），並將結果副知本所。",
        "聯絡電話：{}。",
        "經撥打{}均無人接聽，故以書面函復。",
        "當事人留有手機{}，方便時段為下午。",
        "來電號碼為{}，通話約十分鐘。",
        "如需現場會勘，請先致電{}約定時間。",
        "檢舉人可於上班時間以{}聯絡。",
        "回電請撥{}\n以上說明，敬請諒察。",
        "聯繫方式 {} 業經陳情人確認無誤",
        "該址住戶之電話應為{}，特予敘明。",
    ),
    EMAIL: (
        "副本以電子郵件寄送 {} 供參。",
        "陳情人電子信箱：{}。",
        "本案回復已寄至{}，請查收。",
        "經來信者（{}）補充說明，路樹已枯死。",
        "請將照片寄給{}，以利後續辦理。",
        "原始來信地址為「{}」，主旨為路面坑洞。",
        "信箱{}退信，改以電話通知。",
        "來文者帳號 {} 多次反映相同事項。",
    ),
    ADDRESS: (
        "經派員至{}現場勘查，騎樓確有堆置雜物。",
        "陳情人住{}，請貴隊加強巡邏。",
        "本案通訊地址：{}。",
        "公文郵寄{}遭退回，爰以公示送達辦理。",
        "有關{}住戶反映漏水一節，屬私權範疇。",
        "檢舉人設籍{}，請注意保密。",
        "請清潔隊於{}門口設置警示牌。",
        "會勘地點為{}前，時間另行通知。",
        "經查{}係陳情人自有房屋。",
        "送達處所：{}\n送達方式：雙掛號。",
        "依戶籍資料，該戶登記於{}，合先敘明。",
        "噪音源位於{}隔壁之工廠。",
    ),
    ID_NUMBER: (
        "陳情人身分證統一編號{}，請協助查調。",
        "身分證字號：{}。",
        "經以{}查詢戶役政系統，確有設籍。",
        "申請書所填統一編號 {} 與檔存資料相符。",
        "當事人（{}）之補助款已撥付。",
        "請貴所查復{}之遷徙紀錄。",
        "檢附證號{}之身分證影本一份。",
        "有關證號{}者之低收入戶資格，復如說明。",
        "本案以{}建檔列管。",
    ),
}

CLEAN = (
    "{officer}君您好：您反映{road}路燈不亮一案，本所已請台電公司於三日內修復。",
    "本案承辦人：{section}{officer}，電話：{office}分機{extension}。",
    "{surname}先生您好，感謝您的來信，有關{road}積水問題，已派員清淤完成。",
    "{surname}小姐所陳事項業經{section}查復，請參閱附件。",
    "經{section}會同{village}里長{officer}於{date}現場勘查，路面已無坑洞。",
    "有關{district}{road}騎樓堆置雜物一案，已勸導住戶於{date}前自行移除。",
    "檢送會勘紀錄乙份，請{officer}委員、{officer2}議員服務處參考。",
    "本所{section}課長{officer}已向當日值班同仁{officer2}了解情形，並加強教育訓練。",
    "您的案件編號為{case_no}，可於上班時間撥打{office}查詢辦理進度。",
    "案由：{road}與{road2}路口號誌秒數過短，建請交通局研議調整。",
    "戶政事務所地址：{district}{public_door}，服務時間為週一至週五八時至十七時。",
    "依行政程序法第一百七十條第一項規定，人民陳情案件應於{days}日內函復。",
    "里幹事{officer}已於{date}訪視，將持續關懷，並轉介社會福利服務中心。",
    "{village}活動中心於{date}辦理健康檢查，歡迎民眾踴躍參加，以維護健康平安。",
    "低收入戶申請應備文件：身分證、印章、全戶財產資料，請洽{section}{surname}小姐。",
    "為提升服務品質，本所設有為民服務專線{office}，由專人接聽，並訂有標準作業程序。",
    "林○○君陳情案已結案，個人資料依個人資料保護法遮蔽，公開資訊僅載明處理結果。",
    "查{road}{small_door}前人行道屬養護工程處權管，已移請該處於{days}日內修復。",
    "本局{officer}技士將於{date}下午二時至現場會勘，請里長{officer2}協助通知住戶。",
    "感謝您對市政建設的關心，敬祝健康平安、萬事如意。{district}公所 敬啟",
    "本所文化課舉辦之光明祈福活動係依往例辦理，音量經環保局量測符合標準。",
    "有關建國公園與和平公園之廁所清潔，已請廠商每日清洗四次並列入驗收。",
    "駐區律師{officer}每週三上午提供免費法律諮詢，預約電話{office}。",
    "規費{days}元，得以現金或轉帳繳納，帳號為{account}，戶名：{district}公所。",
    "{surname}女士您好：役男{officer}之徵兵檢查日期為{date}，地點另行通知。",
    "公文文號：北市安民字第{letter_no}號，速別：普通件，密等：普通。",
    "路樹修剪由公園處{officer}股長負責，預計{date}完成，造成不便，敬請見諒。",
    "您所提{road}違規停車，警察局{village}派出所已加強取締，本月計舉發{days}件。",
    "調解委員會主席{officer}訂於{date}召開調解會議，請兩造準時出席。",
    "{village}守望相助隊隊長{officer}、志工{officer2}協助巡守，感謝鄰里支持。",
    "本案涉及私權爭執，建請循司法途徑解決，或向{district}調解委員會（{office}）聲請調解。",
    "托育補助之審核，由{section}承辦{officer}於受理後{days}日內完成，結果以簡訊通知。",
    "因颱風影響，{road}至{road2}段於{date}封閉，請用路人改道行駛。",
    "該建物門牌整編前為{road}{small_door}，整編後資料請洽戶政事務所資料課。",
    "市長信箱來信編號{case_no}，已於{date}以電子郵件{office_mail}回復。",
    "本所官網及{office_mail}均可受理線上申請，附件以二十MB為限。",
    "自強里辦公處電話{office}，里長服務時間為每日上午九時至十一時。",
    "本案業於{date}由{officer}秘書核定，決行層級：主任秘書。",
    "同路段另有三件類似陳情（{case_no}等），併案交由養護工程處統一處理。",
    "統一編號{company_no}之廠商已依契約第五條罰款，並限期改善。",
)


@dataclass(frozen=True)
class Person:
    """A petitioner of one case."""

    case_no: str
    name: str
    phone: str
    email: str
    address: str
    id_number: str

    def secrets(self) -> Iterator[Secret]:
        told = (self.name, self.phone, self.email, self.address, self.id_number)
        for kind, text in zip((NAME, PHONE, EMAIL, ADDRESS, ID_NUMBER), told, strict=True):
            yield Secret(self.case_no, kind, text)


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def make_name(rng: random.Random) -> str:
    drawn = rng.random()
    if drawn < 0.04:
        return rng.choice(COMPOUND_NAMES.split())
    called = rng.choice(SHORT_GIVEN) if drawn < 0.08 else rng.choice(GIVEN.split())
    return rng.choice(SURNAMES) + called


def make_phone(rng: random.Random) -> str:
    return rng.choice(
        (
            f"09{digits(rng, 2)}-{digits(rng, 3)}-{digits(rng, 3)}",
            f"09{digits(rng, 8)}",
            f"(02)2{digits(rng, 3)}-{digits(rng, 4)}",
            f"04-2{digits(rng, 3)}{digits(rng, 4)}#{digits(rng, 3)}",
            f"07-{digits(rng, 3)}{digits(rng, 4)}",
            f"+886 9{digits(rng, 2)} {digits(rng, 3)} {digits(rng, 3)}",
        )
    )


def make_address(rng: random.Random) -> str:
    lane = f"{rng.randint(2, 400)}巷" if rng.random() < 0.5 else ""
    village = f"{rng.choice(VILLAGES.split())}{rng.randint(1, 30)}鄰" if rng.random() < 0.5 else ""
    floor = f"{rng.randint(2, 14)}樓" if rng.random() < 0.6 else ""
    beside = f"之{rng.randint(1, 5)}" if rng.random() < 0.2 else ""
    door = f"{rng.randint(1, 300)}號{beside}{floor}"
    return f"{rng.choice(DISTRICTS.split())}{village}{rng.choice(ROADS)}{lane}{door}"


def make_person(rng: random.Random, number: int) -> Person:
    local = rng.choice(("ming", "wang", "yating", "kevin", "amy.lin", "taipei_boy"))
    return Person(
        f"DA-1151103-{number:04}",
        make_name(rng),
        make_phone(rng),
        f"{local}{digits(rng, 4)}@{rng.choice(('gmail.com', 'yahoo.com.tw', 'hotmail.com'))}",
        make_address(rng),
        rng.choice("ABCDEFHJ") + rng.choice("12") + digits(rng, 8),
    )


def people(seed: int, count: int) -> list[Person]:
    rng = random.Random(seed)
    return [make_person(rng, number) for number in range(count)]


def chinese(number: int) -> str:
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    written = f"{CHINESE[hundreds]}百" if hundreds else ""
    if tens:
        written += ("" if tens == 1 and not hundreds else CHINESE[tens]) + "十"
    elif hundreds and ones:
        written += "零"
    return written + (CHINESE[ones] if ones else "")


def with_numerals(address: str) -> str:
    return re.sub(r"\d+", lambda number: chinese(int(number[0])), address)


def from_the_road(address: str) -> str:
    road = next(road for road in ROADS if road in address)
    return address[address.index(road) : address.index("號") + 1]


def only(text: str) -> str:
    return re.sub(r"\D", "", text.partition("#")[0])


SPACERS: tuple[str, ...] = (" ", "\u3000", "-", ".", "\u200b", "\n", "・", " . ")
Hide = Callable[[random.Random, str], str]


def spaced(rng: random.Random, text: str) -> str:
    return rng.choice(SPACERS).join(text)


def anyhow_spaced(rng: random.Random, text: str) -> str:
    return "".join(char + rng.choice(("", "", *SPACERS)) for char in text[:-1]) + text[-1]


def with_other_forms(_: random.Random, text: str) -> str:
    return text.translate(str.maketrans("臺台", "台臺")).translate(WIDE)


def masked(rng: random.Random, name: str) -> str:
    if len(name) == 2:
        return name
    hidden = rng.randrange(1, len(name))
    return name[:hidden] + rng.choice("○OoＯ*＊〇●Ｘx某") + name[hidden + 1 :]


def given_alone(_: random.Random, name: str) -> str:
    return name[-2:] if len(name) != 2 and name not in {"歐陽傑", "司徒敏"} else name


def abroad(_: random.Random, phone: str) -> str:
    return f"+886-{only(phone).removeprefix('886').removeprefix('0')}"


def local(_: random.Random, phone: str) -> str:
    number = only(phone).removeprefix("886")
    return number[-8:-4] + "-" + number[-4:] if number[:2] in {"02", "04"} else number[-7:]


HIDDEN: dict[SecretKind, tuple[Hide, ...]] = {
    NAME: (spaced, anyhow_spaced, masked, masked, given_alone),
    PHONE: (
        spaced,
        with_other_forms,
        abroad,
        local,
        lambda rng, phone: only(phone)[-rng.choice((6, 7)) :],
        lambda _, phone: "09**-" + only(phone)[-6:],
        lambda _, phone: "".join(CHINESE[int(digit)] for digit in only(phone)),
        lambda _, phone: f"{phone.partition('#')[0]}轉123",
    ),
    EMAIL: (
        spaced,
        with_other_forms,
        lambda _, email: email.upper(),
        lambda _, email: email.replace("@", " (at) "),
        lambda _, email: email.partition("@")[0],
    ),
    ADDRESS: (
        spaced,
        anyhow_spaced,
        with_other_forms,
        lambda _, address: with_numerals(address),
        lambda _, address: from_the_road(address),
        lambda _, address: with_numerals(from_the_road(address)),
        lambda rng, address: spaced(rng, from_the_road(address).translate(WIDE)),
    ),
    ID_NUMBER: (
        spaced,
        with_other_forms,
        lambda _, number: number.lower(),
        lambda _, number: f"{number[:4]}-{number[4:7]}-{number[7:]}",
        lambda _, number: f"{number[:2]}**{number[-6:]}",
    ),
}


def leaks_planted(*, hidden: bool, count: int, seed: int) -> Iterator[tuple[Secret, str]]:
    """Secrets, each with a reply in which it stands."""
    rng = random.Random(seed)
    kinds = list(SENTENCES)
    for number, person in enumerate(people(seed, count)):
        kind = kinds[number % len(kinds)]
        secret = next(one for one in person.secrets() if one.kind is kind)
        shown = rng.choice(HIDDEN[kind])(rng, secret.text) if hidden else secret.text
        sentence = SENTENCES[kind][number // len(kinds) % len(SENTENCES[kind])]
        yield secret, sentence.format(shown)


def missed(planted: Iterator[tuple[Secret, str]]) -> list[str]:
    return [
        f"{secret.text} | {text!r}" for secret, text in planted if not find_leaks(text, [secret])
    ]


def clean_reply(rng: random.Random, template: str, names: Sequence[str]) -> str:
    officer, officer2 = rng.sample(names, 2)
    road, road2 = rng.sample(ROADS, 2)
    month_day = f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日"
    return template.format(
        officer=officer,
        officer2=officer2,
        surname=rng.choice(SURNAMES),
        road=road,
        road2=road2,
        village=rng.choice(VILLAGES.split()),
        district=rng.choice(DISTRICTS.split()),
        section=rng.choice(("民政課", "社會課", "工務課", "登記課", "資料課", "秘書室")),
        office=rng.choice(("(02)2345-6789", "02-27335831", "(04)2255-8066", "1999")),
        extension=rng.randint(100, 999),
        date=rng.choice((f"115年{month_day}", month_day, f"115{digits(rng, 4)}")),
        days=rng.randint(3, 900),
        public_door=f"{road}{rng.randint(301, 600)}號",
        small_door=f"{rng.randint(301, 600)}號",
        case_no=f"DA-115{digits(rng, 4)}-{digits(rng, 4)}",
        letter_no=f"115{digits(rng, 7)}",
        account=f"{digits(rng, 3)}-{digits(rng, 12)}",
        company_no=digits(rng, 8),
        office_mail=rng.choice(("service@daan.gov.taipei", "da_mail@mail.taipei.gov.tw")),
    )


def test_what_stands_there_whole_is_always_found() -> None:
    planted = list(leaks_planted(hidden=False, count=100, seed=1))
    assert missed(iter(planted)) == []
    for secret, text in planted:
        (leak,) = find_leaks(text, [secret])
        assert (leak.owner, leak.kind, leak.partial) == (secret.owner, secret.kind, False)
        assert leak.found in text


def test_what_is_spaced_masked_or_cut_is_nearly_always_found() -> None:
    lost = missed(leaks_planted(hidden=True, count=200, seed=2))
    assert len(lost) <= 200 * 0.05, f"{len(lost)} of 200 lost:\n" + "\n".join(lost)


@pytest.mark.parametrize("count", [60, 1000])
def test_other_peoples_names_are_no_leaks(count: int) -> None:
    petitioners = people(3, count)
    secrets = [secret for person in petitioners for secret in person.secrets()]
    rng = random.Random(4)
    known = {person.name for person in petitioners}
    names = [name for name in (make_name(rng) for _ in range(4000)) if name not in known]
    replies = [clean_reply(rng, CLEAN[number % len(CLEAN)], names) for number in range(300)]
    wrong = {reply: found for reply in replies if (found := find_leaks(reply, secrets))}
    shown = "\n".join(f"{reply} {found}" for reply, found in wrong.items())
    assert len(wrong) <= 300 * 0.02, f"{len(wrong)} of 300 replies:\n{shown}"


def test_a_long_list_of_secrets_is_compared_at_once() -> None:
    secrets = [secret for person in people(5, 1000) for secret in person.secrets()]
    rng = random.Random(6)
    names = [make_name(rng) for _ in range(50)]
    text = "".join(clean_reply(rng, template, names) for template in CLEAN)[:500]
    took = []
    for _ in range(5):
        start = time.process_time()
        find_leaks(text, secrets)
        took.append(time.process_time() - start)
    assert min(took) < 0.05, f"{min(took) * 1000:.0f} ms for {len(secrets)} secrets"


SOFT = st.sampled_from(SPACERS)
CHARACTERS = st.characters(codec="utf-8")
CHINESE_CHARACTERS = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
ANY_SECRET = st.one_of(
    st.tuples(st.just(NAME), st.text(CHINESE_CHARACTERS, min_size=3, max_size=6)),
    st.tuples(st.just(NAME), st.from_regex(r"[A-Za-z]{3,9} [A-Za-z]{3,9}", fullmatch=True)),
    st.tuples(st.just(PHONE), st.from_regex(r"[0-9][0-9-]{0,3}[0-9]{5,9}", fullmatch=True)),
    st.tuples(st.just(EMAIL), st.from_regex(r"[a-z.]{1,9}[0-9]@[a-z]{3,9}\.tw", fullmatch=True)),
    st.tuples(st.just(ID_NUMBER), st.from_regex(r"[A-Z][12][0-9]{8}", fullmatch=True)),
    st.tuples(st.just(OTHER), st.text(CHINESE_CHARACTERS | st.sampled_from("aZ09"), min_size=3)),
    st.tuples(st.just(ADDRESS), st.randoms(use_true_random=False).map(make_address)),
)


@given(st.text(CHARACTERS), ANY_SECRET, st.text(CHARACTERS), st.data())
def test_a_secret_anywhere_in_any_text_is_found(
    before: str, told: tuple[SecretKind, str], after: str, drawn: st.DataObject
) -> None:
    kind, text = told
    between = drawn.draw(st.one_of(st.just(""), SOFT))
    shown = before + between.join(text) + after
    (leak,) = find_leaks(shown, [Secret("DA-1", kind, text)])
    assert (leak.owner, leak.kind) == ("DA-1", kind)
    assert not leak.partial
    assert leak.found in shown


@given(st.text(CHARACTERS), st.lists(ANY_SECRET, max_size=5))
def test_what_may_appear_is_no_leak(text: str, told: list[tuple[SecretKind, str]]) -> None:
    secrets = [Secret("DA-1", kind, said) for kind, said in told]
    shown = text + "，".join(secret.text for secret in secrets)
    leaks = find_leaks(shown, secrets, allowed=[shown])
    assert leaks == []


def found(text: str, kind: SecretKind, secret: str, *allowed: str) -> list[tuple[str, bool]]:
    leaks = find_leaks(text, [Secret("DA-1", kind, secret)], allowed=allowed)
    return [(leak.found, leak.partial) for leak in leaks]


@pytest.mark.parametrize(
    ("text", "name", "seen"),
    [
        ("陳情人王小明您好", "王小明", [("王小明", False)]),
        ("陳情人王 小\n明您好", "王小明", [("王 小\n明", False)]),
        ("陳情人王○明與王小明", "王小明", [("王小明", False)]),
        ("陳情人王 ○ 明您好", "王小明", [("王 ○ 明", True)]),
        ("陳情人王小○您好", "王小明", [("王小○", True)]),
        ("陳情人○小明您好", "王小明", [("小明", True)]),
        ("陳情人王○○您好", "王小明", []),
        ("陳情人李○明您好", "王小明", []),
        ("王先生您好，王小姐您好", "王小明", []),
        ("歐陽先生您好", "歐陽靜宜", [("歐陽先生", True)]),
        ("歐陽先生您好", "歐陽靜", [("歐陽先生", True)]),
        ("粘小姐與昝女士", "昝淑芬", [("昝女士", True)]),
        ("應先生要求辦理", "應志明", []),
        ("小明反映路燈不亮", "王小明", [("小明", True)]),
        ("林小明反映路燈不亮", "王小明", []),
        ("歐陽靜宜反映路燈不亮", "王靜宜", []),
        ("建國北路與建國公園", "王建國", []),
        ("請維護光明的健康", "王光明", []),
        ("光明先生與申請人：光明", "王光明", [("光明", True)]),
        ("志宏路口", "王志宏", []),
        ("台端於臺北", "台北生", []),
        ("陳臺生您好", "陳台生", [("陳臺生", False)]),
        ("本案陳情人已撤回陳情", "陳情", []),
        ("高明先生您好", "高明", [("高明", False)]),
        ("高明先生您好", "林高明", [("高明", True)]),
        ("林高明先生您好", "高明", []),
        ("王　明反映路燈", "王明", [("王　明", False)]),
        ("姓王，明日會勘", "王明", []),
        ("王明德科長會勘", "王明", []),
        ("瓦歷斯您好", "瓦歷斯·諾幹", [("瓦歷斯", True)]),
        ("The fleet of buses", "Lee", []),
        ("Dear Ms. LEE,", "Lee", [("LEE", False)]),
        ("Dear Mr. John  SMITH,", "John Smith", [("John  SMITH", False)]),
        ("王", "王", []),
        ("○○○", "○○", []),
    ],
)
def test_what_of_a_name_is_a_leak(text: str, name: str, seen: list[tuple[str, bool]]) -> None:
    assert found(text, NAME, name) == seen


@pytest.mark.parametrize(
    ("text", "phone", "seen"),
    [
        ("電0912-345-678洽", "0912345678", [("0912-345-678", False)]),
        ("電+886 912 345 678洽", "0912345678", [("+886 912 345 678", False)]),
        ("電(02)2345-6789分機12洽", "02-23456789#345", [("(02)2345-6789", False)]),
        ("電2345-6789洽", "02-23456789", [("2345-6789", False)]),
        ("電3456789洽", "07-3456789", [("3456789", False)]),
        ("末六碼345678", "0912345678", [("345678", True)]),
        ("09**-345678", "0912345678", [("345678", True)]),
        ("末三碼678", "0912345678", []),
        ("電0987-345-678洽", "0912345678", []),
        ("電〇九一二三四五六七八洽", "0912345678", [("〇九一二三四五六七八", False)]),
        ("電0912-345-679洽", "0912345678", []),
        ("電0912345678", "12345", []),
    ],
)
def test_what_of_a_phone_is_a_leak(text: str, phone: str, seen: list[tuple[str, bool]]) -> None:
    assert found(text, PHONE, phone) == seen


HOME = "臺北市大安區和安里12鄰和平東路二段12巷3號之1五樓"


@pytest.mark.parametrize(
    ("text", "address", "seen"),
    [
        (f"寄{HOME}退回", HOME, [(HOME, False)]),
        ("至和平東路二段12巷3號會勘", HOME, [("和平東路二段12巷3號", True)]),
        ("至和平東路2段十二巷三號會勘", HOME, [("和平東路2段十二巷三號", True)]),
        ("至和平東路２段 12巷\n3號會勘", HOME, [("和平東路２段 12巷\n3號", True)]),
        ("至和平東路二段12巷口會勘", HOME, []),
        ("至和平東路二段12巷13號會勘", HOME, []),
        ("大安區和平東路二段", HOME, []),
        ("大安區和平東路", "大安區和平東路", []),
        ("三民路3-1號", "高雄市三民區三民路三之一號", [("三民路3-1號", True)]),
        ("三民路一百零五號", "三民路105號", [("三民路一百零五號", False)]),
        ("中正三路8號", "高雄市新興區中正3路8號", [("中正三路8號", True)]),
        ("北埔鄉南埔村12號", "新竹縣北埔鄉南埔村3鄰12號", [("南埔村12號", True)]),
        ("八里大道5號", "新北市八里區八里大道5號", [("八里大道5號", True)]),
        ("市民大道5號", "台北市東區八里大道5號", []),
        ("大湖公園旁工寮", "大湖公園旁工寮", [("大湖公園旁工寮", False)]),
    ],
)
def test_what_of_an_address_is_a_leak(
    text: str, address: str, seen: list[tuple[str, bool]]
) -> None:
    assert found(text, ADDRESS, address) == seen


@pytest.mark.parametrize(
    ("text", "email", "seen"),
    [
        ("寄Ming.Wang@Gmail.com", "ming.wang@gmail.com", [("Ming.Wang@Gmail.com", False)]),
        ("帳號ming.wang", "ming.wang@gmail.com", [("ming.wang", True)]),
        ("寄ming.wang@yahoo.com", "ming.wang@gmail.com", [("ming.wang", True)]),
        ("寄xming.wang@yahoo.com", "ming.wang@gmail.com", []),
        ("寄service@da.gov.tw", "service@gmail.com", []),
        ("amy的信", "amy@gmail.com", []),
    ],
)
def test_what_of_a_mail_address_is_a_leak(
    text: str, email: str, seen: list[tuple[str, bool]]
) -> None:
    assert found(text, EMAIL, email) == seen


def test_what_of_an_id_number_is_a_leak() -> None:
    assert found("證號a123 456 789", ID_NUMBER, "A123456789") == [("a123 456 789", False)]
    assert found("末六碼456789", ID_NUMBER, "A123456789") == [("456789", True)]
    assert found("證號A1*****789", ID_NUMBER, "A123456789") == []


def test_what_may_appear_hides_nothing_longer() -> None:
    assert found("承辦人林小明", NAME, "林小明", "林小明") == []
    assert found("承辦人林小明，陳情人小明", NAME, "王小明", "林小明") == [("小明", True)]
    assert found("+886-2-2345-6789", PHONE, "02-23456789", "(02)2345-6789") == []
    assert found("中山路12號", ADDRESS, "中山路12號", "中山路") == [("中山路12號", False)]
    assert found("中山路十二號", ADDRESS, "台北市中山路12號3樓", "中山路12號") == []
    assert found("王小明", NAME, "王小明", "", "，", "小明") == [("王小明", False)]


def test_leaks_come_in_the_order_of_the_secrets_and_each_once() -> None:
    secrets = [Secret("2", PHONE, "0912345678"), Secret("1", NAME, "王小明")]
    leaks = find_leaks("王小明、王○明，0912345678、0912345678", [*secrets, secrets[1]])
    assert leaks == [
        Leak("2", PHONE, "0912345678", partial=False),
        Leak("1", NAME, "王小明", partial=False),
        Leak("1", NAME, "王小明", partial=False),
    ]

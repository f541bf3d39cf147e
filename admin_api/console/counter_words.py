"""The texts of the counter's pages: for staff, and on paper for who stands there."""

from admin_api.schemas.desk import Source
from faq.language.cues import Cue

NOTICE_VERSION = "2026-11"  # of the notice below; the chat shows the same one
NOTICE = (
    "目的：處理與答復您的陳情、建議或查詢。",
    "類別：姓名、聯絡方式、您敘述的內容與地點。",
    "利用：由本所承辦及核稿人員、依法應移轉的主管機關，於保存年限內在國內使用。",
    "您可以請求查詢、閱覽、複製、補正、停止利用或刪除。",
    "您可以不提供，但未具真實姓名或聯絡方式時，依行政程序法第 173 條可能無法答復。",
)
SOURCES = {
    Source.COUNTER: "臨櫃",
    Source.PHONE: "電話",
    Source.LETTER: "書面",
    Source.EMAIL: "電子郵件",
    Source.SUGGESTION_BOX: "意見箱",
    Source.DIRECTOR_MAILBOX: "首長信箱",
    Source.HOTLINE_1999: "1999",
    Source.CITY_PETITION_SYSTEM: "市府陳情系統",
    Source.SURVEY_COMMENT: "問卷意見",
    Source.MEDIA: "媒體輿情",
}
REPLY_BY = {"phone": "電話", "letter": "書面", "email": "電子郵件"}
CONSENTS = {"": "沒有問", "yes": "同意", "no": "不同意"}
LABELS = {
    "source": "來源",
    "kind": "類別",
    "content": "發生什麼事",
    "place": "地點",
    "when": "時間",
    "points": "要點",
    "name": "姓名",
    "reply_by": "答復方式",
    "contact": "聯絡方式",
    "priority": "速別",
    "section": "課室",
    "language": "語言",
    "read_back": "念給民眾聽或請民眾看過",
    "notice_version": "個資告知",
    "text": "民眾的問題",
    "reason": "沒有幫助的原因",
    "case_no": "案號",
    "code": "查詢碼",
}
HELP = {
    Cue.CRISIS: "先照顧人：有立即危險請撥 119。可以陪他談的專線：1925（24 小時）、1995、1980。",
    Cue.EMERGENCY: "先處理緊急狀況：火警、急救請撥 119，有人威脅安全請撥 110。",
    Cue.VIOLENCE: "先確認人是否安全：請撥 113（24 小時），緊急時撥 110。",
    Cue.FRAUD: "請民眾先不要匯款，撥 165 查證；已經匯款請撥 110。",
}
DONE = {
    "followed": "已登記追蹤，案件有結果會通知民眾。",
    "following": "這位民眾原本就在追蹤這個案件。",
}
NOT_FOUND = "案號與查詢碼不符，或查無此案件。"
LOCKED = "查詢碼錯誤太多次，請 15 分鐘後再試。"
MASKED = "內容裡的身分證字號或卡號已遮蔽，不會保存。"
CANNOT_FOLLOW = "保密案件不能由他人追蹤。"
NOT_ON_OFFER = "這一題剛剛下架了，請再問一次。"

# --- on paper, in the language of who takes it along ----------------------------------------
SLIP = "收件憑條"
NUMBER, CODE, SECTION = "案號", "查詢碼", "承辦課室"
RECEIVED, DUE, TAKEN_BY = "收件日", "最晚答復日", "受理人員"
KEEP = "請保留這張憑條。案號和查詢碼一起用，就能查進度；查詢碼請不要給別人。"
PROVISIONAL = "期限跨入尚未公告的年度行事曆，以公告後重新計算的日期為準。"
SCAN_CASE = "掃描後輸入查詢碼，就能看進度。"
BY_HAND = "也可以撥電話或到本所，用案號查詢。"
SCAN_TOPIC = "掃描後，這個問題會先寫在對話裡，按「送出」才會問。"
SCAN_PLACE = "掃描後，地點會先寫在對話裡，請補上發生什麼事，按「送出」才會送給本所。"
ABOUT_PLACE = "這裡有什麼需要我們處理？"
PLACE_ASKED = "我要反映的地點：{place}。情形："
TOO_LONG_PLACE = "地點名稱要 1 到 {most} 個字。"
TOO_LONG_TOPIC = "這一題的問句太長，放不進 QR 圖。"

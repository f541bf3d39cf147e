"""The terms of the knowledge pages, as editors know them."""

from admin_api.console.language import _

STANDINGS = {
    "current": "全部（未下架）",
    "in_service": "使用中",
    "scheduled": "尚未生效",
    "expired": "已過期",
    "due": "該複查或將到期",
    "few": "問法太少",
    "english_outdated": "英文版要更新",
    "retired": "已下架",
}
DRAFT_STATES = {
    "open": "撰寫中",
    "submitted": "待核准",
    "scheduled": "已核准，排定發布",
    "published": "已發布",
    "dropped": "已放棄",
}
ORIGINS = {"editor": "同仁撰寫", "questions": "未答問題", "case": "案件"}
SAYS = {"sure": "直接回答", "choose": "請民眾選", "unknown": "不會答", "help": "先給求助專線"}
GRADES = {0: "答錯", 1: "列入選項", 2: "答對"}
GRADES_OF_NONE = {0: "答了不該答的", 1: "列出選項", 2: "沒有亂答"}  # where no entry may answer
DONE = {
    "published": "已發布，下一個問題就會用新的內容回答。",
    "retired": "已下架，不再拿來回答。",
    "begun": "已存成草稿，還沒有發布。",
    "save": "已儲存。",
    "catch_up": "已補上這一題後來的修改，請核對後再送審。",
    "submit": "已送審，請另一位同仁核准。",
    "publish": "已核准並發布，下一個問題就會用新的內容回答。",
    "schedule": "已核准，到排定的日子會自動發布；在那之前照原來的內容回答。",
    "return": "已退回撰寫人。",
    "drop": "已放棄這份草稿，紀錄仍保留。",
    "english": "英文版已儲存，下一個用英文的民眾就會看到。",
    "english_removed": "英文版已刪除；用英文的民眾會看到中文，並附上說明。",
    "form": "表單已上傳，下一個問到的民眾就能下載。",
    "form_removed": "表單已移除。",
    "wording": "已加入問法，下一個問題就聽得懂。",
    "refused": "已記下不採用，不會再建議。",
    "added": "已加入測試題組。",
    "removed": "已從測試題組移除。",
    "words": "詞表已儲存，下一個問題就聽得懂。",
    "imported": "已匯入。",
}
WORD_LISTS = {
    "lexicon": (
        "同義詞",
        "一行一組：「意思 = 說法, 說法」是同義，「意思 < 線索」是有關。例：印鑑證明 = 圓圈紙",
    ),
    "pairs": ("容易弄混的事", "一行一組，用 | 分開。分數接近時一定先問清楚。例：遷入 | 遷出"),
    "dictionary": ("不可拆開的詞", "一行一個詞。例：戶口名簿"),
    "stopwords": ("不算內容的詞", "一行一個。例：請問一下"),
    "sounds": ("容易聽錯打錯的音", "一行一組拼音：「a = b」表示 a 聽成 b。例：zh- = z-"),
    "cues": ("聽出語氣的說法", "YAML，每一類一串說法。例：complaint: [等太久了]"),
    "agencies": (
        "其他機關的業務",
        "YAML，每筆有 agency、matters、advice，可加 phone。例：- agency: 自來水公司",
    ),
}
TOO_LARGE = "送出的內容太大，沒有收下。檔案上限 5 MB；更大的檔案請管理者用指令匯入。"
NO_FILE = "請先選一個檔案。"
MANY_CHANGES = "要改的內容太多，這一頁放不下。請分成幾個檔案，或請管理者用指令匯入。"
NO_LINE = "第 {line} 行附近讀不懂，請對照範例的寫法。"


def grade(number: int, entry_id: str | None) -> str:
    """How a question of the test set is answered."""
    return _((GRADES if entry_id else GRADES_OF_NONE)[number])

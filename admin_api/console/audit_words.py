"""The words of the audit's pages."""

FAULTS = {
    "page_missing": "封存頁不見了",
    "page_altered": "封存頁被改過",
    "row_removed": "紀錄被刪除",
    "row_altered": "紀錄被改過",
    "row_unsealed": "紀錄沒有封存",
    "mark_missing": "找不到當時的封存碼",
}
DELIVERIES = {"waiting": "等候送出", "sent": "已送達", "dead": "送不到"}
DONE = {
    "changed": "已儲存。",
    "tested": "測試訊息已排入，稍後重新整理可看結果。",
    "again": "放棄的訊息已重新排入。",
}
WRONG = {
    "name": "名稱要 1 到 60 個字，而且不能和別的系統一樣。",
    "url": "網址要以 https:// 開頭；只有機關內部網路可用 http://，而且不能含帳號密碼。",
    "kinds": "請從清單選擇事件。",
    "most": "最多 20 個系統，請先修改不用的。",
}

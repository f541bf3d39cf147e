"""What each figure of the report means, in Chinese and English (docs/figures.md)."""

# Columns of petitions, by their names in admin_api.monthly.COLUMNS.
DEFINITIONS: dict[str, tuple[str, str]] = {
    "carried_over": ("期初尚未結案的案件", "open when the period began"),
    "received": ("本期受理的案件", "filed in the period"),
    "reopened": (
        "曾經結案，本期再次處理的案件",
        "closed before, taken up again in the period",
    ),
    "closed": ("本期答復並結案的案件", "closed with a reply in the period"),
    "closed_on_time": (
        "辦結案件中，停止計時（答復）之日未超過結案時所記期限者",
        "closed, and the clock stopped (the reply) no later than the due date the closing recorded",
    ),
    "closed_late": ("辦結案件中，超過期限者", "closed, later"),
    "split": ("本期由併案拆出、恢復單獨處理的案件", "merged cases taken out again in the period"),
    "transferred_out": (
        "本期移轉權責機關的案件",
        "transferred to the competent agency in the period",
    ),
    "transferred_late": (
        "移轉案件中，超過受理後 1 個工作天者",
        "of these, later than one working day after receipt",
    ),
    "not_processed": (
        "本期依行政程序法第 173 條不予處理的案件",
        "left unprocessed on a statutory ground in the period",
    ),
    "merged": ("本期併入他案的案件", "merged into another case in the period"),
    "withdrawn": ("本期由陳情人撤回的案件", "withdrawn by the citizen in the period"),
    "open_end": ("期末尚未結案的案件", "open when the period ended"),
    "open_overdue": (
        "期末未結、仍在計時且期限早於期末日的案件",
        "open at the end, clock still running, due date before the last day of the period",
    ),
    "open_on_time": ("期末未結減未結已逾限", "open_end − open_overdue"),
    "open_extended": ("期末未結案件中，曾核准展期者", "open at the end, with an extension"),
    "closed_extended": ("本期辦結案件中，曾核准展期者", "closed in the period with an extension"),
    "extended": ("展期後辦結加展期中未結", "closed_extended + open_extended"),
    "extensions": ("本期核准展期的次數", "extensions approved in the period"),
    "repeats": (
        "因同一事由已明確答復而不予處理的案件",
        "left unprocessed as the same matter, answered before",
    ),
    "replied": (
        "本期首次答復（停止計時）的案件",
        "first answered in the period: the clock stopped",
    ),
    "improved": (
        "本期經陳情人確認或有佐證已改善的案件",
        "improvements confirmed by the citizen or shown by evidence in the period",
    ),
    "improvement_rate": ("確認改善÷已答復", "improved ÷ replied"),
    "reopening_rate": ("再處理÷辦結", "reopened ÷ closed"),
    "promises_made": ("本期答復中所作的承諾", "promises made in replies of the period"),
    "promises_kept": (
        "本期了結的承諾中，如期完成者",
        "promises of replies settled in the period, done by their day",
    ),
    "promises_missed": (
        "本期了結的其他承諾；逾期完成亦算未兌現",
        "the other promises settled; done after its day is missed",
    ),
    "handed_back": ("課室退回改分的次數", "times a section handed a case back in the period"),
    "refused_twice": (
        "本期經二次退回、送秘書裁決的案件",
        "cases that went to the secretary in the period",
    ),
    "suggestions_closed": (
        "本期以採納、部分採納或未採納結案的建議",
        "closings in the period as adopted, partly or not adopted",
    ),
    "suggestions_adopted": ("其中採納與部分採納者", "of these, adopted wholly or partly"),
    "adoption_rate": ("建議採納÷建議結案", "suggestions_adopted ÷ suggestions_closed"),
    "on_time_rate": (
        "如期辦結÷辦結；本期無辦結案件時以「–」表示",
        'closed_on_time ÷ closed; "–" (JSON: null) when nothing was closed',
    ),
    "mean_days": (
        "由受理（或再處理）至答復的工作天平均；當日答復以 0.5 天計",
        "mean of the working days from receipt (or reopening) to the reply; 0.5 when on the same "
        "day",
    ),
    "median_days": ("由受理（或再處理）至答復的工作天中位數", "median of the same"),
    "p90_days": (
        "九成的辦結案件在此工作天數內答復",
        "the least number of these days within which nine in ten were answered",
    ),
    "asked": (
        "本期結案時請陳情人填答滿意度的案件",
        "closings of the period at which the citizen was asked for a grade",
    ),
    "rated": ("本期填答滿意度的案件", "cases graded in the period"),
    "response_rate": ("滿意度回收÷滿意度邀請", "rated ÷ asked"),
    "process_mean": (
        "對辦理過程評分（1 至 5 分）之平均；未滿 10 份不列",
        "mean grade of how it was handled, 5 best; null below ten answers",
    ),
    "process_satisfied": (
        "對辦理過程評 4 或 5 分之比率；未滿 10 份不列",
        "share of these grades that are 4 or 5; null below ten answers",
    ),
    "result_mean": (
        "對處理結果評分（1 至 5 分）之平均；未滿 10 份不列",
        "mean grade of what came of it, 5 best; null below ten answers",
    ),
    "result_satisfied": (
        "對處理結果評 4 或 5 分之比率；未滿 10 份不列",
        "share of these grades that are 4 or 5; null below ten answers",
    ),
}

# Figures of questions: what they are called, and what they mean.
QUESTIONS: dict[str, tuple[str, str]] = {
    "asked": ("提問數", "系統判讀過的提問；只看常見問題清單不計"),
    "sure": ("直接答出", "系統有把握、直接給答案"),
    "choose": ("請民眾選擇", "列出可能的題目請民眾選"),
    "unknown": ("答不出", "系統表示不會答"),
    "chosen": ("選中", "民眾在選項中選了一題"),
    "none_of_these": ("都不是", "民眾表示選項都不是"),
    "filed": ("轉為案件", "提問後成為陳情案件"),
    "helpful": ("有幫助", "民眾按「有幫助」"),
    "not_helpful": ("沒有幫助", "民眾按「沒有幫助」"),
    "settled": (
        "答得出",
        "直接答出或選中，民眾未按「沒有幫助」，且三天內沒有再問到同一題、也沒有陳情",
    ),
    "asked_again": ("又問同一題", "答出後三天內，同一人又問到同一題"),
    "filed_after": ("三天內陳情", "答出後三天內，同一人提出陳情"),
    "honest_rate": ("答得出率", "答得出÷提問數；無提問時以「–」表示"),
    "unknown_rate": ("答不出率", "答不出÷提問數，與答得出率分開列示"),
    "outside_hours": ("非上班時間提問", "提問時本所未上班"),
    "outside_rate": ("非上班時間比率", "非上班時間提問÷提問數"),
    "overdue_for_review": ("逾期未複查題目", "期末已過複查日的題目"),
}

# What is no column of its own but printed under a table.
OTHERS: dict[str, str] = {
    "增減": "本期減上期，或減去年同期；比率之增減為百分點",
    "逾期天數": "期限次日起至答復日（未結者至期末日）之工作天",
    "密件": "檢舉與保密案件併列一列，不分課室、主題、里與管道",
    "信賴區間": "滿意比率之 95% 信賴區間（Wilson 法）；誤差為其半寬",
    "滿意": "4 分與 5 分",
    "填答率": "填答÷詢問；無人詢問以「–」表示，詢問未滿 10 件不列；依填答之日計，可能多於詢問",
    "良好": "各項評分皆 4 分以上之比率",
    "期別": "案件依事實發生之日計入；課室、類別以期末當時為準",
}

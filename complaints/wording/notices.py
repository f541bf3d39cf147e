"""Official notices to citizens, in Chinese and English.

Buttons carry tokens of the form `verb:case_no`; the face that shows them reads them back.
"""

from datetime import date

from complaints.clock.deadlines import Explanation
from complaints.limits import Unit
from complaints.states import Aspect, Ground, Outcome
from complaints.tables import Case, Promise
from complaints.wording.terms import GROUNDS, OUTCOMES, plain_date, term
from data.outbox import Choice, Message


def acknowledgement(case: Case, why: Explanation) -> Message:
    """The receipt: number, code, section, due date, and how to ask."""
    language = case.citizen.language
    due = plain_date(case.due_on, language)
    if language == "zh":
        text = (
            f"已立案，謝謝您告訴我們。\n案號：{case.case_no}\n查詢碼：{case.lookup_code}\n"
            f"承辦：{case.section.name}\n最晚 {due} 答復（{limit_in_words(why, 'zh')}）。\n\n"
            "在這裡隨時可以補充；輸入「我的案件」就能查進度。"
            "在別的地方查詢，請用案號加查詢碼。"
        )
        if why.provisional:
            text += "\n（跨入尚未公告的年度行事曆，日期以公告後重新計算為準。）"
    else:
        text = (
            f"Your case is filed. Thank you for telling us.\nCase number: {case.case_no}\n"
            f"Look-up code: {case.lookup_code}\nSection: {case.section.name}\n"
            f"We answer by {due} ({limit_in_words(why, 'en')}).\n\n"
            'You can add information here at any time; type "my cases" to see progress. '
            "Elsewhere, use the number with the code."
        )
        if why.provisional:
            text += "\n(The date reaches into a year whose calendar is not announced yet.)"
    return Message(
        text,
        (
            Choice("看怎麼算的" if language == "zh" else "How is it counted?", _token("why", case)),
            Choice("補充資料" if language == "zh" else "Add information", _token("add", case)),
        ),
    )


def limit_in_words(why: Explanation, language: str) -> str:
    """The limit in one phrase, with where counting starts."""
    if why.unit is Unit.WORKING:
        zh, en = (
            f"{why.limit} 個工作天，自次一工作天起算",
            f"{why.limit} working days, from the next",
        )
    else:
        zh, en = f"{why.limit} 日，自次日起算", f"{why.limit} calendar days, from the next day"
    return zh if language == "zh" else en


def explanation(case: Case, why: Explanation, language: str) -> str:
    """How the due date was counted, day by day, short enough for a chat."""
    lines = []
    for counted in why.days:
        if counted.number and why.unit is Unit.WORKING:
            mark = f"第 {counted.number} 天" if language == "zh" else f"day {counted.number}"
        elif counted.number is None:
            reason = counted.reason
            mark = f"{reason}，不計" if language == "zh" else f"off ({reason})"
        else:
            continue
        lines.append(f"{plain_date(counted.day, language)} {mark}")
    start, due = plain_date(why.start, language), plain_date(why.due_on, language)
    if why.unit is Unit.CALENDAR:
        lines = [line for line in lines if line.startswith(due)]
    if why.extended_by:
        lines.append(_with_extension(why.extended_by, language))
    if language == "zh":
        head = f"{case.case_no} 的期限：\n{start} 收件（當日不計）"
        foot = f"所以最晚 {due} 答復。\n依據：政府行政機關辦公日曆表（版本 {why.calendar_version}）"
    else:
        head = f"Time limit of {case.case_no}:\n{start} received (not counted)"
        foot = f"So we answer by {due}.\nSource: official office calendar ({why.calendar_version})"
    return "\n".join([head, *lines, foot])


def _with_extension(days: int, language: str) -> str:
    return (
        f"（含展期 {days} 個工作天）" if language == "zh" else f"(extended by {days} working days)"
    )


def reply(case: Case, text: str) -> Message:
    """The office's answer, with the three ways the citizen can take it."""
    if case.citizen.language == "zh":
        body = f"{case.section.name}答復您的案件 {case.case_no}：\n\n{text}\n\n問題解決了嗎？"
        labels = ("解決了", "只回覆、還沒改善", "不滿意")
    else:
        body = f"{case.section.name} answers your case {case.case_no}:\n\n{text}\n\nIs it solved?"
        labels = ("Solved", "Answered, not fixed yet", "Not satisfied")
    verbs = ("fixed", "unfixed", "unhappy")
    choices = (Choice(name, _token(verb, case)) for name, verb in zip(labels, verbs, strict=True))
    return Message(body, tuple(choices))


def closed(case: Case, reason: str, *, asked: bool) -> Message:
    """Closing notice with the outcome and its reason (行政程序法 §171).

    With a rating of the handling where the citizen is `asked` for one.
    """
    language = case.citizen.language
    outcome = term(OUTCOMES[Outcome(case.outcome or Outcome.OTHER)], language)
    if language == "zh":
        text = f"您的案件 {case.case_no} 已結案。\n結果：{outcome}\n說明：{reason}"
        question = "這次辦理過程，您給幾分？（5 很滿意，1 很不滿意）"
    else:
        text = f"Your case {case.case_no} is closed.\nOutcome: {outcome}\nReason: {reason}"
        question = "How was the handling? (5 very satisfied, 1 very dissatisfied)"
    return Message(f"{text}\n\n{question}", rating(case.case_no)) if asked else Message(text)


def rating(case_no: str, aspect: Aspect = Aspect.PROCESS) -> tuple[Choice, ...]:
    """The five grades as buttons; without a word on the aspect they are of the handling."""
    verb = f"rate:{case_no}" + ("" if aspect is Aspect.PROCESS else f":{aspect}")
    return tuple(Choice(str(grade), f"{verb}:{grade}") for grade in range(1, 6))


def reviewed(case: Case, words: str) -> Message:
    """What somebody who did not handle the case says after looking at it again."""
    if case.citizen.language == "zh":
        return Message(
            f"您對案件 {case.case_no} 的評分與意見，已由主管複查：\n\n{words}\n\n謝謝您告訴我們。"
        )
    return Message(
        f"You rated case {case.case_no}; our head has looked at it again:\n\n{words}\n\n"
        "Thank you for telling us."
    )


def reopened(case: Case) -> Message:
    """Notice that the case is taken up again, with its new date."""
    language = case.citizen.language
    due = plain_date(case.due_on, language)
    if language == "zh":
        text = f"對不起，沒有把您的事情辦好。案件 {case.case_no} 已請主管重新處理，最晚 {due} 再答復您。"
    else:
        text = f"We are sorry. Case {case.case_no} is taken up again; we answer by {due}."
    return Message(text)


def withdrawn(case: Case) -> Message:
    """Notice that the case was withdrawn; the record stays."""
    if case.citizen.language == "zh":
        return Message(f"案件 {case.case_no} 已依您的意思撤回，紀錄仍依規定保存。")
    return Message(f"Case {case.case_no} is withdrawn as you asked. The record is kept by law.")


def _token(verb: str, case: Case) -> str:
    return f"{verb}:{case.case_no}"


def assigned(case: Case) -> Message:
    """Notice of which section handles the case, by when."""
    language, day = case.citizen.language, plain_date(case.due_on, case.citizen.language)
    if language == "zh":
        return Message(f"您的案件 {case.case_no} 由{case.section.name}承辦，最晚 {day} 答復。")
    return Message(f"Your case {case.case_no} is with {case.section.name}; we answer by {day}.")


def supplement_asked(case: Case, what: str, by: date) -> Message:
    """Request for particulars (行政程序法 §171 II): what is needed, and by when."""
    language, day = case.citizen.language, plain_date(by, case.citizen.language)
    if language == "zh":
        text = (
            f"為了處理您的案件 {case.case_no}，請在 {day} 前補充：\n{what}\n\n"
            "直接在這裡回復就可以。期限內沒有收到，承辦會就現有資料處理。"
        )
        return Message(text, (Choice("我要補充", _token("add", case)),))
    text = (
        f"To handle your case {case.case_no} we need, by {day}:\n{what}\n\n"
        "Just answer here. If nothing comes we go on with what we have."
    )
    return Message(text, (Choice("Add information", _token("add", case)),))


def extended(case: Case, before: date, reason: str, approver: str) -> Message:
    """Notice of an extension: old date, reason, who approved, new date, which one it is."""
    language = case.citizen.language
    old, new = plain_date(before, language), plain_date(case.due_on, language)
    if language == "zh":
        text = (
            f"您的案件 {case.case_no} 原訂 {old} 答復。因{reason}，經{approver}核准，"
            f"延至 {new} 答復，這是第 {case.extensions} 次展期。對不起，讓您久等。"
        )
        labels = ("知道了", "我要補充")
    else:
        text = (
            f"We meant to answer your case {case.case_no} by {old}. Reason for more time: {reason}. "
            f"Approved by {approver}; we answer by {new} (extension no. {case.extensions}). "
            "We are sorry to keep you waiting."
        )
        labels = ("I see", "Add information")
    verbs = ("seen", "add")
    choices = (Choice(name, _token(verb, case)) for name, verb in zip(labels, verbs, strict=True))
    return Message(text, tuple(choices))


def extension_undone(case: Case) -> Message:
    """Notice that an extension is taken back and the earlier date holds again."""
    language, day = case.citizen.language, plain_date(case.due_on, case.citizen.language)
    if language == "zh":
        return Message(f"您的案件 {case.case_no} 的展期已取消，仍在 {day} 前答復。")
    return Message(f"The extension of your case {case.case_no} is taken back; due by {day}.")


def late(case: Case, reason: str, news_by: date) -> Message:
    """Word of a late answer before the citizen asks: why, and when there will be news."""
    language = case.citizen.language
    due, news = plain_date(case.due_on, language), plain_date(news_by, language)
    if language == "zh":
        why = f"，原因：{reason}" if reason else ""
        return Message(
            f"您的案件 {case.case_no} 應在 {due} 答復，還沒有完成{why}。"
            f"已通知主管，{news} 前會給您進度。對不起。"
        )
    why = f" Reason: {reason}." if reason else ""
    return Message(
        f"Your case {case.case_no} was due by {due} and is not finished.{why} Our head is "
        f"informed; you will have news by {news}. We are sorry."
    )


def due_moved(case: Case, before: date, cause: str) -> Message:
    """Notice that the date moved because the calendar or a rule changed."""
    language = case.citizen.language
    old, new = plain_date(before, language), plain_date(case.due_on, language)
    if language == "zh":
        text = f"因{cause}，您的案件 {case.case_no} 的答復期限由 {old} 調整為 {new}。"
        return Message(text, (Choice("看怎麼算的", _token("why", case)),))
    text = f"The date of your case {case.case_no} moved from {old} to {new} ({cause})."
    return Message(text, (Choice("How is it counted?", _token("why", case)),))


def interim(case: Case, text: str) -> Message:
    """An interim reply; the clock goes on."""
    language, day = case.citizen.language, plain_date(case.due_on, case.citizen.language)
    if language == "zh":
        return Message(f"您的案件 {case.case_no} 目前進度：\n\n{text}\n\n完整答復最晚 {day} 給您。")
    return Message(f"Progress of your case {case.case_no}:\n\n{text}\n\nFull answer by {day}.")


def corrected(case: Case, text: str, reason: str) -> Message:
    """A corrected reply, with what was wrong; the first one stays on record."""
    if case.citizen.language == "zh":
        return Message(
            f"【更正】您的案件 {case.case_no} 的答復，更正如下（原因：{reason}）：\n\n{text}"
        )
    return Message(f"CORRECTION of our answer to case {case.case_no} ({reason}):\n\n{text}")


def transferred(case: Case, agency: str, phone: str, *, with_identity: bool) -> Message:
    """Notice of a transfer, always sent (行政程序法 §172 I): to whom, and what went along."""
    call_zh, call_en = (f"（電話 {phone}）", f" (phone {phone})") if phone else ("", "")
    if case.citizen.language == "zh":
        along = (
            "案件內容、地點與您的聯絡方式"
            if with_identity
            else "案件內容與地點，沒有您的姓名和聯絡方式"
        )
        return Message(
            f"您的案件 {case.case_no} 屬於{agency}{call_zh}的權責，已移轉該機關處理，"
            f"由該機關答復您。隨案移轉的是{along}。"
        )
    along = (
        "what you told us and how to reach you"
        if with_identity
        else "what you told us, without your name or contact"
    )
    return Message(
        f"Your case {case.case_no} belongs to {agency}{call_en} and was passed on; that agency "
        f"will answer. We passed on {along}."
    )


def not_processed(
    case: Case, ground: Ground, why: str, earlier: tuple[str, date] | None
) -> Message:
    """Notice that the petition is left unprocessed (行政程序法 §173): ground, and what is open."""
    language = case.citizen.language
    named = term(GROUNDS[ground], language)
    if language == "zh":
        before = f"前案 {earlier[0]} 已於 {plain_date(earlier[1], 'zh')} 答復。" if earlier else ""
        return Message(
            f"您的案件 {case.case_no}，因{named}，依行政程序法第 173 條不予處理，仍登記備查。"
            f"{before}\n說明：{why}\n如有新的事證，請直接在這裡補充；也可以向上級機關陳情。"
        )
    before = (
        f" Case {earlier[0]} was answered on {plain_date(earlier[1], 'en')}." if earlier else ""
    )
    return Message(
        f"Your case {case.case_no} is not processed because {named} (Administrative Procedure "
        f"Act, Art. 173); it stays on record.{before}\n{why}\nNew facts are welcome here; you "
        "may also turn to the supervising agency."
    )


def merged(case: Case) -> Message:
    """Notice that the case is handled together with others; the number stays."""
    if case.citizen.language == "zh":
        return Message(
            f"您的案件 {case.case_no} 和其他相同反映一起辦理，案號不變，結果會一併通知您。"
        )
    return Message(
        f"Your case {case.case_no} is handled together with others on the same matter. Its "
        "number stays and you will be told the result."
    )


def split(case: Case) -> Message:
    """Notice that the case is handled by itself again."""
    day = plain_date(case.due_on, case.citizen.language)
    if case.citizen.language == "zh":
        return Message(f"您的案件 {case.case_no} 改為單獨辦理，最晚 {day} 答復。")
    return Message(f"Your case {case.case_no} is handled by itself again; due by {day}.")


def followed(case_no: str, text: str, language: str, corrected: bool) -> Message:
    """What a follower is told of a matter: the answer, without a word about its petitioner."""
    if language == "zh":
        lead = "的答復更正如下" if corrected else "有結果了"
        return Message(f"您追蹤的反映（{case_no}）{lead}：\n\n{text}")
    lead = "has a CORRECTED answer" if corrected else "has an answer"
    return Message(f"The matter you follow ({case_no}) {lead}:\n\n{text}")


def acknowledged(case: Case) -> Message:
    """Thanks for praise, passed on."""
    if case.citizen.language == "zh":
        return Message(f"謝謝您的鼓勵（{case.case_no}），已轉知{case.section.name}同仁。")
    return Message(f"Thank you ({case.case_no}); we passed it on to {case.section.name}.")


def promise_due(case: Case, promise: Promise) -> Message:
    """Ask on the promised day whether it was kept."""
    language, day = case.citizen.language, plain_date(promise.due_on, case.citizen.language)
    if language == "zh":
        text = f"您的案件 {case.case_no}，我們承諾 {day} 前：{promise.text}\n現在改善了嗎？"
        labels = ("解決了", "還沒改善", "不滿意")
    else:
        text = f"On case {case.case_no} we promised by {day}: {promise.text}\nIs it done?"
        labels = ("Solved", "Not yet", "Not satisfied")
    verbs = ("fixed", "unfixed", "unhappy")
    choices = (Choice(name, _token(verb, case)) for name, verb in zip(labels, verbs, strict=True))
    return Message(text, tuple(choices))


def promise_settled(case: Case, promise: Promise, evidence: str) -> Message:
    """Word that a promise was kept, with its evidence, or that it was missed, with the reason."""
    kept = promise.state == "kept"
    if case.citizen.language == "zh":
        word = "已經做到" if kept else "沒有如期做到"
        return Message(f"您的案件 {case.case_no}：{promise.text}，{word}。{evidence}")
    word = "has been done" if kept else "was not done in time"
    return Message(f"Your case {case.case_no}: {promise.text} {word}. {evidence}")


def improved(case: Case, evidence: str) -> Message:
    """Word that the matter was put right, with the evidence, and a way to object."""
    if case.citizen.language == "zh":
        text = f"您的案件 {case.case_no} 現場已改善：{evidence}\n請您確認。"
        labels = ("解決了", "還沒改善")
    else:
        text = f"The matter of case {case.case_no} has been put right: {evidence}\nPlease confirm."
        labels = ("Solved", "Not yet")
    choices = zip(labels, ("fixed", "unfixed"), strict=True)
    return Message(text, tuple(Choice(name, _token(verb, case)) for name, verb in choices))

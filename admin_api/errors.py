"""One table: what went wrong → HTTP status and words. Answers are problem+json (RFC 9457)."""

from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException  # the parent of FastAPI's: catches both

from admin_api import access, accounts, logins, paces, policy, preconditions, second_factor, tokens
from complaints import errors as complaints
from complaints import roster, staffing
from complaints.measuring import opening, outcomes, questionnaires, tallies
from complaints.worklist import BadCursor
from faq import errors as faq

log = structlog.get_logger()


@dataclass(frozen=True)
class Problem:
    """How an error is told: a name for programs, a sentence for people, and the status."""

    name: str
    status: int
    title: str


class FutureMonth(Exception):
    """Figures were asked of a month that has not begun."""


class FileAltered(Exception):
    """A report's file is gone, or is not as it was made."""


class MonthNotOver(Exception):
    """A month is examined when it is over: before, the same seed would draw other papers later."""


class NoSuchFile(Exception):
    """The case has no such attachment, or it is not fetched yet."""


class TooManyViews(Exception):
    """An officer keeps as many views as there may be."""


PROBLEMS: dict[type[Exception], Problem] = {
    tokens.NotLoggedIn: Problem("not-logged-in", 401, "請先登入。 Please log in."),
    logins.LogInRefused: Problem(
        "log-in-locked", 429, "錯誤太多次，請 15 分鐘後再試。 Too many tries; wait 15 minutes."
    ),
    logins.TooManyTries: Problem(
        "too-many-tries",
        429,
        "這個網路位址登入失敗太多次，請稍後再試。 Too many log-ins from this address failed.",
    ),
    paces.TooManyRequests: Problem(
        "too-many-requests", 429, "這個帳號的要求太多，請稍候。 Too many requests of this account."
    ),
    second_factor.CodeNeeded: Problem(
        "code-needed", 401, "請再輸入驗證碼。 A code of the second factor is needed, too."
    ),
    second_factor.Missing: Problem(
        "second-factor-missing",
        403,
        "請先到「我的帳號」設定兩步驟驗證。 Set up a second factor on the account page first.",
    ),
    second_factor.WrongCode: Problem("wrong-code", 422, "驗證碼不對。 The code is not right."),
    second_factor.AlreadyOn: Problem(
        "second-factor-on", 409, "兩步驟驗證已經啟用。 The second factor is on already."
    ),
    second_factor.NotBegun: Problem(
        "no-second-factor", 409, "還沒有設定兩步驟驗證。 There is no second factor."
    ),
    tokens.BadToken: Problem(
        "bad-token",
        422,
        "權杖的名稱、範圍或天數不對。 Name, scopes or days of the token are not right.",
    ),
    tokens.UnknownToken: Problem("unknown-token", 404, "查無此登入或權杖。 No such log-in."),
    accounts.BadAccount: Problem(
        "bad-account", 422, "帳號資料或密碼不合規定。 The account or its password will not do."
    ),
    accounts.NameTaken: Problem(
        "name-taken", 409, "這個帳號名稱已經有人使用。 Another account has this user name."
    ),
    accounts.UnknownAccount: Problem("unknown-account", 404, "查無此帳號。 No such account."),
    preconditions.Changed: Problem(
        "precondition-failed", 412, "有人先改了，請重新讀取。 Someone changed it; read it again."
    ),
    access.KeyReused: Problem(
        "key-reused", 422, "這個請求鍵值已用於另一個請求。 This key was used for another request."
    ),
    policy.OutOfScope: Problem(
        "out-of-scope", 403, "這個權杖不能這樣用。 The token was not made for this."
    ),
    policy.Forbidden: Problem(
        "forbidden", 403, "您的角色不能這樣做。 Your role does not allow this."
    ),
    complaints.UnknownCase: Problem("unknown-case", 404, "查無此案件。 No such case."),
    complaints.StaleCase: Problem(
        "stale-case", 409, "有人先改了這個案件，請重新讀取。 Someone changed this case."
    ),
    complaints.StaleRow: Problem(
        "stale", 409, "有人先改了這筆資料，請重新讀取。 Someone changed this since it was read."
    ),
    complaints.NotAllowed: Problem(
        "not-allowed", 409, "案件目前的狀態不能這樣做。 The status does not allow this."
    ),
    complaints.IncompletePetition: Problem(
        "incomplete", 422, "必要的內容沒有填。 Something required is missing."
    ),
    complaints.NotPermitted: Problem(
        "forbidden", 403, "您的角色或課室不能這樣做。 Your role or section does not allow this."
    ),
    complaints.OwnWork: Problem(
        "own-work", 403, "不能核定自己提出的。 Nobody approves their own work."
    ),
    complaints.LevelTooLow: Problem(
        "level-too-low", 403, "展期天數超過您的核定權限。 This length is for a higher level."
    ),
    complaints.NeedsDecision: Problem(
        "needs-decision", 409, "已二次退回，由秘書裁決。 The secretary decides whose case this is."
    ),
    complaints.TooLate: Problem(
        "too-late", 409, "已超過可以辦理的期限。 The time for this is over."
    ),
    complaints.TooManyExtensions: Problem(
        "too-many-extensions", 409, "展期次數已達上限。 No further extension is allowed."
    ),
    complaints.BeyondCeiling: Problem(
        "beyond-ceiling",
        409,
        "展期後超過總期限上限。 The extension passes the longest time allowed.",
    ),
    complaints.NothingToDecide: Problem(
        "nothing-to-decide", 404, "沒有待決定的項目。 There is nothing of this to decide."
    ),
    complaints.ReplyIncomplete: Problem(
        "reply-incomplete", 422, "答復還缺東西。 The reply lacks something."
    ),
    complaints.LeaksIdentity: Problem(
        "leaks-identity", 422, "內容含有他人的個人資料。 The text holds somebody's personal data."
    ),
    complaints.NotARepeat: Problem(
        "not-a-repeat", 409, "不能以同一事由不予處理。 The short way for a repeat is closed."
    ),
    complaints.NeedsEvidence: Problem(
        "needs-evidence", 422, "「已改善」需要照片或文件佐證。 Improved needs evidence."
    ),
    complaints.BadTemplate: Problem(
        "bad-template", 422, "範本內容有誤。 The template is not right."
    ),
    complaints.TemplateLocked: Problem(
        "template-locked",
        409,
        "範本依據的法規已變動，請先檢視範本。 The law behind this template changed.",
    ),
    complaints.RuleInUse: Problem(
        "rule-in-use", 409, "尚有未結案件適用這條規則。 Open cases are counted by this rule."
    ),
    complaints.BadRule: Problem("bad-rule", 422, "規則內容不合理。 The rule makes no sense."),
    complaints.BadPractice: Problem(
        "bad-practice", 422, "沒有這個選項或這個值。 No such choice or value."
    ),
    complaints.BadCalendar: Problem(
        "bad-calendar", 422, "行事曆無法採用。 The calendar cannot be taken."
    ),
    complaints.UnknownSection: Problem("unknown-section", 422, "沒有這個課室。 No such section."),
    complaints.UnknownOfficer: Problem("unknown-officer", 422, "沒有這位同仁。 No such officer."),
    complaints.CalendarMissing: Problem(
        "calendar-missing", 409, "該年度行事曆尚未匯入。 The calendar of that year is not loaded."
    ),
    complaints.RuleMissing: Problem("rule-missing", 409, "沒有這類案件的時限規則。 No rule."),
    staffing.BackBeforeGone: Problem(
        "bad-days", 422, "請假的起訖日期不對。 The days of the absence make no sense."
    ),
    staffing.AbsencesOverlap: Problem(
        "absences-overlap",
        409,
        "這幾天已經登錄過請假。 On some of these days the officer is away already.",
    ),
    staffing.OwnDeputy: Problem(
        "incomplete", 422, "代理人不能是本人。 Nobody stands in for themselves."
    ),
    roster.BadRoster: Problem(
        "bad-roster", 422, "課室或人員的資料不對。 The section or officer cannot be entered so."
    ),
    roster.SectionInUse: Problem(
        "section-in-use",
        409,
        "課室裡還有未結案件、人員或待辦工作，不能停用。 The section still has cases or people.",
    ),
    roster.HoldsCases: Problem(
        "holds-cases",
        409,
        "這位同仁還有未結案件，請指定由誰接辦。 Open cases are left; name who takes them over.",
    ),
    roster.OwnRole: Problem("own-role", 403, "不能更改自己的角色。 Nobody changes their own role."),
    BadCursor: Problem("bad-cursor", 422, "分頁游標無效。 The cursor is not one of ours."),
    faq.UnknownEntry: Problem("unknown-entry", 404, "查無此題。 No such entry."),
    faq.StaleEntry: Problem(
        "stale-entry", 409, "有人先改了這一題，請重新讀取。 Someone changed this entry."
    ),
    faq.BadEntry: Problem("bad-entry", 422, "題目內容有誤。 The entry is not right."),
    faq.AnswersWorse: Problem(
        "answers-worse",
        409,
        "測試題組有題目會變差，未發布。 Questions of the test set would be answered worse.",
    ),
    faq.UnknownDraft: Problem("unknown-draft", 404, "查無此草稿。 No such draft."),
    faq.DraftNotOpen: Problem(
        "draft-not-open", 409, "草稿目前的狀態不能這樣做。 The draft's state does not allow this."
    ),
    faq.SameOfficer: Problem(
        "same-officer", 409, "撰寫人不能核准自己的草稿。 An author cannot approve their own draft."
    ),
    faq.UnknownQuestion: Problem("unknown-question", 404, "查無此問題。 No such question."),
    faq.UnknownNotice: Problem("unknown-notice", 404, "查無此公告。 No such notice."),
    faq.BadNotice: Problem(
        "bad-notice",
        422,
        "公告的內容、關鍵詞或起訖時間不合規定。 Text, words or times of the notice will not do.",
    ),
    faq.NoticeOver: Problem("notice-over", 409, "這則公告已經結束。 The notice is over already."),
    faq.UnknownForm: Problem("unknown-form", 404, "查無此表單。 No such form."),
    faq.UnfitForm: Problem("unfit-form", 422, "表單未處理。 Nothing was done to the form."),
    faq.NoTranslation: Problem("no-translation", 404, "這一題沒有英文版。 No English text."),
    faq.UnknownTrial: Problem("unknown-trial", 404, "測試題組沒有這一題。 No such test question."),
    faq.BadWordList: Problem("bad-word-list", 422, "詞表內容有誤。 The list is not right."),
    faq.StaleWordList: Problem(
        "stale-word-list", 409, "有人先改了這份詞表，請重新讀取。 Someone changed this list."
    ),
    complaints.LastAdministrator: Problem(
        "last-administrator",
        409,
        "這是最後一位系統管理員，請先指定另一位。 This is the last administrator.",
    ),
    complaints.OutsideCircle: Problem(
        "outside-circle",
        409,
        "檢舉案件只能移交給政風或首長。 Reports of misconduct go to the ethics officer.",
    ),
    complaints.UnknownSubscription: Problem(
        "unknown-subscription", 404, "查無此介接系統。 No such subscription."
    ),
    complaints.BadSubscription: Problem(
        "bad-subscription",
        422,
        "介接系統的名稱、網址或事件不合規定。 Name, address or events will not do.",
    ),
    complaints.AlreadySet: Problem(
        "already-set", 409, "已經做過了，不能重做。 This was done already and is not done again."
    ),
    opening.NotYet: Problem(
        "not-open-yet", 409, "這份檔案現在還不能製作。 This file cannot be made now."
    ),
    tallies.StillCounting: Problem(
        "still-counting",
        503,
        "統計還在整理，請稍後再試。 Figures are being counted; try again soon.",
    ),
    questionnaires.UnknownQuestionnaire: Problem(
        "unknown-questionnaire", 404, "這一年沒有問卷。 There is no questionnaire of this year."
    ),
    questionnaires.AlreadyOpened: Problem(
        "already-opened", 409, "這一年的問卷已經開辦。 This year has its questionnaire already."
    ),
    questionnaires.BadQuestionnaire: Problem(
        "bad-questionnaire",
        422,
        "問卷的年度、期間或題目不合規定。 Year, days or questions will not do.",
    ),
    questionnaires.NotRunning: Problem(
        "questionnaire-not-running",
        409,
        "問卷現在不能填。 The questionnaire takes no answers now.",
    ),
    questionnaires.AlreadyFilled: Problem(
        "already-filled", 409, "這份問卷已經填過。 This questionnaire was filled in already."
    ),
    questionnaires.BadAnswer: Problem(
        "bad-answer",
        422,
        "有題目的答案不對或沒有填。 A question has no answer, or none of its own.",
    ),
    outcomes.ClosedCase: Problem(
        "closed-case",
        409,
        "密件與檢舉案件的內容不能公開。 Nothing of a confidential case is made public.",
    ),
    complaints.NothingDrawn: Problem(
        "nothing-drawn",
        409,
        "這個月沒有可以抽的問題或答復。 Nothing of this month can be drawn.",
    ),
    MonthNotOver: Problem(
        "month-not-over",
        409,
        "這個月還沒過完，下個月起才能抽題。 This month is not over; draw from the next month on.",
    ),
    FileAltered: Problem(
        "file-altered",
        409,
        "檔案不見了，或與產製時不同，請由備份還原。 The file is gone or not as it was made.",
    ),
    FutureMonth: Problem("future-month", 422, "這個月份還沒開始。 This month has not begun."),
    TooManyViews: Problem(
        "too-many-views", 409, "清單已達上限，請先刪除不用的。 Forget a view you no longer need."
    ),
    NoSuchFile: Problem("unknown-file", 404, "查無此檔案。 No such file."),
}


def describe(error: Exception) -> Problem | None:
    """How an error of the domains or of access is told; None for anything else."""
    return next((PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS), None)


def in_one_line(found: Problem, error: Exception) -> str:
    """A refusal in one line, with what exactly is wrong where the clerk can mend it."""
    return f"{found.title} {'；'.join(details(error))}".strip()


def details(error: Exception) -> tuple[str, ...]:
    """What exactly is wrong, where the clerk can mend it; in Chinese and English ("… / …")."""
    if isinstance(error, complaints.ReplyIncomplete):
        return error.problems
    if isinstance(error, complaints.LeaksIdentity):
        return error.found
    return (error.reason,) if isinstance(error, complaints.NotARepeat) else ()


def install(app: FastAPI) -> None:
    """Have every error answered as problem+json; the console tells its own as pages."""
    for kind in PROBLEMS:
        app.add_exception_handler(kind, tell)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(PoolTimeout, _database)
    app.add_exception_handler(DataError, _unkept)
    app.add_exception_handler(UnicodeEncodeError, _unkept)  # half a character
    app.add_exception_handler(Exception, _unforeseen)


def problem(status: int, name: str, title: str, **more: Any) -> JSONResponse:
    """A problem+json answer."""
    body = {"type": f"/problems/{name}", "title": title, "status": status, **more}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def tell(request: Request, error: Exception) -> JSONResponse:
    """An error of the domains or of access as problem+json."""
    told = describe(error) or Problem("error", 500, "內部錯誤。 Internal error.")
    more = {"questions": error.questions} if isinstance(error, faq.AnswersWorse) else {}
    answer = problem(told.status, told.name, told.title, detail=str(error), **more)
    if isinstance(error, logins.LogInRefused):
        answer.headers["Retry-After"] = logins.retry_after(error)
    if isinstance(error, paces.TooManyRequests):
        answer.headers["Retry-After"] = str(error.wait)
    if told.status == 503:
        answer.headers["Retry-After"] = "5"
    return answer


def invalid(request: Request, error: Exception) -> JSONResponse:
    """A request that is not as the schema says, with each field that is wrong."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    fields = [{"at": ".".join(map(str, one["loc"])), "problem": one["msg"]} for one in found]
    title = "請求的內容有誤。 The request is not right."
    return problem(422, "invalid-request", title, fields=fields)


def _http(request: Request, error: Exception) -> JSONResponse:
    status = getattr(error, "status_code", 500)
    answer = problem(status, f"http-{status}", str(getattr(error, "detail", "error")))
    answer.headers.update(getattr(error, "headers", None) or {})  # 405 must name what is allowed
    return answer


def _unforeseen(request: Request, _error: Exception) -> Response:
    # A defect; the server logs it, and what was being done was rolled back.
    title = "系統發生錯誤，這次沒有完成；請再試一次。 Something went wrong; nothing was done."
    return _in_words(request, problem(500, "error", title), title)


def _unkept(_request: Request, _error: Exception) -> JSONResponse:
    title = "內容含有無法儲存的字元或超過長度。 The content holds what cannot be stored."
    return problem(422, "invalid-request", title)


def _database(request: Request, error: Exception) -> Response:
    # The statement and its values would show citizens' text: only the kind of error is logged.
    log.error("database unavailable", error=type(error).__name__, path=request.url.path)
    title = "資料庫暫時無法使用，請稍後再試；資料沒有遺失。 The database is unavailable; try again."
    response = _in_words(request, problem(503, "database-unavailable", title), title)
    response.headers["Retry-After"] = "5"
    return response


def _in_words(request: Request, answer: Response, title: str) -> Response:
    """The answer, or for a browser only what it says."""
    is_page = "text/html" in request.headers.get("accept", "")
    return PlainTextResponse(title, answer.status_code) if is_page else answer

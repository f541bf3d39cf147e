"""Everything the bot says while talking: each text in Chinese and in English.

Texts are filled with `str.format`; both languages must name the same values (a test holds it).
"""

from typing import Any

NOTICE_VERSION = "2026-11"

TEXTS: dict[str, tuple[str, str]] = {
    # --- meeting -------------------------------------------------------------------------
    "welcome": (
        "您好，這裡是{office}。\n請直接用平常說話的方式問我，例如「身分證掉了怎麼辦」。"
        "\n要反映問題或提出建議，也可以在這裡立案，案件進度隨時能查。",
        "Hello, this is {office}.\nJust ask in your own words. You can also file a complaint or a "
        "suggestion here and follow it at any time.",
    ),
    "help": (
        "我可以幫您：\n・回答戶政與區政業務問題（直接打字就好）\n・立案：陳情、建議、檢舉（/report）"
        "\n・查自己的案件（/mycases，或輸入「我的案件」）\n・用案號加查詢碼查詢（/status 案號 查詢碼）"
        "\n・隨時輸入「取消」可以停下，之後再繼續{phone}",
        "I can:\n- answer questions about our services (just type)\n- file a complaint, suggestion "
        "or report (/report)\n- show your cases (/mycases)\n- look up a case by number and code "
        '(/status NUMBER CODE)\n- type "cancel" at any time to stop and go on later{phone}',
    ),
    "phone_line": ("\n・電話：{phone}", "\n- phone: {phone}"),
    "thanks": ("不客氣，很高興能幫上忙。", "You are welcome."),
    "language_set": ("好的，以下使用中文。", "Sure, I will use English from here."),
    "privacy": (
        "個人資料蒐集告知（個人資料保護法第 8 條）\n"
        "1. 機關：{office}\n2. 目的：處理與答復您的陳情、建議或查詢\n"
        "3. 類別：姓名、聯絡方式、您敘述的內容、地點、照片\n"
        "4. 利用：由本所承辦及核稿人員、依法應移轉的主管機關，於保存年限內在國內使用；"
        "使用通訊軟體時，訊息會經過該業者設於國外的主機\n"
        "5. 您可以請求查詢、閱覽、複製、補正、停止利用或刪除\n"
        "6. 您可以不提供，但未具真實姓名或聯絡方式時，依行政程序法第 173 條可能無法答復",
        "Personal data notice (Personal Data Protection Act, Art. 8)\n1. Agency: {office}\n"
        "2. Purpose: handling and answering your petition\n3. Data: name, contact, what you tell "
        "us, place, photos\n4. Use: by our staff and, where the law requires a transfer, the "
        "competent agency, in Taiwan, for the retention period; a messenger's servers may be "
        "abroad\n5. You may ask to view, copy, correct, stop the use of or delete your data\n"
        "6. You may decline, but without a real name and contact we may be unable to answer "
        "(Administrative Procedure Act, Art. 173)",
    ),
    # --- questions -----------------------------------------------------------------------
    "documents": ("應備文件", "Bring"),
    "forms": (
        "表單：{names}（請按下載按鈕，或到櫃檯索取）",
        "Forms: {names} (press the button below, or ask for them at our counter)",
    ),
    "who": ("誰可以辦", "Who"),
    "fee": ("規費", "Fee"),
    "time_limit": ("期限", "Time limit"),
    "where": ("在哪裡辦", "Where"),
    "online": ("線上辦理", "Online"),
    "legal_basis": ("法令依據", "Legal basis"),
    "section": ("承辦課室", "Section in charge"),
    "call_us": ("電話：{phone}", "Telephone: {phone}"),
    "checked": ("資料查核日 {day}", "Checked on {day}"),
    "chinese_only": ("", "(This answer exists in Chinese only so far.)\n\n"),
    "which_situation": ("您的情形是？", "Which is your situation?"),
    "field_unknown": (
        "{field}：這一題的資料沒有寫到，請洽承辦確認。",
        "{field}: this entry does not say; please ask our staff.",
    ),
    "part_which": (
        "「{part}」請問您要問的是哪一項？請按下面的按鈕。",
        "“{part}”: which of these do you mean? Please press one of the buttons below.",
    ),
    "part_unknown": (
        "「{part}」我沒有可靠的答案，可以請承辦回覆。",
        "“{part}”: I have no reliable answer; our staff can answer it.",
    ),
    "open": ("{day}正常上班。", "We are open on {day}."),
    "open_in_part": (
        "{day}有上班，但部分時間停止服務：{why}。",
        "We are open on {day}, but not all day: {why}.",
    ),
    "shut": ("{day}未上班（{why}）。", "We are closed on {day} ({why})."),
    "open_again": ("最近的上班日是 {day}。", " The next day we are open is {day}."),
    "open_unknown": (
        "{day}的辦公日曆還沒有公布，請以人事行政總處公告為準。",
        "The office calendar for {day} is not published yet.",
    ),
    "open_provisional": (
        "（該年度日曆為推算，以公告為準。）",
        " (That year's calendar is derived from the rules until it is announced.)",
    ),
    "hours": ("辦公時間：{hours}", "Office hours: {hours}"),
    "you_mean": ("您要問「{label}」，對嗎？", 'You mean "{label}", right?'),
    "which": ("請問您要問的是哪一項？", "Which of these do you mean?"),
    "which_or_complain": (
        "您是想問下面的事項，還是要反映問題？",
        "Are you asking about one of these, or reporting a problem?",
    ),
    "unknown": (
        "這個問題我沒有可靠的答案，不想亂答。您可以：",
        "I have no reliable answer to this, and I do not want to guess. You can:",
    ),
    "similar": ("比較接近的題目有：", "The nearest topics are:"),
    "no_similar": ("沒有接近的題目。", "There is no topic near to it."),
    "popular": ("大家常問的是：", "People often ask:"),
    "not_understood": (
        "看不太懂您的訊息，請用一句話說說看，或選下面的項目：",
        "I did not get that. Please say it in one sentence, or choose:",
    ),
    "glad": ("謝謝您告訴我。還有其他問題可以直接問。", "Thank you. Feel free to ask more."),
    "sorry_unhelpful": (
        "對不起，這個答案沒有幫上忙。是哪裡不對？按一下就好；也可以找相近題目，或請承辦同仁回覆您。",
        "I am sorry it did not help. What was wrong with it? One tap will do. You can also see "
        "similar topics, or have our staff answer you.",
    ),
    "unhelpful_noted": (
        "謝謝您告訴我們，負責題庫的同仁會看到。您還可以：",
        "Thank you; whoever looks after these answers will see it. You can still:",
    ),
    "chosen_gone": (
        "這一題剛剛下架了，請再問一次。",
        "This topic was just withdrawn; please ask again.",
    ),
    "maybe_complaint": (
        "題庫沒有可靠的答案，不想亂答。聽起來您要反映問題，可以幫您立案，請承辦處理並答復。",
        "I have no reliable answer. It sounds like a problem to report; shall I file it?",
    ),
    "maybe_suggestion": (
        "謝謝您的意見。要立案成為建議，請承辦評估並答復嗎？",
        "Thank you for the idea. Shall I file it as a suggestion?",
    ),
    "long_story": (
        "收到，已完整保存（{length} 字）。我整理出 {count} 個要點：\n{points}\n\n要立案請承辦處理嗎？",
        "Received and kept in full ({length} characters). I see {count} points:\n{points}\n\n"
        "Shall I file it?",
    ),
    "too_long": (
        "一次最多 {most} 字，這則有 {length} 字，還沒有收下。請分成幾段傳給我。",
        "At most {most} characters at once; this has {length} and was not taken. Please split it.",
    ),
    "later": (
        "好的，您先照顧自己。需要時隨時跟我說。",
        "All right. Take care of yourself first; I am here whenever you need me.",
    ),
    "big_steps": (
        "改用大步驟。請回數字：\n\n1　問事情\n\n2　反映問題\n\n3　查案件\n\n4　請人打電話給我",
        "One step at a time. Reply with a number:\n\n1 Ask\n\n2 Report\n\n3 My cases\n\n4 Call me",
    ),
    "interpreter": (
        "這個語言的題庫還沒有完成。可撥 1990 外國人諮詢專線（免費、24 小時，有越南語、印尼語、泰語等），"
        "或請本所同仁打電話給您。\n"
        "Tiếng Việt, Bahasa Indonesia, ภาษาไทย, English: 1990",
        "There are no answers in this language yet. Call 1990 (free, 24 hours, many languages), or "
        "let our staff call you.\nTiếng Việt, Bahasa Indonesia, ภาษาไทย, English: 1990",
    ),
    "id_number_masked": (
        "我沒有保存您的證號（已遮蔽）。這裡不需要證號，請長按刪除剛才那一則。",
        "Your ID number was not kept. It is not needed here; please delete that message.",
    ),
    "elsewhere": (
        "這項業務屬於{agency}，不是本所辦理。{advice}",
        "This belongs to another agency ({agency}). {advice}",
    ),
    "praise": (
        "謝謝您的鼓勵！要請本所正式轉達給同仁，可以立案為表揚。",
        "Thank you! If you would like us to pass it on formally, it can be filed.",
    ),
    "abuse": (
        "聽得出您很生氣。您要反映的事我會照樣收：請說發生了什麼、在哪裡？",
        "I hear that you are angry. I will take down what happened all the same: what, and where?",
    ),
    "small_talk": (
        "我是{office}的為民服務小幫手，可以回答辦事的問題、收陳情、查案件進度。請問要辦什麼？",
        "I am the assistant of {office}: questions about our services, reports, and your cases.",
    ),
    # --- groups ----------------------------------------------------------------------------
    "group_hello": (
        "您好，我在這裡。請私下問我，不打擾大家。",
        "Hello, I am here. Please ask me in private.",
    ),
    "group_more": (
        "應備文件、規費與資料查核日，請按下面的按鈕。",
        "For papers, fees and the day this was checked, press the button.",
    ),
    "group_private": (
        "這件事請私下說，我可以問清楚，也不打擾大家。",
        "Let us go on in private, where I can ask back.",
    ),
    "group_cases": (
        "案件只在私下說，保護您的資料。",
        "Cases are spoken of in private only, to protect your data.",
    ),
    "group_complaint": (
        "聽起來您要反映問題。請私下說，可以立案、附照片，別人看不到。",
        "It sounds like a problem to report. In private you can file it and add photos.",
    ),
    # --- people in need -------------------------------------------------------------------
    "crisis": (
        "謝謝您願意說出來。您現在安全嗎？有立即危險請撥 119。\n"
        "有人可以陪您談：1925（安心專線，24 小時）、1995（生命線）、1980（張老師），打不通就換一支。\n"
        "您的事情不用急著辦，需要時我一直在這裡。",
        "Thank you for telling me. Are you safe now? In immediate danger call 119.\n"
        "People to talk to: 1925 (24 hours), 1995, 1980; if one is busy, try the next.\n"
        "I am here whenever you need me.",
    ),
    "troubled": (
        "聽起來您很辛苦。想找人說說話：1925（安心專線，24 小時）、1995（生命線）；有立即危險請撥 119。",
        "This sounds hard. To talk to someone: 1925 (24 hours) or 1995; in danger call 119.",
    ),
    "emergency": (
        "請立刻撥 119（火警、急救），並說明地點。有人威脅安全請撥 110。\n"
        "已通知本所值班同仁。這裡無法代為報案；撥完再告訴我。",
        "Call 119 now (fire, ambulance) and say where you are. If someone is a threat, call 110.\n"
        "Our staff on duty have been told. I cannot call for you from here.",
    ),
    "violence": (
        "請撥 113（保護專線，24 小時），緊急時撥 110。這裡不會記錄您剛才說的內容。",
        "Please call 113 (24 hours), or 110 in an emergency. What you said is not recorded here.",
    ),
    "fraud": (
        "本所不會要求您匯款或操作提款機。請先不要匯款，撥 165 反詐騙專線查證；已經匯款請撥 110。"
        "要把對方的帳號或說法交給我們公告嗎？",
        "We never ask you to transfer money. Do not pay; call 165 to check, or 110 if you paid. "
        "Do you want to give us what you know of them?",
    ),
    # --- the form -------------------------------------------------------------------------
    "ask_kind": ("請問您要做什麼？", "What would you like to do?"),
    "ask_content": (
        "請告訴我發生了什麼事（可以分段傳，也可以傳照片）。說完我會整理給您確認。",
        "Tell me what happened (in several messages if you like; photos are welcome).",
    ),
    "ask_content_suggestion": (
        "請告訴我您的建議。說完我會整理給您確認。",
        "Please tell me your suggestion.",
    ),
    "ask_content_photo": (
        "照片收到了。請用一句話說明，或按一個類別：",
        "I have the photo. Describe it in one sentence, or choose a kind:",
    ),
    "ask_content_voice": (
        "目前聽不懂語音，請打字；或按【請人回電】留下電話。",
        "I cannot hear voice messages yet. Please type, or leave your phone number.",
    ),
    "points_so_far": (
        "我先把您的話整理成：\n{points}",
        "I have put it as:\n{points}",
    ),
    "ask_more": ("還要補充地點或照片嗎？", "Would you like to add a place or photos?"),
    "place_so_far": ("地點：{place}", "Place: {place}"),
    "ask_place": (
        "在哪裡？請輸入地址或明顯地標，或用聊天室的「位置」功能傳給我。",
        "Where? Type an address or landmark, or send a location.",
    ),
    "ask_files": (
        "有照片的話請現在傳（目前 {count} 張）。",
        "Send photos now if you have any ({count} so far).",
    ),
    "file_added": ("收到，目前共 {count} 張。", "Received, {count} in all."),
    "ask_name": (
        "請問您的姓名？依規定，陳情要有真實姓名和聯絡方式；不留姓名也可以說，但可能無法答復您。",
        "Your name, please? By law a petition needs a real name and contact; without them we may "
        "be unable to answer.",
    ),
    "bad_name": (
        "姓名請寫 1 到 50 個字（不含數字）；不想留請按【不留姓名】。",
        "Please give a name of 1 to 50 letters without digits, or press the button.",
    ),
    "ask_reply_by": ("希望怎麼收到答復？", "How should we answer you?"),
    "ask_phone": ("請輸入電話號碼（含區碼）。", "Your phone number, please."),
    "ask_email": ("請輸入電子郵件。", "Your e-mail address, please."),
    "bad_phone": (
        "這不像電話號碼，請再輸入一次，例如 02-23456789 或 0912-345678。",
        "That does not look like a phone number; please try again, e.g. 0912-345678.",
    ),
    "bad_email": (
        "這不像電子郵件，請再輸入一次，例如 name@example.com。",
        "That does not look like an e-mail address; please try again.",
    ),
    "ask_confidential": (
        "身分要保密嗎？保密案件的答復與移轉都不會寫出您的身分。",
        "Keep your identity confidential? It will then not appear in any answer or transfer.",
    ),
    "readback": (
        "請看一遍：\n類別：{kind}\n{points}\n地點：{place}\n照片：{files} 張\n姓名：{name}\n"
        "答復方式：{reply_by}\n身分：{confidential}\n\n"
        "都對請按【送出】；要改第 3 點可以直接打「③不是上月是上週」。",
        "Please check:\nKind: {kind}\n{points}\nPlace: {place}\nPhotos: {files}\nName: {name}\n"
        'Answer by: {reply_by}\nIdentity: {confidential}\n\nPress "Submit" if all is right; to '
        'change point 3 type "3. the new text".',
    ),
    "corrected": ("已改。", "Changed."),
    "no_such_point": ("沒有第 {number} 點。", "There is no point {number}."),
    "ask_edit": ("要改哪一項？", "Which one do you want to change?"),
    "need_content": ("還沒有內容，請先說說發生了什麼事。", "There is no text yet; what happened?"),
    "content_full": (
        "內容最多 {most} 字，這一段沒有收下；立案後還可以補充。",
        "At most {most} characters; this part was not taken. You can add more after filing.",
    ),
    "press_button": ("請按下面的按鈕，或輸入按鈕上的字。", "Please use one of the buttons below."),
    "paused": (
        "先停在這裡，填好的內容幫您留著。",
        "Stopped here. What you filled in is kept.",
    ),
    "unfinished": (
        "您還有一份填到一半的內容。",
        "You have an unfinished petition.",
    ),
    "nothing_to_cancel": ("目前沒有進行中的填寫。", "There is nothing to cancel."),
    "nothing_to_resume": ("沒有填到一半的內容。", "There is nothing to go on with."),
    "discarded": ("草稿已刪除。", "The draft is deleted."),
    "stale": (
        "這個按鈕是之前步驟的，已經不能用了。目前的步驟是：",
        "That button belongs to an earlier step. We are here now:",
    ),
    "stale_idle": (
        "這個按鈕已經過期了。請直接打字告訴我您需要什麼。",
        "That button has expired. Just type what you need.",
    ),
    "already_filed": ("已立案〔{case_no}〕，沒有重複。", "Already filed as {case_no}; not twice."),
    "cannot_file": (
        "抱歉，目前暫時無法立案（{why}）。您填的內容都還留著，請稍後再按【送出】。",
        "Sorry, filing is not possible right now ({why}). All you wrote is kept; try again later.",
    ),
    # --- cases ----------------------------------------------------------------------------
    "no_cases": ("您在這裡還沒有案件。", "You have no cases here yet."),
    "cases": ("您的案件（回數字看內容）：\n{lines}", "Your cases (send a number):\n{lines}"),
    "case_line": (
        "{n}）{case_no} {subject}：{status}{left}",
        "{n}) {case_no} {subject}: {status}{left}",
    ),
    "days_left": ("，剩 {days} 個工作天", ", {days} working days left"),
    "due_today": ("，今天到期", ", due today"),
    "late": ("，已超過期限，對不起", ", past its date, we are sorry"),
    "case_head": (
        "案號 {case_no}\n{subject}\n狀態：{status}{left}\n承辦：{section}\n收件：{received}\n"
        "最晚答復：{due}",
        "Case {case_no}\n{subject}\nStatus: {status}{left}\nSection: {section}\n"
        "Received: {received}\nAnswer by: {due}",
    ),
    "step_received": ("受理", "received"),
    "step_assigned": ("分派給{text}", "assigned to {text}"),
    "step_replied": ("答復：{text}", "answer: {text}"),
    "step_closed": ("結案：{text}", "closed: {text}"),
    "step_information_added": ("您補充了資料", "you added information"),
    "step_withdrawn": ("撤回", "withdrawn"),
    "step_reopened": ("再次處理", "taken up again"),
    "step_owner_settled": ("改由{text}承辦", "now with {text}"),
    "step_supplement_asked": ("請您補充：{text}", "we asked you for: {text}"),
    "step_extended": ("展期，原因：{text}", "extended: {text}"),
    "step_due_date_moved": ("期限調整：{text}", "date moved: {text}"),
    "step_interim_sent": ("初步回復：{text}", "interim reply: {text}"),
    "step_corrected": ("更正答復：{text}", "corrected answer: {text}"),
    "step_promise_settled": ("承諾結果：{text}", "promise: {text}"),
    "step_transferred": ("移轉{text}", "passed on to {text}"),
    "step_not_processed": ("不予處理：{text}", "not processed: {text}"),
    "step_merged": ("併案辦理", "handled with another case"),
    "step_split": ("單獨辦理", "handled by itself again"),
    "step_told_late": ("告知逾期 {text}", "told that it is late {text}"),
    "step_improvement_recorded": ("已改善：{text}", "put right: {text}"),
    "step_site_visited": ("已派員到現場查看", "somebody of the office looked at the place"),
    "promised": ("承諾 {day} 前：{text}", "promised by {day}: {text}"),
    "unknown_case": (
        "查不到您的這件案件。只能查自己的案件；別人代查請用案號加查詢碼。",
        "I find no such case of yours. Use the number with the look-up code for other cases.",
    ),
    "status_usage": (
        "請輸入「/status 案號 查詢碼」，例如：/status CL-1151126-0007 K7Q4MP",
        "Type /status NUMBER CODE, e.g. /status CL-1151126-0007 K7Q4MP",
    ),
    "wrong_code": (
        "案號或查詢碼不對。請再確認一次（連續 5 次錯誤會鎖 15 分鐘）。",
        "Number or code is wrong. After five wrong tries the number is locked for 15 minutes.",
    ),
    "lookup_locked": (
        "這個案號錯誤太多次，請 15 分鐘後再試。",
        "Too many wrong tries; please wait 15 minutes.",
    ),
    "ask_addition": (
        "請傳要補充到 {case_no} 的內容或照片。",
        "Send what you want to add to {case_no}, as text or photos.",
    ),
    "added": ("已補充到 {case_no}，承辦會看到。", "Added to {case_no}; the handler will see it."),
    "ask_withdraw": (
        "確定要撤回 {case_no} 嗎？紀錄會依規定保存。只想改內容請按【補充資料】。",
        "Withdraw {case_no}? The record is kept by law. To change something, add information.",
    ),
    "not_now": (
        "案件 {case_no} 目前的狀態不能這樣做。",
        "This is not possible in the present status of case {case_no}.",
    ),
    "fixed": (
        "太好了，謝謝您確認。這次辦理過程，您給幾分？（5 很滿意，1 很不滿意）",
        "Good to hear, thank you. How was the handling? (5 very satisfied, 1 very dissatisfied)",
    ),
    "unfixed": (
        "了解，已記下「有答復、還沒改善」，承辦會看到。辦理過程您給幾分？（5 很滿意，1 很不滿意）",
        "Noted: answered but not fixed yet; the handler will see it. How was the handling so far?",
    ),
    "ask_unhappy": (
        "對不起。請告訴我哪裡不好，會請主管重新處理。",
        "We are sorry. Tell us what was wrong; the case will be taken up again.",
    ),
    "rated": ("謝謝，已記下 {grade} 分。", "Thank you, noted: {grade}."),
    "rated_process": (
        "謝謝，辦理過程 {grade} 分，已記下。那處理的結果呢，您給幾分？（5 很滿意，1 很不滿意）",
        "Thank you, noted: {grade}. And the result itself? (5 very satisfied, 1 very dissatisfied)",
    ),
    "rated_low": (
        "已記下 {grade} 分。對不起沒有讓您滿意，會請沒有經手的主管再看一次這個案件。"
        "最主要是哪裡不好？按一個，或直接用您的話告訴我。",
        "Noted: {grade}. We are sorry; somebody who did not handle the case will look at it "
        "again. What was wrong above all? Press a button, or tell me in your own words.",
    ),
    "why_noted": (
        "謝謝您告訴我們，複查的主管會看到。",
        "Thank you; whoever looks at the case again will see it.",
    ),
    "why_unsaid": ("好的，謝謝您的評分。", "All right. Thank you for the grade."),
    "survey_offer": (
        "另外，我們正在做今年的服務滿意度問卷，大約兩分鐘，不記名。願意填嗎？",
        "We also have this year's satisfaction questionnaire: two minutes, no names. Would you "
        "fill it in?",
    ),
    "survey_begins": (
        "謝謝您願意填問卷。不記名，答案只用來統計；輸入「取消」可以停下，下次輸入「問卷」接著填。",
        "Thank you for taking part. No names are kept and answers are only counted. Type "
        '"cancel" to stop and /survey to go on later.',
    ),
    "survey_question": ("（{number}/{of}）{question}", "({number}/{of}) {question}"),
    "survey_own_words": (
        "請直接打字，或按【略過】。",
        'Just type it, or press "Skip".',
    ),
    "survey_done": (
        "問卷填完了，謝謝您。結果會用來改善服務。",
        "That is all. Thank you; the results are used to improve our service.",
    ),
    "survey_before": (
        "今年的問卷您已經填過了，謝謝您。",
        "You have filled in this year's questionnaire already. Thank you.",
    ),
    "survey_paused": (
        "先停在這裡，填過的答案幫您留著。",
        "Stopped here. What you answered is kept.",
    ),
    "survey_no_answer": (
        "這個答案收不下來：請按按鈕，自己寫的話最多 2,000 字。",
        "I cannot take this answer: press a button, or write up to 2,000 characters.",
    ),
    "no_survey": (
        "目前沒有進行中的問卷。對服務有意見，直接打字告訴我們就可以。",
        "There is no questionnaire at the moment. Just type what you think of our service.",
    ),
    "seen": ("好的，有進度會再通知您。", "All right; you will hear from us."),
    "reported_before": (
        "同一件事這幾天已經有 {count} 件反映，處理中。您要跟著追蹤，還是另外立案？",
        "This was already reported ({count} cases, being handled). Follow it, or file your own?",
    ),
    "following": (
        "已幫您追蹤，有結果會一起通知您。",
        "You follow it now and will be told the result.",
    ),
    "answered_before": (
        "這和您的案件 {case_no}（{day} 已答復）相近。{new}\n要怎麼辦？",
        "This is close to your case {case_no} (answered on {day}). {new}\nWhat shall we do?",
    ),
    "new_facts": ("這次新增：{facts}。", "New this time: {facts}."),
    "no_new_facts": (
        "內容和前案相同；同一事由已明確答復的，依規定得不再處理，但仍會登記備查。",
        "It is the same as before; what was clearly answered need not be handled again by law, "
        "but it will be on record.",
    ),
    "sent_to_review": (
        "已併入 {case_no}，請主管複查。",
        "Added to {case_no}; our head will look at it again.",
    ),
    "which_to_withdraw": ("要撤回哪一件？", "Which case shall be withdrawn?"),
    "missed": (
        "您有 {count} 則通知還沒看到。",
        "There are {count} notices you have not seen.",
    ),
    "only_own_cases": (
        "只能查您自己的案件。需要幫忙找題目或立案嗎？",
        "You can see your own cases only. Can I help you to find an answer or to file a case?",
    ),
    "pinned": ("【公告】{text}", "[Notice] {text}"),
    "slow_down": (
        "您傳得很快，訊息都有收到；問題請稍等一分鐘再問，立案、查案件不受影響。",
        "That is a lot at once. Everything was received; please wait a minute before you ask on. "
        "Filing and your cases work as always.",
    ),
    "ask_consent": (
        "案件若要移轉主管機關，您的姓名和聯絡方式要一併附上嗎？",
        "If the case is passed on, shall your name and contact go along?",
    ),
    "edited_draft": ("已照您修改的訊息更新。", "Updated as you edited."),
    "ask_edited": (
        "您改了已立案 {case_no} 的訊息。案件也要照著改嗎？原文與修改時間都會保留。",
        "You edited a message of case {case_no}. Change the case as well? Both texts are kept.",
    ),
    "edit_done": ("已改，原文仍保留。", "Changed; the first text is kept."),
    "edit_kept": ("好的，案件維持原樣。", "All right, the case stays as it was."),
    # --- odd input ------------------------------------------------------------------------
    "sticker": (
        "看到您的貼圖了。要問事情，還是反映問題？",
        "Nice sticker. A question, or a problem?",
    ),
    "edited": (
        "看到您修改了一則訊息；先前的內容已經收下。要更正的話，請把新的內容再傳一次。",
        "I saw that you edited a message; the earlier text was taken. Please send the new text.",
    ),
    "other": (
        "這種訊息我還看不懂，請用文字、照片或位置告訴我。",
        "I cannot read this kind of message; please use text, photos or a location.",
    ),
    "unknown_command": ("沒有這個指令。", "There is no such command."),
    "failed": (
        "抱歉，剛才的訊息處理失敗了，請再傳一次；同仁已收到通知。",
        "Sorry, your last message could not be handled. Please send it again; staff were told.",
    ),
    # --- buttons --------------------------------------------------------------------------
    "b_helpful": ("有幫助", "Helpful"),
    "b_unhelpful": ("沒幫助", "Not helpful"),
    "b_off_topic": ("答非所問", "Not what I asked"),
    "b_unclear": ("看不懂", "Hard to understand"),
    "b_wrong": ("資料不對", "The facts are wrong"),
    "b_not_my_case": ("沒寫到我的情況", "My situation is missing"),
    "b_rather_not": ("不用了", "Rather not"),
    "b_survey": ("填問卷", "Fill it in"),
    "b_survey_on": ("繼續填問卷", "Go on with it"),
    "b_skip": ("略過", "Skip"),
    "b_grade_1": ("1 很不滿意", "1 very dissatisfied"),
    "b_grade_2": ("2 不滿意", "2 dissatisfied"),
    "b_grade_3": ("3 普通", "3 neither"),
    "b_grade_4": ("4 滿意", "4 satisfied"),
    "b_grade_5": ("5 很滿意", "5 very satisfied"),
    "b_not_this": ("不是這個", "Not this one"),
    "b_none": ("都不是", "None of these"),
    "b_similar": ("找相近題目", "Similar topics"),
    "b_download": ("下載{name}", "Download {name}"),
    "b_staff": ("請承辦回覆", "Ask the staff"),
    "b_call_me": ("留電話", "Leave a phone number"),
    "b_call_back": ("請人回電", "Call me back"),
    "b_phone_me": ("打電話給我", "Call me"),
    "b_not_now": ("先不用", "Not now"),
    "b_pass_on": ("請本所協助轉達", "Please pass it on"),
    "b_file": ("立案", "File it"),
    "b_only_asking": ("我只是想問", "I am only asking"),
    "b_private": ("私下繼續", "Continue in private"),
    "b_ask": ("問事情", "Ask"),
    "b_report": ("反映問題", "Report a problem"),
    "b_suggest": ("提出建議", "Make a suggestion"),
    "b_misconduct": ("檢舉", "Report misconduct"),
    "b_cases": ("我的案件", "My cases"),
    "b_popular": ("常見問題", "Common questions"),
    "b_skip_place": ("與地點無關", "No place"),
    "b_add_place": ("補地點", "Add a place"),
    "b_add_files": ("補照片", "Add photos"),
    "b_enough": ("就這樣", "That is all"),
    "b_no_files": ("沒有照片", "No photos"),
    "b_files_done": ("照片傳完了", "All photos sent"),
    "b_no_name": ("不留姓名", "No name"),
    "b_chat": ("本聊天室", "This chat"),
    "b_phone": ("電話", "Phone"),
    "b_email": ("電子郵件", "E-mail"),
    "b_ordinary": ("一般", "Ordinary"),
    "b_confidential": ("請保密", "Confidential"),
    "b_submit": ("送出", "Submit"),
    "b_edit": ("再改", "Change"),
    "b_cancel": ("取消", "Cancel"),
    "b_e_content": ("內容", "Text"),
    "b_e_place": ("地點", "Place"),
    "b_e_files": ("照片", "Photos"),
    "b_e_name": ("姓名", "Name"),
    "b_e_reply_by": ("答復方式", "Answer by"),
    "b_e_confidential": ("保密", "Confidentiality"),
    "b_back": ("回上一步", "Back"),
    "b_resume": ("繼續填寫", "Go on"),
    "b_discard": ("刪除草稿", "Delete the draft"),
    "b_why": ("看怎麼算的", "How is it counted?"),
    "b_add": ("補充資料", "Add information"),
    "b_withdraw": ("撤回", "Withdraw"),
    "b_yes_withdraw": ("確定撤回", "Yes, withdraw"),
    "b_only_change": ("只想改內容", "Only change it"),
    "b_follow": ("跟著追蹤", "Follow it"),
    "b_file_own": ("我的情況不同，另外立案", "File my own"),
    "b_new_facts": ("當作新事證立案", "File as new facts"),
    "b_file_again": ("仍要立案", "File it anyway"),
    "b_review": ("請主管複查前案", "Have it reviewed"),
    "b_see_now": ("現在看", "Show me"),
    "b_with_name": ("要", "Yes"),
    "b_without_name": ("不要", "No"),
    "b_change": ("改", "Change"),
    "b_leave": ("不用", "Leave it"),
    "b_called": ("已撥", "Called"),
    "b_e_consent": ("移轉附姓名", "Name on transfer"),
    "b_road": ("路面", "Road"),
    "b_surroundings": ("環境", "Surroundings"),
    "b_attitude": ("服務態度", "Service"),
    "b_other": ("其他", "Other"),
    # --- shown values ---------------------------------------------------------------------
    "v_none": ("未提供", "not given"),
    "v_in_village": ("{place}（{village}）", "{place} ({village})"),
    "v_pin": ("位置 {latitude:.5f}, {longitude:.5f}", "location {latitude:.5f}, {longitude:.5f}"),
    "v_photo_of": ("照片反映：{topic}", "Photo of: {topic}"),
    "v_delete_me": ("請求刪除或停止利用我的個人資料", "Delete my personal data"),
    "v_my_data": ("請求查詢、閱覽我的個人資料", "Show me my personal data"),
    "v_fraud": ("疑似詐騙，提供對方資料", "Suspected fraud: what I know of the other side"),
    "v_call_me": (
        "請承辦人員回電說明（民眾希望以電話說明）",
        "Please call me back (voice message)",
    ),
}


def say(language: str, key: str, **values: Any) -> str:
    """The text of this key in the citizen's language."""
    chinese, english = TEXTS[key]
    return (english if language == "en" else chinese).format(**values)

import string

import pytest

from bot.conversation.form import BUTTONS, PHOTO_TOPICS
from bot.conversation.understanding import COMMANDS as UNDERSTOOD
from bot.conversation.wording import TEXTS, say
from bot.telegram import COMMANDS


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_name_the_same_values(key: str) -> None:
    chinese, english = TEXTS[key]
    assert fields(chinese) == fields(english)


@pytest.mark.parametrize("key", [key for key in TEXTS if key != "chinese_only"])
def test_no_text_is_missing(key: str) -> None:
    assert all(text.strip() for text in TEXTS[key])


def test_every_button_of_the_form_has_words() -> None:
    for buttons in (*BUTTONS.values(), PHOTO_TOPICS):
        for key, _verb in buttons:
            assert say("zh", key)
            assert say("en", key)


def test_every_registered_command_is_understood() -> None:
    assert {name for name, _, _ in COMMANDS} <= set(UNDERSTOOD) | {"language"}

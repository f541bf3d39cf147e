"""How characters sound, with what is confused in Taiwan folded together. Pure but for its cache.

The readings are pypinyin's: of each character its first. Reading words would be more right and
less useful: whoever typed a wrong character has broken the word.
"""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

SYLLABLES = 0xE000  # a syllable is written as one character of the private area


@dataclass(frozen=True)
class Sounds:
    """Tables for `str.translate`: a character becomes its syllable, itself one character."""

    exact: Mapping[int, str]
    heard: Mapping[int, str]

    def hear(self, text: str) -> str:
        """A plain text as it may be heard, one character a syllable."""
        return text.translate(self.heard)

    def say(self, text: str) -> str:
        """A plain text by its syllables without tones, confusions kept apart."""
        return text.translate(self.exact)


@dataclass(frozen=True)
class Confusions:
    """Which beginnings, ends and whole syllables are heard as which."""

    beginnings: Mapping[str, str]
    ends: Mapping[str, str]
    wholes: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "Confusions":
        """Read lines `zh- = z-`, `-ang = -an`, `fa = hua`; raises ValueError for any other."""
        kinds: dict[str, dict[str, str]] = {"beginnings": {}, "ends": {}, "wholes": {}}
        for line in text.splitlines():
            if rule := line.split("#")[0].strip():
                said, heard = (side.strip() for side in f"{rule}=".split("=")[:2])
                if not said.strip("-") or not heard.strip("-") or _kind(said) != _kind(heard):
                    raise ValueError(f"sounds: {line!r}: a line like 'zh- = z-'")
                kinds[_kind(said)][said.strip("-")] = heard.strip("-")
        return cls(**kinds)

    def fold(self, syllable: str) -> str:
        """The syllable as it may be heard."""
        folded = self.wholes.get(syllable, syllable)
        for said, heard in self.beginnings.items():
            if folded.startswith(said):
                folded = heard + folded[len(said) :]
                break
        for said, heard in self.ends.items():
            if folded.endswith(said):
                return folded[: -len(said)] + heard
        return folded


def load(confusions: str, cache: Path) -> Sounds:
    """The sounds of all characters; reading pypinyin's own table each time would take longer."""
    fold = Confusions.parse(confusions).fold
    readings = _readings(cache)
    exact = _numbered({syllable: syllable for syllable in readings})
    heard = _numbered({syllable: fold(syllable) for syllable in readings})
    return Sounds(_by_character(readings, exact), _by_character(readings, heard))


def _kind(said: str) -> str:
    if said.endswith("-"):
        return "beginnings"
    return "ends" if said.startswith("-") else "wholes"


def _numbered(names: Mapping[str, str]) -> dict[str, str]:
    numbers = {name: chr(SYLLABLES + n) for n, name in enumerate(sorted({*names.values()}))}
    return {syllable: numbers[name] for syllable, name in names.items()}


def _by_character(readings: Mapping[str, str], sign: Mapping[str, str]) -> dict[int, str]:
    return {ord(one): sign[syllable] for syllable, all_ in readings.items() for one in all_}


def _readings(cache: Path) -> dict[str, str]:
    """The characters of each syllable."""
    kept = cache / "syllables.json"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        partial = cache / uuid4().hex
        partial.write_text(json.dumps(_from_pypinyin(), ensure_ascii=False), encoding="utf-8")
        partial.replace(kept)  # whole or not at all, whoever else starts at the same moment
    loaded: dict[str, str] = json.loads(kept.read_text(encoding="utf-8"))
    return loaded


def _from_pypinyin() -> dict[str, str]:
    from pypinyin.constants import PINYIN_DICT

    found: dict[str, list[str]] = {}
    for code, readings in PINYIN_DICT.items():
        found.setdefault(_toneless(readings.split(",")[0]), []).append(chr(code))
    return {syllable: "".join(characters) for syllable, characters in found.items()}


def _toneless(reading: str) -> str:
    parts = unicodedata.normalize("NFD", reading)
    kept = "".join(part for part in parts if not unicodedata.combining(part) or part == "\u0308")
    return unicodedata.normalize("NFC", kept)

"""What a message is heard to be: by the phrases in it and by how it sounds as a whole. Pure.

A phrase of danger that the sentence around it contradicts (等到快死了), and a message that sounds
only faintly like danger, are heard as trouble: they are answered, with the help lines first.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from data.classifying import LONGEST_HEARD
from faq.language.agencies import Agency, AgencyList
from faq.language.cues import Cue, CueList
from faq.language.kinds import Kind, Kinds

DANGERS = (Cue.CRISIS, Cue.EMERGENCY, Cue.VIOLENCE, Cue.FRAUD)
TOLD = (Cue.COMPLAINT, Cue.SUGGESTION, Cue.PRAISE, Cue.ABUSE, Cue.SMALL_TALK)
SURE = 0.63  # that it is a danger, though no phrase says so
SURE_OF_IDIOM = 0.9  # the same, where an idiom says it means no harm
# The same, where a phrase says so: that it is any danger.
BACKED = {Cue.CRISIS: 0.5, Cue.EMERGENCY: 0.25, Cue.VIOLENCE: 0.2, Cue.FRAUD: 0.1}
FAINT = 0.05  # that it is a crisis, to show the help lines beside the answer
LIKELY = 0.5  # that it is a complaint, a suggestion …, though no phrase says so
CLEARLY_ASKING = 0.97  # then a phrase of a complaint is only an expression
SENTENCE_END = re.compile("[.?!;\u3002\uff1f\uff01\uff1b\n]+")
SHORTEST_SENTENCE = 4  # characters
MOST_SENTENCES = 12  # of each end, heard one by one


@dataclass(frozen=True)
class Heard:
    """The cues of a message, how probably it is of each kind, and whose matter it is."""

    cues: frozenset[Cue] = frozenset()
    kinds: Mapping[Kind, float] = field(default_factory=dict)
    agency: Agency | None = None  # whose matter it seems to be, if not the office's
    said: frozenset[Cue] = frozenset()  # the cues of phrases, whatever the weights make of them


def hear(text: str, phrases: CueList, kinds: Kinds, agencies: AgencyList) -> Heard:
    """What a message is heard to be; where no weights are known, the phrases alone say it."""
    found = phrases.find(text)
    told = kinds.tell(text, found)
    agency = agencies.find(text[:LONGEST_HEARD])
    if not told:
        return Heard(frozenset(found) - {Cue.HARMLESS}, told, agency, frozenset(found))
    cues = {cue for cue in found if cue not in {*DANGERS, *TOLD, Cue.HARMLESS}}
    cues |= {cue for cue in TOLD if _is_told(told, cue, spoken=cue in found)}
    cues |= _dangers(found, told)
    for sentence in _sentences(text):
        within = phrases.find(sentence)
        cues |= _dangers(within, kinds.tell(sentence, within))
    if found & {*DANGERS} - cues:
        cues.add(Cue.TROUBLED)
    return Heard(frozenset(cues), told, agency, frozenset(found))


def _dangers(found: set[Cue], told: Mapping[Kind, float]) -> set[Cue]:
    """The dangers of a message or sentence that are sure, or said and not contradicted."""
    danger = sum(told[Kind(cue)] for cue in DANGERS)
    sure = SURE_OF_IDIOM if Cue.HARMLESS in found else SURE
    cues = {
        cue
        for cue in DANGERS
        if told[Kind(cue)] >= sure or (cue in found and danger >= BACKED[cue])
    }
    if told[Kind.CRISIS] >= FAINT:
        cues.add(Cue.TROUBLED)
    return cues


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a message of several, at both ends of a long one."""
    found = [one for one in SENTENCE_END.split(text) if len(one) >= SHORTEST_SENTENCE]
    if len(found) > 1:
        yield from found[:MOST_SENTENCES]
        yield from found[MOST_SENTENCES:][-MOST_SENTENCES:]


def _is_told(told: Mapping[Kind, float], cue: Cue, *, spoken: bool) -> bool:
    if spoken:
        return told[Kind.QUESTION] < CLEARLY_ASKING
    return told[Kind(cue)] >= LIKELY

"""Whose matter a message is, when it is another agency's. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import yaml

from data import yaml_text
from data.collation import fold
from faq.language.plain import CLAUSE_END


@dataclass(frozen=True)
class Agency:
    """Another agency, whom to turn to in one sentence, and its phone where it is certain."""

    name: str
    advice: str
    phone: str = ""


@dataclass(frozen=True)
class AgencyList:
    """Pieces of citizens' sentences and the agency whose matter they tell."""

    matters: Mapping[str, Agency]

    @classmethod
    def parse(cls, text: str) -> "AgencyList":
        """Read a YAML list of `agency`, `matters`, `advice` and perhaps `phone`.

        Raises ValueError naming the row that is none.
        """
        matters: dict[str, Agency] = {}
        try:
            rows = yaml_text.load(text) or []
        except yaml.YAMLError as error:
            raise ValueError(f"agencies: {error}") from error
        for number, row in enumerate(rows, start=1):
            try:
                agency = Agency(str(row["agency"]), str(row["advice"]), str(row.get("phone", "")))
                for matter in row["matters"]:
                    matters.setdefault(fold(str(matter)), agency)
            except (KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"agencies: row {number}: {error}") from error
        return cls({matter: agency for matter, agency in matters.items() if matter})

    def find(self, text: str) -> Agency | None:
        """The agency whose longest matter stands inside one clause of the text."""
        clauses = [fold(clause) for clause in CLAUSE_END.split(text)]
        for length in self._lengths:
            for clause in clauses:
                for place in range(len(clause) - length + 1):
                    if agency := self.matters.get(clause[place : place + length]):
                        return agency
        return None

    @cached_property
    def _lengths(self) -> list[int]:
        return sorted({len(matter) for matter in self.matters}, reverse=True)

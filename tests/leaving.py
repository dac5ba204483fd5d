"""An ICB in small whose answers are put in as numbers, released week by week, and what has left it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Engine, text

from survey.catalogue.catalogue import Catalogue
from survey.domain.blocks import block_of
from survey.domain.calendar import Span, Week
from survey.domain.organisation import Organisation, Service
from survey.services.release import release
from survey.services.releasing.done import Done
from survey.storage import counts, directory
from survey.storage.database import transaction
from tests.town import PATHWAY, catalogue_of

START = block_of(Week(2025, 10)).first  # the first week of a block
OPTIONS = ("good", "neither", "poor")
Counts = tuple[int, int, int]  # favourable, neither, unfavourable


@dataclass(frozen=True)
class Tree:
    """Services by site, sites by provider, and the place of each service; all of one ICB."""

    sites: Mapping[str, Sequence[str]]  # site → services
    providers: Mapping[str, Sequence[str]]  # provider → sites
    places: Mapping[str, Sequence[str]]  # place → services

    @property
    def services(self) -> list[str]:
        return [one for mine in self.sites.values() for one in mine]

    def organisations(self) -> list[Organisation]:
        """All of it, parents before children."""
        return [
            Organisation("QTT", "Test ICB", "icb"),
            *(Organisation(place, place, "place", parent="QTT") for place in self.places),
            *(Organisation(one, one, "provider") for one in self.providers),
            *(
                Organisation(site, site, "site", parent=provider)
                for provider, mine in self.providers.items()
                for site in mine
            ),
        ]

    def nodes(self) -> dict[str, list[str]]:
        """The services of every node."""
        by_provider = {
            provider: [one for site in mine for one in self.sites[site]]
            for provider, mine in self.providers.items()
        }
        own = {one: [one] for one in self.services}
        return {**own, **self.sites, **by_provider, **self.places, "QTT": self.services}  # type: ignore[dict-item]


ONE_SITE = Tree({"T1": ["A", "B", "C"]}, {"T": ["T1"]}, {"P": ["A", "B", "C"]})


@dataclass
class House:
    """An installation whose counts are put in by hand."""

    engine: Engine
    catalogue: Catalogue = field(default_factory=lambda: catalogue_of(v1=date(2020, 12, 28)))

    def build(self, tree: Tree, *, backwards: bool = False) -> House:
        """Write organisations and services, in another order where asked."""
        place_of = {one: place for place, mine in tree.places.items() for one in mine}
        found = [(one, site, place_of[one]) for site, mine in tree.sites.items() for one in mine]
        known = tree.organisations()
        if backwards:
            found.reverse()
            known.sort(key=lambda one: (one.parent is not None, [-ord(letter) for letter in one.code]))
        with transaction(self.engine) as session:
            directory.keep_organisations(session, known)
        for one, site, place in found:
            self.serve(one, site, place)
        return self

    def serve(self, service: str, site: str, place: str = "P") -> None:
        """Open a service, or move it."""
        with transaction(self.engine) as session:
            directory.keep_service(session, Service(service, service, PATHWAY, site, place))

    def organise(self, *found: Organisation) -> None:
        with transaction(self.engine) as session:
            directory.keep_organisations(session, found)

    def answer(self, span: Week | Span, answers: Mapping[str, Counts]) -> None:
        """Add answers; with negative numbers take them back."""
        by_option = {one: dict(zip(OPTIONS, three, strict=True)) for one, three in answers.items()}
        self.answer_by_option(span, by_option)

    def answer_by_option(
        self,
        span: Week | Span,
        answers: Mapping[str, Mapping[str, int]],
        *,
        question: str = "fft",
        version: int = 1,
    ) -> None:
        """Add answers to a question, by option, of each service; with negative numbers take them back."""
        rows: list[dict[str, Any]] = [
            {
                "service": service,
                "questionnaire": f"{PATHWAY}/v{version}",
                "span": str(span),
                "question": question,
                "option": option,
                "n": n,
            }
            for service, options in answers.items()
            for option, n in options.items()
            if n
        ]
        with transaction(self.engine) as session:
            counts.add_counts(session, rows)

    def release(self, week: Week) -> Done:
        return release(self.engine, self.catalogue, week)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def ledger(self, form: str = "staff") -> list[tuple[Any, ...]]:
        """Every entry in order, as it was chained."""
        wanted = "number, kind, node, icb, span, favourable, neither, unfavourable, n, few, all_but_few"
        return self.rows(f"SELECT {wanted} FROM ledger WHERE form = '{form}' ORDER BY number")

    def told(self, node: str, form: str = "staff") -> dict[str, int]:
        """What has been told of a node: n by span."""
        found = self.rows(
            "SELECT span, n FROM ledger WHERE kind = 'figure'"
            f" AND node = '{node}' AND form = '{form}' ORDER BY span"
        )
        assert len(dict(found)) == len(found), f"{node} tells a span twice"
        return dict(found)

"""An ICB whose answers are put in as numbers: providers, places, services of many pathways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.house import ICB, House
from survey.catalogue.catalogue import Catalogue
from survey.domain.blocks import block_of
from survey.domain.calendar import Span, Week
from survey.domain.organisation import Organisation, Service
from survey.storage import counts, directory
from survey.storage.database import transaction, upgrade

PROVIDERS, PLACES = 12, 6
FIRST = block_of(Week(2024, 20)).first
ANSWERED = 0.96  # of a response's questions
SHARES = (0.6, 0.22, 0.06, 0.05, 0.04, 0.03)  # of the options of the Friends and Family Test, in their order
Volumes = Mapping[str, float]  # service → mean responses a week


@dataclass(frozen=True, slots=True)
class Region:
    """A migrated SQLite database of an ICB, and questionnaires with so many rated questions each."""

    house: House
    questions: int

    @classmethod
    def at(cls, folder: Path, *, pathways: int, questions: int) -> Region:
        """The region in `folder`, which may be built already."""
        built = House.at(folder)
        return cls(replace(built, catalogue=_catalogue(built.catalogue, pathways, questions)), questions)

    def settle(self, pathway: int, sites: int) -> list[str]:
        """One service of the pathway at each site; their codes."""
        made = [_service(pathway, site, sites) for site in range(sites)]
        with transaction(self.house.engine) as session:
            directory.keep_organisations(session, _organisations())
            for one in made:
                directory.keep_service(session, one)
        return [one.code for one in made]

    def answer(self, week: Week, pathway: int, volumes: Volumes, random: np.random.Generator) -> None:
        """Count one week's answers: Poisson responses, most of which answer each question."""
        version = f"{name(pathway)}/v1"
        asked = self.house.catalogue.get(version).questions
        rows = []
        for service, volume in volumes.items():
            responses = random.poisson(volume)
            for question in asked:
                chosen = random.multinomial(random.binomial(responses, ANSWERED), SHARES)
                rows += [
                    {
                        "service": service,
                        "questionnaire": version,
                        "span": str(Span.of(week)),
                        "question": question.code,
                        "option": option.code,
                        "n": int(n),
                    }
                    for option, n in zip(question.options, chosen, strict=True)
                    if n
                ]
        with transaction(self.house.engine) as session:
            counts.add_counts(session, rows)


@contextmanager
def region(*, pathways: int, questions: int) -> Iterator[Region]:
    """An ICB without any service, in a folder for temporary files."""
    with TemporaryDirectory(prefix="heard-benchmark-") as made:
        built = Region.at(Path(made), pathways=pathways, questions=questions)
        upgrade(built.house.engine)
        try:
            yield built
        finally:
            built.house.engine.dispose()


def name(pathway: int) -> str:
    return f"pathway-{pathway:02d}"


def prefix(pathway: int) -> str:
    """What the codes of a pathway's services begin with, and no other."""
    return f"S{pathway:02d}-"


def unequal(services: Sequence[str], mean: float, random: np.random.Generator) -> dict[str, float]:
    """Moderately unequal volumes: from six tenths to fourteen tenths of the mean."""
    drawn = random.uniform(0.6, 1.4, len(services))
    return dict(zip(services, mean * drawn / drawn.mean(), strict=True))


def skewed(services: Sequence[str], mean: float, random: np.random.Generator) -> dict[str, float]:
    """Log-normal volumes, a few of them large and many small: the median is six tenths of the mean."""
    drawn = random.lognormal(0, 1, len(services))
    return dict(zip(services, mean * drawn / drawn.mean(), strict=True))


def level(services: Sequence[str], mean: float, _random: np.random.Generator) -> dict[str, float]:
    """The same volume for each."""
    return dict.fromkeys(services, mean)


def _organisations() -> list[Organisation]:
    return [
        Organisation(ICB, "Benchmark ICB", "icb"),
        *(Organisation(f"L{one}", f"Place {one}", "place", parent=ICB) for one in range(PLACES)),
        *(Organisation(f"P{one:02d}", f"Provider {one}", "provider") for one in range(PROVIDERS)),
    ]


def _service(pathway: int, site: int, sites: int) -> Service:
    """Two providers to a place; the last site of each lies in the next place."""
    provider, at = divmod(site * PROVIDERS, sites)[0], site % (sites // PROVIDERS)
    place = provider * PLACES // PROVIDERS + (at == sites // PROVIDERS - 1)
    code = f"{prefix(pathway)}{site:02d}"
    return Service(code, code, name(pathway), f"P{provider:02d}", f"L{place % PLACES}")


def _catalogue(shipped: Catalogue, pathways: int, questions: int) -> Catalogue:
    entry = next(iter(shipped.entries.values()))
    lead = entry.questionnaire.question(entry.questionnaire.lead.question)
    codes = [f"question-{one}" for one in range(questions)]
    asked = tuple(replace(lead, code=code) for code in codes)
    told = tuple(
        replace(entry.questionnaire.lead, code=code, question=code, series=f"{code}/1") for code in codes
    )
    made = [
        replace(entry.questionnaire, pathway=name(one), version=1, questions=asked, indicators=told)
        for one in range(pathways)
    ]
    return Catalogue({one.key: replace(entry, questionnaire=one) for one in made})

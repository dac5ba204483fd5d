"""Days of bulk entry: named in the mapping, or found by their share of a service's responses."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from survey.services.importing.joining import Joined
from survey.services.importing.mapping import Mapping
from survey.services.importing.report import Bulk

# Over a quarter or more, a day's fair share is at most about 1 in 90; a tenth is far from that, and twenty
# responses are too many to be there by chance.
SHARE = 0.10
FEWEST = 20
LONG_ENOUGH = timedelta(weeks=13)
FOUND = "Unusually many responses dated on one day"


def bulk_days(stored: Iterable[Joined], mapping: Mapping) -> tuple[Bulk, ...]:
    """Every day to be marked, by service and day."""
    days: dict[str, Counter[date]] = defaultdict(Counter)
    for one in stored:
        days[one.service][one.day] += 1
    return tuple(bulk for service, counts in sorted(days.items()) for bulk in _of(service, counts, mapping))


def _of(service: str, counts: Counter[date], mapping: Mapping) -> Iterator[Bulk]:
    everything = counts.total()
    is_long = max(counts) - min(counts) >= LONG_ENOUGH
    for day, n in sorted(counts.items()):
        if day in mapping.batches:
            yield Bulk(service, day, n, mapping.batches[day], named=True)
        elif is_long and n >= FEWEST and n >= SHARE * everything:
            yield Bulk(service, day, n, FOUND, named=False)

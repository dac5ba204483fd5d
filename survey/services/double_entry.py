"""Double entry: some forms are keyed twice, and only how often the two entries differed is kept.

The first entry travels in the page that asks for the second, signed for that form: nothing of it is stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from survey.domain.calendar import Week, this_week
from survey.domain.errors import LinkEnded
from survey.privacy import tickets
from survey.services.respond import Desk
from survey.storage import keyed
from survey.storage.database import transaction

Entry = Sequence[tuple[str, str]]  # a field and what was sent in it, as the form has it


def is_drawn(desk: Desk, form_token: str, one_in: int) -> bool:
    """Whether this form is keyed twice: by lot, and the same however often it is sent."""
    return bool(one_in) and tickets.lot(desk.keys.server_key, form_token) % one_in == 0


def carried(desk: Desk, form_token: str, entry: Entry, *, which: str) -> str:
    """An entry as the page carries it."""
    text = json.dumps([list(pair) for pair in entry], ensure_ascii=False)
    return f"{tickets.entry_signature(desk.keys.server_key, form_token, which + text)}.{text}"


def brought_back(desk: Desk, form_token: str, text: str, *, which: str) -> Entry:
    """The entry that a page carried; LinkEnded where it is not what we signed for this form."""
    signature, _, body = text.partition(".")
    if not tickets.is_entry(desk.keys.server_key, form_token, which + body, signature):
        raise LinkEnded("an entry was changed on its way, or belongs to another form; key the form again")
    return [(name, value) for name, value in json.loads(body)]


def note_differences(
    desk: Desk, service_code: str, differs: Mapping[str, bool], *, week: Week | None = None
) -> None:
    """Count a form that was keyed twice: of each question, whether its answers differed.

    Every question, asked or not: that one was would say something of the form.
    """
    with transaction(desk.engine) as session:
        for question, differing in differs.items():
            keyed.note(session, service_code, week or this_week(), question, differs=differing)

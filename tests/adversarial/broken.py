"""Layers of the anonymity switched off, one at a time: what a thief that is worth his name must then find."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, text

from survey.config import Settings
from survey.domain.response import Response
from survey.privacy import sealing
from survey.services import count, destroy, pools, respond, subgroups, tally
from survey.services.proving import prove
from survey.services.proving.scratch import Scratch, scratch
from survey.storage import comments, counts, responses
from survey.storage.hatch import Box
from survey.storage.tables import ResponseRow

Break = Callable[[pytest.MonkeyPatch], None]


def no_padding(patch: pytest.MonkeyPatch) -> None:
    """Sealed rows are as long as what was written."""
    patch.setattr(sealing, "pad", lambda plain: len(plain).to_bytes(4, "big") + plain)


def no_shuffle(patch: pytest.MonkeyPatch) -> None:
    """Responses are kept in the order in which they lie in their box."""
    in_order = SimpleNamespace(sample=lambda population, _k: list(population))
    patch.setattr(
        responses, "secrets", SimpleNamespace(token_hex=secrets.token_hex, SystemRandom=lambda: in_order)
    )


def key_kept(patch: pytest.MonkeyPatch) -> None:
    """No box's key is ever destroyed."""
    patch.setattr(destroy, "destroy_box_key", lambda *_, **__: None)


def k_of_one(patch: pytest.MonkeyPatch) -> None:
    """A box is counted however few lie in it."""
    _k_of(1, patch)


def k_of_eight(patch: pytest.MonkeyPatch) -> None:
    """A box is counted with eight in it."""
    _k_of(8, patch)


def _k_of(few: int, patch: pytest.MonkeyPatch) -> None:
    for module in (tally, pools, count):
        if hasattr(module, "SMALLEST"):
            patch.setattr(module, "SMALLEST", few)


def serial_ids(patch: pytest.MonkeyPatch) -> None:
    """A response is kept under the number that it got when it arrived."""
    numbers: dict[str, list[str]] = defaultdict(list)
    running = iter(range(1, 100_000))

    def arrive(answers: Mapping[str, str], **_: Any) -> None:
        numbers[_key(answers)].append(f"{next(running):032x}")

    _on_put(patch, arrive)
    patch.setattr(responses, "keep", _keep_under(numbers))


def write_through(patch: pytest.MonkeyPatch) -> None:
    """A response is written plainly in the transaction that spends its ticket."""

    def arrive(answers: Mapping[str, str], *, session: Any, box: Box, **_: Any) -> None:
        _write(session, secrets.token_hex(16), answers, _where(box))

    _on_put(patch, arrive)
    patch.setattr(responses, "keep", lambda *_, **__: None)
    _grant(patch, "GRANT INSERT ON response TO heard_patient")


def counted_at_once(patch: pytest.MonkeyPatch) -> None:
    """An answer moves the counts when it is given."""

    def arrive(answers: Mapping[str, str], *, session: Any, box: Box, **_: Any) -> None:
        counts.add(session, chosen=answers.items(), **_where(box))

    _on_put(patch, arrive)


def answers_logged(patch: pytest.MonkeyPatch) -> None:
    """Some library writes what it is handed into its log."""
    sealed = respond.seal

    def seal_and_tell(plain: bytes, **known: Any) -> bytes:
        logging.getLogger("a.library").debug("sealing %s", plain.decode())
        return sealed(plain, **known)

    patch.setattr(respond, "seal", seal_and_tell)


def ids_of_tickets(patch: pytest.MonkeyPatch) -> None:
    """A response is kept under the hash of its sealed row's id."""
    ids: dict[str, list[str]] = defaultdict(list)

    def arrive(answers: Mapping[str, str], *, row_id: bytes, **_: Any) -> None:
        ids[_key(answers)].append(hashlib.sha256(row_id).hexdigest()[:32])

    _on_put(patch, arrive)
    patch.setattr(responses, "keep", _keep_under(ids))


def trail_kept(patch: pytest.MonkeyPatch) -> None:
    """The count leaves a table of its own that says which sealed row said what."""
    said: dict[bytes, str] = {}

    def arrive(answers: Mapping[str, str], *, row_id: bytes, **_: Any) -> None:
        said[row_id] = json.dumps(dict(answers))

    keep = responses.keep

    def keep_and_trail(session: Any, **known: Any) -> None:
        keep(session, **known)
        session.execute(text("CREATE TABLE IF NOT EXISTS trail (id BLOB, said TEXT)"))
        for row_id, answers in said.items():
            row = {"id": row_id, "said": answers}
            session.execute(text("INSERT INTO trail VALUES (:id, :said)"), row)
        said.clear()

    _on_put(patch, arrive)
    patch.setattr(responses, "keep", keep_and_trail)


def quarter_keys_kept(patch: pytest.MonkeyPatch) -> None:
    """The keys of quarters that have ended stay."""
    patch.setattr(subgroups, "destroy_quarter_key", lambda *_, **__: None)


def about_you_at_once(patch: pytest.MonkeyPatch) -> None:
    """About-you counts are written with their box."""

    def at_once(
        session: Any, opened: Any, *, quarter: str, service: Any, questionnaire: Any, **_: Any
    ) -> None:
        counted = subgroups._counted(opened, questionnaire)
        counts.add_subgroups(session, quarter=quarter, icb="QTT", pathway=service.pathway, counted=counted)

    patch.setattr(tally, "hold", at_once)


def comments_at_once(patch: pytest.MonkeyPatch) -> None:
    """Comments are written with their box, and say how each felt."""

    def at_once(session: Any, opened: Any, *, service: Any, questionnaire: Any, span: Any, **_: Any) -> None:
        written = [
            (questionnaire.sentiment(response.answers), words)
            for response in opened
            for words in response.comments.values()
        ]
        where = {"icb": "QTT", "pathway": service.pathway, "span": span, "written": span.last}
        comments.keep(session, **where, people=len(opened), comments=written)

    patch.setattr(tally, "hold_comments", at_once)


def comments_in_order(patch: pytest.MonkeyPatch) -> None:
    """Neither responses nor comments are shuffled."""
    comments_at_once(patch)
    no_shuffle(patch)
    patch.setattr(comments, "secrets", responses.secrets)


def _on_put(patch: pytest.MonkeyPatch, arrive: Callable[..., None]) -> None:
    # `arrive` is told the answers with what `put` is called with, in its transaction.
    last: list[Mapping[str, str]] = [{}]
    seal, put = respond.seal, respond.hatch.put

    def seal_and_note(plain: bytes, **known: Any) -> bytes:
        last[0] = Response.decode(plain).answers
        return seal(plain, **known)

    def put_and_tell(session: Any, **known: Any) -> Any:
        arrive(last[0], session=session, **known)
        return put(session, **known)

    patch.setattr(respond, "seal", seal_and_note)
    patch.setattr(respond.hatch, "put", put_and_tell)


def _keep_under(ids: Mapping[str, list[str]]) -> Callable[..., None]:
    def keep(session: Any, *, answers: Any, **known: Any) -> None:
        for one in secrets.SystemRandom().sample(answers, len(answers)):
            _write(session, ids[_key(one)].pop(0), one, known)

    return keep


def _where(box: Box) -> dict[str, Any]:
    return {"service": box.service, "questionnaire": box.questionnaire, "span": box.week}


def _write(session: Any, row_id: str, answers: Mapping[str, str], known: Mapping[str, Any]) -> None:
    row = {"id": row_id, "answers": dict(answers), "batch": None, **known, "span": str(known["span"])}
    session.execute(insert(ResponseRow).values(row))


def _key(answers: Mapping[str, str]) -> str:
    return repr(sorted(answers.items()))


def _grant(patch: pytest.MonkeyPatch, *grants: str) -> None:
    @contextmanager
    def generous(settings: Settings) -> Iterator[Scratch]:
        with scratch(settings) as mine:
            if mine.owner.dialect.name == "postgresql":
                with mine.owner.begin() as connection:
                    for grant in grants:
                        connection.execute(text(grant))
            yield mine

    patch.setattr(prove, "scratch", generous)

"""What a proof says: on one page of PDF, as JSON, in a terminal; and that both files come or none."""

from __future__ import annotations

import errno
import json
import os
import re
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from click.testing import CliRunner, Result
from pikepdf import Pdf
from sqlalchemy import Engine

from survey.cli import prove as command
from survey.config import Settings
from survey.domain.errors import Misconfigured
from survey.domain.proof import Proof
from survey.presenters import proof_record, proof_words
from survey.presenters.figures import SPACE
from survey.presenters.proof_paper import content, paper
from survey.services import proof_report
from tests import proofs
from tests.unit.test_pack_paper import tagged

NAME = "Riverside NHS"


@pytest.fixture(scope="module", params=list(proofs.ALL))
def made(request: pytest.FixtureRequest) -> tuple[Proof, Pdf]:
    proof = proofs.ALL[request.param]()
    return proof, pikepdf.open(BytesIO(paper(proof, installation=NAME)))


def page(proof: Proof, *, rows: int = 14, items: int = 8) -> dict[str, Any]:
    return content(proof, installation=NAME, rows=rows, items=items)


def test_it_is_one_page_of_a4_whatever_was_found(made: tuple[Proof, Pdf]) -> None:
    _, pdf = made
    assert len(pdf.pages) == 1
    assert [float(side) for side in pdf.pages[0].MediaBox[2:]] == pytest.approx([595.28, 841.89], abs=0.1)


def test_it_is_tagged_titled_and_in_british_english(made: tuple[Proof, Pdf]) -> None:
    proof, pdf = made
    with pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert str(metadata["dc:title"]).startswith(proof_words.title(proof))
    assert str(pdf.Root.Lang) == "en-GB"
    assert len(tagged(pdf, "H1")) == 1
    assert len(tagged(pdf, "H2")) == 5
    assert len(tagged(pdf, "TH")) == 6


def test_each_attack_is_a_row_and_each_naive_design_below(made: tuple[Proof, Pdf]) -> None:
    proof, pdf = made
    fewest = min(5, len(proof_words.ordered(proof))) + len(proof.naive) + 1
    assert len(tagged(pdf, "TR")) >= fewest


def test_titles_tell_the_four_verdicts_apart_and_take_one_line() -> None:
    said = {name: proof_words.title(proofs.ALL[name]()) for name in ("holds", "lost", "unsafe", "weak")}
    assert len(set(said.values())) == 4
    assert said["holds"].startswith("The promise holds")
    assert said["lost"].startswith("The promise does not hold")
    assert max(map(len, said.values())) < 52


def test_the_verdict_of_a_lost_promise_names_the_attack_that_won_and_what_guessing_names() -> None:
    said = proof_words.verdict(proofs.lost()).replace(SPACE, " ")
    assert "‘sealed rows opened with keys that are left’" in said
    assert "98 % of 520 made-up patients; guessing names 9 %" in said
    assert "One more won" in said


def test_the_verdict_names_what_is_bad_in_the_set_up_and_a_test_that_failed() -> None:
    assert "Files of the database" in proof_words.verdict(proofs.unsafe())
    assert "only 60 %" in proof_words.verdict(proofs.weak())


def test_an_attack_that_was_above_its_bar_once_is_said_to_have_been_lucky() -> None:
    proof = proofs.lucky()
    assert proof.holds
    assert (
        "Only ‘order of lucky numbers’ named more than luck does, and not when tried again"
        in proof_words.verdict(proof)
    )
    assert "not again" in proof_words.figures(proof)[0].says


def test_the_figures_are_the_best_attack_guessing_and_the_naive_design() -> None:
    assert [one.large for one in proof_words.figures(proofs.holds())] == [
        "12.3\u00a0%",
        "9.0\u00a0%",
        "100.0\u00a0%",
    ]
    assert [one.bad for one in proof_words.figures(proofs.lost())] == [True, False, False]


def test_an_attack_is_judged_by_how_far_it_beats_guessing_in_its_own_place() -> None:
    easy = replace(proofs.attempt("easily guessed", 200), chance=0.4)
    proof = replace(proofs.holds(), attempts=(*proofs.holds().attempts, easy))
    best = proof_words.best(proof)
    assert best is not None
    assert best.attack == "order of rows by the transaction that wrote them"


def test_winners_come_first_and_what_is_left_out_is_counted() -> None:
    table = page(proofs.lost(), rows=5)
    assert [row["outcome"] for row in table["rows"]] == ["broken", "broken", "held", "held"]
    assert table["rest"].startswith("and 6 more, none of which")
    assert page(proofs.lost(), rows=2)["rest"] == "and 9 more, 1 of which name people"
    assert len(page(proofs.holds())["rows"]) == 10
    assert page(proofs.holds())["rest"] == ""


def test_a_proof_without_any_attack_or_finding_is_still_a_page() -> None:
    bare = replace(proofs.weak(), attempts=(), naive=(), configuration=())
    assert len(pikepdf.open(BytesIO(paper(bare, installation=NAME))).pages) == 1


def test_the_bad_comes_before_warnings_and_good_things_are_counted_only() -> None:
    made = page(proofs.lost())
    assert [one["bad"] for one in made["mend"]] == [True, False, False]
    assert made["summed_up"] == "21 good, 2 to improve, 1 bad"


def test_what_was_not_examined_says_why() -> None:
    unseen = page(proofs.holds())["unseen"]
    assert unseen[0]["what"] == "Order of rows in the write-ahead log"
    assert unseen[0]["why"].startswith("this server hides its log")


def test_the_promise_and_its_limits_stand_on_the_page() -> None:
    made = page(proofs.holds())
    assert "better than guessing among the responses" in made["promise"]
    for limit in ("at the moment of sending", "still open", "with answers of their own", "national return"):
        assert any(limit in line for line in made["not_covered"])


def test_a_name_is_text_and_never_instructions() -> None:
    sly = '#panic("no") $x$ *bold* `raw` @ref <tag> \\ //'
    assert paper(proofs.holds(), installation=sly).startswith(b"%PDF")


def test_the_json_holds_every_attempt_and_finding_under_documented_keys() -> None:
    for made in proofs.ALL.values():
        proof = made()
        kept = json.loads(proof_record.record(proof, installation=NAME))
        assert kept["format"] == "heard-proof/1"
        assert kept["holds"] is proof.holds
        assert len(kept["attempts"]) == len(proof.attempts)
        assert kept["configuration"] == [asdict(one) for one in proof.configuration]
        assert kept["attempts"][0]["interval"] == [proof.attempts[0].low, proof.attempts[0].high]


def test_every_key_of_the_json_is_in_the_operators_page() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "proving.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", manual))
    kept = proof_record.content(proofs.lost(), installation=NAME)
    inner = {key for name in ("attempts", "naive", "configuration") for key in kept[name][0]}
    assert set(kept) | inner <= named


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite: Engine) -> Any:
    """`heard prove` with a proof that was made before."""
    folder = tmp_path / "x"
    settings = Settings(str(sqlite.url), folder, data_dir=folder, backup_dir=folder, brand_name=NAME)
    monkeypatch.setattr(command.state, "settings", lambda: settings)
    monkeypatch.setattr(command.proving, "work", lambda **_: 100)

    def run(proof: Proof, *words: str) -> Result:
        def proved(_settings: Settings, *, quick: bool, advance: Any) -> Proof:
            advance(150)  # more than was foreseen
            return proof

        monkeypatch.setattr(command.proving, "prove", proved)
        return CliRunner().invoke(command.prove, words)

    return run


@pytest.mark.parametrize(
    ("name", "status"), [("holds", 0), ("lucky", 0), ("lost", 1), ("unsafe", 1), ("weak", 1)]
)
def test_the_exit_status_says_whether_it_holds_and_both_files_lie_there(
    keyboard: Any, tmp_path: Path, *, name: str, status: int
) -> None:
    result = keyboard(proofs.ALL[name](), "--out", str(tmp_path / "new"))
    assert result.exit_code == status, result.output
    assert result.stdout.splitlines()[0] == proof_words.title(proofs.ALL[name]())
    printed, kept = (Path(line) for line in result.stdout.splitlines()[-2:])
    assert (printed.name, kept.name) == ("heard-proof-2026-11-22.pdf", "heard-proof-2026-11-22.json")
    assert printed.read_bytes().startswith(b"%PDF")
    assert json.loads(kept.read_text(encoding="utf-8"))["installation"] == NAME
    assert "105 %" not in result.stderr


def test_the_terminal_names_the_attack_that_won_first(keyboard: Any, tmp_path: Path) -> None:
    lines = keyboard(proofs.lost(), "--out", str(tmp_path)).stdout.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("  attack "))
    assert lines[at + 1].startswith("  sealed rows opened with keys that are left")
    assert lines[at + 1].endswith("broken")
    assert any(line.startswith("  bad      Files of the database") for line in lines)


def test_json_alone_goes_to_standard_output(keyboard: Any, tmp_path: Path) -> None:
    result = keyboard(proofs.lost(), "--json", "--out", str(tmp_path))
    assert result.exit_code == 1
    assert json.loads(result.stdout)["holds"] is False


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_proved(
    keyboard: Any, tmp_path: Path
) -> None:
    (tmp_path / "in the way").write_text("")
    result = keyboard(proofs.holds(), "--out", str(tmp_path / "in the way" / "out"))
    assert isinstance(result.exception, Misconfigured)
    assert "--out" in str(result.exception)
    assert result.stderr == ""


def test_looking_for_room_makes_no_folder(tmp_path: Path) -> None:
    proof_report.require_room(tmp_path / "new" / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ends", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_full_disk_and_ctrl_c_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: BaseException
) -> None:
    def full(_file: int) -> None:
        raise ends

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises((Misconfigured, KeyboardInterrupt)):
        proof_report.write(proofs.holds(), out=tmp_path, installation=NAME)
    assert list(tmp_path.iterdir()) == []

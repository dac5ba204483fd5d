"""The catalogue: which version is in force, what publishing fixes, and folders side by side."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from survey.catalogue.catalogue import Catalogue, read_file
from survey.catalogue.published import Publication, record
from survey.catalogue.publishing import publish
from survey.domain.calendar import Week
from survey.domain.errors import BadInput, Misconfigured, NotFound, Refused
from survey.resources import folder

SHIPPED = folder("questionnaires")
SOUND = Path(__file__).parent / "sound"
NOW = Week.parse("2026-W47")
FIRST, SECOND = date(2026, 11, 23), date(2026, 12, 7)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """An installation's own folder with one draft, clinic/v1."""
    shutil.copytree(SOUND, tmp_path / "own")
    return tmp_path / "own"


def load(own: Path, week: Week = NOW) -> Catalogue:
    return Catalogue.load([SHIPPED, own], week=week)


def add_version(own: Path, number: int) -> None:
    text = (own / "clinic" / "v1.yaml").read_text()
    (own / "clinic" / f"v{number}.yaml").write_text(text.replace("version: 1", f"version: {number}"))


def problems(own: Path) -> list[str]:
    with pytest.raises(BadInput) as raised:
        load(own)
    return [str(problem) for problem in raised.value.problems]


def test_an_own_folder_is_read_beside_the_shipped_one_and_uses_its_blocks(own: Path) -> None:
    clinic = load(own).get("clinic/v1")
    assert clinic.question("fft").text == "Overall, how was your experience of our service?"
    assert clinic.state == "draft"
    assert clinic.lead.code == "fft_positive"


def test_a_draft_is_in_force_in_no_week(own: Path) -> None:
    with pytest.raises(NotFound, match="no questionnaire of the pathway 'clinic' is in force in 2026-W47"):
        load(own).current("clinic", NOW)
    assert "clinic" not in load(own).pathways()


def test_a_version_is_in_force_from_its_monday_until_the_next_ones(own: Path) -> None:
    add_version(own, 2)
    publish(load(own), "clinic/v1", since=FIRST, now=NOW)
    publish(load(own), "clinic/v2", since=SECOND, now=NOW)
    in_force = [load(own).current("clinic", Week.of(FIRST) + weeks).version for weeks in range(4)]
    assert in_force == [1, 1, 2, 2]
    with pytest.raises(NotFound):
        load(own).current("clinic", NOW)


def test_a_version_is_retired_from_the_monday_in_its_line(own: Path) -> None:
    made = publish(load(own), "clinic/v1", since=FIRST, now=NOW)
    (own / "PUBLISHED").write_text(f"{made}  retired {SECOND}\n")
    assert load(own, Week.of(FIRST)).get("clinic/v1").state == "published"
    assert load(own, Week.of(SECOND)).get("clinic/v1").state == "retired"
    assert load(own).current("clinic", Week.of(FIRST)).version == 1
    with pytest.raises(NotFound):
        load(own).current("clinic", Week.of(SECOND))


def test_publishing_without_a_date_begins_next_monday(own: Path) -> None:
    assert publish(load(own), "clinic/v1", since=None, now=NOW).since == (NOW + 1).monday


def test_publishing_twice_writes_one_line(own: Path) -> None:
    first = publish(load(own), "clinic/v1", since=FIRST, now=NOW)
    for since in (FIRST, None):
        again = publish(load(own), "clinic/v1", since=since, now=NOW + 3)
        assert (again.digest, again.since) == (first.digest, first.since)
    assert (own / "PUBLISHED").read_text() == f"{first}\n"


def test_a_published_date_does_not_move(own: Path) -> None:
    publish(load(own), "clinic/v1", since=FIRST, now=NOW)
    with pytest.raises(Refused, match="does not change"):
        publish(load(own), "clinic/v1", since=SECOND, now=NOW)


def test_versions_change_on_mondays(own: Path) -> None:
    with pytest.raises(Refused, match="2026-11-24 is a Tuesday; versions change on Mondays"):
        publish(load(own), "clinic/v1", since=date(2026, 11, 24), now=NOW)


def test_a_first_version_may_begin_in_the_past_and_a_second_may_not(own: Path) -> None:
    add_version(own, 2)
    publish(load(own), "clinic/v1", since=date(2020, 12, 28), now=NOW)
    with pytest.raises(Refused, match="is past, and its responses were given to clinic/v1"):
        publish(load(own), "clinic/v2", since=date(2026, 11, 9), now=NOW)


def test_a_later_version_begins_after_an_earlier_one(own: Path) -> None:
    add_version(own, 2)
    publish(load(own), "clinic/v1", since=SECOND, now=NOW)
    with pytest.raises(Refused, match="clinic/v2 must begin after clinic/v1"):
        publish(load(own), "clinic/v2", since=SECOND, now=NOW)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("How kind were we?", "How kind was I?"),
        ("label: Mixed", "label: So so"),
        ("group: neither", "group: unfavourable"),
        ("max_length: 500", "max_length: 400"),
        ("numerator: [kind]", "numerator: [mixed]"),
        ("series: kindness/1", "series: kindness/2"),
        ("  - block: fft\n  - code: kindness\n", "  - code: kindness\n"),
    ],
)
def test_a_changed_published_version_is_refused_with_the_remedy(own: Path, old: str, new: str) -> None:
    publish(load(own), "clinic/v1", since=FIRST, now=NOW)
    file = own / "clinic" / "v1.yaml"
    text = file.read_text().replace(old, new, 1)
    if new == "  - code: kindness\n":
        text = text.replace("  - block: fft\n", "")
    file.write_text(text)
    (complaint,) = problems(own)
    assert complaint.startswith(str(file))
    assert "since it was published (in force from 2026-11-23): restore it, or" in complaint
    assert complaint.endswith("clinic/v2.yaml")


def test_a_changed_block_is_a_changed_questionnaire(own: Path) -> None:
    (own / "_blocks").mkdir()
    block = own / "_blocks" / "how_kind.yaml"
    block.write_text(
        "options:\n  - {code: kind, label: Kind, group: favourable}\n"
        "  - {code: mixed, label: Mixed, group: neither}\n"
        "  - {code: unkind, label: Unkind, group: unfavourable}\n"
    )
    file = own / "clinic" / "v1.yaml"
    head, _, rest = file.read_text().partition("    options:\n")
    file.write_text(f"{head}    options: {{block: how_kind}}\n{rest[rest.index('  - code: comment') :]}")
    publish(load(own), "clinic/v1", since=FIRST, now=NOW)
    block.write_text(block.read_text().replace("label: Mixed", "label: So so"))
    assert ["or a block it includes has" in complaint for complaint in problems(own)] == [True]


def test_comments_layout_and_quotes_may_change_after_publishing(own: Path) -> None:
    publish(load(own), "clinic/v1", since=FIRST, now=NOW)
    file = own / "clinic" / "v1.yaml"
    text = file.read_text().replace("text: How kind were we?", 'text: >-\n      "How kind\n      were we?"')
    file.write_text("# a word\n" + text.replace('"', ""))
    assert load(own).get("clinic/v1").state == "published"


def test_writing_options_out_leaves_the_hash_of_an_included_block(own: Path) -> None:
    before = load(own).get("clinic/v1").digest
    file = own / "clinic" / "v1.yaml"
    written = (
        (SHIPPED / "_blocks" / "fft.yaml").read_text().partition("question:\n")[2].partition("indicator:")[0]
    )
    lines = written.splitlines()
    item = "\n".join([f"  - {lines[0].strip()}", *(f"  {line}" for line in lines[1:])])
    file.write_text(file.read_text().replace("  - block: fft", item, 1))
    assert load(own).get("clinic/v1").digest == before


def test_a_published_version_without_a_file_is_missed(own: Path) -> None:
    publish(load(own), "clinic/v1", since=FIRST, now=NOW)
    (own / "clinic" / "v1.yaml").unlink()
    (complaint,) = problems(own)
    assert complaint.endswith("PUBLISHED:1: the published clinic/v1 has no file: restore clinic/v1.yaml")


def test_an_own_folder_does_not_redefine_a_shipped_version(own: Path) -> None:
    (own / "inpatient").mkdir()
    shutil.copy(SHIPPED / "inpatient" / "v1.yaml", own / "inpatient")
    (complaint,) = problems(own)
    assert complaint.startswith(str(own / "inpatient" / "v1.yaml"))
    assert "give yours another pathway" in complaint


def test_an_own_folder_does_not_redefine_a_shipped_block(own: Path) -> None:
    (own / "_blocks").mkdir()
    shutil.copy(SHIPPED / "_blocks" / "fft.yaml", own / "_blocks" / "fft.yaml")
    (complaint,) = problems(own)
    assert "the block 'fft' is there already" in complaint


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("abc clinic/v1 2026-11-23", "cannot be read: a line is: hash, key, Monday"),
        (f"{'0' * 64} clinic/v1 2026-11-24", "2026-11-24 is a Tuesday"),
        (f"{'0' * 64} clinic/v1 23.11.2026", "'23.11.2026' is not a date"),
        (f"{'0' * 64} clinic/v1 2026-11-23 retired 2026-11-16", "is retired before it begins"),
        (f"{'0' * 64} clinic/v1 2026-11-23 retired soon", "'soon' is not a date"),
    ],
)
def test_a_wrong_line_of_published_is_named(own: Path, line: str, complaint: str) -> None:
    (own / "PUBLISHED").write_text(f"# hash key Monday\n{line}\n")
    assert any("PUBLISHED:2: " in found and complaint in found for found in problems(own))


def test_a_version_published_twice_is_named(own: Path) -> None:
    made = publish(load(own), "clinic/v1", since=FIRST, now=NOW)
    record(own, made)
    assert ["PUBLISHED:2: clinic/v1: is published twice" in found for found in problems(own)] == [True]


def test_versions_out_of_order_are_named(own: Path) -> None:
    add_version(own, 2)
    for key, since in (("clinic/v1", SECOND), ("clinic/v2", FIRST)):
        record(
            own, Publication(load(own).get(key).digest, key, since) if key == "clinic/v1" else _second(own)
        )
    assert ["PUBLISHED:2: clinic/v2: begins on 2026-11-23" in found for found in problems(own)] == [True]


def _second(own: Path) -> Publication:
    return Publication(load(own).get("clinic/v2").digest, "clinic/v2", FIRST)


def test_a_line_is_added_after_a_file_without_an_end_of_line(own: Path) -> None:
    (own / "PUBLISHED").write_text("# mine")
    made = publish(load(own), "clinic/v1", since=FIRST, now=NOW)
    assert (own / "PUBLISHED").read_text() == f"# mine\n{made}\n"


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    publication = Publication("0" * 64, "clinic/v1", FIRST)
    with pytest.raises(Misconfigured, match=r"PUBLISHED cannot be written .* HEARD_QUESTIONNAIRES_DIR"):
        record(tmp_path / "not there", publication)


def test_a_key_that_is_nearly_right_is_suggested(own: Path) -> None:
    with pytest.raises(NotFound, match="did you mean clinic/v1"):
        load(own).get("clinik/v1")


def test_one_file_can_be_read_wherever_it_lies(own: Path) -> None:
    assert read_file(own / "clinic" / "v1.yaml", [SHIPPED]).digest == load(own).get("clinic/v1").digest


def test_a_block_is_no_questionnaire() -> None:
    with pytest.raises(NotFound, match="is a block"):
        read_file(SHIPPED / "_blocks" / "fft.yaml", [SHIPPED])


def test_hidden_files_and_other_kinds_are_left_alone(own: Path) -> None:
    (own / ".git").mkdir()
    (own / ".git" / "x.yaml").write_text("{")
    (own / "notes.txt").write_text("{")
    (own / "_mappings").mkdir()
    (own / "_mappings" / "vendor.yaml").write_text("{")
    assert "clinic/v1" in load(own).entries


@pytest.mark.parametrize("name", ["v2.yaml", "clinic/v01.yaml", "_blocks/deep/a.yaml", "_blocks/a.yml"])
def test_a_yaml_file_in_a_wrong_place_is_named(own: Path, name: str) -> None:
    (own / name).parent.mkdir(parents=True, exist_ok=True)
    (own / name).write_text("pathway: clinic\n")
    (complaint,) = problems(own)
    assert complaint.startswith(f"{own / name}: lies in the wrong place")

"""What a proof says, in words that a data protection officer understands."""

from __future__ import annotations

from dataclasses import dataclass

from survey.domain.proof import Attempt, Found, Proof
from survey.presenters.figures import SPACE, counted, percent, sentence_case, spelled

PROMISE = (
    "Once a box of responses has been counted and its key destroyed, nobody who holds the database, its "
    "write-ahead log, every backup, every log file and the sender’s list of who was invited, with their age, "
    "sex and ethnic group, can tell which response came from whom, better than guessing among the responses "
    "counted together with it. These are ten or more, and nobody is shown a figure made of fewer."
)
NOT_COVERED = (
    "against whoever controls the web server, or the proxy before it, at the moment of sending",
    "against whoever holds the database and the key of a box, or of a quarter, that is still open",
    "against whoever fills a box with answers of their own: with posters anyone, with links the sender",
    "for whether a link was used: its holder and the sender can see that, not what was answered",
    "for what patients write; a comment may name its author. About-you counts lift a guess a little",
    "for what is true of a whole box: where all answered alike, each of its people did",
    "for the difference between two reports of the same weeks; for a national return, which has its own rule",
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the three large figures under the title."""

    large: str
    says: str
    bad: bool = False


def best(proof: Proof) -> Attempt | None:
    """The attack that beat guessing by most; None where none could be tried."""
    tried = [one for one in proof.attempts if one.examined and one.people]
    return max(tried, key=lambda one: (one.won, one.accuracy - one.chance), default=None)


def title(proof: Proof) -> str:
    """The verdict in a line."""
    if proof.winners:
        return "The promise does not hold: answers can be traced"
    if proof.problems:
        return "This run proves nothing: the test itself failed"
    if not proof.holds:
        return "No attack won, but the set-up breaks the promise"
    return "The promise holds: no answer could be traced"


def verdict(proof: Proof) -> str:
    """The verdict in a sentence or two, with what it rests on."""
    if proof.winners:
        return _lost(proof)
    if proof.problems:
        return (
            f"{sentence_case('; '.join(proof.problems))}. Nothing can be concluded until this is put right."
        )
    bad = [one.what for one in proof.configuration if one.level == "bad"]
    if bad:
        are = "One thing" if len(bad) == 1 else f"{sentence_case(spelled(len(bad)))} things"
        ends = f"{are} in how this installation is set up must be put right first: {_listed(bad[:3])}."
    else:
        ends = "Nothing that was looked at in how this installation is set up breaks the promise."
    return f"{_tried(proof)} {_luck(proof)} {ends}"


def _luck(proof: Proof) -> str:
    # Of many attacks one may beat luck by luck; it is then tried again on other people.
    lucky = [one.attack for one in proof.attempts if is_lucky(one)]
    if not lucky:
        return "None named more of them than luck does."
    return f"Only ‘{_listed(lucky[:2])}’ named more than luck does, and not when tried again on other people."


def is_lucky(one: Attempt) -> bool:
    """Whether it was above its bar in the first run and not in the second."""
    return one.examined and not one.won and one.people > 0 and one.accuracy > one.bar


def _tried(proof: Proof) -> str:
    tried = sum(one.examined for one in proof.attempts)
    return (
        "A thief who held all that this installation keeps, and the list of who was invited, "
        f"tried {counted(tried, 'attack')} on the answers of {counted(proof.people, 'made-up patient')}."
    )


def _lost(proof: Proof) -> str:
    first, *more = proof.winners
    also = f" {sentence_case(spelled(len(more)))} more won." if more else ""
    return (
        f"With the attack ‘{first.attack}’, a thief who held all that this installation keeps named "
        f"{percent(first.accuracy)} of {counted(first.people, 'made-up patient')}; guessing names "
        f"{percent(first.chance)}.{also} Invite no patient until this is put right."
    )


def figures(proof: Proof) -> list[Figure]:
    """The best attack, chance, and a design without boxes."""
    strongest, found = best(proof), []
    if strongest is not None:
        says = _of_best(strongest, n=sum(one.examined for one in proof.attempts))
        found.append(Figure(tenths(strongest.accuracy), says, bad=strongest.won))
        luck = f"named by guessing; luck reaches {tenths(strongest.bar)}"
        found.append(Figure(tenths(strongest.chance), luck))
    if proof.naive:
        weak = max(proof.naive, key=lambda one: one.accuracy)
        found.append(Figure(tenths(weak.accuracy), "named by the same thief without boxes"))
    return found


def _of_best(strongest: Attempt, *, n: int) -> str:
    if strongest.won:
        return "named by the attack that won"
    again = ", once and not again" if is_lucky(strongest) else ""
    return f"named by the best of {counted(n, 'attack')}{again}"


def tenths(share: float) -> str:
    """A percentage to one place: chance and what beats it may lie within one point."""
    return f"{100 * share:.1f}{SPACE}%"


def named(one: Attempt) -> str:
    """The share named with its interval: '5.2 % (3.9–6.9)'."""
    if not one.people:
        return "nobody"
    return f"{tenths(one.accuracy)} ({100 * one.low:.1f}–{100 * one.high:.1f})"


def outcome(one: Attempt) -> str:
    """One attack's verdict, in a word."""
    return "broken" if one.won else "held"


def ordered(proof: Proof) -> list[Attempt]:
    """The attacks that were tried, winners first, then by how far they beat guessing."""
    tried = [one for one in proof.attempts if one.examined]
    return sorted(tried, key=lambda one: (not one.won, not one.people, one.chance - one.accuracy, one.attack))


def to_mend(proof: Proof) -> list[Found]:
    """What is not good in the configuration, the bad first."""
    wanted = [one for one in proof.configuration if one.level in {"bad", "warning"}]
    return sorted(wanted, key=lambda one: one.level != "bad")


def unseen(proof: Proof) -> list[tuple[str, str]]:
    """What was not examined and why: attacks that lacked their means, and what nobody can see from inside."""
    attacks = [(sentence_case(one.attack), one.note) for one in proof.attempts if not one.examined]
    looked = [(one.what, one.do or one.says) for one in proof.configuration if one.level == "not examined"]
    return [*attacks, *looked]


def summed_up(proof: Proof) -> str:
    """How the configuration stands, in a line: '21 good, 3 to improve, 1 bad'."""
    n = {
        level: sum(one.level == level for one in proof.configuration) for level in ("good", "warning", "bad")
    }
    return f"{n['good']} good, {n['warning']} to improve, {n['bad']} bad"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

"""How hard a questionnaire is to read: a reading age in years, by Flesch and Kincaid's formula."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from survey.catalogue.translations import Translation
from survey.domain.languages import is_easy, language
from survey.domain.questionnaire import Question, Questionnaire

OLDEST = 11.0  # years; the reading of most adults is above, but not in pain and not in a second language
LONGEST = 20  # words of a sentence
EASY_OLDEST, EASY_LONGEST = 10.0, 16  # the same of easy read, which has hints that explain
_ASKED = ("text", "hint", "why")
_SCHOOL = 5  # the age at which the first school year begins, less one
_GROWN = 18
# Counted by rule, these would be wrong; all are words of ours.
_SYLLABLES = {"something": 2, "someone": 2, "liaison": 3, "ideas": 3, "area": 3}


def hard_to_read(questionnaire: Questionnaire) -> list[str]:
    """The questions that ask for too much reading; nothing of the national wording, nothing but English.

    A formula knows no words, only their length: it finds most hard questions, and some that are not.
    """
    return [
        f"{questionnaire.key}: {question.code}: {message}"
        for question in questionnaire.questions
        if questionnaire.language == "en" and question.code != "fft"
        for message in _hard(_said(question), _labels(question), OLDEST, LONGEST)
    ]


def hard_to_read_easily(translation: Translation) -> list[str]:
    """The questions of an English easy read that ask for too much; nothing of the national wording."""
    if not is_easy(translation.tag) or language(translation.tag).code != "en":
        return []
    asked: dict[str, list[str]] = {}
    for where, text in translation.texts.items():
        if where[-1] in _ASKED and "fft" not in (*where, translation.of.rpartition("/")[2]):
            asked.setdefault(".".join(where[:-1]), []).append(text)
    return [
        f"{translation.of}.{translation.tag}: {path}: {message}"
        for path, said in asked.items()
        for message in _hard(said, [], EASY_OLDEST, EASY_LONGEST)
    ]


def reading_age(question: Question) -> float:
    """The reading age in years of what patients read in a question, or of its sentences if that is higher.

    Short labels under a long question would make it look easy.
    """
    return _age(_said(question), _labels(question))


def grade_of(lines: Iterable[str]) -> float:
    """The school year (US) that plain lines ask for; the age is five or six more. ValueError without words.

    0.39 words a sentence + 11.8 syllables a word - 15.59: Kincaid, Fishburne, Rogers and Chissom (1975),
    'Derivation of new readability formulas for Navy enlisted personnel', Research Branch Report 8-75. It was
    made for passages of a hundred words and more; of a single question it is a rough guide.
    """
    said = [words(sentence) for sentence in sentences(lines)]
    spoken = [word for sentence in said for word in sentence]
    if not spoken:
        raise ValueError("there is no text to judge")
    return 0.39 * len(spoken) / len(said) + 11.8 * sum(map(syllables, spoken)) / len(spoken) - 15.59


def sentences(lines: Iterable[str]) -> list[str]:
    """The sentences of lines; the end of a line ends one, whether or not a full stop stands there."""
    parts = (part for line in lines for part in re.split(r"(?<=[.?!:])\s+", " ".join(line.split())))
    return [part for part in parts if words(part)]


def words(sentence: str) -> list[str]:
    """The words of a sentence; numbers are read as one syllable."""
    return re.findall(r"[a-z]+(?:['’‑-][a-z]+)*|\d+", sentence.lower())


def syllables(word: str) -> int:
    """Groups of vowels, without a final silent e; right for nine words in ten."""
    if "-" in word:
        return sum(map(syllables, word.split("-")))
    if word in _SYLLABLES:
        return _SYLLABLES[word]
    bare = re.sub(r"(?:[^laeiouy]es|[^aeiouy]ed|[^laeiouy]e)$", lambda end: end[0][0], word)
    if re.search(r"(?:[td]ed|(?:s|x|z|ch|sh|c|g)es)$", word):
        bare = word.removesuffix("d").removesuffix("s")
    return max(1, len(re.findall(r"[aeiouy]+", bare)))


def _said(question: Question) -> list[str]:
    # Patients read why only where they are asked about themselves.
    return [question.text, question.hint or "", question.why if question.about_you else ""]


def _hard(said: list[str], labels: list[str], oldest: float, longest: int) -> Iterator[str]:
    if not any(map(words, said)):
        return  # in no letters that the formula knows
    if (age := _age(said, labels)) > oldest:
        read = {word for line in [*said, *labels] for word in words(line)}
        hardest = sorted(read, key=lambda word: (-syllables(word), word))
        older = f"{age:.0f}" if age < _GROWN else f"{_GROWN} or more"  # beyond, the formula says little
        yield (
            f"asks for the reading of age {older}, and {oldest:.0f} is the most: "
            f"shorten it, or find shorter words for {', '.join(hardest[:3])}"
        )
    for sentence in sentences(said):
        if (count := len(words(sentence))) > longest:
            yield f"has a sentence of {count} words, and {longest} is the most: make two of it"


def _age(said: list[str], labels: list[str]) -> float:
    return _SCHOOL + max(grade_of(said), grade_of([*said, *labels]))


def _labels(question: Question) -> list[str]:
    return [option.label for option in question.options]

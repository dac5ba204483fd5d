"""The key that staff press for an answer: printed beside it on paper, and read by the keying page."""

from survey.domain.errors import BadInput
from survey.domain.questionnaire import Question

KEYS = "123456789abcdefghijklmnopqrstuvwxyz"


def keys_of(question: Question) -> dict[str, str]:
    """The key of each option, by its code, in the file's order; BadInput where options outnumber keys."""
    if len(question.options) > len(KEYS):
        raise BadInput(f"{question.code} has {len(question.options)} options; there are {len(KEYS)} keys")
    return dict(zip((option.code for option in question.options), KEYS, strict=False))

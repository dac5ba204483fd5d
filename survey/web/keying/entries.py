"""One form of a batch, and what was keyed of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from survey.domain.questionnaire import Questionnaire
from survey.domain.response import Response
from survey.services.double_entry import Entry
from survey.web.keying.batch import Batch
from survey.web.patient import forms
from survey.web.patient.forms import field_name


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is being keyed: its token names the one response that it may make."""

    batch: Batch
    version: Questionnaire
    token: str

    def sent(self) -> Entry:
        """What this request says of the questions."""
        mine = {field_name(one.code) for one in self.version.questions}
        return [(name, value) for name, value in request.form.items(multi=True) if name in mine]

    def problems(self, entry: Entry) -> dict[str, str]:
        """What is wrong, by question code, as on the patient's page."""
        return forms.problems(self.version, self._read(entry))

    def given(self, entry: Entry) -> dict[str, str]:
        """What was keyed, by question code, to be shown again."""
        return forms.given(self.version, self._read(entry))

    def answers(self, entry: Entry) -> dict[str, str]:
        """What of it would be kept, by question code."""
        return forms.answered(self.version, self._read(entry))

    def response(self, entry: Entry) -> Response:
        return forms.response(self.version, self.answers(entry), channel=self.batch.channel)

    def of_kind(self, entry: Entry, *, own_words: bool) -> Entry:
        """The part of an entry that is somebody's own words, or the part that is not."""
        texts = {field_name(one.code) for one in self.version.questions if one.kind == "text"}
        return [pair for pair in entry if (pair[0] in texts) is own_words]

    def differences(self, first: Entry, second: Entry) -> Mapping[str, bool]:
        """Of every question but own words, whether the two entries differ in what would be kept."""
        one, other = self.answers(first), self.answers(second)
        asked = [question.code for question in self.version.questions if question.kind != "text"]
        return {code: one.get(code) != other.get(code) for code in asked}

    def _read(self, entry: Entry) -> FlaskForm:
        return forms.form_class(self.version)(formdata=MultiDict(entry))

"""What stands in the workbook that people begin with: an example of every kind of question."""

from __future__ import annotations

from typing import Any

from survey.services.drafting.layout import INDICATORS, QUESTIONS, WHOLE

ROWS: dict[str, list[dict[str, Any]]] = {
    WHOLE: [{"pathway": "my-pathway", "version": 1, "title": "Your visit", "language": "en"}],
    QUESTIONS: [
        {"block": "fft"},
        {
            "code": "exercises",
            "kind": "single",
            "text": "How clear were the exercises we gave you?",
            "why": "Exercises help only when people know how to do them.",
            "answer": "very_clear",
            "label": "Very clear",
            "group": "favourable",
        },
        {"answer": "partly_clear", "label": "Partly clear", "group": "neither"},
        {"answer": "not_clear", "label": "Not clear", "group": "unfavourable"},
        {
            "code": "troubles",
            "kind": "multiple",
            "text": "What made your visits harder?",
            "why": "We can change some of what gets in people's way.",
            "answer": "parking",
            "label": "Parking",
            "group": "unfavourable",
        },
        {"answer": "stairs", "label": "The stairs", "group": "unfavourable"},
        {"answer": "nothing", "label": "Nothing", "group": "favourable", "alone": "yes"},
        {
            "code": "stairs_help",
            "kind": "text",
            "text": "What would help you on the stairs?",
            "why": "Those who climb them know best.",
            "show if": "troubles = stairs or exercises = partly_clear, not_clear and troubles = parking",
            "max length": 200,
        },
        {
            "code": "sure",
            "kind": "scale",
            "text": "How sure are you that you can do this at home?",
            "why": "Who is not sure stops soon.",
            "low": "Not sure at all",
            "high": "Very sure",
            "group": "unfavourable",
            "from": 0,
            "to": 4,
        },
        {"group": "neither", "from": 5, "to": 6},
        {"group": "favourable", "from": 7, "to": 10},
        {
            "code": "visits",
            "kind": "number",
            "text": "How many times did you come?",
            "why": "Some need more visits than we plan.",
            "unit": "times",
            "answer": "few",
            "label": "Up to 6",
            "group": "favourable",
            "from": 0,
            "to": 6,
        },
        {"answer": "many", "label": "7 or more", "group": "unfavourable", "from": 7, "to": 99},
        {"block": "age_band"},
    ],
    INDICATORS: [
        {"block": "fft"},
        {
            "code": "exercises_clear",
            "name": "Exercises were very clear",
            "question": "exercises",
            "series": "exercises/1",
            "numerator": "very_clear",
            "denominator": "all",
            "target": 0.8,
        },
        {
            "code": "sure_mean",
            "name": "How sure people are, 0 to 10",
            "question": "sure",
            "series": "sure/1",
            "measure": "mean",
            "denominator": "all",
            "target": 8,
        },
    ],
}

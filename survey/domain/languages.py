"""Languages that a questionnaire can be read in: each by its code, named in itself and in English."""

from __future__ import annotations

from dataclasses import dataclass

EASY = "-easy"  # ends the tag of a language's easy read: en-easy


@dataclass(frozen=True, slots=True)
class Language:
    """One language."""

    code: str  # ISO 639
    name: str  # in itself, for those who look for it
    english: str
    right_to_left: bool = False


_LEFT_TO_RIGHT = """
en English | English
cy Cymraeg | Welsh
am አማርኛ | Amharic
bg Български | Bulgarian
bn বাংলা | Bengali
cs Čeština | Czech
da Dansk | Danish
de Deutsch | German
el Ελληνικά | Greek
es Español | Spanish
et Eesti | Estonian
fi Suomi | Finnish
fil Filipino | Filipino
fr Français | French
ga Gaeilge | Irish
gd Gàidhlig | Scottish Gaelic
gu ગુજરાતી | Gujarati
hi हिन्दी | Hindi
hr Hrvatski | Croatian
hu Magyar | Hungarian
it Italiano | Italian
ja 日本語 | Japanese
kmr Kurmancî | Kurdish (Kurmanji)
ko 한국어 | Korean
lt Lietuvių | Lithuanian
lv Latviešu | Latvian
ml മലയാളം | Malayalam
ne नेपाली | Nepali
nl Nederlands | Dutch
no Norsk | Norwegian
pa ਪੰਜਾਬੀ | Panjabi
pl Polski | Polish
pt Português | Portuguese
ro Română | Romanian
rom Romani | Romani
ru Русский | Russian
si සිංහල | Sinhala
sk Slovenčina | Slovak
sl Slovenščina | Slovenian
so Soomaali | Somali
sq Shqip | Albanian
sr Српски | Serbian
sv Svenska | Swedish
sw Kiswahili | Swahili
ta தமிழ் | Tamil
te తెలుగు | Telugu
th ไทย | Thai
ti ትግርኛ | Tigrinya
tr Türkçe | Turkish
uk Українська | Ukrainian
vi Tiếng Việt | Vietnamese
yo Yorùbá | Yoruba
yue 廣東話 | Cantonese
zh 中文 | Chinese
"""
_RIGHT_TO_LEFT = """
ar العربية | Arabic
ckb کوردی | Kurdish (Sorani)
fa فارسی | Persian
he עברית | Hebrew
ps پښتو | Pashto
sd سنڌي | Sindhi
ug ئۇيغۇرچە | Uyghur
ur اردو | Urdu
yi ייִדיש | Yiddish
"""


def _read(lines: str, *, right_to_left: bool) -> dict[str, Language]:
    found = {}
    for line in lines.strip().splitlines():
        code, _, names = line.partition(" ")
        name, _, english = names.partition(" | ")
        found[code] = Language(code, name, english, right_to_left)
    return found


LANGUAGES = _read(_LEFT_TO_RIGHT, right_to_left=False) | _read(_RIGHT_TO_LEFT, right_to_left=True)
# What a questionnaire can be read in: each language, and its easy read.
TAGS: tuple[str, ...] = tuple(code + easy for code in LANGUAGES for easy in ("", EASY))


def language(tag: str) -> Language:
    """The language of a tag; one that is not known is named by its code."""
    code = tag.removesuffix(EASY)
    return LANGUAGES.get(code) or Language(code, code, code)


def is_easy(tag: str) -> bool:
    """Whether a tag is that of an easy read."""
    return tag.endswith(EASY)


def said(tag: str) -> str:
    """A tag in English: Urdu, English easy read."""
    return f"{language(tag).english}{' easy read' if is_easy(tag) else ''}"

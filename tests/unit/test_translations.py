"""The server's texts: each is translated, none is left over, and what is compiled is what is written."""

from __future__ import annotations

import ast
import gettext
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[2]
COMPILE = ROOT / "bin/compile-messages"
CATALOGUE = ROOT / "locale/es/LC_MESSAGES/django.po"
TEMPLATES = sorted(path for app in ("monitor", "project") for path in (ROOT / app).rglob("templates/**/*.html"))
SOURCES = [
    path for app in ("erp", "monitor", "project", "rest", "tenancy", "webhooks") for path in (ROOT / app).rglob("*.py")
]
CALLS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "ngettext": 2}
# Names of the product are the same in every language.
NAMES = {"GestiqCloud", "Webhooks"}


def texts_of(python: str) -> set[str]:
    """What is passed to gettext, the forms of a plural joined by NUL."""
    return {
        "\0".join(ast.literal_eval(argument) for argument in call.args[: CALLS[call.func.id]])
        for call in ast.walk(ast.parse(python))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in CALLS
    }


def used() -> set[str]:
    found = set[str]()
    for path in SOURCES:
        source = path.read_text()
        if "django.utils.translation" in source:
            found |= texts_of(source)
    for path in TEMPLATES:
        calls = re.findall(r"(?:_|gettext|ngettext)\(.*?\)\s", templatize(path.read_text()) + "\n", re.DOTALL)
        found |= texts_of("n = 0\n" + "\n".join(call.replace("count)", "n)") for call in calls))
    return found


@pytest.fixture(scope="module")
def catalogue() -> dict[str, str]:
    written: dict[str, str] = runpy.run_path(str(COMPILE))["read"](CATALOGUE.read_text())
    written.pop("")
    return written


def test_every_text_has_a_spanish_one_and_no_more(catalogue):
    assert len(TEMPLATES) == 5
    assert used() == set(catalogue)


def test_no_translation_is_empty_or_the_english_text(catalogue):
    assert [text for text, spanish in catalogue.items() if not all(spanish.split("\0")) or spanish == text] == []


def test_placeholders_are_those_of_the_english_text(catalogue):
    for text, spanish in catalogue.items():
        wanted = re.findall(r"%\(\w+\)s", text)
        assert sorted(re.findall(r"%\(\w+\)s", spanish)) == sorted(wanted)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_words_of_a_template_are_left_in_english(path):
    text = re.sub(r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}", "", path.read_text(), flags=re.DOTALL)
    text = re.sub(r"<code>.*?</code>|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", text, flags=re.DOTALL)
    assert set(re.findall(r"\w+", text)) <= NAMES


def test_what_is_compiled_is_what_is_written(catalogue):
    assert subprocess.run([sys.executable, COMPILE, "--check"], capture_output=True, text=True).stderr == ""
    with CATALOGUE.with_suffix(".mo").open("rb") as compiled:
        spanish = gettext.GNUTranslations(compiled)
    for text, translated in catalogue.items():
        one, _, many = text.partition("\0")
        forms = [spanish.ngettext(one, many, n) for n in (1, 2)] if many else [spanish.gettext(one)]
        assert "\0".join(forms) == translated

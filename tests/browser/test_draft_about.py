"""The page about a draft: beside the preview, on a phone and on a desk, with and without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from survey.web.patient.app import create_preview
from tests.browser.conftest import listening, phone
from tests.browser.test_patient_access import assert_accessible, sideways
from tests.kinds import every_kind


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", [360, 1440])
def test_the_mark_leads_to_it_and_nothing_is_wrong_there(
    chromium: Browser, width: int, *, script: bool
) -> None:
    with listening(create_preview(every_kind())) as address:
        size = {"width": width, "height": 800}
        with phone(chromium, script=script, **size) as page:
            page.goto(address)
            page.get_by_role("link", name="About this draft").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("About this draft")
            expect(page.get_by_text("Every question can be reached.")).to_be_visible()
            assert sideways(page) <= 0
            if script:
                assert_accessible(page, f"about a draft, {width} px")
            page.get_by_role("link", name="Back to the draft").click()
            expect(page.get_by_text("Not live.")).to_be_visible()

"""Modals: every input, the errors beside the fields, submit, update and close."""

from __future__ import annotations

import asyncio

from aiohttp import web
from playwright.async_api import Page, expect

from tests.sandbox.page.stage import (
    Answer,
    Json,
    Stage,
    by_name,
    json_answer,
    mrkdwn,
    options,
    plain,
    screenshot,
    section,
)

FORM: Json = {
    "type": "modal",
    "callback_id": "resolve",
    "title": plain("Resolve the case"),
    "submit": plain("Propose"),
    "close": plain("Not now"),
    "notify_on_close": True,
    "blocks": [
        section("*CASE-20261121-4D7F4C*"),
        {
            "type": "input",
            "block_id": "cause",
            "label": plain("Root cause"),
            "hint": plain("What happened, and why now?"),
            "element": {"type": "plain_text_input", "action_id": "text", "multiline": True},
        },
        {
            "type": "input",
            "block_id": "kind",
            "label": plain("Kind"),
            "element": {"type": "static_select", "action_id": "pick", "options": options("Noise", "Leak")},
        },
        {
            "type": "input",
            "block_id": "seen",
            "optional": True,
            "label": plain("Evidence"),
            "element": {"type": "checkboxes", "action_id": "ticks", "options": options("Logs", "Baseline")},
        },
        {
            "type": "input",
            "block_id": "baseline",
            "label": plain("Change the baseline?"),
            "element": {
                "type": "radio_buttons",
                "action_id": "choice",
                "options": [*options("No", "Yes")],
                "initial_option": options("No")[0],
            },
        },
    ],
}


async def _opened(stage: Stage, form: Json = FORM, **more: Answer) -> Page:
    """A page in which `/release` has opened the form; `more` answers what comes after."""

    async def answer(payload: Json) -> web.Response:
        await stage.bot.views_open(trigger_id=payload["trigger_id"], view=form)
        return web.Response()

    stage.app.answer = by_name(release=answer, **more)
    page = await stage.page()
    await page.locator("#channel-box").fill("/release")
    await page.locator("#channel-box").press("Enter")
    await expect(page.get_by_role("dialog", name=str(form["title"]["text"]))).to_be_visible()
    return page


async def test_a_form_is_filled_corrected_and_sent(stage: Stage) -> None:
    submissions: list[Json] = []

    async def judge(payload: Json) -> web.Response:
        submissions.append(payload["view"]["state"]["values"])
        if len(submissions) == 1:
            return json_answer(
                {"response_action": "errors", "errors": {"cause": "Say in a sentence what happened."}}
            )
        return web.Response()

    page = await _opened(stage, resolve=judge)
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("Root cause")).to_be_focused()
    await dialog.get_by_role("button", name="Propose").click()
    await expect(dialog.locator("[data-block=cause] .error")).to_have_text(
        "Please complete this required field."
    )
    assert [] == submissions

    await dialog.get_by_label("Root cause").fill("oops")
    await dialog.get_by_label("Kind").select_option(label="Noise")
    await dialog.get_by_label("Logs").check()
    await dialog.get_by_label("Yes").check()
    await dialog.get_by_role("button", name="Propose").click()
    await expect(dialog.locator("[data-block=cause] .error")).to_have_text("Say in a sentence what happened.")
    await expect(dialog.get_by_label("Root cause")).to_have_attribute("aria-invalid", "true")
    await expect(dialog.get_by_label("Root cause")).to_be_focused()
    await expect(dialog.get_by_label("Kind")).to_have_value("noise")
    await screenshot(page, "modal-errors")

    await dialog.get_by_label("Root cause").fill("The retry loop had no bound.")
    await dialog.get_by_role("button", name="Propose").click()
    await expect(dialog).to_be_hidden()
    sent = submissions[-1]
    assert "The retry loop had no bound." == sent["cause"]["text"]["value"]
    assert "noise" == sent["kind"]["pick"]["selected_option"]["value"]
    assert ["logs"] == [option["value"] for option in sent["seen"]["ticks"]["selected_options"]]
    assert "yes" == sent["baseline"]["choice"]["selected_option"]["value"]


async def test_what_was_typed_outlives_an_update_of_the_form(stage: Stage) -> None:
    page = await _opened(stage)
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Root cause").fill("half a sentence")
    view = stage.slack.views.stacks["U02OMAR"][-1]
    more = {**FORM, "blocks": [section("Somebody else looks at it too."), *FORM["blocks"][1:]]}
    await stage.bot.views_update(view_id=view["id"], view=more)
    await expect(dialog).to_contain_text("Somebody else looks at it too.")
    await expect(dialog.get_by_label("Root cause")).to_have_value("half a sentence")


async def test_writing_begins_where_the_app_says(stage: Stage) -> None:
    elements = (
        {"type": "plain_text_input", "action_id": "text", "initial_value": "auditron-api"},
        {"type": "plain_text_input", "action_id": "text", "focus_on_load": True},
    )
    fields = [
        {"type": "input", "block_id": name, "label": plain(name), "element": element}
        for name, element in zip(("Deployment", "Why"), elements, strict=True)
    ]
    page = await _opened(stage, FORM | {"blocks": fields})
    await expect(page.get_by_role("dialog").get_by_label("Why")).to_be_focused()


async def test_escape_closes_the_form_and_tells_the_app(stage: Stage) -> None:
    page = await _opened(stage)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.locator(".deliveries")).to_contain_text("view_closed resolve")


async def test_a_form_is_closed_while_the_app_still_hears_of_the_one_before(stage: Stage) -> None:
    closed_twice = asyncio.Event()

    async def slowly(_: Json) -> web.Response:
        await closed_twice.wait()
        return web.Response()

    stage.slack.delivery.patience = 60.0
    page = await _opened(stage, resolve=slowly)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.locator("#channel-box").fill("/release")
    await page.locator("#channel-box").press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    closed_twice.set()


async def test_a_form_that_nobody_takes_stays_open_and_says_so(stage: Stage) -> None:
    async def fall(_: Json) -> web.Response:
        return web.Response(status=500)

    note = {
        "type": "input",
        "block_id": "b",
        "label": plain("Note"),
        "element": {"type": "plain_text_input", "action_id": "a"},
    }
    page = await _opened(stage, {**FORM, "callback_id": "note", "blocks": [note]}, note=fall)
    await page.get_by_label("Note").fill("kept")
    await page.get_by_role("button", name="Propose").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("alert")).to_contain_text("We had some trouble connecting. Try again?")
    await expect(dialog.get_by_label("Note")).to_have_value("kept")


async def test_a_form_belongs_to_the_person_who_opened_it(stage: Stage) -> None:
    page = await _opened(
        stage, {**FORM, "blocks": [{"type": "section", "text": mrkdwn("Only Omar sees this.")}]}
    )
    ruth = await stage.page("U03RUTH")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await expect(ruth.get_by_role("dialog")).to_have_count(0)

"""What the app posts is shown: every block, and nothing that foreign text could make of it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.sandbox.page.stage import CRITICAL, Stage, button, mrkdwn, options, plain, screenshot, section

HOSTILE = (
    "<script>window.hacked = 1</script>",
    '<img src=x onerror="window.hacked = 1">',
    '"><svg onload="window.hacked = 1">',
    "<javascript:window.hacked=1|press me>",
    "<data:text/html,<script>window.hacked=1</script>|press me>",
    '<https://example.org/" onmouseover="window.hacked=1|press me>',
    "`<script>window.hacked = 1</script>`",
    "```<script>window.hacked = 1</script>```",
    "*<iframe srcdoc='<script>parent.hacked = 1</script>'>*",
    "&lt;script&gt;window.hacked = 1&lt;/script&gt;",
    "<!date^1700000000^{time}^javascript:window.hacked=1|late>",
    "<@U02OMAR|<b>x</b>>",
)

GALLERY = [
    {"type": "header", "text": plain(":rotating_light: SEV0 · credit spike")},
    section(
        "Run `RUN-20261121-EMA961` used *8,000 credits*.\n> _13.3×_ its ~baseline~ :warning:",
        accessory=button("Show", "show"),
    ),
    {
        "type": "section",
        "fields": [mrkdwn("*Case*\nCASE-20261121-4D7F4C"), mrkdwn("*State*\n:hourglass: Waiting")],
    },
    {"type": "divider"},
    {
        "type": "actions",
        "elements": [
            button("Approve", "approve", style="primary"),
            button("Deny", "deny", style="danger"),
            {
                "type": "static_select",
                "action_id": "why",
                "placeholder": plain("Why"),
                "options": options("Cost", "Noise"),
            },
            {"type": "overflow", "action_id": "more", "options": options("Evidence", "History")},
        ],
    },
    {"type": "context", "elements": [mrkdwn("rule CM-09 · <!subteam^S03ONCALL|@oncall-o3> · <!here>")]},
    {"type": "image", "image_url": "https://pictures.example.org/a.png", "alt_text": "A chart of the spike"},
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "bold", "style": {"bold": True}},
                    {"type": "user", "user_id": "U03RUTH"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "first"}]}],
            },
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "fixed"}]},
        ],
    },
    {
        "type": "table",
        "rows": [
            [{"type": "raw_text", "text": "File"}, {"type": "raw_text", "text": "Bytes"}],
            [{"type": "raw_text", "text": "run.json"}, {"type": "raw_text", "text": "512"}],
        ],
    },
]


async def test_every_block_of_a_message_is_shown(stage: Stage) -> None:
    page = await stage.page()
    await stage.say("SEV0", blocks=GALLERY)
    card = page.locator("#channel .card")
    await expect(card.get_by_role("heading", name="SEV0 · credit spike")).to_be_visible()
    await expect(card.get_by_role("img", name="rotating light")).to_be_visible()
    await expect(card.locator("strong", has_text="8,000 credits")).to_be_visible()
    await expect(card.locator("blockquote em", has_text="13.3×")).to_be_visible()
    await expect(card.locator(".accessory").get_by_role("button", name="Show")).to_be_visible()
    await expect(card.locator(".fields .text")).to_have_count(2)
    await expect(card.get_by_role("button", name="Approve")).to_have_class("button primary")
    await expect(card.get_by_role("button", name="Deny")).to_have_class("button danger")
    await expect(card.get_by_role("combobox").locator("option")).to_have_text(["Why", "Cost", "Noise"])
    await expect(card.locator(".block-context .mention")).to_have_text(["@oncall-o3", "@here"])
    await expect(card.locator(".picture")).to_have_text("A chart of the spike")
    await expect(card.locator(".rich strong")).to_have_text("bold")
    await expect(card.locator(".rich li")).to_have_text("first")
    await expect(card.locator(".rich pre")).to_have_text("fixed")
    await expect(card.get_by_role("cell")).to_have_text(["run.json", "512"])
    await expect(card.locator(".unknown")).to_have_count(0)
    await screenshot(page, "blocks")


@pytest.mark.parametrize("where", ["text", "section", "plain", "attachment"])
async def test_hostile_text_stays_text(stage: Stage, where: str) -> None:
    page = await stage.page()
    for text in HOSTILE:
        if where == "text":
            await stage.say(text)
        elif where == "section":
            await stage.say("x", blocks=[section(text)])
        elif where == "plain":
            await stage.say("x", blocks=[{"type": "header", "text": plain(text)}])
        else:
            await stage.say(
                "x", attachments=[{"text": text, "title": text, "fallback": text, "color": '#"><b>'}]
            )
    rows = page.locator("#channel .message")
    await expect(rows).to_have_count(len(HOSTILE))
    made = await rows.locator("script, img, iframe, svg:not(.icon, .emoji, .logo), b").count()
    assert 0 == made
    targets = await rows.locator("a").evaluate_all("links => links.map((link) => link.protocol)")
    assert {"https:"} >= set(targets)
    for link in await rows.get_by_text("press me").all():
        assert "onmouseover" not in await link.evaluate("node => node.getAttributeNames().join()")
    assert await page.evaluate("window.hacked === undefined")


MRKDWN = (
    ("a *b* c", "a <strong>b</strong> c"),
    ("*b*,", "<strong>b</strong>,"),
    ("2*3*4", "2*3*4"),
    ("* not bold *", "* not bold *"),
    ("snake_case_name", "snake_<wbr>case_<wbr>name"),
    ("_a *b* c_", "<em>a <strong>b</strong> c</em>"),
    ("~gone~", "<s>gone</s>"),
    ("`*raw*`", "<code>*raw*</code>"),
    ("a&lt;b&gt; &amp;amp;", "a&lt;b&gt; &amp;amp;"),
    ("&gt; quoted\n&gt; twice\nnot", "<blockquote>quoted\ntwice</blockquote>not"),
    ("```a\nb```", "<pre>a\nb</pre>"),
    ("<@U02OMAR>", '<span class="mention me" title="Omar Haddad">@omar</span>'),
    ("<@UNOBODY>", '<span class="mention">@UNOBODY</span>'),
    ("<#C0ALERTS>", '<a class="mention" href="#/C0ALERTS">#ops-alerts</a>'),
    ("<!channel>", '<span class="mention all">@channel</span>'),
    ("<!subteam^S03APPROVERS>", '<span class="mention">@o3</span>'),
    (
        "<https://a.example/?q=1&amp;r=2|the _report_>",
        '<a href="https://a.example/?q=1&amp;r=2" target="_blank" rel="noopener noreferrer">the _report_</a>',
    ),
    ("<ftp://a.example|there>", "<span>there</span>"),
    ("a < b", "a &lt; b"),
    (":no_such_emoji:", ":no_<wbr>such_<wbr>emoji:"),
)


async def test_mrkdwn_is_read_as_slack_reads_it(stage: Stage) -> None:
    page = await stage.page()
    for text, _ in MRKDWN:
        await stage.say(text)
    words = page.locator("#channel .message .text")
    await expect(words).to_have_count(len(MRKDWN))
    shown = await words.evaluate_all("all => all.map((one) => one.innerHTML)")
    assert list(MRKDWN) == list(zip((text for text, _ in MRKDWN), shown, strict=True))


async def test_a_date_is_shown_in_the_readers_zone(stage: Stage) -> None:
    page = await stage.page()
    await stage.say("at <!date^1782900000^{date_num} {time}|10:00 UTC>, or <!date^nonsense^{time}|fallback>")
    dates = page.locator("#channel time.date")
    await expect(dates).to_have_text(["01/07/2026 11:00", "fallback"])


async def test_a_link_to_a_message_opens_its_thread_here(stage: Stage) -> None:
    page = await stage.page()
    root = await stage.say("the alert")
    await stage.say("a reply", thread_ts=root)
    await stage.say(
        f"see <https://practice.slack.com/archives/{CRITICAL}/p{root.replace('.', '')}|the thread>"
    )
    await page.get_by_role("link", name="the thread").click()
    await expect(page.locator("#thread .message")).to_have_count(2)


async def test_a_file_is_shown_with_its_beginning_and_opens_as_text(stage: Stage) -> None:
    text = "".join(f"line {number} <b>\n" for number in range(1, 10))
    await stage.bot.files_upload_v2(channel=CRITICAL, filename="pods.txt", title="9 pods", content=text)
    page = await stage.page()
    file = page.locator(".file")
    await expect(file.get_by_text("9 pods")).to_be_visible()
    await expect(file.locator("pre")).to_have_text("\n".join(text.splitlines()[:5]))
    async with page.context.expect_page() as opened:
        await file.get_by_role("link", name="pods.txt").click()
    assert text == await (await (await opened.value).goto((await opened.value).url)).text()  # type: ignore[union-attr]

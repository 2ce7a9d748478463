// Messages: one row each, of people, of bots, or for one person alone.

import { act } from "./api.js";
import { blocks } from "./blocks.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { asTyped, mrkdwn } from "./mrkdwn.js";
import { avatar, badge, displayName } from "./people.js";
import { address } from "./place.js";
import { isReply } from "./state.js";
import { ago, clock, full } from "./time.js";
import { toolbar } from "./toolbar.js";

const SLACKBOT = { name: "slackbot", real_name: "Slackbot", is_bot: true };

/** Who wrote it: a person, a bot by its user, or a bot known only by its bot id. */
export function author(message, workspace) {
  const own = workspace.users.get(message.user);
  if (own || !message.bot_id) return own;
  return [...workspace.users.values()].find((user) => user.profile?.bot_id === message.bot_id);
}

/** A forwarded message is shown as somebody else's words. */
function shared(attachment, names) {
  const channel = names.channel(attachment.channel_id)?.name ?? attachment.channel_name;
  const source = [attachment.author_name, channel && `#${channel}`].filter(Boolean).join(" in ");
  return h(
    "div",
    { class: "quote-card" },
    source && h("div", { class: "quote-source" }, source),
    h("div", { class: "text" }, mrkdwn(attachment.text ?? attachment.fallback ?? "", names)),
  );
}

function attachment(item, context) {
  if (item.is_share || item.is_msg_unfurl) return shared(item, context.names);
  const node = h(
    "div",
    { class: "attachment" },
    item.pretext && h("div", { class: "text" }, mrkdwn(item.pretext, context.names)),
    item.title && h("strong", {}, asTyped(item.title, context.names)),
    item.blocks
      ? blocks(item.blocks, context)
      : h("div", { class: "text" }, mrkdwn(item.text ?? item.fallback ?? "", context.names)),
  );
  if (/^#?[0-9a-f]{6}$/i.test(item.color ?? ""))
    node.style.setProperty("--edge", `#${item.color.replace("#", "")}`);
  return node;
}

/** A file with the beginning of its text; only one that this server keeps can be opened. */
function file(item) {
  const url = new URL(item.url_private ?? "", location.href);
  const name = item.name ?? "file";
  const opens = item.url_private && url.origin === location.origin;
  return h(
    "div",
    { class: "file" },
    h(
      "p",
      { class: "file-head" },
      icon("file"),
      opens ? h("a", { href: url.href, target: "_blank", rel: "noopener" }, name) : name,
      item.lines > 0 && h("span", { class: "quiet-text" }, `${item.lines} lines`),
    ),
    item.title && item.title !== name && h("p", { class: "quiet-text" }, item.title),
    item.preview && h("pre", {}, item.preview),
  );
}

/** The words of a message: its blocks, or its text, and what is attached. */
export function content(message, context) {
  if (message.deleted) return h("p", { class: "deleted" }, icon("trash"), "This message was deleted.");
  // What people type comes with rich_text that repeats it; the text itself keeps *bold* and quotes.
  const repeats = !message.bot_id && message.blocks?.every((block) => block.type === "rich_text");
  const made =
    message.blocks?.length && !repeats
      ? blocks(message.blocks, context)
      : message.text && h("div", { class: "text" }, mrkdwn(message.text, context.names));
  const card = message.bot_id && message.blocks?.some((block) => block.type !== "rich_text");
  return [
    card ? h("div", { class: "card" }, made) : made,
    (message.attachments ?? []).map((item) => attachment(item, context)),
    (message.files ?? []).map(file),
    message.edited && h("span", { class: "edited", title: full(message.edited.ts) }, "(edited)"),
  ];
}

function replyBar(message, channel, app) {
  if (!message.reply_count || isReply(message)) return null;
  const { workspace } = app;
  const alone = workspace.privately(app.place.me, channel, message.ts).length;
  return h(
    "a",
    { class: "reply-bar", href: address(channel, message.ts), data: { focus: "replies" } },
    h(
      "span",
      { class: "faces" },
      (message.reply_users ?? [])
        .slice(0, 4)
        .map((id) => avatar(author({ user: id, bot_id: id }, workspace), workspace, "tiny")),
    ),
    h("strong", {}, `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`),
    h("span", { class: "quiet-text" }, `last reply ${ago(message.latest_reply ?? message.ts)}`),
    // Who pressed something in the channel would not see that the answer went to the thread.
    alone ? h("span", { class: "for-you" }, icon("eye"), `${alone} for you alone`) : null,
  );
}

function editor(message, channel, app) {
  const box = h("textarea", {
    class: "field",
    rows: 2,
    "aria-label": "Edit message",
    data: { focus: "edit" },
  });
  box.value = asTyped(message.text, app.names);
  const stop = () => app.edit(null);
  const save = async () => {
    const answer = await app.tell(
      act(app.place.me, "edit", { channel, ts: message.ts, text: box.value }),
      "The edit",
    );
    if (answer) stop();
  };
  box.addEventListener("keydown", (event) => {
    const action = event.key === "Escape" ? stop : event.key === "Enter" && !event.shiftKey ? save : null;
    if (!action) return;
    event.preventDefault();
    action();
  });
  queueMicrotask(() => box.focus());
  return h(
    "div",
    { class: "editor" },
    box,
    h(
      "div",
      { class: "editor-foot" },
      h("button", { class: "button", onclick: stop }, "Cancel"),
      h("button", { class: "button primary", onclick: save }, "Save changes"),
    ),
  );
}

function heading(message, user, app) {
  return h(
    "div",
    { class: "message-head" },
    h("strong", { class: "author" }, displayName(user)),
    user && badge(user, app.workspace),
    h("time", { title: full(message.ts) }, clock(message.ts)),
  );
}

/** One message of a channel or thread. `follows` is true when the row above has the same author. */
export function messageRow(message, channel, follows, inThread, app) {
  const user = author(message, app.workspace);
  const context = {
    names: app.names,
    click: (fields) =>
      app.tell(act(app.place.me, "click", { channel, ts: message.ts, ...fields }), "The button"),
  };
  const editing = app.editing?.ts === message.ts && app.editing.inThread === inThread;
  return h(
    "article",
    {
      class: `message ${follows ? "follows" : ""} ${message.deleted ? "gone" : ""}`,
      tabindex: "-1",
      data: { ts: message.ts },
      "aria-label": `${displayName(user)}, ${clock(message.ts)}`,
    },
    h(
      "div",
      { class: "gutter" },
      follows ? h("time", { title: full(message.ts) }, clock(message.ts)) : avatar(user, app.workspace),
    ),
    h(
      "div",
      { class: "message-body" },
      !follows && heading(message, user, app),
      message.subtype === "thread_broadcast" &&
        h(
          "p",
          { class: "quiet-text" },
          inThread
            ? "Also sent to the channel"
            : [`replied to `, h("a", { href: address(channel, message.thread_ts) }, "a thread")],
        ),
      editing ? editor(message, channel, app) : content(message, context),
      !inThread && replyBar(message, channel, app),
    ),
    !message.deleted &&
      !editing &&
      h("div", { class: "toolbar-place" }, toolbar(message, channel, inThread, app)),
  );
}

/** A message that only one person sees. */
export function whisperRow(item, app) {
  const context = {
    names: app.names,
    click: (fields) => app.tell(act(app.place.me, "click", { ephemeral: item.id, ...fields }), "The button"),
  };
  const user = item.from_slack
    ? SLACKBOT
    : [...app.workspace.users.values()].find((each) => each.name === "countersign");
  return h(
    "article",
    { class: "message whisper", tabindex: "-1" },
    h("div", { class: "gutter" }, avatar(user, app.workspace)),
    h(
      "div",
      { class: "message-body" },
      h("p", { class: "whisper-note" }, icon("eye"), "Only visible to you"),
      h(
        "div",
        { class: "message-head" },
        h("strong", { class: "author" }, displayName(user)),
        h("time", { title: full(item.ts) }, clock(item.ts)),
      ),
      content({ ...item, bot_id: item.bot_id ?? "B" }, context),
      h(
        "button",
        { class: "link", data: { focus: "dismiss" }, onclick: () => app.dismiss(item.id) },
        "Dismiss message",
      ),
    ),
  );
}

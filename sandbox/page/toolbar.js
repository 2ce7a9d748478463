// What one can do with a message: the row of small buttons at its corner.

import { act } from "./api.js";
import { ask } from "./ask.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";

function tool(name, label, action) {
  return h(
    "button",
    { type: "button", class: "tool", "aria-label": label, title: label, onclick: action },
    icon(name),
  );
}

async function remove(message, channel, app) {
  const sure = await ask({
    title: "Delete this message?",
    body: "What it already set in motion stays as it is.",
    yes: "Delete",
    no: "Keep it",
    danger: true,
  });
  if (sure) app.tell(act(app.place.me, "delete", { channel, ts: message.ts }), "Deleting");
}

/** Where a forwarded message may go: the channels one is in, and the thread that is open beside. */
function targets(app) {
  const here = app
    .visibleChannels()
    .map((channel) => ({ label: app.channelName(channel), channel: channel.id }));
  const { channel, thread } = app.place;
  return thread ? [{ label: "The thread that is open", channel, thread_ts: thread }, ...here] : here;
}

async function forward(message, channel, app) {
  const list = targets(app);
  const choices = list.map((target, index) => h("option", { value: index }, target.label));
  const where = h("select", { class: "field" }, choices);
  const title = "Forward this message";
  if (!(await ask({ title, body: h("label", {}, "To ", where), yes: "Forward", no: "Cancel" }))) return;
  const { channel: to, thread_ts } = list[where.value];
  const fields = { channel: to, thread_ts, from_channel: channel, from_ts: message.ts };
  app.tell(act(app.place.me, "forward", fields), "Forwarding");
}

function shortcuts(message, channel, app) {
  if (!app.workspace.shortcuts.length) return null;
  const label = "Shortcuts of apps";
  const items = app.workspace.shortcuts.map(({ callback_id, name }) => ({
    words: name,
    action: () => app.tell(act(app.place.me, "shortcut", { callback_id, channel, ts: message.ts }), name),
  }));
  return menu({ class: "tool", "aria-label": label, title: label }, items);
}

/** The tools of one message for the person at the keyboard: only its author edits or deletes it. */
export function toolbar(message, channel, inThread, app) {
  const own = message.user === app.place.me;
  const root = message.thread_ts ?? message.ts;
  return h(
    "div",
    { class: "toolbar", role: "toolbar", "aria-label": "Message" },
    !inThread && tool("reply", "Reply in thread", () => app.openThread(channel, root)),
    own && tool("edit", "Edit", () => app.edit({ channel, ts: message.ts, inThread })),
    tool("forward", "Forward", () => forward(message, channel, app)),
    own && tool("trash", "Delete", () => remove(message, channel, app)),
    shortcuts(message, channel, app),
  );
}

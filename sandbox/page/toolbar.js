// What one can do with a message: the row of small buttons at its corner, and the dialog to forward it.

import { act } from "./api.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";

function tool(name, label, action) {
  return h(
    "button",
    { type: "button", class: "tool", "aria-label": label, title: label, onclick: action },
    icon(name),
  );
}

function remove(message, channel, app) {
  const dialog = h(
    "dialog",
    {
      class: "dialog small",
      "aria-labelledby": "delete-title",
      onclose: () => {
        dialog.remove();
        if (dialog.returnValue === "yes")
          app.tell(act(app.place.me, "delete", { channel, ts: message.ts }), "Deleting");
      },
    },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "delete-title" }, "Delete this message?"),
      h("p", { class: "dialog-body" }, "What it already set in motion stays as it is."),
      h(
        "div",
        { class: "dialog-foot" },
        h("button", { class: "button", value: "no" }, "Keep it"),
        h("button", { class: "button danger", value: "yes" }, "Delete"),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

/** Where a forwarded message may go: the channels one is in, and the thread that is open beside. */
function targets(app) {
  const here = app
    .visibleChannels()
    .map((channel) => ({ label: app.channelName(channel), channel: channel.id }));
  const { channel, thread } = app.place;
  return thread ? [{ label: "The thread that is open", channel, thread_ts: thread }, ...here] : here;
}

function forward(message, channel, app) {
  const list = targets(app);
  const where = h(
    "select",
    { class: "field", id: "forward-to" },
    list.map((target, index) => h("option", { value: index }, target.label)),
  );
  const dialog = h(
    "dialog",
    {
      class: "dialog small",
      "aria-labelledby": "forward-title",
      onclose: () => {
        dialog.remove();
        if (dialog.returnValue !== "yes") return;
        const { channel: to, thread_ts } = list[where.value];
        app.tell(
          act(app.place.me, "forward", {
            channel: to,
            thread_ts,
            from_channel: channel,
            from_ts: message.ts,
          }),
          "Forwarding",
        );
      },
    },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "forward-title" }, "Forward this message"),
      h("div", { class: "dialog-body" }, h("label", { for: "forward-to" }, "To"), where),
      h(
        "div",
        { class: "dialog-foot" },
        h("button", { class: "button", value: "no" }, "Cancel"),
        h("button", { class: "button primary", value: "yes" }, "Forward"),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

function shortcuts(message, channel, app) {
  if (!app.workspace.shortcuts.length) return null;
  const list = h("div", { class: "menu", role: "menu" });
  const node = h(
    "details",
    {
      class: "overflow",
      onkeydown: (event) => {
        if (event.key === "Escape") node.open = false;
      },
    },
    h(
      "summary",
      { class: "tool", "aria-label": "Shortcuts of apps", title: "Shortcuts of apps" },
      icon("more"),
    ),
    list,
  );
  fill(
    list,
    app.workspace.shortcuts.map((shortcut) =>
      h(
        "button",
        {
          type: "button",
          role: "menuitem",
          onclick: () => {
            node.open = false;
            app.tell(
              act(app.place.me, "shortcut", { callback_id: shortcut.callback_id, channel, ts: message.ts }),
              shortcut.name,
            );
          },
        },
        shortcut.name,
      ),
    ),
  );
  return node;
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

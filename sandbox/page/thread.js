// The thread beside the channel: its root, its replies, and a box of its own.

import { Composer } from "./composer.js";
import { fill, h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { showMessages } from "./messages.js";
import { Pin } from "./pin.js";

export class Thread {
  #shown = null;

  constructor(node, app) {
    Object.assign(this, { node, app });
    this.list = h("div", {
      class: "messages",
      role: "log",
      "aria-label": "Messages of the thread",
      tabindex: "0",
    });
    this.pin = new Pin(this.list);
    this.where = h("span", { class: "quiet-text" });
    const box = h("div", { class: "composer" });
    this.composer = new Composer(
      box,
      app,
      () => ({ channel: app.place.channel, thread: app.place.thread }),
      "thread",
      () => this.pin.toEnd(),
    );
    fill(
      node,
      h(
        "header",
        { class: "panel-head" },
        h(
          "button",
          { class: "quiet back", "aria-label": "Back to the channel", onclick: () => this.close() },
          icon("back"),
        ),
        h("div", { class: "panel-title" }, h("h2", {}, "Thread"), this.where),
        h(
          "button",
          { class: "quiet close", "aria-label": "Close the thread", onclick: () => this.close() },
          icon("close"),
        ),
      ),
      this.list,
      box,
    );
    node.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.close();
    });
  }

  /** Back to the channel; the keyboard goes to where the thread is opened from. */
  close() {
    const { place } = this.app;
    const opener = `#channel [data-ts="${CSS.escape(place.thread)}"] .reply-bar`;
    place.go(place.channel);
    this.app.pointAt(opener);
  }

  render() {
    const { place, workspace } = this.app;
    this.node.hidden = !place.thread;
    if (!place.thread) return;
    const root = workspace.message(place.channel, place.thread);
    fill(this.where, this.app.channelName(workspace.channels.get(place.channel)));
    const key = `${place.channel}/${place.thread}`;
    const first = key !== this.#shown;
    if (first) {
      reconcile(this.list, []);
      delete this.list.dataset.settled;
    }
    this.#shown = key;
    const messages = root ? [root, ...workspace.replies(place.channel, place.thread)] : [];
    const whispers = workspace.privately(place.me, place.channel, place.thread);
    showMessages(this.list, messages, whispers, place.channel, true, this.app);
    this.composer.render();
    if (first) this.pin.toEnd();
    else this.pin.settle();
  }
}

// The thread beside the channel: its root, its replies, and a box of its own.

import { backButton } from "./back.js";
import { Composer } from "./composer.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { MessageList } from "./messagelist.js";

export class Thread {
  constructor(node, app) {
    Object.assign(this, { node, app });
    this.list = new MessageList(app, "Messages of the thread", true);
    this.where = h("span", { class: "quiet-text" });
    const box = h("div", { class: "composer" });
    this.composer = new Composer(
      box,
      app,
      () => ({ channel: app.place.channel, thread: app.place.thread }),
      "thread",
      () => this.list.pin.toEnd(),
    );
    fill(
      node,
      h(
        "header",
        { class: "panel-head" },
        backButton("Back to the channel", () => this.close()),
        h("div", { class: "panel-title" }, h("h2", {}, "Thread"), this.where),
        h(
          "button",
          { class: "quiet close", "aria-label": "Close the thread", onclick: () => this.close() },
          icon("close"),
        ),
      ),
      this.list.node,
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
    const messages = root ? [root, ...workspace.replies(place.channel, place.thread)] : [];
    const whispers = workspace.privately(place.me, place.channel, place.thread);
    this.composer.render();
    this.list.show(`${place.channel}/${place.thread}`, place.channel, messages, whispers);
  }
}

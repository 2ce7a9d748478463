// The channels of the person at the keyboard, with what is new in them.

import { fill, h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { APP_HOME, address } from "./place.js";

export class Channels {
  #read = new Map();

  constructor(node, app) {
    this.app = app;
    this.list = h("div", { class: "channel-list" });
    this.home = h(
      "a",
      { class: "channel", href: APP_HOME, data: { focus: "app-home" } },
      icon("person"),
      h("span", { class: "app-name" }, "Countersign · Home"),
    );
    fill(node, h("h2", { class: "rail-title" }, "Channels"), this.home, this.list);
  }

  #newest(channel) {
    return Math.max(0, ...[...(this.app.workspace.messages.get(channel)?.keys() ?? [])].map(Number));
  }

  /** What stood there when the page opened counts as read. */
  adopt() {
    for (const id of this.app.workspace.channels.keys()) {
      if (!this.#read.has(id)) this.#read.set(id, this.#newest(id));
    }
  }

  #unread(channel) {
    const since = this.#read.get(channel) ?? 0;
    const messages = this.app.workspace.messages.get(channel)?.values() ?? [];
    return [...messages].filter(
      (message) => Number(message.ts) > since && !message.deleted && message.user !== this.app.place.me,
    ).length;
  }

  #row(channel, current, unread) {
    const { app } = this;
    return h(
      "a",
      {
        class: `channel ${unread ? "unread" : ""}`,
        href: address(channel.id),
        "aria-current": current ? "page" : null,
        data: { focus: `channel-${channel.id}` },
      },
      icon(channel.is_archived ? "lock" : channel.is_im ? "reply" : "hash"),
      h("span", { class: "channel-name" }, app.channelName(channel).replace(/^#/, "")),
      channel.is_shared &&
        h("span", { class: "shared", title: "Shared with another organisation" }, "shared"),
      unread > 0 && h("span", { class: "count", "aria-label": `${unread} new` }, unread),
    );
  }

  render() {
    const { app } = this;
    if (app.place.appHome) this.home.setAttribute("aria-current", "page");
    else this.home.removeAttribute("aria-current");
    if (!app.place.home && !app.place.appHome && document.visibilityState === "visible")
      this.#read.set(app.place.channel, this.#newest(app.place.channel));
    reconcile(
      this.list,
      app.visibleChannels().map((channel) => {
        const current = channel.id === app.place.channel && !app.place.home && !app.place.appHome;
        const unread = current ? 0 : this.#unread(channel.id);
        return {
          key: channel.id,
          mark: JSON.stringify([
            app.channelName(channel),
            channel.is_archived,
            channel.is_shared,
            current,
            unread,
          ]),
          build: () => this.#row(channel, current, unread),
        };
      }),
    );
  }
}

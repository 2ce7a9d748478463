// The bar at the foot of a narrow page: one place at a time, each a thumb away.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";

const PLACES = [
  { to: "home", words: "You", icon: "person" },
  { to: "channel", words: "Channel", icon: "hash" },
  { to: "thread", words: "Thread", icon: "reply" },
  { to: "systems", words: "Systems", icon: "pane" },
  { to: "break", words: "Break it", icon: "power" },
];

export class Bar {
  /** Where "Thread" leads: to the one that was open last in this channel. */
  #thread = null;

  constructor(node, app) {
    this.app = app;
    this.buttons = new Map(PLACES.map((place) => [place.to, this.#button(place)]));
    fill(node, ...this.buttons.values());
  }

  #button({ to, words, icon: name }) {
    return h("button", { type: "button", data: { to }, onclick: () => this.#go(to) }, icon(name), words);
  }

  #go(to) {
    const { place } = this.app;
    if (to === "systems" || to === "break") {
      place.showSystem(true, to);
      return;
    }
    place.showSystem(false);
    if (to === "home") place.goHome();
    else place.go(place.channel, to === "thread" ? this.#thread.ts : null);
  }

  render(shown, marked) {
    const { place } = this.app;
    if (place.thread) this.#thread = { channel: place.channel, ts: place.thread };
    this.buttons.get("thread").disabled = this.#thread?.channel !== place.channel;
    for (const [to, button] of this.buttons) {
      button.classList.toggle("marked", marked.includes(to));
      const here = shown === "system" ? to === place.tab : to === shown;
      if (here) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
  }
}

// Practice time: what the bot and Slack go by. Skipping lets one see in a minute what takes hours.

import { letTimePass } from "./api.js";
import { fill, h } from "./dom.js";
import { clock, now } from "./time.js";

const MINUTE = 60;
const SKIPS = [
  { words: "15 min", seconds: 15 * MINUTE },
  { words: "1 hour", seconds: 60 * MINUTE },
];

/** How far ahead, in words: "1 h 30 min". */
function span(seconds) {
  const minutes = Math.round(seconds / MINUTE);
  const parts = [Math.floor(minutes / 60) && `${Math.floor(minutes / 60)} h`, minutes % 60 && `${minutes % 60} min`];
  return parts.filter(Boolean).join(" ");
}

export class Clock {
  constructor(node, app) {
    Object.assign(this, { node, app });
    this.time = h("strong", {});
    this.ahead = h("span", { class: "quiet-text" });
    fill(
      node,
      h("p", { class: "practice-time", role: "status" }, this.time, this.ahead),
      h(
        "div",
        { class: "row", role: "group", "aria-label": "Skip time" },
        h("span", { class: "quiet-text" }, "Skip"),
        SKIPS.map(({ words, seconds }) =>
          h("button", { type: "button", class: "button small", onclick: () => this.#skip(seconds, words) }, words),
        ),
      ),
    );
  }

  #skip(seconds, words) {
    return this.app.tell(letTimePass(seconds), `Skipping ${words}`);
  }

  render() {
    const { ahead, moves } = this.app.workspace.clock;
    this.node.hidden = !moves;
    const words = [clock(now() / 1000), ahead ? `${span(ahead)} ahead` : "practice time"];
    if (this.time.textContent !== words[0]) fill(this.time, words[0]);
    if (this.ahead.textContent !== words[1]) fill(this.ahead, words[1]);
  }
}

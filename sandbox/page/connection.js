// How the page's own line to the practice workspace is, in the head of what is shown.

import { fill, h } from "./dom.js";

const WORDS = { live: "Live", connecting: "Connecting…", lost: "Connection lost, trying again…" };

export class Connection {
  constructor() {
    this.node = h("span", { class: "connection", role: "status" });
  }

  /** Told anew only when it changed: a status is read out. `spot` is where it stands in a head. */
  show(how, spot) {
    if (this.node.parentNode !== spot) spot.append(this.node);
    this.node.className = `connection ${how}`;
    if (this.node.textContent !== WORDS[how]) fill(this.node, WORDS[how]);
  }
}

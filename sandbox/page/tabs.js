// Tabs as the ARIA practices draw them: arrows move between them, the chosen one alone is in the tab order.
// https://www.w3.org/WAI/ARIA/apg/patterns/tabs/

import { fill, h } from "./dom.js";

export class Tabs {
  /** `tabs` are {id, words, panel}: the id of the part that each shows. */
  constructor(node, label, tabs, choose) {
    this.tabs = tabs;
    this.buttons = tabs.map(({ id, words, panel }) =>
      h(
        "button",
        {
          type: "button",
          class: "tab",
          role: "tab",
          id: `tab-${id}`,
          "aria-controls": panel,
          onclick: () => choose(id),
        },
        words,
      ),
    );
    const list = h("div", { class: "tabs", role: "tablist", "aria-label": label }, this.buttons);
    list.addEventListener("keydown", ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (!step) return;
      const next = (this.buttons.indexOf(document.activeElement) + step + tabs.length) % tabs.length;
      choose(tabs[next].id);
      this.buttons[next].focus();
    });
    fill(node, list);
    for (const { id, panel } of tabs) {
      const part = document.getElementById(panel);
      part.setAttribute("role", "tabpanel");
      part.setAttribute("aria-labelledby", `tab-${id}`);
    }
  }

  /** `marked` holds the ids of tabs behind which something wants attention. */
  render(chosen, marked) {
    this.tabs.forEach(({ id, panel }, index) => {
      this.buttons[index].classList.toggle("marked", marked.includes(id));
      this.buttons[index].setAttribute("aria-selected", String(id === chosen));
      this.buttons[index].tabIndex = id === chosen ? 0 : -1;
      document.getElementById(panel).hidden = id !== chosen;
    });
  }
}

// Practice systems, drawn from what they say of themselves: sections of rows, and switches for their faults.
// Nothing here knows what a panel is about; what a panel may hold is written in sandbox/slack/panels.py.

import { tellPanel } from "./api.js";
import { fill, h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";

const TONES = { good: "good", warning: "warning", bad: "bad", quiet: "faint" };
const FOLDED_FROM = 8;

function bar(share) {
  const filled = h("span", { class: "bar-filled" });
  filled.style.setProperty("inline-size", `${Math.round(Math.min(Math.max(share, 0), 1) * 100)}%`);
  return h("span", { class: "bar", "aria-hidden": "true" }, filled);
}

/** One cell: its column's name stands before it where there is no room for columns. */
function cell({ text, tone, bar: share }, column, index) {
  const words = String(text ?? "");
  return h(
    "span",
    {
      role: index ? "cell" : "rowheader",
      class: `cell ${TONES[tone] ?? ""} ${words ? "" : "blank"}`,
      data: { column },
      title: words,
    },
    words,
    share !== undefined && share !== null && bar(share),
  );
}

const rowNode = (row, columns) =>
  h(
    "div",
    { role: "row", class: "panel-row", data: { row: row.id } },
    row.cells.map((each, index) => cell(each, columns[index] ?? "", index)),
  );

const headNode = (columns) =>
  h(
    "div",
    { role: "row", class: "panel-columns" },
    columns.map((column) => h("span", { role: "columnheader" }, column)),
  );

/** A section keeps its element, and so whether the reader has folded it. */
class Section {
  constructor({ title, rows }) {
    this.count = h("span", { class: "count" });
    this.table = h("div", { class: "panel-table", role: "table", "aria-label": title });
    this.node = h(
      "details",
      { class: "panel-section", open: rows.length < FOLDED_FROM },
      h("summary", {}, title, this.count),
      this.table,
    );
  }

  render({ columns, rows }) {
    fill(this.count, rows.length);
    this.table.style.setProperty("--columns", columns.length);
    const head = { key: "columns", mark: columns.join("\n"), build: () => headNode(columns) };
    const none = { key: "none", mark: "", build: () => h("p", { class: "empty" }, "Nothing here.") };
    const items = rows.map((row) => ({
      key: `row-${row.id}`,
      mark: JSON.stringify([columns, row]),
      look: row.changed,
      build: () => rowNode(row, columns),
    }));
    reconcile(this.table, rows.length ? [head, ...items] : [none]);
  }
}

class Panel {
  #sections = new Map();

  constructor({ id, title, address }, app) {
    Object.assign(this, { id, title, app });
    this.sections = h("div");
    this.faults = h("div", { class: "fault-switches", role: "group", "aria-label": `Faults of ${title}` });
    const label = `More for ${title}`;
    const reset = {
      words: "Put it back to the start",
      action: () => app.tell(tellPanel(id, "reset"), `Resetting ${title}`),
    };
    this.node = h(
      "section",
      { class: "system-card", "aria-label": title, data: { panel: id } },
      h(
        "div",
        { class: "panel-bar" },
        h("h3", {}, title),
        h("span", { class: "quiet-text address", title: address }, address.replace(/^https?:\/\//, "")),
        menu({ class: "quiet", "aria-label": label, title: label }, [reset]),
      ),
      this.sections,
      this.faults,
    );
  }

  render({ sections, faults }) {
    reconcile(
      this.sections,
      sections.map((section) => ({ key: section.title, mark: "", build: () => this.#section(section).node })),
    );
    sections.forEach((section) => this.#section(section).render(section));
    reconcile(
      this.faults,
      faults.map((fault) => ({
        key: fault.id,
        mark: JSON.stringify(fault),
        build: () => this.#switch(fault),
      })),
    );
  }

  #section(section) {
    if (!this.#sections.has(section.title)) this.#sections.set(section.title, new Section(section));
    return this.#sections.get(section.title);
  }

  #switch({ id, label, on }) {
    const turn = () => this.app.tell(tellPanel(this.id, "fault", { fault: id, on: !on }), label);
    return h(
      "button",
      {
        type: "button",
        class: "fault-switch",
        role: "switch",
        "aria-checked": String(on),
        data: { focus: `fault-${id}` },
        onclick: turn,
      },
      on && icon("warn"),
      label,
    );
  }
}

/** All panels, in the order of the server. */
export class PanelList {
  #panels = new Map();

  constructor(node, app) {
    Object.assign(this, { node, app });
  }

  render() {
    const { panels } = this.app.systems;
    reconcile(
      this.node,
      panels.map((panel) => ({ key: panel.id, mark: panel.address, build: () => this.#made(panel).node })),
    );
    panels.forEach((panel) => this.#panels.get(panel.id).render(panel));
  }

  #made(panel) {
    this.#panels.set(panel.id, new Panel(panel, this.app));
    return this.#panels.get(panel.id);
  }
}

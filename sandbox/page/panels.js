// Practice systems, drawn from what they say of themselves: sections of rows, and switches for their faults.
// Nothing here knows what a panel is about; what a panel may hold is written in sandbox/slack/panels.py.

import { tellPanel } from "./api.js";
import { fill, h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { link } from "./mrkdwn.js";

const TONES = { good: "good", warning: "warning", bad: "bad", quiet: "faint" };
const COMPACT_FROM = 7;
const FOLDED_FROM = 12;

function bar(share) {
  const filled = h("span", { class: "bar-filled" });
  filled.style.setProperty("inline-size", `${Math.round(Math.min(Math.max(share, 0), 1) * 100)}%`);
  return h("span", { class: "bar", "aria-hidden": "true" }, filled);
}

/** One cell. Without room for columns, how it stands with a row is its end, and the rest a line below. */
function cell({ text, tone, bar: share }, index, columns) {
  const words = String(text ?? "");
  const column = columns[index] ?? "";
  const tells = ["good", "warning", "bad"].includes(tone) || share !== undefined || columns.length === 2;
  return h(
    "span",
    {
      role: index ? "cell" : "rowheader",
      class: `cell ${TONES[tone] ?? ""} ${index && tells ? "status" : ""} ${words ? "" : "blank"}`,
      data: { column },
      title: words,
    },
    words,
    share !== undefined && share !== null && bar(share),
  );
}

const rowNode = (row, columns, moved, names) =>
  h(
    "div",
    { role: "row", class: `panel-row ${moved ? "moved" : ""}`, data: { row: row.id } },
    row.cells.map((each, index) => cell(each, index, columns)),
    row.body && h("p", { role: "cell", class: "row-body" }, lines(row.body, names)),
  );

const ADDRESS = /(https?:\/\/\S+)/;

/** A longer text, a line each; a link to a message of this workspace stays inside. */
const lines = (body, names) =>
  body
    .split(/\n+/)
    .map((line) =>
      h(
        "span",
        {},
        line.split(ADDRESS).map((piece) => (ADDRESS.test(piece) ? link(piece, "Open the thread", names) : piece)),
      ),
    );

const headNode = (columns) =>
  h(
    "div",
    { role: "row", class: "panel-columns" },
    columns.map((column) => h("span", { role: "columnheader" }, column)),
  );

/** A section keeps its element, so whether the reader has folded it; it knows what moved meanwhile. */
class Section {
  #first = new Map();
  #last = new Map();

  constructor({ title, rows, folded }) {
    this.count = h("span", { class: "count" });
    this.table = h("div", { class: "panel-table", role: "table", "aria-label": title });
    this.node = h(
      "details",
      { class: "panel-section", open: rows.length < FOLDED_FROM && !folded },
      h("summary", {}, title, this.count),
      this.table,
    );
  }

  render({ columns, rows, empty }, names) {
    fill(this.count, rows.length);
    this.table.style.setProperty("--columns", columns.length);
    this.table.classList.toggle("compact", rows.length >= COMPACT_FROM);
    const moved = (row) => {
      if (!this.#first.has(row.id)) this.#first.set(row.id, row.changed);
      return this.#first.get(row.id) !== row.changed;
    };
    const head = { key: "columns", mark: columns.join("\n"), build: () => headNode(columns) };
    const none = { key: "none", mark: empty ?? "", build: () => h("p", { class: "empty" }, empty ?? "Nothing here.") };
    const items = rows.map((row) => ({
      key: `row-${row.id}`,
      mark: JSON.stringify([columns, row]),
      look: row.changed,
      build: () => rowNode(row, columns, moved(row), names),
    }));
    reconcile(this.table, rows.length ? [head, ...items] : [none]);
    this.#lead(rows);
  }

  /** Brings a row that has just changed into view, unless somebody is busy in the pane. */
  #lead(rows) {
    const changed = rows.find(({ id, changed: now }) => this.#last.has(id) && this.#last.get(id) !== now);
    this.#last = new Map(rows.map(({ id, changed: now }) => [id, now]));
    if (!changed || !this.node.open || document.querySelector("#system:is(:hover, :focus-within)")) return;
    const row = this.table.querySelector(`[data-row="${CSS.escape(changed.id)}"]`);
    row.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }
}

class Panel {
  #sections = new Map();

  constructor({ id, title, address, switches }, app) {
    Object.assign(this, { id, title, app });
    this.sections = h("div");
    this.faults = h("div", { class: "fault-switches", role: "group", "aria-label": `Faults of ${title}` });
    this.inForce = h("span", { class: "count" });
    this.fold = h(
      "details",
      { class: "panel-section", open: Boolean(switches) },
      h("summary", {}, switches ?? "Make it misbehave", this.inForce),
      this.faults,
    );
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
      this.fold,
    );
  }

  render({ sections, faults }) {
    reconcile(
      this.sections,
      sections.map((section) => ({ key: section.title, mark: "", build: () => this.#section(section).node })),
    );
    sections.forEach((section) => this.#section(section).render(section, this.app.names));
    const on = faults.filter((fault) => fault.on).length;
    fill(this.inForce, on ? `${on} in force` : "");
    this.inForce.classList.toggle("in-force", on > 0);
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

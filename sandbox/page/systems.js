// The pane beside the conversation: what is true on the credit monitor's disk, whatever anybody says about it.

import { Unreachable, getCredits, sendRun } from "./api.js";
import { fill, h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { toast } from "./toast.js";

const QUARANTINE = "runs/QUARANTINE/";
const REFRESH_MS = 2500;
const GRAVE = ["SEV0", "SEV1"];

/** One field of a record, whichever way it is spelt: the monitor writes `Case_ID`. */
const read = (record, ...names) => names.map((name) => record[name]).find((value) => value !== undefined);

export const caseId = (record) => read(record, "Case_ID", "case_id", "id") ?? "";
export const caseStatus = (record) => read(record, "Status", "status") ?? "";
const caseRun = (record) => read(record, "Primary_Run_ID", "run_id") ?? "";

export class Systems extends EventTarget {
  runs = [];
  cases = [];
  #due = null;
  #sending = false;

  constructor(app) {
    super();
    this.app = app;
    app.workspace.addEventListener("change", () => this.soon());
    setInterval(() => !document.hidden && this.refresh(), REFRESH_MS);
  }

  /** Reads the folder again shortly: one reading for a burst of events. */
  soon() {
    clearTimeout(this.#due);
    this.#due = setTimeout(() => this.refresh(), 150);
  }

  async refresh() {
    let credits;
    try {
      credits = await getCredits();
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      return; // The line's state is shown at the top; the last known folder stays in view.
    }
    const before = JSON.stringify([this.runs, this.cases]);
    this.runs = credits.runs ?? [];
    this.cases = credits.cases ?? [];
    if (before !== JSON.stringify([this.runs, this.cases])) this.dispatchEvent(new Event("change"));
  }

  run = (id) => this.runs.find((run) => run.run_id === id);
  case = (id) => this.cases.find((record) => caseId(record) === id);

  /** Lets the practice monitor find a runaway job and tell the bot of it. */
  async send(severity = "SEV0", scenario = "EMAIL_SEND_001") {
    if (this.#sending) return;
    this.#sending = true;
    try {
      const answer = await this.app.tell(sendRun({ severity, scenario }), "Sending a run");
      if (answer && answer.status >= 300) {
        toast(
          "The bot did not take the run",
          `It answered ${answer.status}. The record is on the disk all the same.`,
        );
      }
    } finally {
      this.#sending = false;
      this.soon();
    }
  }
}

const short = (path) => path.replace(/^runs\//, "").replace("CREDIT_MONITORING/", "");
export const isQuarantined = (run) => Boolean(run?.where.startsWith(QUARANTINE));
const kilobytes = (bytes) => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`);

function digest(file) {
  if (file.sha256_ok === null || file.sha256_ok === undefined)
    return h("span", { class: "quiet-text" }, kilobytes(file.bytes));
  return file.sha256_ok
    ? h("span", { class: "digest good", title: "The SHA-256 matches its sidecar" }, icon("check"), "matches")
    : h(
        "span",
        { class: "digest bad", title: "The SHA-256 differs from its sidecar" },
        icon("warn"),
        "differs",
      );
}

// The card's title says the run id already.
const fileRow = (file, run) =>
  h(
    "li",
    {},
    icon("file"),
    h("span", { class: "file-name", title: file.name }, file.name.replace(run.run_id, "…")),
    digest(file),
  );

function runCard(run, record) {
  return h(
    "article",
    { class: `run ${isQuarantined(run) ? "held" : ""}` },
    h(
      "header",
      {},
      h("strong", {}, run.run_id),
      h("span", { class: `sev ${run.severity.toLowerCase()}` }, run.severity),
    ),
    h("p", { class: "run-where" }, icon(isQuarantined(run) ? "lock" : "folder"), short(run.where)),
    h(
      "ul",
      { class: "files" },
      run.files.map((file) => fileRow(file, run)),
    ),
    record &&
      h(
        "p",
        { class: "run-case" },
        caseId(record),
        h("span", { class: `pill ${caseStatus(record).toLowerCase()}` }, caseStatus(record)),
      ),
  );
}

const ordinary = (run) =>
  h(
    "li",
    {},
    h("span", { class: "file-name" }, run.run_id),
    h("span", { class: "quiet-text" }, run.scenario),
    run.files.every((file) => file.sha256_ok !== false)
      ? icon("check", "digests match")
      : icon("warn", "a digest differs"),
  );

/** Draws the pane: held and grave runs in full, ordinary ones folded away by day. */
export class SystemPane {
  constructor(node, systems) {
    Object.assign(this, { node, systems });
    this.sendButton = h(
      "button",
      { class: "button primary wide", onclick: () => systems.send() },
      icon("run"),
      "Send a SEV0 run",
    );
    this.list = h("div", { class: "runs" });
    this.rest = h("div", { class: "ordinary" });
    fill(
      node,
      h("p", { class: "pane-lead" }, "What is true on the monitor's disk, read live."),
      this.sendButton,
      this.list,
      this.rest,
    );
  }

  render() {
    const { runs, cases } = this.systems;
    const recordOf = (run) => cases.find((record) => caseRun(record) === run.run_id);
    const grave = runs
      .filter((run) => GRAVE.includes(run.severity) || isQuarantined(run))
      .sort(
        (a, b) =>
          isQuarantined(b) - isQuarantined(a) ||
          b.where.localeCompare(a.where) ||
          b.run_id.localeCompare(a.run_id),
      );
    reconcile(
      this.list,
      grave.length
        ? grave.map((run) => {
            const mark = JSON.stringify([run, recordOf(run)]);
            return { key: run.run_id, mark, look: mark, build: () => runCard(run, recordOf(run)) };
          })
        : [
            {
              key: "none",
              mark: "",
              build: () => h("p", { class: "empty" }, "Nothing is held. All runs are where they belong."),
            },
          ],
    );
    const days = Map.groupBy(
      runs.filter((run) => !grave.includes(run)),
      (run) => short(run.where),
    );
    reconcile(
      this.rest,
      [...days]
        .sort(([a], [b]) => b.localeCompare(a))
        .map(([day, list]) => ({
          key: day,
          mark: JSON.stringify(list),
          build: () =>
            h(
              "details",
              {},
              h("summary", {}, icon("folder"), day, h("span", { class: "count" }, list.length)),
              h("ul", { class: "files" }, list.map(ordinary)),
            ),
        })),
    );
  }
}

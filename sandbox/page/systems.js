// What is true of the practice systems, whatever anybody says about them: the credit monitor's disk, and the
// panels of the others. Read again whenever something happens, and now and then.

import { Unreachable, getCredits, getPanels, sendRun, sendStorm } from "./api.js";
import { toast } from "./toast.js";

const QUARANTINE = "runs/QUARANTINE/";
const REFRESH_MS = 2500;

/** One field of a record, whichever way it is spelt: the monitor writes `Case_ID`. */
const read = (record, ...names) => names.map((name) => record[name]).find((value) => value !== undefined);

export const caseId = (record) => read(record, "Case_ID", "case_id", "id") ?? "";
export const caseStatus = (record) => read(record, "Status", "status") ?? "";
export const caseRun = (record) => read(record, "Primary_Run_ID", "run_id") ?? "";

export class Systems extends EventTarget {
  runs = [];
  cases = [];
  panels = [];
  #due = null;
  #asked = 0;
  #told = 0;
  #sending = false;

  constructor(app) {
    super();
    this.app = app;
    app.workspace.addEventListener("change", () => this.soon());
    setInterval(() => !document.hidden && this.refresh(), REFRESH_MS);
  }

  /** Reads everything again shortly: one reading for a burst of events. */
  soon() {
    clearTimeout(this.#due);
    this.#due = setTimeout(() => this.refresh(), 150);
  }

  /** Reads everything again; an answer that comes after a later one is no news any more. */
  async refresh() {
    const asked = ++this.#asked;
    let credits, panels;
    try {
      [credits, panels] = await Promise.all([getCredits(), getPanels()]);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      return; // The line's state is shown at the top; what was known last stays in view.
    }
    if (asked < this.#told) return;
    this.#told = asked;
    const before = this.#mark;
    this.runs = credits.runs ?? [];
    this.cases = credits.cases ?? [];
    this.panels = panels;
    if (before !== this.#mark) this.dispatchEvent(new Event("change"));
  }

  get #mark() {
    return JSON.stringify([this.runs, this.cases, this.panels]);
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

  /** Lets the practice monitor tell hundreds of small variances at once; they come to #ops-monitoring. */
  async storm() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      const answer = await this.app.tell(sendStorm(), "Sending a storm");
      if (answer?.sent)
        toast("A storm is on its way", `The bot took ${answer.taken} of ${answer.sent}. See #ops-monitoring.`, "good");
    } finally {
      this.#sending = false;
      this.soon();
    }
  }
}

export const isQuarantined = (run) => Boolean(run?.where.startsWith(QUARANTINE));

// The credit monitor's disk: where each run's files lie, whether their digests are right, and its case.

import { fill, h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { caseId, caseRun, caseStatus, isQuarantined } from "./systems.js";

const GRAVE = ["SEV0", "SEV1"];

const short = (path) => path.replace(/^runs\//, "").replace("CREDIT_MONITORING/", "");
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

/** Draws the monitor: held and grave runs in full, ordinary ones folded away by day. */
export class Monitor {
  constructor(node, systems) {
    Object.assign(this, { node, systems });
    this.sendButton = h(
      "button",
      { class: "button primary wide", onclick: () => systems.send() },
      icon("run"),
      "Send a SEV0 run",
    );
    this.stormButton = h("button", { class: "button wide", onclick: () => systems.storm() }, "Send a storm of 300");
    this.list = h("div", { class: "runs" });
    this.count = h("span", { class: "count" });
    this.rest = h("div", { class: "ordinary" });
    fill(
      node,
      h(
        "div",
        { class: "panel-bar" },
        h("h3", {}, "Credit monitor"),
        h("span", { class: "quiet-text address" }, "on disk"),
      ),
      this.sendButton,
      this.stormButton,
      this.list,
      h(
        "details",
        { class: "panel-section" },
        h("summary", {}, "Ordinary runs", this.count),
        this.rest,
      ),
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
    const ordinaries = runs.filter((run) => !grave.includes(run));
    fill(this.count, ordinaries.length);
    const days = Map.groupBy(ordinaries, (run) => short(run.where));
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

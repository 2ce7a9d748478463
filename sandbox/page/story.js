// The story that a newcomer can play: a quarantined run is released by two people. Each step knows by itself
// whether it is done: from the thread, and from the disk where the disk can tell.

import { fill, h } from "./dom.js";
import { STAGE, currentThread, requestsAbout } from "./facts.js";
import { icon } from "./icons.js";
import { caseStatus, isQuarantined } from "./systems.js";

const OMAR = "U02OMAR";
const RUTH = "U03RUTH";

// The text of a request's card ends with its state.
const CAME_TO_NOTHING = /: (denied|expired|cancelled|void|failed)$/;

/** The newest card of a request about `target` that waits or was carried out. */
const requestAbout = (thread, target) =>
  requestsAbout(thread, target).findLast(({ text }) => !CAME_TO_NOTHING.test(text));

function caseSuggestion(resolving, formWaits) {
  if (resolving) return { label: "APPROVED - root cause confirmed", as: RUTH, thread: true };
  if (formWaits) return { label: "Show me the button", as: OMAR, thread: true, point: true };
  return { label: "@countersign resolve-case", as: OMAR, thread: true };
}

function steps(thread, systems) {
  const { caseId = "CASE-…", runId = "RUN-…" } = thread ?? {};
  const resolving = requestAbout(thread, caseId);
  const releasing = requestAbout(thread, runId);
  const resolved = Boolean(thread) && /resolved|closed/i.test(caseStatus(systems.case(caseId) ?? {}));
  const run = systems.run(runId);
  const formWaits =
    thread &&
    !resolving &&
    thread.replies.some((message) => !message.bot_id && /resolve-case/.test(message.text));
  return [
    {
      title: "Send a SEV0 run",
      note: "The monitor finds a runaway job.",
      done: Boolean(thread),
      suggestion: { label: "Send a SEV0 run", send: true },
    },
    {
      title: "Omar takes it",
      note: "An operator stops the 15-minute clock.",
      done: Boolean(thread) && /\b(acknowledged|resolved)\b/i.test(thread.root.text),
      suggestion: { label: `ACK - O2 Omar investigating ${caseId}`, as: OMAR, thread: true },
    },
    {
      title: "The case is resolved",
      done: resolved,
      note: formWaits
        ? "Press the bot's button in the thread and fill in the form."
        : "Omar fills in the form, Ruth approves.",
      suggestion: caseSuggestion(resolving, formWaits),
    },
    {
      title: "The run is released",
      note: "Omar asks, Ruth countersigns.",
      done: resolved && Boolean(releasing) && Boolean(run) && !isQuarantined(run),
      suggestion: releasing
        ? { label: "APPROVED - false positive confirmed", as: RUTH, thread: true }
        : { label: `/release ${runId} because false positive`, as: OMAR },
    },
  ];
}

export class Story {
  constructor(app, systems) {
    Object.assign(this, { app, systems });
  }

  get steps() {
    return steps(currentThread(this.app.workspace), this.systems);
  }

  /** Puts the words into the right box, as the right person, in the right place. */
  play(suggestion) {
    if (suggestion.send) {
      this.app.place.go(STAGE);
      this.systems.send();
      return;
    }
    const thread = currentThread(this.app.workspace);
    if (!thread) return;
    this.app.place.become(suggestion.as);
    this.app.place.go(STAGE, thread.root.ts);
    if (!suggestion.thread && this.app.narrow) this.app.place.go(STAGE);
    if (suggestion.point) this.app.pointAtButton();
    else this.app.write(suggestion.label, Boolean(suggestion.thread));
  }

  #suggestion(suggestion) {
    const person = this.app.workspace.users.get(suggestion.as);
    return h(
      "button",
      {
        class: "suggestion",
        onclick: () => this.play(suggestion),
        data: { focus: `story-${suggestion.label}` },
        title: person ? `Writes this as ${person.real_name}; you send it` : null,
      },
      person && h("span", { class: "suggestion-who" }, person.real_name.split(" ")[0]),
      h("span", { class: "suggestion-text" }, suggestion.label),
    );
  }

  #step(step, index, current, full) {
    const state = step.done ? "done" : index === current ? "now" : "later";
    return h(
      "li",
      { class: `step ${state}`, "aria-current": state === "now" ? "step" : null },
      h("span", { class: "step-mark" }, step.done ? icon("check", "done") : index + 1),
      h(
        "div",
        { class: "step-body" },
        h("strong", {}, step.title),
        (full || state === "now") && h("p", {}, step.note),
        state === "now" && this.#suggestion(step.suggestion),
      ),
    );
  }

  /** The story as a list: short in the rail, in full where a channel is still empty. */
  list(full) {
    const { steps } = this;
    const current = steps.findIndex((step) => !step.done);
    return h(
      "ol",
      { class: `steps ${full ? "full" : ""}` },
      steps.map((step, index) => this.#step(step, index, current, full)),
    );
  }

  renderRail(node) {
    const { steps } = this;
    const done = steps.filter((step) => step.done).length;
    const mark = JSON.stringify(steps);
    if (node.mark === mark) return;
    node.mark = mark;
    fill(
      node,
      h(
        "h2",
        { class: "rail-title" },
        "The story",
        h("span", { class: "count" }, `${done} of ${steps.length}`),
      ),
      this.list(false),
      done === steps.length &&
        h(
          "p",
          { class: "encore" },
          "Two people, one effect. Send another run to play it again, or kill the bot halfway.",
        ),
    );
  }

  /** On a narrow page: the next step above the box one writes in. */
  renderNext(node) {
    const step = this.steps.find((each) => !each.done);
    const mark = JSON.stringify(step ?? null);
    if (node.mark === mark) return;
    node.mark = mark;
    node.hidden = !step;
    fill(node, step && [h("span", { class: "next-title" }, "Next"), this.#suggestion(step.suggestion)]);
  }

  welcome() {
    return h(
      "section",
      { class: "welcome" },
      h("h2", {}, "One thread. Two people. Nothing done twice."),
      h(
        "p",
        {},
        "This is a practice workspace: the bot is real, the files are real, and nobody gets hurt. Play the story in four steps; each is a button that writes the words for you.",
      ),
      this.list(true),
    );
  }
}

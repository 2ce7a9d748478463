// What is so, read from the workspace and the systems: the alert that is being worked on, its requests, its
// run. The tour and the experiments judge by this alone, never by which button was pressed.

import { caseStatus, isQuarantined } from "./systems.js";

export const STAGE = "C0CRITICAL";
const CASE = /CASE-\d{8}-[0-9A-F]{6}/;
const RUN = /RUN-\d{8}-[A-Z]{3}\d+/;

// The text of a request's card names what it is about and the request, and ends with its state.
const REQUEST = /\(R-[\w-]+\)/;
const CAME_TO_NOTHING = /: (denied|expired|cancelled|void|failed)$/;
const DONE = /: done$/;
// What is asked about a run, by the titles that the practice policies give it: it may also be run again, or checked.
const RELEASE = /^release\b/i;
const QUARANTINE = /^quarantine\b/i;
const NOBODY = /Nobody (has )?acknowledged/;
const REFUSAL = "⛔";

/** What a message is about, worked out once: a changed message is another object. */
const known = new WeakMap();
function subjectOf(message) {
  if (!known.has(message)) {
    const words = `${message.text ?? ""} ${JSON.stringify(message.blocks ?? [])}`;
    known.set(message, { caseId: CASE.exec(words)?.[0], runId: RUN.exec(words)?.[0] ?? "" });
  }
  return known.get(message);
}

const after = (message) => (each) => Number(each.ts) > Number(message.ts);

/** A bot's message without the emoji that it starts with. */
export const plainly = (message) => (message.text ?? "").replace(/^\P{L}+/u, "").trim();

/** A slash command as it is called here: policy may put a prefix before its name. */
export const slash = ({ commands }, name) =>
  commands.find(({ command }) => command.endsWith(name))?.command ?? `/${name}`;

/** The bot's alert threads on the stage, oldest first. */
const alerts = (workspace) =>
  workspace
    .inChannel(STAGE)
    .filter((message) => message.bot_id && !message.deleted && subjectOf(message).caseId);

const threadOf = (root, workspace) => ({
  root,
  ...subjectOf(root),
  replies: workspace.replies(STAGE, root.ts).filter((message) => !message.deleted),
});

/** The newest alert thread: its root, its case, its run and what was said in it. */
export function currentThread(workspace) {
  const root = alerts(workspace).at(-1);
  return root ? threadOf(root, workspace) : null;
}

/** The alert thread whose root has this ts, else the oldest that came later than `notBefore`. */
export function threadFrom(workspace, ts, notBefore = 0) {
  const all = alerts(workspace);
  const root = all.find((each) => each.ts === ts) ?? all.find((each) => Number(each.ts) > notBefore);
  return root ? threadOf(root, workspace) : null;
}

/** The cards of requests about `target` that wait or were carried out, oldest first. */
const requestsAbout = (thread, target) =>
  thread.replies.filter(
    ({ bot_id: bot, text = "" }) =>
      bot && REQUEST.test(text) && text.includes(target) && !CAME_TO_NOTHING.test(text),
  );

/** The first word of the bot that follows a message in its thread. */
export const answerTo = (message, workspace, channel = STAGE) =>
  message &&
  workspace
    .replies(channel, message.thread_ts)
    .find((each) => each.bot_id && !each.deleted && after(message)(each));

/** An approval in the thread that the bot refused, later than the card it was meant for. */
const refusedApproval = (thread, card, workspace) =>
  thread.replies
    .filter(after(card))
    .filter((each) => !each.bot_id && /^\s*approved?\b/i.test(each.text))
    .find((each) => answerTo(each, workspace)?.text.startsWith(REFUSAL));

const hasButton = (message) => message.blocks?.some((block) => block.type === "actions");

/** All that the tour needs to know of one alert; null before there is one. */
export function storyOf(thread, { workspace, systems }) {
  if (!thread) return null;
  const { root, caseId, runId } = thread;
  const run = systems.run(runId);
  const resolving = requestsAbout(thread, caseId).at(-1);
  const aboutRun = requestsAbout(thread, runId);
  const releasing = aboutRun.find((card) => RELEASE.test(plainly(card)));
  const returning = aboutRun.filter(after(releasing ?? root)).find((card) => QUARANTINE.test(plainly(card)));
  return {
    ...thread,
    run,
    quarantined: isQuarantined(run),
    climbed: thread.replies.some((each) => each.bot_id && NOBODY.test(each.text ?? "")),
    acknowledged: /\b(acknowledged|resolved)\b/i.test(root.text),
    resolving,
    refused: Boolean(resolving && refusedApproval(thread, resolving, workspace)),
    resolved: /resolved|closed/i.test(caseStatus(systems.case(caseId) ?? {})),
    releasing,
    released: DONE.test(releasing?.text ?? ""),
    returned: DONE.test(returning?.text ?? "") && isQuarantined(run),
    offered: (user) => workspace.privately(user, STAGE, root.ts).findLast(hasButton),
  };
}

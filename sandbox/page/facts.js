// What is so, read from the workspace and the systems: the alert that is being worked on, its requests, its run.
// The tour and the experiments judge by this alone, never by which button was pressed.

export const STAGE = "C0CRITICAL";
const CASE = /CASE-\d{8}-[0-9A-F]{6}/;
const RUN = /RUN-\d{8}-[A-Z]{3}\d+/;
const REQUEST = /\(R-[\w-]+\)/;

const words = (message) => `${message.text ?? ""} ${JSON.stringify(message.blocks ?? [])}`;

/** A bot's message without the emoji that it starts with. */
export const plainly = (message) => (message.text ?? "").replace(/^\P{L}+/u, "").trim();

/** The newest alert thread on the stage: its root, its case, its run and what was said in it. */
export function currentThread(workspace) {
  const root = workspace
    .inChannel(STAGE)
    .filter((message) => message.bot_id && !message.deleted && CASE.test(words(message)))
    .at(-1);
  if (!root) return null;
  return {
    root,
    caseId: CASE.exec(words(root))[0],
    runId: RUN.exec(words(root))?.[0] ?? "",
    replies: workspace.replies(STAGE, root.ts).filter((message) => !message.deleted),
  };
}

/** The cards of requests about `target` in a thread, oldest first. */
export const requestsAbout = (thread, target) =>
  (thread?.replies ?? []).filter(
    ({ bot_id: bot, text = "" }) => bot && REQUEST.test(text) && text.includes(target),
  );

/** The first word of the bot that follows a message in its thread. */
export const answerTo = (message, workspace, channel = STAGE) =>
  message &&
  workspace
    .replies(channel, message.thread_ts)
    .find((each) => each.bot_id && !each.deleted && Number(each.ts) > Number(message.ts));

// Ways to break it. Each says beforehand what one should see, and afterwards what was seen, in one sentence
// made from live data. `since` holds what was so when it began: {seq, at, …what its action returned}, and as
// `until` what was so when another one began after it was `over`.

import { act, controlBot, controlStore, setFault, skipTime } from "./api.js";
import { STAGE, answerTo, currentThread, plainly } from "./facts.js";
import { toast } from "./toast.js";

const STRANGER = "W0STRANGE";
const TRIES = 4;
const SLACK_RESTS_SECONDS = 61;
const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
const failed = ({ status }) => !/^2/.test(String(status));

/** What the bot did not take since the beginning, and what became of it: Slack tries an event four times. */
function missed({ workspace }, since) {
  const later = workspace.deliveries.filter((delivery) => delivery.seq > since.seq).reverse();
  const turnedAway = later.filter((one) => failed(one) && one.seq <= (since.until?.seq ?? Infinity));
  const retried = new Map(turnedAway.filter((one) => one.event_id).map((one) => [one.event_id, one]));
  for (const one of later) if (retried.has(one.event_id)) retried.set(one.event_id, one);
  const events = [...retried.values()];
  return {
    turnedAway: turnedAway.length,
    commands: turnedAway.filter((one) => !one.event_id).length,
    taken: events.filter((one) => !failed(one)).length,
    waiting: events.filter((one) => failed(one) && one.attempt < TRIES).length,
    givenUp: events.filter((one) => failed(one) && one.attempt >= TRIES).length,
  };
}

function recovery(app, since) {
  const { commands, taken, waiting, givenUp } = missed(app, since);
  const said = [
    taken && `${count(taken, "event")} came at a later try`,
    waiting && `${count(waiting, "event waits", "events wait")} for Slack's next try, after a minute or five`,
    givenUp && `${count(givenUp, "event was", "events were")} given up by Slack`,
    commands && `${count(commands, "command or click", "commands or clicks")} got an error at once`,
  ].filter(Boolean);
  if (!said.length) return "Nothing had come for it meanwhile.";
  const words = said.join("; ");
  return taken && said.length === 1 ? `${words}: nothing was lost.` : `${words}.`;
}

const letAMinutePass = {
  label: "Let a minute pass",
  goesOn: true,
  run: (app) => app.tell(skipTime(SLACK_RESTS_SECONDS), "Skipping time"),
  off: (app, since) => !since || !missed(app, since).waiting,
};

const saidSince = ({ workspace }, { at, until }) =>
  workspace
    .everything()
    .filter((message) => message.bot_id && !message.deleted)
    .filter(({ ts }) => Number(ts) > at && Number(ts) <= (until?.at ?? Infinity)).length;

/** What the person at the keyboard said last in the thread that is open, or in that of the newest alert. */
function lastReply(app) {
  const { workspace, place } = app;
  const channel = place.thread ? place.channel : STAGE;
  const root = place.thread ?? currentThread(workspace)?.root.ts;
  if (!root) return null;
  const reply = workspace.replies(channel, root).findLast((one) => one.user === place.me && !one.deleted);
  return reply ? { ...reply, channel } : null;
}

async function editLastReply(app) {
  const reply = lastReply(app);
  if (!reply) {
    toast("There is nothing to edit", "Write a reply in a thread first, such as an ACK.");
    return null;
  }
  app.place.go(reply.channel, reply.thread_ts);
  const text = "DENIED - I changed my mind";
  const fields = { channel: reply.channel, ts: reply.ts, text };
  const done = await app.tell(act(app.place.me, "edit", fields), "The edit");
  return done && { channel: reply.channel, ts: reply.ts };
}

async function speakAsStranger(app) {
  const thread = currentThread(app.workspace);
  if (!thread) {
    toast("There is no alert to answer", "Send a SEV0 run first.");
    return null;
  }
  app.place.become(STRANGER);
  app.place.go(STAGE, thread.root.ts);
  const fields = { channel: STAGE, thread_ts: thread.root.ts, text: "APPROVED - let me through" };
  const done = await app.tell(act(STRANGER, "message", fields), "The message");
  return done && { channel: STAGE, ts: done.ts };
}

/** What the bot wrote in the thread after an edit, be it anew or into what it had written before. */
function answerToEdit({ workspace }, { channel, ts, at }) {
  const reply = workspace.message(channel, ts);
  const edited = Number(reply.edited?.ts ?? at);
  return workspace
    .replies(channel, reply.thread_ts)
    .findLast((one) => one.bot_id && Number(one.edited?.ts ?? one.ts) > edited && !one.deleted);
}

const quoted = (answer) => answer && `The bot: “${plainly(answer)}”`;

const fault = (label, wanted) => ({
  label,
  run: (app) => app.tell(setFault(wanted), label),
  off: ({ workspace }) => workspace.faults.some((one) => one.kind === wanted.kind),
});

export const EXPERIMENTS = [
  {
    id: "kill",
    title: "Kill the bot",
    expect:
      "SIGKILL, without a farewell. Slack tries again what nobody took; started anew, the bot goes on where it was and does nothing twice.",
    needs: ({ workspace }) => Boolean(workspace.app.bot),
    actions: [
      {
        label: "Kill it",
        icon: "power",
        danger: true,
        run: (app) => app.tell(controlBot("kill"), "Killing the bot"),
        off: ({ workspace }) => !workspace.app.bot.running,
      },
      {
        label: "Start it",
        icon: "run",
        goesOn: true,
        run: (app) => app.tell(controlBot("start"), "Starting the bot"),
        off: ({ workspace }) => workspace.app.bot.running || Boolean(workspace.app.store?.frozen),
      },
      letAMinutePass,
    ],
    over: ({ workspace }) => workspace.app.bot.ready,
    happened(app, since) {
      const { bot } = app.workspace.app;
      if (bot.ready) return `It is back. ${recovery(app, since)}`;
      if (bot.running) return "It starts, and reads what it had on disk.";
      const nobody = count(missed(app, since).turnedAway, "delivery has", "deliveries have");
      return `It ended with status ${bot.exit_status}; ${nobody} found nobody. Write to it, then start it.`;
    },
  },
  {
    id: "slack",
    title: "Cut Slack",
    expect:
      "Systems are still looked after; what the bot has to say waits in its outbox, and is said once when Slack is back.",
    actions: [
      { ...fault("Cut it off", { kind: "down" }), icon: "power", danger: true },
      fault("Answer 429", { kind: "rate_limited", method: "chat.postMessage", retry_after: 2, times: 5 }),
      fault("Answer late", { kind: "hang", seconds: 4, times: 3 }),
      fault("Lose an answer", { kind: "cut", method: "chat.postMessage", times: 1, after_effect: true }),
      {
        label: "Send a run meanwhile",
        goesOn: true,
        run: (app) => app.systems.send(),
        off: ({ workspace }) => !workspace.faults.length,
      },
      {
        label: "Mend it",
        icon: "check",
        goesOn: true,
        run: (app) => app.tell(setFault({ clear: true }), "Mending"),
        off: ({ workspace }) => !workspace.faults.length,
      },
    ],
    over: ({ workspace }) => !workspace.faults.length,
    happened(app, since) {
      const { faults } = app.workspace;
      if (faults.some(({ kind }) => kind === "down"))
        return "Slack is away: nobody can write, and nothing reaches the bot from here. Alerts still do.";
      const hits = faults.reduce((sum, one) => sum + one.hits, 0);
      if (faults.length) return `In force; ${count(hits, "call")} of the bot hit so far.`;
      const through = count(saidSince(app, since), "message");
      return `Slack is well again. ${through} of the bot came through since it began.`;
    },
  },
  {
    id: "store",
    title: "Cut Redis",
    expect:
      "The bot records before it acknowledges. With its store frozen it turns away what comes, rather than forget; Slack tries again.",
    needs: ({ workspace }) => Boolean(workspace.app.store),
    actions: [
      {
        label: "Freeze it",
        icon: "power",
        danger: true,
        run: (app) => app.tell(controlStore("cut"), "Freezing the store"),
        off: ({ workspace }) => workspace.app.store.frozen || !workspace.app.bot?.ready,
      },
      {
        label: "Thaw it",
        icon: "run",
        goesOn: true,
        run: (app) => app.tell(controlStore("mend"), "Thawing the store"),
        off: ({ workspace }) => !workspace.app.store.frozen,
      },
      letAMinutePass,
    ],
    over: ({ workspace }) => !workspace.app.store.frozen,
    happened(app, since) {
      const { turnedAway } = missed(app, since);
      if (!app.workspace.app.store.frozen) return `It is thawed. ${recovery(app, since)}`;
      return turnedAway
        ? `The bot turned away ${count(turnedAway, "delivery", "deliveries")}: not recorded, so not acknowledged.`
        : "It is frozen. Write something now, and watch the deliveries below.";
    },
  },
  {
    id: "edit",
    title: "Edit my last reply",
    expect:
      "Words count once, as they were first spoken. The edit changes nothing, is written down, and the thread is told.",
    actions: [{ label: "Edit it", icon: "edit", run: editLastReply }],
    happened(app, since) {
      const answer = answerToEdit(app, since);
      return answer
        ? quoted(answer)
        : "The message reads otherwise now. The bot says nothing where the words had counted for nothing.";
    },
  },
  {
    id: "stranger",
    title: "Be a stranger",
    expect: "Sasha, of another organisation, approves. People from outside never count, whatever they write.",
    actions: [{ label: "Approve as Sasha", icon: "eye", run: speakAsStranger }],
    happened: (app, since) =>
      quoted(answerTo(app.workspace.message(since.channel, since.ts), app.workspace)) ??
      "Sasha has spoken; the bot has not answered yet.",
  },
];

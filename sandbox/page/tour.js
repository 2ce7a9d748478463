// The guided tour, as data: an alert, an ACK, a request, a refusal, an approval, an effect, and its undoing.
//
// Each step knows by itself, from what is so (facts.js), whether it is done. Until then its `part` says what to
// do next: `say` it, as whom (`as`), where (`place`), and one of `send` a run, `skip` time, `write` words, `press`
// the button that the bot offers, `fill` a form, `close` a receipt. `seen` is told once the step is done.

const VERA = "U01VERA";
const OMAR = "U02OMAR";
const RUTH = "U03RUTH";

const FORM = {
  root_cause: "Misconfig",
  analysis: "The list had no upper bound, so each retry read all of it again.",
  mitigation: "max_items is 1000 now, and the job stops after three retries.",
  evidence: "The access log of that hour shows no read of personal data.",
};

/** What a person has open: the form that the tour fills in, or a receipt for the run, which cannot be submitted. */
const form = ({ view }) => Boolean(view?.submit) && view.blocks.some((block) => block.block_id in FORM);
const receipt = ({ view }, { runId }) =>
  Boolean(view) && !view.submit && JSON.stringify(view.blocks).includes(runId);

const closing = (as) => ({
  id: "receipt",
  as,
  say: "Slack vouches that this was no forgery: the bot opened a receipt. Close it; the card is in the thread.",
  close: true,
});

function documenting({ story, open }) {
  const inThread = { as: OMAR, place: "thread" };
  if (form(open(OMAR)))
    return { id: "form", as: OMAR, say: "Write what happened, then ask for approval.", fill: FORM };
  const offered = story.offered(OMAR);
  if (offered)
    return { ...inThread, id: "button", say: "The bot answers Omar alone, with a button.", press: offered };
  return {
    ...inThread,
    id: "mention",
    say: "No release before the case is resolved. In a thread one mentions the bot; Omar asks.",
    write: "@countersign resolve-case",
  };
}

/** First nobody answers, where practice time can be skipped; then Omar does. */
function taking({ story, moves }) {
  if (moves && !story.climbed)
    return {
      id: "ladder",
      title: "Nobody answers",
      say: "A 15-minute clock runs. Let it run out, and see in the thread who is called next.",
      skip: { seconds: 15 * 60, words: "Skip 15 minutes" },
    };
  return {
    id: "ack",
    as: OMAR,
    place: "thread",
    say: story.climbed
      ? "The ladder climbed: O3 on call was called. Omar is an operator: he takes the case, in the thread."
      : "A 15-minute clock runs. Omar is an operator: he takes the case, in the thread.",
    write: `ACK - O2 Omar investigating ${story.caseId}`,
  };
}

export const STEPS = [
  {
    id: "alert",
    title: "An alert comes in",
    note: "The monitor finds a job that costs 13 times what it should.",
    done: ({ story }) => Boolean(story),
    seen: () => "The run is locked away, and the thread says what was checked.",
    part: () => ({
      id: "send",
      say: "The credit monitor finds a job that costs 13 times what it should. Let it tell the bot.",
      send: "Send a SEV0 run",
    }),
  },
  {
    id: "ack",
    title: "Omar takes it",
    note: "Nobody answers for 15 minutes; then an operator does.",
    done: ({ story }) => story.acknowledged,
    seen: () => "Omar is on it; the clock has stopped.",
    part: taking,
  },
  {
    id: "request",
    title: "Omar asks",
    note: "He documents the case, in a form, and asks to resolve it.",
    done: ({ story, open }) => Boolean(story.resolving) && !form(open(OMAR)),
    seen: () => "A card waits for somebody else's word.",
    part: documenting,
  },
  {
    id: "refusal",
    title: "Vera may not",
    note: "Her approval is refused, with the rule that says so.",
    done: ({ story }) => story.refused,
    seen: () => "Refused: the bot names the rule, and who could do it.",
    part: () => ({
      id: "refusal",
      as: VERA,
      place: "thread",
      say: "Vera may look, but not approve. Let her try all the same.",
      write: "APPROVED - looks fine to me",
    }),
  },
  {
    id: "approval",
    title: "Ruth countersigns",
    note: "The second person, with the right role.",
    done: ({ story }) => story.resolved,
    seen: () => "The case is resolved, read back from its file.",
    part: () => ({
      id: "approval",
      as: RUTH,
      place: "thread",
      say: "Ruth is an approver, and it was not she who asked. Her word counts.",
      write: "APPROVED - root cause confirmed",
    }),
  },
  {
    id: "release",
    title: "Now for the run",
    note: "Omar asks to release it, by slash command.",
    done: ({ story, open }) => story.resolved && Boolean(story.releasing) && !receipt(open(OMAR), story),
    seen: () => "Another card, sealed to exactly these files.",
    part: ({ story, open, slash }) =>
      receipt(open(OMAR), story)
        ? closing(OMAR)
        : {
            id: "release",
            as: OMAR,
            place: "channel",
            say: "Omar asks for the run itself, by slash command: that works in every channel.",
            write: `${slash("release")} ${story.runId} because false positive`,
          },
  },
  {
    id: "effect",
    title: "The effect",
    note: "Ruth approves, and the files go home.",
    done: ({ story }) => story.released,
    seen: ({ story }) =>
      story.quarantined ? "The files were home." : `The files are home, in ${story.run?.where ?? "runs"}.`,
    part: ({ story }) => ({
      id: "effect",
      as: RUTH,
      place: "thread",
      look: `#monitor [data-key="${story.runId}"]`,
      say: "Ruth approves. Watch the systems: the files go home, and their digests are read back.",
      write: "APPROVED - false positive confirmed",
    }),
  },
  {
    id: "undo",
    title: "And back again",
    note: "Every effect names its way back.",
    done: ({ story, open }) => story.returned && !receipt(open(RUTH), story),
    seen: () => "It lies in quarantine again, as the disk says.",
    part: ({ story, open, slash }) =>
      receipt(open(RUTH), story)
        ? closing(RUTH)
        : {
            id: "undo",
            as: RUTH,
            place: "channel",
            say: "Every effect names its way back. To isolate a run does no harm: policy lets Ruth do it alone.",
            write: `${slash("ops")} credit-monitoring quarantine ${story.runId} because the tour is over`,
          },
  },
];

export const END = {
  title: "That was it",
  say: "Three people, one effect, and back again. Nothing happened that the thread does not tell.",
  /** For those who want more, where the practice cluster runs. */
  encore: {
    needs: "cluster",
    as: OMAR,
    place: "channel",
    write: (slash) => `${slash("scale")} auditron-api 5 because queue backlog`,
  },
};

// How the bot does, as one word for the pane and, where it cannot answer just now, a sentence where one writes.

const good = { good: true, words: "Running", hint: "" };
const bad = (words, hint) => ({ good: false, words, hint });

export function health({ app, faults, connection }) {
  const { bot, store, starting, connected } = app;
  if (connection === "lost")
    return bad("Not known", "The practice workspace does not answer. Is it still running? What you write stays here.");
  if (starting) return bad("Starting…", "The bot is starting. What you send now waits for it.");
  if (bot && !bot.running) return bad("Not running", "The bot is not running. Under “Break it” it is started.");
  if (bot && !bot.ready) return bad("Starting…", "The bot is starting, and reads what it had on disk.");
  if (store?.frozen)
    return bad("Running, its store is frozen", "The bot's store is frozen. Under “Break it” it is thawed.");
  if (faults.some(({ kind }) => kind === "down"))
    return bad("Running, cut off from Slack", "Slack is cut off: nobody can write. Under “Break it” it is mended.");
  return connected ? good : bad("Not connected", "");
}

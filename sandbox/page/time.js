// Times as the reader's own clock shows them. Slack's `ts` is seconds since 1970 with microseconds behind the dot.

const format = (options) => new Intl.DateTimeFormat(undefined, options);
const CLOCK = format({ hour: "numeric", minute: "2-digit" });
const CLOCK_SECONDS = format({ hour: "numeric", minute: "2-digit", second: "2-digit" });
const DAY = format({ weekday: "long", day: "numeric", month: "long" });
const FULL = format({ dateStyle: "full", timeStyle: "long" });

let ahead = 0;

/** Practice may be ahead of this machine's clock, by so many seconds. */
export function setAhead(seconds) {
  ahead = seconds;
}

/** The present moment of practice, in milliseconds. */
export const now = () => Date.now() + ahead * 1000;

const toDate = (seconds) => new Date(Number(seconds) * 1000);
const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
const daysAgo = (date) => Math.round((midnight(new Date(now())) - midnight(date)) / 86_400_000);

export const clock = (ts) => CLOCK.format(toDate(ts));
export const full = (ts) => FULL.format(toDate(ts));

export function dayName(ts) {
  const date = toDate(ts);
  return relativeDay(date, ["Today", "Yesterday", "Tomorrow"]) ?? DAY.format(date);
}

function relativeDay(date, [today, yesterday, tomorrow]) {
  return { 0: today, 1: yesterday, "-1": tomorrow }[daysAgo(date)] ?? null;
}

export function ago(ts) {
  const minutes = Math.round((Number(ts) * 1000 - now()) / 60_000);
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "long" });
  if (Math.abs(minutes) < 1) return "just now";
  if (Math.abs(minutes) < 60) return words.format(minutes, "minute");
  if (Math.abs(minutes) < 36 * 60) return words.format(Math.round(minutes / 60), "hour");
  return words.format(Math.round(minutes / 1440), "day");
}

const SLACK_FORMATS = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date_slash: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
};

function slackPart(name, date) {
  if (name === "time") return CLOCK.format(date);
  if (name === "time_secs") return CLOCK_SECONDS.format(date);
  if (name === "ago") return ago(date.getTime() / 1000);
  if (name === "day_divider_pretty") return dayName(date.getTime() / 1000);
  if (name.endsWith("_pretty")) {
    const pretty = relativeDay(date, ["today", "yesterday", "tomorrow"]);
    if (pretty) return pretty;
  }
  const options = SLACK_FORMATS[name.replace(/_pretty$/, "")];
  return options ? format(options).format(date) : null;
}

/** Slack's date token: `<!date^1700000000^{date_short_pretty} at {time}|fallback>`; null when it says nothing we know. */
export function slackDate(seconds, template) {
  const date = toDate(seconds);
  if (Number.isNaN(date.getTime())) return null;
  const text = template.replace(/\{(\w+)\}/g, (whole, name) => slackPart(name, date) ?? whole);
  return text.charAt(0).toUpperCase() === text.charAt(0)
    ? text
    : text.charAt(0).toUpperCase() + text.slice(1);
}

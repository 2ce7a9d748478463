// Emoji by their Slack names. The few that the bot leans on are drawn here, so that they look the same
// on every machine, also on one without an emoji font.

import { h, s } from "./dom.js";

const NAMES = {
  alarm_clock: "⏰", arrow_forward: "▶️", arrow_right: "➡️", arrows_counterclockwise: "🔄", ballot_box_with_check: "☑️",
  bar_chart: "📊", bell: "🔔", book: "📖", bulb: "💡", bust_in_silhouette: "👤", busts_in_silhouette: "👥",
  calendar: "📅", chart_with_upwards_trend: "📈", clipboard: "📋", clock3: "🕒", closed_lock_with_key: "🔐",
  gear: "⚙️", eyes: "👀", file_folder: "📁", fire: "🔥", hammer_and_wrench: "🛠️", hand: "✋", heavy_check_mark: "✔️",
  heavy_multiplication_x: "✖️", hourglass: "⌛", hourglass_flowing_sand: "⏳", information_source: "ℹ️", key: "🔑",
  large_blue_circle: "🔵", large_green_circle: "🟢", large_orange_circle: "🟠", large_yellow_circle: "🟡", link: "🔗",
  lock: "🔒", mag: "🔍", memo: "📝", no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", ok_hand: "👌",
  package: "📦", page_facing_up: "📄", pray: "🙏", pushpin: "📌", question: "❓", raised_hand: "✋", recycle: "♻️",
  red_circle: "🔴", repeat: "🔁", rocket: "🚀", rotating_light: "🚨", scroll: "📜", shield: "🛡️", speech_balloon: "💬",
  stopwatch: "⏱️", tada: "🎉", thumbsup: "👍", "+1": "👍", "-1": "👎", thumbsdown: "👎", unlock: "🔓", warning: "⚠️",
  wave: "👋", white_check_mark: "✅", white_circle: "⚪", white_large_square: "⬜", wrench: "🔧", x: "❌",
};

const disc = (tone) => [["circle", { cx: 10, cy: 10, r: 6.5, class: tone }]];
const plate = (tone, d) => [["rect", { x: 2, y: 2, width: 16, height: 16, rx: 4.5, class: tone }], ["path", { d, class: "cut" }]];
const coin = (tone, d) => [["circle", { cx: 10, cy: 10, r: 8, class: tone }], ["path", { d, class: "cut" }]];
const line = (tone, d) => [["path", { d, class: `stroke ${tone}` }]];

const DRAWN = {
  "✅": plate("good", "m6 10.3 2.8 2.8L14.2 7"), "☑️": plate("calm", "m6 10.3 2.8 2.8L14.2 7"),
  "✔️": line("good", "m4 10.5 4 4L16 6"), "✖️": line("bad", "m5 5 10 10M15 5 5 15"),
  "❌": plate("bad", "m7 7 6 6m0-6-6 6"), "⛔": coin("bad", "M6 10h8"), "🚫": coin("bad", "m5.5 14.5 9-9"),
  "🛑": [["path", { d: "M6.7 2h6.6L18 6.7v6.6L13.3 18H6.7L2 13.3V6.7L6.7 2Z", class: "bad" }], ["path", { d: "M6 10h8", class: "cut" }]],
  "⚠️": [["path", { d: "M10 2.2 18.6 17H1.4L10 2.2Z", class: "warn" }], ["path", { d: "M10 8v4m0 2.4v.05", class: "cut" }]],
  "🚨": [["path", { d: "M5 16v-5a5 5 0 0 1 10 0v5H5Z", class: "bad" }], ["path", { d: "M3.5 17h13M10 2v1.6M3.6 4.6l1.2 1.2m11.6-1.2-1.2 1.2", class: "stroke bad" }]],
  "🔥": [["path", { d: "M10 18c-3.6 0-6-2.3-6-5.5 0-2.5 1.7-4 2.7-5.7.4 1 .8 1.7 1.6 2.3C8.2 6 9 3.5 11.6 2c-.2 2.5.7 3.7 2 5.2 1.2 1.4 2.4 2.9 2.4 5.3C16 15.7 13.6 18 10 18Z", class: "bad" }], ["path", { d: "M10 18c-1.7 0-2.8-1.1-2.8-2.7 0-1.7 1.3-2.4 2.3-4 1.8 1.1 3.3 2.3 3.3 4 0 1.6-1.1 2.7-2.8 2.7Z", class: "yellow" }]],
  "⚙️": line("calm", "M10 12.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2Zm0-10v2.3m0 10.2v2.3M2.6 10h2.3m10.2 0h2.3M4.8 4.8l1.6 1.6m7.2 7.2 1.6 1.6m0-10.4-1.6 1.6m-7.2 7.2-1.6 1.6"),
  "🔒": [["rect", { x: 4, y: 9, width: 12, height: 8.5, rx: 2, class: "warn" }], ["path", { d: "M6.8 9V6.6a3.2 3.2 0 0 1 6.4 0V9", class: "stroke warn" }]],
  "🔓": [["rect", { x: 4, y: 9, width: 12, height: 8.5, rx: 2, class: "good" }], ["path", { d: "M6.8 9V6a3.2 3.2 0 0 1 6-1.4", class: "stroke good" }]],
  "🔐": [["rect", { x: 4, y: 9, width: 12, height: 8.5, rx: 2, class: "calm" }], ["path", { d: "M6.8 9V6.6a3.2 3.2 0 0 1 6.4 0V9", class: "stroke calm" }]],
  "🔑": line("warn", "M8.6 11.4 15.5 4.5m-2.2 2.2 2 2M6.5 16.2a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z"),
  "⏳": line("warn", "M5.5 3h9m-9 14h9M6.5 3c0 4 7 5 7 7s-7 3-7 7m7-14c0 4-7 5-7 7s7 3 7 7"),
  "⌛": line("grey", "M5.5 3h9m-9 14h9M6.5 3c0 4 7 5 7 7s-7 3-7 7m7-14c0 4-7 5-7 7s7 3 7 7"),
  "⏰": line("bad", "M10 17a6 6 0 1 0 0-12 6 6 0 0 0 0 12Zm0-9v3.2l2.2 1.4M3 6l3-2.6M17 6l-3-2.6"),
  "⏱️": line("warn", "M10 17.5a6.2 6.2 0 1 0 0-12.4 6.2 6.2 0 0 0 0 12.4Zm0-9v3M8 2.5h4M10 2.5V5"),
  "🕒": line("grey", "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm0-11v4h3"),
  "👀": line("calm", "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5Zm7.5 2a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z"),
  "🔔": line("warn", "M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13L5 14Zm3.6 3.4h2.8"),
  "🔍": line("calm", "M8.5 14a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Zm4-1.5L17 17"),
  "📦": line("warn", "m10 2.8 7 3.6v7.2l-7 3.6-7-3.6V6.4l7-3.6Zm-7 3.6 7 3.6 7-3.6M10 10v7"),
  "📄": line("grey", "M5.5 2.8h6l3 3v11.4h-9V2.8Zm2.2 6.4h4.6m-4.6 3.2h4.6"),
  "📝": line("calm", "M12 4H4v13h12v-6M9 11.5l.4-2L15.6 3.3l1.6 1.6L11 11l-2 .5Z"),
  "📋": line("grey", "M5 4.5h10v13H5v-13Zm3 0V3h4v1.5M7.8 9h4.4m-4.4 3.4h4.4"),
  "📁": line("calm", "M3 5.5h5l1.5 2H17v8.5H3V5.5Z"), "📜": line("grey", "M5 3h10v14H5V3Zm2.5 4h5m-5 3h5m-5 3h3"),
  "🛡️": line("good", "M10 2.8 16 5v4.6c0 3.6-2.6 6-6 7.6-3.4-1.6-6-4-6-7.6V5l6-2.2Zm-2.6 7 2 2 3.4-3.8"),
  "👤": line("calm", "M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-6 7c.6-3 3-4.5 6-4.5s5.4 1.5 6 4.5"),
  "👥": line("calm", "M7.5 9.5a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2Zm-5.2 6.5c.5-2.6 2.6-4 5.2-4s4.7 1.4 5.2 4M13 4.6a2.5 2.5 0 0 1 0 4.7m1.5 2.9c1.7.5 2.8 1.8 3.2 3.8"),
  "✋": line("warn", "M6 11V6a1 1 0 0 1 2 0v3-5a1 1 0 0 1 2 0v5-4.5a1 1 0 0 1 2 0V10 6.5a1 1 0 0 1 2 0V12c0 3-1.8 5.2-4.6 5.2-2.2 0-3.3-1-4.4-3L3.6 11.8c-.4-1 .9-1.6 1.5-.8L6 12"),
  "🔁": line("calm", "M4 9V8a3 3 0 0 1 3-3h8m-2.5-2.5L15 5l-2.5 2.5M16 11v1a3 3 0 0 1-3 3H5m2.5 2.5L5 15l2.5-2.5"),
  "🔄": line("calm", "M4 9V8a3 3 0 0 1 3-3h8m-2.5-2.5L15 5l-2.5 2.5M16 11v1a3 3 0 0 1-3 3H5m2.5 2.5L5 15l2.5-2.5"),
  "🔗": line("calm", "m8.5 11.5 3-3m-4.2.2L5.5 10.5a3 3 0 0 0 4 4l1.8-1.8m-2.6-5.4 1.8-1.8a3 3 0 0 1 4 4l-1.8 1.8"),
  "💬": line("grey", "M4 4.5h12v8.5h-5.5L7 16v-3H4V4.5Z"),
  "📈": line("bad", "M3 3v14h14M5.5 13l3.5-4 2.5 2 4.5-6"), "📊": line("calm", "M4 17V9m4 8V4m4 13v-6m4 6V7"),
  "ℹ️": coin("calm", "M10 9.2V14m0-7.7v.05"), "❓": coin("grey", "M7.8 8a2.2 2.2 0 1 1 3 2c-.6.3-.8.7-.8 1.5m0 2.3v.05"),
  "➡️": line("calm", "M3.5 10h12m-5-5 5 5-5 5"), "▶️": [["path", { d: "M6 4v12l10-6L6 4Z", class: "calm" }]],
  "🔴": disc("bad"), "🟠": disc("warn"), "🟡": disc("yellow"), "🟢": disc("good"), "🔵": disc("calm"),
  "⚪": [["circle", { cx: 10, cy: 10, r: 6, class: "stroke grey" }]],
  "⬜": [["rect", { x: 3, y: 3, width: 14, height: 14, rx: 3.5, class: "stroke grey" }]],
};

const DRAWN_PATTERN = new RegExp(
  `(${Object.keys(DRAWN).map((sign) => sign.replace("\uFE0F", "\uFE0F?")).join("|")})`, "u");

function drawn(sign, name) {
  const svg = s("svg", { viewBox: "0 0 20 20", class: "emoji", role: "img", "aria-label": name });
  for (const [tag, attributes] of DRAWN[sign]) svg.append(s(tag, attributes));
  return svg;
}

/** The emoji called `name` (without colons), or null when this page does not know it. */
export function emoji(name) {
  const sign = NAMES[name.replace(/::skin-tone-\d$/, "")];
  if (!sign) return null;
  const words = name.replaceAll("_", " ");
  return DRAWN[sign] ? drawn(sign, words) : h("span", { class: "emoji-text", role: "img", "aria-label": words }, sign);
}

const NAME_OF = Object.fromEntries(Object.entries(NAMES).reverse().map(([name, sign]) => [sign, name.replaceAll("_", " ")]));

/** Plain text to nodes; only emoji characters that are drawn here are replaced. */
export function withDrawnEmoji(text) {
  return text.split(DRAWN_PATTERN).map((part) => {
    const sign = DRAWN[part] ? part : DRAWN[`${part}\uFE0F`] ? `${part}\uFE0F` : null;
    return sign ? drawn(sign, NAME_OF[sign]) : part;
  }).filter((part) => part !== "");
}

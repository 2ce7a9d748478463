// Line icons of the page, 20 × 20, drawn with the colour of the text around them.

import { s } from "./dom.js";

const PATHS = {
  back: "M12.5 4.5 7 10l5.5 5.5",
  check: "m4.5 10.5 3.5 3.5 7.5-8",
  close: "m5 5 10 10M15 5 5 15",
  edit: "M4 16l.8-3.4L13.2 4.2a1.4 1.4 0 0 1 2 0l.6.6a1.4 1.4 0 0 1 0 2L7.4 15.2 4 16Z",
  eye: "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5Zm7.5 2.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  file: "M6 3h5l4 4v10H6V3Zm5 0v4h4",
  folder: "M3 5.5h5l1.5 2H17v8.5H3V5.5Z",
  forward: "m11 5 5 4.5-5 4.5v-3c-4 0-6 1-7 4 0-5 3-7 7-7V5Z",
  hash: "M8 3.5 6.5 16.5M13.5 3.5 12 16.5M4 7.5h13M3 12.5h13",
  lock: "M5 9h10v7.5H5V9Zm2-.2V6.5a3 3 0 0 1 6 0v2.3",
  moon: "M15.8 12.2A6.6 6.6 0 0 1 7.8 4.2a6.4 6.4 0 1 0 8 8Z",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  pane: "M3 4.5h14v11H3v-11Zm8.5 0v11",
  person: "M10 10a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM3.8 16.8c.6-3 3-4.6 6.2-4.6s5.6 1.6 6.2 4.6",
  power: "M10 3v6.5M6 5.6a6 6 0 1 0 8 0",
  reply: "M4 4.5h12v8.5h-5.5L7 16v-3H4V4.5Z",
  run: "M6 4.5 15.5 10 6 15.5v-11Z",
  send: "M3.5 10 16.5 4l-4 12.5-3-5-6-1.5Zm6 1.5 7-7.5",
  sun: "M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM10 2.5v1.6m0 11.8v1.6M2.5 10h1.6m11.8 0h1.6M4.7 4.7l1.1 1.1m8.4 8.4 1.1 1.1m0-10.6-1.1 1.1m-8.4 8.4-1.1 1.1",
  trash: "M4.5 6h11M8 6V4h4v2m-6 0 .7 10.5h6.6L14 6",
  warn: "M10 3.5 17.5 16.5h-15L10 3.5Zm0 5v3.5m0 2.2v.05",
};

export function icon(name, label = "") {
  const svg = s("svg", {
    viewBox: "0 0 20 20",
    class: `icon icon-${name}`,
    ...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" }),
  });
  svg.append(s("path", { d: PATHS[name] }));
  return svg;
}

/** Two strokes that complete each other: the mark of the house. */
export function logo() {
  return s(
    "svg",
    { viewBox: "0 0 32 32", class: "logo", "aria-hidden": "true" },
    s("path", { class: "first", d: "m6 16.5 5.5 6L20 11" }),
    s("path", { class: "second", d: "m14 19.5 3 3L26 10" }),
  );
}

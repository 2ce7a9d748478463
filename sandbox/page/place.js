// Who you are and where you stand. The address bar holds the place, the tab holds the person, the browser the taste.

const PERSON = "countersign.person";
const THEME = "countersign.theme";
const SYSTEM = "countersign.system";
const TAB = "countersign.tab";
const HOME = "C0CRITICAL";
const NEWCOMER = "U02OMAR";
const SYSTEM_DARK = matchMedia("(prefers-color-scheme: dark)");

/** `#/C0CRITICAL/1700000000.000100` is a thread, `#/C0CRITICAL` a channel, `#/` the list of both (on a phone). */
export const address = (channel = "", thread = "") =>
  `#/${[channel, thread].filter(Boolean).map(encodeURIComponent).join("/")}`;

/** The address of the app's Home tab. */
export const APP_HOME = "#/@home";

export class Place extends EventTarget {
  me = sessionStorage.getItem(PERSON) ?? NEWCOMER;
  channel = HOME;
  thread = null;
  home = false;
  /** Whether the app's Home tab is shown in place of the channel. */
  appHome = false;
  systemOpen = (localStorage.getItem(SYSTEM) ?? (innerWidth > 1260 ? "open" : "closed")) === "open";

  tab = localStorage.getItem(TAB) ?? "systems";

  constructor() {
    super();
    this.#read();
    addEventListener("hashchange", () => {
      this.#read();
      this.#moved("place");
    });
    SYSTEM_DARK.addEventListener("change", () => this.#moved("theme"));
    const kept = localStorage.getItem(THEME);
    if (kept) document.documentElement.dataset.theme = kept;
  }

  #read() {
    const [channel, thread] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
    this.home = location.hash === "#/";
    this.appHome = location.hash === APP_HOME;
    if (channel && !this.appHome) this.channel = channel;
    this.thread = (channel && thread) || null;
  }

  #moved(kind) {
    this.dispatchEvent(new CustomEvent("change", { detail: { kind } }));
  }

  go(channel, thread = null) {
    const target = address(channel, thread);
    if (location.hash === target) return;
    location.hash = target;
    this.#read();
    this.#moved("place");
  }

  /** To the list of people and channels, which is a place of its own on a narrow page. */
  goHome() {
    location.hash = "#/";
  }

  become(person) {
    if (this.me === person) return;
    this.me = person;
    sessionStorage.setItem(PERSON, person);
    this.#moved("person");
  }

  /** Opens the pane, at one of its tabs where one is named, or closes it. */
  showSystem(open, tab = this.tab) {
    this.systemOpen = open;
    this.tab = tab;
    localStorage.setItem(TAB, tab);
    localStorage.setItem(SYSTEM, open ? "open" : "closed");
    this.#moved("system");
  }

  get dark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : SYSTEM_DARK.matches;
  }

  /** From dark to light or back. Who comes back to what the system says follows the system again. */
  switchTheme() {
    const dark = !this.dark;
    const { dataset } = document.documentElement;
    if (dark === SYSTEM_DARK.matches) {
      delete dataset.theme;
      localStorage.removeItem(THEME);
    } else {
      dataset.theme = dark ? "dark" : "light";
      localStorage.setItem(THEME, dataset.theme);
    }
    this.#moved("theme");
  }
}

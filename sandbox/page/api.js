// The practice server's own interface, under /practice/. Nothing here is Slack's.

const AGAIN_MS = 3000;

/** The server could not be reached, or answered with something that is not an answer. */
export class Unreachable extends Error {}

async function call(path, body) {
  const options =
    body === undefined
      ? {}
      : {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        };
  let response;
  try {
    response = await fetch(`practice/${path}`, options);
  } catch (error) {
    throw new Unreachable("The practice workspace does not answer. Is it still running?", { cause: error });
  }
  try {
    return await response.json();
  } catch (error) {
    throw new Unreachable(`The practice workspace answered ${response.status} without a reason.`, {
      cause: error,
    });
  }
}

export const getState = () => call("state");
export const getCredits = () => call("credits");
export const getPanels = () => call("panels");
export const tellPanel = (panel, what, fields = {}) => call("panel", { panel, do: what, ...fields });
export const act = (as, what, fields = {}) => call("act", { as, do: what, ...fields });
export const sendRun = (fields) => call("credits/alert", fields);
export const sendStorm = () => call("credits/storm", {});
export const skipTime = (seconds) => call("clock", { advance: seconds });
export const letTimePass = (seconds) => call("clock", { skip: seconds });
export const setFault = (fault) => call("fault", fault);
export const controlStore = (what) => call("store", { do: what });
export const controlBot = (what) => call("bot", { do: what });

/**
 * Live events: `onOpen` runs at each (re)connection, `onEvent` with every event, `onLost` when the line is cut.
 * The browser tries again by itself, except after an answer that is no stream; then this does.
 */
export function stream({ onOpen, onEvent, onLost }) {
  const source = new EventSource("practice/stream");
  source.addEventListener("open", onOpen);
  source.addEventListener("message", (message) => onEvent(JSON.parse(message.data)));
  source.addEventListener("error", () => {
    onLost();
    if (source.readyState === EventSource.CLOSED)
      setTimeout(() => stream({ onOpen, onEvent, onLost }), AGAIN_MS);
  });
}

// The demo's clock: what time it is there, what is due next, and the buttons that move it.
import { day, format, hour, word } from "/demo/static/words.js";

const clock = document.getElementById("clock");
const next = document.getElementById("next");
const moves = document.getElementById("moves");
let ahead = 0; // how many milliseconds the demo's clock is ahead of this computer's
let due = null;

export function demoNow() {
  return Date.now() + ahead;
}

export function setScene(scene) {
  ahead = scene.now - Date.now();
  due = scene.next ?? null;
  showClock();
}

export function showClock() {
  const now = demoNow();
  put(clock, `${day(now)} ${hour(now)}`);
  clock.dateTime = new Date(now).toISOString();
  put(next, due ? word("next_due", { at: when(due.at, now), what: what(due) }) : word("nothing_due"));
  next.title = next.textContent;
  for (const notch of document.querySelectorAll(".notch-time")) put(notch, hour(now));
}

// What has not changed is not said again: screen readers would.
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function when(at, now) {
  const date = (instant) => format(instant, { month: "numeric", day: "numeric" });
  return date(at) === date(now) ? hour(at) : `${date(at)} ${hour(at)}`;
}

function what({ kind, subject, n }) {
  const one = word(`due.${kind}`, { name: subject });
  return n > 1 ? word("next_several", { what: one, n }) : one;
}

// One move at a time; the button that was pressed keeps the focus.
export function wireClock(move) {
  moves.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button || moves.classList.contains("moving")) return;
    moves.classList.add("moving");
    moves.setAttribute("aria-busy", "true");
    await move(button.dataset.move);
    moves.classList.remove("moving");
    moves.removeAttribute("aria-busy");
  });
  setInterval(showClock, 1000);
}

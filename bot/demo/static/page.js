// The page: loads the state, listens for changes, moves the clock, switches the language.
import { PhoneView } from "/demo/static/phone.js";

const LANGUAGE_KEY = "gridbot-demo-language";
const words = await (await fetch("/demo/static/words.json")).json();
const views = new Map();
const phones = document.getElementById("phones");
const tabs = document.getElementById("tabs");
const clock = document.getElementById("clock");
const moves = document.getElementById("moves");
const offline = document.getElementById("offline");

const page = {
  language: startLanguage(),
  zone: "UTC",
  bot: {},
  ahead: 0, // how many milliseconds the demo's clock is ahead of this computer's
  word(key, values = {}) {
    return words[this.language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  },
  pick(text) {
    return typeof text === "string" ? text : text[this.language] ?? Object.values(text)[0] ?? "";
  },
  format(instant, options) {
    const locale = this.language === "zh" ? "zh-CN" : "en-GB";
    return new Intl.DateTimeFormat(locale, { timeZone: this.zone, ...options }).format(instant);
  },
  act,
  markUnread,
};

function startLanguage() {
  const kept = localStorage.getItem(LANGUAGE_KEY);
  if (kept in words) return kept;
  return navigator.language.startsWith("en") ? "en" : "zh";
}

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error((await response.json()).error);
  return response.json();
}

async function act(userId, action, details = {}) {
  try {
    await post("/demo/act", { user_id: userId, action, ...details });
    return true;
  } catch {
    views.get(userId).toast(page.word("failed"));
    return false;
  }
}

// -- words and clock ---------------------------------------------------------------------------

function applyWords() {
  document.documentElement.lang = page.language === "zh" ? "zh-Hans" : "en";
  document.title = page.word("title");
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = page.word(element.dataset.word);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", page.word(element.dataset.label));
  }
  for (const view of views.values()) view.speak();
  for (const [userId, view] of views) {
    tabs.querySelector(`[data-user="${userId}"] .tab-name`).textContent = page.pick(view.state.name);
  }
  showClock();
}

function showClock() {
  const now = new Date(Date.now() + page.ahead);
  const shown = page.format(now, {
    month: "long", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false,
  });
  if (clock.textContent !== shown) clock.textContent = shown;
  clock.dateTime = now.toISOString();
}

function setClock(now) {
  page.ahead = now - Date.now();
  showClock();
}

async function moveClock(event) {
  const button = event.target.closest("button");
  if (!button) return;
  const buttons = [...moves.children];
  buttons.forEach((each) => { each.disabled = true; });
  try {
    setClock((await post("/demo/clock", { move: button.dataset.move })).now);
  } catch {
    for (const view of views.values()) view.toast(page.word("failed"));
  }
  buttons.forEach((each) => { each.disabled = false; });
  button.focus();
}

// -- tabs of the narrow page -------------------------------------------------------------------

function addTab(view) {
  const tab = document.createElement("button");
  tab.type = "button";
  tab.className = "tab";
  tab.dataset.user = view.state.user_id;
  tab.dataset.testid = `tab-${view.state.user_id}`;
  const name = document.createElement("span");
  name.className = "tab-name";
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.hidden = true;
  tab.append(name, badge);
  tab.addEventListener("click", () => view.root.scrollIntoView({ inline: "start", block: "nearest" }));
  tabs.append(tab);
}

function markUnread(userId, count) {
  const badge = tabs.querySelector(`[data-user="${userId}"] .badge`);
  if (!badge) return;
  badge.hidden = count === 0;
  badge.textContent = count;
}

const inSight = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const view = [...views.values()].find((each) => each.root === entry.target);
    view.setInSight(entry.isIntersecting);
    const tab = tabs.querySelector(`[data-user="${view.state.user_id}"]`);
    tab.setAttribute("aria-current", String(entry.isIntersecting));
  }
}, { root: phones, threshold: 0.6 });

// -- state and its changes ---------------------------------------------------------------------

async function load() {
  const state = await (await fetch("/demo/state")).json();
  page.zone = state.zone;
  page.bot = state.bot;
  moves.hidden = !state.can_move;
  for (const phone of state.phones) {
    if (views.has(phone.user_id)) views.get(phone.user_id).update(phone);
    else addPhone(phone);
  }
  setClock(state.now);
}

function addPhone(state) {
  const view = new PhoneView(page, state);
  views.set(state.user_id, view);
  phones.append(view.root);
  addTab(view);
  inSight.observe(view.root);
}

function listen() {
  const events = new EventSource("/demo/events");
  const on = (kind, act) => events.addEventListener(kind, (event) => act(JSON.parse(event.data)));
  on("phone", (phone) => views.get(phone.user_id)?.update(phone));
  on("typing", ({ user_id }) => views.get(user_id)?.showTyping());
  on("answer", ({ user_id, text, alert }) => views.get(user_id)?.answered(text, alert));
  on("clock", ({ now }) => setClock(now));
  events.addEventListener("error", () => { offline.hidden = false; });
  // What happened before the stream stood, or while it was away, is in the state.
  events.addEventListener("open", () => { offline.hidden = true; load(); });
}

document.getElementById("language").addEventListener("click", () => {
  page.language = page.language === "zh" ? "en" : "zh";
  localStorage.setItem(LANGUAGE_KEY, page.language);
  applyWords();
});
moves.addEventListener("click", moveClock);
setInterval(showClock, 1000);
await load();
applyWords();
listen();

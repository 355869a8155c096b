// The page: loads the state, listens for changes, and hands both to phones, clock and tour.
import { setScene, showClock, wireClock } from "/demo/static/clock.js";
import { enter } from "/demo/static/keep.js";
import { PhoneView } from "/demo/static/phone.js";
import { Tabs } from "/demo/static/tabs.js";
import { Tour } from "/demo/static/tour.js";
import { choose, language, speak, useZone, word } from "/demo/static/words.js";

const byId = (id) => document.getElementById(id);
const views = new Map();
const page = { bot: {}, act, heard, pointAgain: () => tour.point(), unread: (id, n) => tabs.setUnread(id, n) };
let lastLook = 0;
const tabs = new Tabs(views);
const tour = new Tour({
  views: () => views.values(),
  phoneOf: (code) => [...views.values()].find((view) => view.state.code === code),
  skip: async (code) => show(await ask("/demo/tour", { skip: code })),
  again: () => byId("sure").showModal(),
});

// The answer, or null when it went wrong, which every phone in sight says.
async function ask(path, body) {
  try {
    return await post(path, body);
  } catch {
    for (const view of views.values()) view.toast(word("failed"));
    return null;
  }
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
    views.get(userId).toast(word("failed"));
    return false;
  }
}

function heard(name, text) {
  byId("heard").textContent = word("heard", { name, text });
}

function show(scene) {
  if (!scene || scene.look < lastLook) return; // overtaken on its way
  lastLook = scene.look;
  setScene(scene);
  tour.update(scene.tour);
}

function applyWords() {
  speak();
  byId("language").value = language;
  for (const view of views.values()) view.speak();
  tabs.speak();
  showClock();
  tour.draw();
}

// -- state and its changes ---------------------------------------------------------------------

async function load() {
  const state = await (await fetch("/demo/state")).json();
  // In a fresh district nothing that was typed or read before holds.
  if (!enter(state.scene.edition ?? "")) { location.reload(); return; }
  useZone(state.zone);
  page.bot = state.bot;
  byId("clock-group").hidden = byId("restart").hidden = !state.has_desk;
  for (const phone of state.phones) {
    if (views.has(phone.user_id)) views.get(phone.user_id).update(phone);
    else addPhone(phone);
  }
  show(state.scene);
}

function addPhone(state) {
  const view = new PhoneView(page, state);
  views.set(state.user_id, view);
  byId("phones").append(view.root);
  tabs.add(view);
}

function listen() {
  const events = new EventSource("/demo/events");
  const on = (kind, act) => events.addEventListener(kind, (event) => act(JSON.parse(event.data)));
  on("phone", (phone) => { views.get(phone.user_id)?.update(phone); tour.point(); });
  on("typing", ({ user_id }) => views.get(user_id)?.showTyping());
  on("answer", ({ user_id, text, alert }) => views.get(user_id)?.answered(text, alert));
  on("scene", show);
  events.addEventListener("error", () => { byId("offline").hidden = false; });
  // What happened before the stream stood, or while it was away, is in the state.
  events.addEventListener("open", async () => { await load(); byId("offline").hidden = true; });
}

// The bot speaks the language of the page.
async function agreeOnLanguage() {
  if ([...views.values()].some((view) => view.state.lang !== language)) await ask("/demo/language", { lang: language });
}

byId("language").addEventListener("change", async (event) => {
  choose(event.target.value);
  applyWords();
  await agreeOnLanguage();
});
byId("restart").addEventListener("click", () => byId("sure").showModal());
byId("sure").addEventListener("close", async () => {
  if (byId("sure").returnValue !== "yes") return;
  byId("sure").returnValue = "";
  byId("offline").textContent = word("restarting");
  byId("offline").hidden = false;
  if (await ask("/demo/restart", { sure: true })) return; // the next state is of another district
  byId("offline").hidden = true;
  speak();
});
wireClock(async (move) => show(await ask("/demo/clock", { move })));
await load();
applyWords();
tabs.begin();
listen();
await agreeOnLanguage();

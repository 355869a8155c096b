// One phone: what it shows besides the conversation, and what is unread. Requests go by the page.
import { Composer, HERE } from "/demo/static/composer.js";
import { Log } from "/demo/static/log.js";
import { element } from "/demo/static/message.js";
import { note, noted } from "/demo/static/keep.js";
import { word } from "/demo/static/words.js";

const TYPING_MS = 4000;
const TOAST_MS = 3500;
let number = 0;

export class PhoneView {
  constructor(page, state) {
    this.page = page;
    this.state = state;
    this.inSight = true;
    this.attended = false;
    this.root = document.getElementById("phone-template").content.firstElementChild.cloneNode(true);
    this.identify();
    this.log = new Log(this);
    this.composer = new Composer(this);
    this.part(".start").addEventListener("click", () => this.begin());
    this.root.addEventListener("pointerdown", (event) => { this.attend(); this.composer.onPress(event); });
    this.root.addEventListener("focusin", () => this.attend());
    this.root.addEventListener("focusout", () => { this.attended = false; });
  }

  part(selector) {
    return this.root.querySelector(selector);
  }

  identify() {
    const id = this.state.user_id;
    this.root.classList.add(`tint-${number++ % 4}`);
    this.root.id = this.root.dataset.testid = `phone-${id}`;
    const parts = { input: "textarea", send: ".send", start: ".start", commands: ".commands", attach: ".attach", more: ".more", photo: ".choose-photo", file: ".choose-file" };
    for (const [name, selector] of Object.entries(parts)) this.part(selector).dataset.testid = `${name}-${id}`;
    this.part(".bot-name").textContent = this.page.bot.first_name;
  }

  get name() {
    return word(`who.${this.state.code}.name`);
  }

  // Is it the only phone in sight?
  get alone() {
    return this.root.offsetWidth > this.root.parentElement.clientWidth * 0.8;
  }

  act(action, details) {
    return this.page.act(this.state.user_id, action, details);
  }

  // -- what is shown ---------------------------------------------------------------------------

  update(state) {
    if (state.look < this.state.look) return; // overtaken on its way
    const known = new Map(this.state.messages.map((message) => [message.id, message]));
    const fresh = state.messages.filter((message) => message.by_bot && !known.has(message.id));
    const edited = state.messages.filter(({ by_bot, id, text }) => by_bot && known.has(id) && known.get(id).text !== text);
    this.state = state;
    this.draw();
    const last = [...fresh, ...edited].at(-1);
    if (last) this.page.heard(this.name, last.text);
    this.countUnread();
  }

  speak() {
    const { name, state } = this;
    this.part(".name").textContent = name;
    this.part(".avatar").textContent = [...name][0] ?? "";
    this.part(".role").textContent = word(`who.${state.code}.role`);
    this.part(".story").textContent = this.part(".story").title = word(`who.${state.code}.story`);
    this.root.setAttribute("aria-label", name);
    this.part(".log").setAttribute("aria-label", word("chat_with", { name }));
    this.part("textarea").setAttribute("aria-label", word("message_to", { name }));
    for (const label of ["send", "commands", "attach", "more", "jump"]) {
      this.part(`.${label}`).setAttribute("aria-label", word(label));
      this.part(`.${label}`).title = word(label);
    }
    this.composer.closeSheets();
    this.log.forget();
    this.draw();
    this.log.scrollDown();
    this.countUnread();
  }

  draw() {
    const { state } = this;
    this.log.draw();
    this.drawKeys();
    this.rest();
    this.composer.draw();
    const start = this.part(".start");
    const pressed = start === document.activeElement;
    start.hidden = state.started && !state.blocked;
    start.textContent = word(state.blocked ? "unblock" : state.payload ? "start_scan" : "start");
    if (pressed && start.hidden) this.composer.focus();
    this.log.follow();
  }

  drawKeys() {
    const keys = this.part(".keys");
    keys.hidden = !this.state.keyboard.length || this.state.blocked;
    keys.replaceChildren(...this.state.keyboard.map((row) => {
      const line = element("div", "key-row");
      line.append(...row.map((key) => {
        const button = element("button", "key", key.text);
        button.type = "button";
        button.addEventListener("click", () => this.press(key));
        return button;
      }));
      return line;
    }));
  }

  // -- what the person does --------------------------------------------------------------------

  press(key) {
    if (key.request_contact) this.act("contact");
    else if (key.request_location) this.act("location", HERE);
    else this.act("write", { text: key.text });
    this.composer.focus();
  }

  tap(message, button, node) {
    const link = new RegExp(`^https://t\\.me/${this.page.bot.username}\\?start=([\\w-]*)$`).exec(button.url ?? "");
    if (link) { this.act("start", { payload: link[1] }); return; }
    if (button.copy_text) { navigator.clipboard?.writeText(button.copy_text.text); this.toast(word("copied")); return; }
    node.classList.add("waiting");
    this.act("tap", { message_id: message.id, data: button.callback_data });
  }

  begin() {
    if (this.state.blocked) this.act("unblock");
    else this.act("start", { payload: this.state.payload });
  }

  // -- what the tour points at -----------------------------------------------------------------

  find(kind, value) {
    const start = this.part(".start");
    if (kind === "start") return start.hidden ? null : start;
    const messages = [...this.root.querySelectorAll(".message")].reverse();
    const buttonsOf = (message) => [...message?.querySelectorAll(".inline-button") ?? []];
    if (kind === "data") {
      const lists = messages.map((message) => buttonsOf(message).find((button) => button.dataset.data?.startsWith(value)));
      return lists.find(Boolean);
    }
    // Whatever the bot asks for last: its main button, the key under the chat, or a few words.
    const asked = buttonsOf(messages[0]);
    const key = this.part(".keys:not([hidden]) .key");
    return asked.find((button) => button.classList.contains("primary")) ?? key ?? (asked.length > 2 ? asked[0] : this.part("textarea"));
  }

  setHinted(hinted) {
    this.root.classList.toggle("hinted", hinted);
    this.tab?.classList.toggle("hinted", hinted);
  }

  bringForward() {
    this.root.scrollIntoView({ inline: "start", block: "nearest" });
  }

  // -- attention -------------------------------------------------------------------------------

  get seenKey() {
    return `seen-${this.state.user_id}`;
  }

  countUnread() {
    const newest = this.state.messages.at(-1)?.id ?? 0;
    const looking = this.attended && this.inSight;
    // What stood there when the page was first opened is no news.
    if (looking || !noted(this.seenKey)) note(this.seenKey, newest);
    const seen = Number(noted(this.seenKey));
    const count = this.state.messages.filter((message) => message.by_bot && message.id > seen).length;
    const badge = this.part(".badge");
    badge.hidden = count === 0;
    badge.textContent = count;
    badge.setAttribute("aria-label", word("unread", { n: count }));
    this.page.unread(this.state.user_id, count);
  }

  attend() {
    this.attended = true;
    this.countUnread();
  }

  setInSight(inSight) {
    this.inSight = inSight;
    // In the single column, the phone in sight is the phone in hand.
    if (this.alone) this.attended = inSight;
    if (this.alone && inSight) this.countUnread();
  }

  // -- small signs -----------------------------------------------------------------------------

  showTyping() {
    const status = this.part(".status");
    status.textContent = word("typing");
    status.classList.add("typing");
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => this.rest(), TYPING_MS);
  }

  rest() {
    this.part(".status").textContent = word("bot");
    this.part(".status").classList.remove("typing");
  }

  answered(text, alert) {
    for (const button of this.root.querySelectorAll(".waiting")) button.classList.remove("waiting");
    if (text) this.toast(text, alert);
  }

  toast(text, stays = false) {
    const toast = this.part(".toast");
    toast.replaceChildren(text);
    toast.hidden = false;
    clearTimeout(this.toastTimer);
    if (!stays) { this.toastTimer = setTimeout(() => { toast.hidden = true; }, TOAST_MS); return; }
    const ok = element("button", "", word("ok"));
    ok.type = "button";
    ok.addEventListener("click", () => { toast.hidden = true; this.composer.focus(); });
    toast.append(ok);
    ok.focus();
  }
}

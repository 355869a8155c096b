// One message as DOM nodes; text is only ever set as text.
import { hour, word } from "/demo/static/words.js";
import { fileUrl, openPicture } from "/demo/static/viewer.js";

const COMMAND = /(^|\s)(\/[a-z0-9_]{1,32})(?![\w/])/g;

export function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

export function drawMessage(view, message) {
  const node = element("article", "message");
  node.dataset.messageId = message.id;
  node.classList.toggle("mine", !message.by_bot);
  node.classList.toggle("with-buttons", message.rows.length > 0);
  const bubble = element("div", "bubble");
  bubble.append(...parts(view, message), meta(message));
  node.append(bubble);
  if (message.rows.length) node.append(drawButtons(view, message));
  return node;
}

function parts(view, message) {
  const found = [];
  if (message.photo) found.push(picture(view, message.photo, message.text || word("picture")));
  if (message.document) found.push(document_(view, message.document));
  if (message.contact) {
    const { first_name, last_name = "", phone_number } = message.contact;
    const name = [first_name, last_name].join(" ").trim();
    found.push(card([...name][0], name, phone_number));
  }
  if (message.location) {
    const { latitude, longitude } = message.location;
    found.push(card("◎", word("shared_location"), `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`));
  }
  if (message.sticker) found.push(element("div", "big", message.sticker));
  if (message.text) found.push(words(view, message));
  return found;
}

// A thumbnail that opens in full size. Its place is kept while it loads.
function picture(view, { id, width, height }, name) {
  const button = element("button", "picture");
  const image = element("img");
  button.type = "button";
  button.setAttribute("aria-label", `${word("open_picture")}: ${name}`);
  image.src = fileUrl(id);
  image.alt = "";
  if (width) [image.width, image.height] = [width, height];
  image.addEventListener("load", () => view.log.follow());
  button.append(image);
  button.addEventListener("click", () => openPicture(id, name));
  return button;
}

function document_(view, { id, name, size, picture: isPicture }) {
  const link = element("a", "card file");
  link.href = fileUrl(id, true);
  link.download = name;
  link.setAttribute("aria-label", word("download", { name }));
  const ending = name.includes(".") ? name.split(".").at(-1).slice(0, 4) : "";
  link.append(...card(ending.toUpperCase() || "▤", name, bytes(size)).childNodes);
  if (!isPicture) return link;
  const both = element("div", "file-with-picture");
  both.append(picture(view, { id }, name), link);
  return both;
}

function bytes(size) {
  if (size < 1000) return `${size} B`;
  return size < 1_000_000 ? `${Math.round(size / 1000)} kB` : `${(size / 1_000_000).toFixed(1)} MB`;
}

function card(mark, title, detail) {
  const node = element("div", "card");
  const text = element("div", "", title);
  if (detail) text.append(element("small", "", detail));
  node.append(element("span", "card-mark", mark), text);
  return node;
}

function meta(message) {
  const node = element("div", "meta");
  if (message.protected) node.append(element("span", "", word("protected")));
  if (message.edited) node.append(element("span", "", word("edited")));
  node.append(element("time", "", hour(message.at * 1000)));
  if (!message.by_bot) node.append(ticks(message.read));
  return node;
}

function ticks(read) {
  const node = element("span", read ? "ticks read" : "ticks", read ? "✓✓" : "✓");
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", word(read ? "read" : "sent"));
  return node;
}

// Entities count in UTF-16 units, and so do JavaScript's strings.
function words(view, { text, entities, by_bot }) {
  const node = element("div", "words");
  const edges = new Set([0, text.length]);
  for (const { offset, length } of entities) edges.add(offset).add(offset + length);
  const sorted = [...edges].sort((a, b) => a - b);
  sorted.slice(0, -1).forEach((start, index) => {
    const end = sorted[index + 1];
    const active = entities.filter(({ offset, length }) => offset <= start && offset + length >= end);
    node.append(...stretch(view, text.slice(start, end), active, by_bot));
  });
  return node;
}

function stretch(view, text, active, byBot) {
  const link = active.find(({ type }) => type === "text_link");
  const shown = active.filter(({ type }) => type !== "bot_command");
  if (!shown.length) return byBot ? withCommands(view, text) : [text];
  const node = element(link ? "a" : "span", shown.map(({ type }) => `fmt-${type}`).join(" "), text);
  if (link && /^https?:/.test(link.url)) outward(node, link.url);
  return [node];
}

function withCommands(view, text) {
  const found = [];
  let from = 0;
  for (const match of text.matchAll(COMMAND)) {
    const start = match.index + match[1].length;
    const button = element("button", "command-link", match[2]);
    button.type = "button";
    button.addEventListener("click", () => view.act("write", { text: match[2] }));
    found.push(text.slice(from, start), button);
    from = start + match[2].length;
  }
  return [...found, text.slice(from)];
}

function drawButtons(view, message) {
  const grid = element("div", "buttons");
  grid.append(...message.rows.map((row) => {
    const line = element("div", "button-row");
    line.append(...row.map((button) => drawButton(view, message, button)));
    return line;
  }));
  return grid;
}

function drawButton(view, message, button) {
  const leads = button.url && !button.url.startsWith(`https://t.me/${view.page.bot.username}?`);
  const node = element(leads ? "a" : "button", "inline-button", button.text);
  if (button.style) node.classList.add(button.style);
  if (leads) {
    if (/^https?:/.test(button.url)) outward(node, button.url);
    node.append(element("span", "link-mark", " ↗"));
    return node;
  }
  node.type = "button";
  node.dataset.data = button.callback_data ?? "";
  node.addEventListener("click", () => view.tap(message, button, node));
  return node;
}

function outward(node, url) {
  node.href = url;
  node.target = "_blank";
  node.rel = "noopener noreferrer";
}

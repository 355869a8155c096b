// The page's words in its language, and instants as that language writes them.
import { recall, remember } from "/demo/static/keep.js";

const LOCALES = { zh_Hans: "zh-CN", zh_Hant: "zh-TW", en: "en-GB" };
const words = await (await fetch("/demo/words")).json();
let zone = "UTC";

export let language = recall("language") in words ? recall("language") : preferred();

function preferred() {
  const wanted = navigator.language.toLowerCase();
  if (wanted.startsWith("en")) return "en";
  return /hant|tw|hk|mo/.test(wanted) ? "zh_Hant" : "zh_Hans";
}

export function choose(chosen) {
  language = chosen;
  remember("language", chosen);
}

export function useZone(name) {
  zone = name;
}

export function word(key, values = {}) {
  const text = words[language][key] ?? words.zh_Hans[key];
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function format(instant, options) {
  return new Intl.DateTimeFormat(LOCALES[language], { timeZone: zone, hour12: false, ...options }).format(instant);
}

export function hour(instant) {
  return format(instant, { hour: "2-digit", minute: "2-digit" });
}

export function day(instant) {
  return format(instant, { month: "long", day: "numeric", weekday: "short" });
}

// Fill every element that names its words.
export function speak() {
  document.documentElement.lang = { zh_Hans: "zh-Hans", zh_Hant: "zh-Hant", en: "en" }[language];
  document.title = word("title");
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", word(node.dataset.label));
    if (node.localName === "button") node.title = word(node.dataset.label);
  }
}

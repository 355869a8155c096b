// What a browser remembers. The language and a hidden tour stay; the rest lives as long as the
// district: typed drafts, which phone is in hand, what was read.
const LASTING = "gridbot-demo-";

export function recall(name) {
  return localStorage.getItem(LASTING + name) ?? "";
}

export function remember(name, value) {
  if (value) localStorage.setItem(LASTING + name, value);
  else localStorage.removeItem(LASTING + name);
}

// Gives false when the district is another one than this tab last saw.
export function enter(edition) {
  const before = sessionStorage.getItem("edition");
  if (before === edition) return true;
  sessionStorage.clear();
  sessionStorage.setItem("edition", edition);
  return before === null;
}

export function note(name, value) {
  sessionStorage.setItem(name, value);
}

export function noted(name) {
  return sessionStorage.getItem(name) ?? "";
}

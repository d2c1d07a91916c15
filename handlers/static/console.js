/* The console's small helpers. Every page works without them: they save the mouse and the reload. */
"use strict";

const rows = () => [...document.querySelectorAll("[data-row]")];
const typing = (at) => at.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");

function step(by) {
  const all = rows();
  if (!all.length) return;
  const now = all.findIndex((row) => row.hasAttribute("data-here"));
  const next = all[Math.min(Math.max(now + by, 0), all.length - 1)];
  all.forEach((row) => row.toggleAttribute("data-here", row === next));
  next.querySelector("[data-open]").focus();
  next.scrollIntoView({ block: "nearest" });
}

/* The forms of a case, in the order of the page: a figure opens one and goes to its first field. */
const deedAt = (number) => document.querySelectorAll("details[data-deed]")[number - 1];
function openDeed(deed) {
  deed.open = true;
  deed.querySelector("input:not([type=hidden]), select, textarea, button").focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const here = document.querySelector("[data-row][data-here] [type=checkbox]");
  const search = document.querySelector("[data-search]");
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "x" && here) here.click();
  else if (event.key === "/" && search) search.focus();
  else if (/^[1-9]$/.test(event.key) && deedAt(Number(event.key))) openDeed(deedAt(Number(event.key)));
  else return;
  event.preventDefault();
});

/* A link that leads to a folded form opens it. */
function unfold() {
  const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named && named.tagName === "DETAILS") named.open = true;
}
addEventListener("hashchange", unfold);
unfold();

/* When something has changed the page is asked for again, and the parts nobody is working in are exchanged. */
async function freshen() {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const known = [...document.querySelectorAll("[data-fresh]")];
  for (const part of known) {
    const fresh = page.getElementById(part.id);
    if (part.contains(document.activeElement) || part.querySelector(":checked")) continue;
    if (fresh) part.replaceWith(document.adoptNode(fresh));
    else part.remove();
  }
}

const live = document.querySelector("[data-live]");
if (live && "EventSource" in window) {
  const stream = new EventSource(live.dataset.live);
  stream.addEventListener("change", freshen);
  stream.addEventListener("over", () => stream.close());
}

/* Copy the words of a push. Without https the browser keeps its clipboard to itself: then they are marked to be copied. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const words = document.getElementById(button.dataset.copy);
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(words.textContent);
    button.textContent = button.dataset.done;
  } else getSelection().selectAllChildren(words);
});
document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });

/* The browser's own printer. */
document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => print()); });

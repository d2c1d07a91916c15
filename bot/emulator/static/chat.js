// Keep one chat page alive: show each line as it happens, send what the person does.
"use strict";

const feed = document.getElementById("feed");
const composer = document.getElementById("composer");
const here = feed.dataset.here;

function toEnd() {
  feed.scrollTop = feed.scrollHeight;
}

function show({ number, html }) {
  const id = `line-${number}`;
  const atEnd = feed.scrollHeight - feed.scrollTop - feed.clientHeight < 80;
  let box = document.getElementById(id);
  if (!box) {
    box = document.createElement("div");
    box.id = id;
    feed.insertBefore(box, feed.querySelector(".empty"));
  }
  box.innerHTML = html; // made and escaped by our own server
  if (atEnd) toEnd();
}

function fail(words) {
  const note = document.createElement("p");
  note.className = "note";
  note.textContent = words;
  feed.insertBefore(note, feed.querySelector(".empty"));
  toEnd();
}

async function act(wish, button) {
  if (button) button.disabled = true;
  document.body.classList.add("busy");
  try {
    const answer = await fetch(`${here}/do`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(wish),
    });
    if (!answer.ok) fail(`没有发出去：${await answer.text()}`);
  } catch {
    fail("没有发出去：演示程序没有应答");
  } finally {
    document.body.classList.remove("busy");
    if (button) button.disabled = false;
  }
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = composer.elements.text.value;
  if (!text) return;
  const wish = { deed: "says", text };
  if (composer.elements.person) wish.person = composer.elements.person.value;
  composer.elements.text.value = "";
  composer.elements.text.focus();
  toEnd();
  act(wish);
});

composer.elements.text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    composer.requestSubmit();
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-deed]");
  if (button) act({ ...button.dataset }, button);
  for (const open of document.querySelectorAll("details.codes[open]")) {
    if (button || !open.contains(event.target)) open.open = false;
  }
});

const mention = document.getElementById("mention");
if (mention) {
  mention.addEventListener("click", () => {
    const box = composer.elements.text;
    if (!box.value.startsWith(mention.dataset.name)) box.value = mention.dataset.name + box.value;
    box.focus();
  });
}

const live = new EventSource(`${here}/events?after=${feed.dataset.after}`);
live.onmessage = (event) => show(JSON.parse(event.data));
toEnd();

// Makes the page quicker; without it the forms work as they are.
const talk = document.querySelector("#talk");
const say = document.querySelector("#say");
const text = document.querySelector("#text");
const status = document.querySelector("#end");
const QUICK = 700, CALM = 4000, QUICK_FOR = 60000; // milliseconds
let last = Number(talk.dataset.last);
let quickUntil = Date.now() + QUICK_FOR;
let reading = false;

const freshKey = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

// What is mostly Latin letters says that it is English; the page itself is Chinese.
function write(element, text) {
  element.textContent = text;
  if ((text.match(/[a-z]/gi) ?? []).length > text.length / 2) element.lang = "en";
}

function show(line) {
  const item = document.createElement("li");
  item.className = line.mine ? "mine" : "theirs";
  const who = document.createElement("span");
  who.className = "who";
  who.textContent = line.mine ? "您說：" : "本所：";
  const words = document.createElement("p");
  write(words, line.text);
  item.append(who, words);
  if (line.mine) talk.querySelectorAll(".choices").forEach((old) => old.remove());
  if (line.choices.length) item.append(buttons(line.choices));
  talk.append(item);
  item.scrollIntoView({ block: "nearest" });
}

function buttons(choices) {
  const group = document.createElement("div");
  group.className = "choices";
  for (const choice of choices) {
    if (choice.url) {
      const link = document.createElement("a");
      link.href = choice.url;
      link.rel = "noopener noreferrer";
      write(link, choice.label);
      group.append(link);
      continue;
    }
    const button = document.createElement("button");
    button.type = "button";
    write(button, choice.label);
    button.addEventListener("click", () => send({ token: choice.token }));
    group.append(button);
  }
  return group;
}

async function send(fields, files = []) {
  const body = new FormData();
  body.set("key", freshKey());
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  for (const file of files) body.append("photos", file);
  status.textContent = "傳送中…";
  try {
    const answer = await fetch("/chat/messages", {
      method: "POST", body, headers: { Accept: "application/json" },
    });
    if (!answer.ok) {
      status.textContent = (await answer.json().catch(() => ({}))).refused ?? "沒有送出，請再試一次。";
      return false;
    }
  } catch {
    status.textContent = "網路不通，沒有送出；您打的字還在，請再試一次。";
    return false;
  }
  status.textContent = "";
  quickUntil = Date.now() + QUICK_FOR;
  await read();
  text.focus();
  return true;
}

async function read() {
  if (reading) return;
  reading = true;
  try {
    const answer = await fetch(`/chat/messages?after=${last}`);
    for (const line of answer.ok ? await answer.json() : []) {
      if (line.id <= last) continue;
      last = line.id;
      show(line);
    }
  } catch {
    // offline for a moment: the next look tries again
  } finally {
    reading = false;
  }
}

say.addEventListener("submit", async (event) => {
  event.preventDefault();
  const photos = document.querySelector("#photos");
  if (!text.value.trim() && !photos.files.length) return;
  if (await send({ text: text.value }, photos.files)) {
    text.value = "";
    photos.value = "";
  }
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    say.requestSubmit();
  }
});
for (const form of talk.querySelectorAll("form.choices")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ token: event.submitter.value });
  });
}
const place = document.querySelector("#place");
if (navigator.geolocation && window.isSecureContext) {
  place.hidden = false;
  place.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => send({ place: `${coords.latitude},${coords.longitude}` }),
      () => { status.textContent = "取不到位置，請輸入地址或明顯地標。"; },
    );
  });
}
(async function keepReading() {
  await read();
  const calm = document.hidden || Date.now() > quickUntil;
  setTimeout(keepReading, calm ? CALM : QUICK);
})();
document.querySelector("#talk > li:last-child")?.scrollIntoView({ block: "nearest" });

// The console works without this; with it, who else opens the case is told while it lies open, a
// report says by itself how far it is, and so does a form whose answer takes longer than a moment.
"use strict";
const waiting = document.querySelector("[data-waiting]");
let patience;
function stopWaiting() {
  clearInterval(patience);
  if (waiting) waiting.textContent = "";
}
document.addEventListener("submit", (event) => {
  if (!waiting || event.defaultPrevented) return;
  stopWaiting();
  let seconds = 0;
  patience = setInterval(() => {
    seconds += 1;
    // Once as words for who listens; then every ten seconds, so as not to talk without end.
    if (seconds === 2) waiting.textContent = waiting.dataset.waiting;
    else if (seconds % 10 === 0) waiting.textContent = waiting.dataset.seconds.replace("{n}", seconds);
  }, 1000);
});
addEventListener("pageshow", stopWaiting); // also when one comes back to the page as it was left
const presence = document.querySelector("[data-presence]");
if (presence) {
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(presence.dataset.presence, { headers: { Accept: "text/html" } });
      const told = answer.ok ? (await answer.text()).trim() : null;
      if (told !== null && told !== presence.innerHTML.trim()) presence.innerHTML = told;
    } catch {
      // The connection is gone for a while; the next try tells.
    }
  }, 20000);
}
const follow = setInterval(async () => {
  const progress = document.querySelector("[data-progress]");
  if (!progress) return clearInterval(follow);
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const told = page.querySelector("[data-progress]");
    if (told) progress.innerHTML = told.innerHTML;
    else document.querySelector("main").replaceWith(page.querySelector("main"));
  } catch {
    // The connection is gone for a while; the next try tells.
  }
}, 2000);

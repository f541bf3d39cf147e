// The console works without this; with it, who else opens the case is told while it lies open, and
// a report says by itself how far it is.
"use strict";
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

// A page that waits looks again by itself; one that takes a file shows where to drop it. Without script a link does the same.
"use strict";
const pause = 1000;

async function look() {
  const live = document.getElementById("live");
  if (!live || !live.dataset.waiting) return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.getElementById("live");
      if (next && !next.dataset.waiting) return location.reload();
      if (next) live.replaceWith(document.adoptNode(next));
    }
  } catch (error) {
    // The connection comes back, or the link still serves.
  }
  setTimeout(look, pause);
}

function showDrop(zone) {
  for (const [name, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
    zone.addEventListener(name, () => zone.classList.toggle("over", over));
  }
}

document.querySelectorAll(".drop").forEach(showDrop);
setTimeout(look, pause);

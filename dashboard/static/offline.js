/* The offline page: says the time in the reader's own way, and loads the page that was asked for once the server is there again. */
const AGAIN = 4_000;

const since = document.querySelector("time");
const at = new Date(since?.dateTime ?? "");
if (since && !Number.isNaN(at.getTime())) {
  const today = at.toDateString() === new Date().toDateString();
  since.textContent = at.toLocaleString(undefined, {
    ...(today ? {} : { dateStyle: "medium" }),
    timeStyle: "short",
  });
}

async function look() {
  const there = await fetch("/offline.html", { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (there?.ok) location.reload();
}

addEventListener("online", () => void look());
setInterval(() => document.visibilityState === "visible" && void look(), AGAIN);

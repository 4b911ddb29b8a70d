/* The offline page: speaks the reader's language, says the time in the reader's own way, and loads the page that was asked for once the server is there again. */
const AGAIN = 4_000;

/* As the other pages have it: what was chosen on this device, else the first language of the browser that Tocsin speaks. */
const [, chosen] = /(?:^|; *)tocsin_language=(en|es)/.exec(document.cookie) ?? [];
const spoken = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]);
const language = chosen ?? spoken.find((code) => code === "en" || code === "es") ?? "en";
document.documentElement.lang = language;
for (const part of document.body.querySelectorAll("[lang]")) if (part.lang !== language) part.remove();
if (language === "es") document.title = "Sin conexión · Tocsin";
const locale = spoken[0] === language ? undefined : language;

for (const since of document.querySelectorAll("time")) {
  const at = new Date(since.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  const today = at.toDateString() === new Date().toDateString();
  since.textContent = at.toLocaleString(locale, {
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

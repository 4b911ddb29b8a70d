/** Makes the calls of the API's page. What a call says stays in the page: no key and no answer is stored. */
const key = document.querySelector("#key");

document.addEventListener("submit", (event) => {
  event.preventDefault();
  void make(event.target);
});

async function make(form) {
  const output = form.querySelector("output");
  output.textContent = "…";
  try {
    const { path, init } = callOf(form);
    const response = await fetch(path, init);
    output.textContent = [
      `${response.status} ${response.statusText}`,
      ...[...response.headers].map(([name, value]) => `${name}: ${value}`),
      "",
      readable(await response.text()),
    ].join("\n");
  } catch (error) {
    output.textContent = `No answer: ${error.message}`;
  }
}

/** The call that a form's fields make. With a key, no cookie goes along. */
function callOf(form) {
  const { method, path, key: byKey } = form.dataset;
  const filled = [...form.querySelectorAll("input[data-in]")].filter(({ value }) => value !== "");
  const of = (place) => filled.filter((input) => input.dataset.in === place);
  const query = new URLSearchParams(of("query").map(({ name, value }) => [name, value]));
  const headers = new Headers(of("header").map(({ name, value }) => [name, value]));
  const authorized = byKey !== undefined && key.value !== "";
  if (authorized) headers.set("Authorization", `Bearer ${key.value}`);
  const body = form.querySelector("textarea");
  if (body && body.value !== "") headers.set("Content-Type", body.dataset.type);
  const filledPath = of("path").reduce(
    (so, { name, value }) => so.replace(`{${name}}`, encodeURIComponent(value)),
    path,
  );
  return {
    path: query.size === 0 ? filledPath : `${filledPath}?${query}`,
    init: {
      method,
      headers,
      credentials: authorized ? "omit" : "same-origin",
      ...(body && body.value !== "" ? { body: body.value } : {}),
    },
  };
}

function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** A link to a call opens it. */
function open() {
  const call = document.getElementById(location.hash.slice(1));
  if (call) call.open = true;
}
addEventListener("hashchange", open);
open();

import { getShell } from "./context.ts";

/** Gives a page's tab its title, with how much of the inbox needs somebody; to be called as the page is made. */
export function tabTitle(): (title: string) => string {
  const { inbox } = getShell();
  return (title) => `${inbox.need.number > 0 ? `(${inbox.need.number}) ` : ""}${title} · Tocsin`;
}

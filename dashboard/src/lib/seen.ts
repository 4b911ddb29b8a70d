import type { Attachment } from "svelte/attachments";

/** How long a notification has to be in view, in ms, and how recent the person's last input has to be. */
const IN_VIEW = 2_000;
const PRESENT = 60_000;
const STEP = 500;

let lastInput = 0;
if (typeof document !== "undefined")
  for (const type of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"])
    document.addEventListener(type, () => (lastInput = Date.now()), { passive: true, capture: true });

/** A screen left on its own reads nothing: somebody has to be there. */
const someoneIsThere = (): boolean =>
  document.visibilityState === "visible" && document.hasFocus() && Date.now() - lastInput < PRESENT;

/** Calls back once most of the element has been in somebody's view for two seconds. */
export function whenSeen(seen: () => void): Attachment<Element> {
  return (element) => {
    let inView = 0;
    let timer: ReturnType<typeof setInterval> | undefined;
    const step = () => {
      if (someoneIsThere()) inView += STEP;
      if (inView < IN_VIEW) return;
      inView = 0;
      seen();
    };
    const observer = new IntersectionObserver(
      ([entry]) => {
        clearInterval(timer);
        inView = 0;
        if (entry?.isIntersecting) timer = setInterval(step, STEP);
      },
      { threshold: 0.6 },
    );
    observer.observe(element);
    return () => {
      clearInterval(timer);
      observer.disconnect();
    };
  };
}

import type { NotificationDto } from "../contract.ts";
import { isUrgent } from "../inbox/feed.ts";
import { showArrived } from "../push/arrived.ts";
import { TONES, type Tone } from "./tones.ts";

/** Where a device keeps whether it sounds; signing out forgets it, as everything of the site. */
const KEY = "tocsin.alarm";

/** Urgent alerts of one moment that the system shows; the page counts them all. */
const MOST_SHOWN = 5;

/** Sounds for what arrives, and says it by the system's notifications while the page is hidden; asked for on each device. */
export class Alarm {
  /** Null until the person said whether this device should. */
  on = $state.raw<boolean | null>(null);
  #context: AudioContext | null = null;

  constructor() {
    const kept = localStorage.getItem(KEY);
    if (kept !== null) this.on = kept === "on";
  }

  /** Switches it on or off. On, it asks the browser for its notifications and plays, both of which need a person's click. */
  async set(on: boolean): Promise<void> {
    this.on = on;
    localStorage.setItem(KEY, on ? "on" : "off");
    if (!on) return;
    this.play("ordinary");
    if ("Notification" in window && Notification.permission === "default")
      await Notification.requestPermission();
  }

  /** After a page was loaded anew a browser plays nothing before the first click or key. */
  start(): () => void {
    const stopping = new AbortController();
    const wake = () => {
      if (this.on === true) void this.#audio().resume();
    };
    for (const event of ["pointerdown", "keydown"])
      addEventListener(event, wake, { once: true, signal: stopping.signal });
    return () => stopping.abort();
  }

  /** These have arrived. What the system shows says nothing of what is in them: others may see that screen. */
  ring(arrived: readonly NotificationDto[]): void {
    if (this.on !== true || arrived.length === 0) return;
    const urgent = arrived.filter(isUrgent);
    this.play(urgent.length > 0 ? "critical" : "ordinary");
    if (document.visibilityState === "visible") return;
    // Of what is not urgent one is enough: it leads to the page that shows them all.
    void showArrived(urgent.length > 0 ? urgent.slice(0, MOST_SHOWN) : arrived.slice(0, 1));
  }

  play(tone: Tone): void {
    const context = this.#audio();
    void context.resume();
    let at = context.currentTime;
    for (const { hertz, seconds, wave, gain } of TONES[tone]) {
      const oscillator = new OscillatorNode(context, { type: wave, frequency: hertz });
      const volume = new GainNode(context, { gain });
      oscillator.connect(volume).connect(context.destination);
      // Ends softly: a wave that is cut off clicks.
      volume.gain.setTargetAtTime(0, at + seconds - 0.03, 0.01);
      oscillator.start(at);
      oscillator.stop(at + seconds);
      at += seconds;
    }
  }

  #audio(): AudioContext {
    this.#context ??= new AudioContext();
    return this.#context;
  }
}

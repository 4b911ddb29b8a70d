import { deviceWords } from "../account/device.ts";
import { addDevice, moveDevice } from "../api/devices.ts";
import type { Device } from "../api/devices.ts";
import { Problem } from "../api/problem.ts";

/** Why a browser can't be told; null where it can. */
export function obstacle(): string | null {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window))
    return "This browser has no Web Push. On an iPhone or iPad, add Tocsin to the home screen first, and open it there.";
  if (Notification.permission === "denied")
    return "The browser shows no notifications of this site: allow them in its settings, then come back.";
  return null;
}

/** What this browser subscribed to, if it has. */
async function current(): Promise<PushSubscription | null> {
  if (!("serviceWorker" in navigator && "PushManager" in window)) return null;
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/**
 * Adds this browser: asks for its permission, which takes a person's click, and subscribes anew, so that whoever was told on it before is told here no more.
 * @throws Error with a sentence for the person where the browser refuses
 */
export async function addThisDevice(key: string): Promise<Device> {
  const refused = "The browser was not allowed to show notifications.";
  const away = "The browser's push service can't be reached. Try again, or in another network.";
  if ((await Notification.requestPermission()) !== "granted") throw new Error(refused);
  await forgetThisDevice();
  const { pushManager } = await navigator.serviceWorker.ready;
  const subscription = await pushManager
    .subscribe({ userVisibleOnly: true, applicationServerKey: key })
    .catch(() => {
      throw new Error(away);
    });
  const { endpoint, keys } = subscription.toJSON();
  const { p256dh = "", auth = "" } = keys ?? {};
  try {
    return await addDevice({
      name: deviceWords(navigator.userAgent),
      endpoint: endpoint ?? "",
      keys: { p256dh, auth },
    });
  } catch (error) {
    await forgetThisDevice();
    throw error;
  }
}

/** Has this browser forget its subscription: what is sent to it reaches nobody any more. */
export async function forgetThisDevice(): Promise<void> {
  await (await current().catch(() => null))?.unsubscribe().catch(() => false);
}

/** Says that the person's session is on this device now, so that signing out takes it along. A subscription that is not theirs is forgotten. */
export async function claimThisDevice(): Promise<void> {
  const subscription = await current().catch(() => null);
  if (subscription === null) return;
  const known = await moveDevice(subscription.endpoint).catch((error: unknown) => error);
  if (known instanceof Problem && known.status === 404) await forgetThisDevice();
}

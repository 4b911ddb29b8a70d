import { setTimeout as sleep } from "node:timers/promises";

const { TOCSIN = "http://localhost:3000", KEY = "" } = process.env;

/**
 * Sends a notification; answers its id once it is stored. Where the answer is lost, or Tocsin has no room just now, it asks again under the same
 * key, so it counts once.
 * @param key yours alone for this message: the number of the result, not one that is drawn anew
 * @throws what is wrong, where asking again would not help
 */
export async function send(notification: object, key: string): Promise<string> {
  for (let wait = 1; ; wait = Math.min(wait * 2, 60)) {
    const answer = await fetch(`${TOCSIN}/api/notifications/send`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${KEY}`,
        "Content-Type": "application/json",
        "Idempotency-Key": key,
      },
      body: JSON.stringify(notification),
      signal: AbortSignal.timeout(10_000),
    })
      // An answer that breaks off is lost, too.
      .then(async (response) => ({ response, text: await response.text() }))
      .catch(() => null);
    const status = answer?.response.status ?? 500;
    if (answer?.response.ok) return (JSON.parse(answer.text) as { notification_id: string }).notification_id;
    // 409: the same call is still under way. 429 and 5xx: it may be taken later.
    if (status < 500 && status !== 409 && status !== 429) throw new Error(answer?.text);
    await sleep(1_000 * Number(answer?.response.headers.get("Retry-After") ?? wait));
  }
}

import http.client, json, os, sys, time, urllib.error, urllib.request

TOCSIN, KEY = os.environ.get("TOCSIN", "http://localhost:3000"), os.environ["KEY"]


def send(notification: dict, key: str) -> str:
    """Sends a notification; answers its id once it is stored. Asks again under the same key where the answer is lost."""
    wait = 1
    while True:
        request = urllib.request.Request(
            f"{TOCSIN}/api/notifications/send",
            json.dumps(notification).encode(),
            {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", "Idempotency-Key": key},
        )
        pause = wait
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return json.load(response)["notification_id"]
        except urllib.error.HTTPError as error:
            # 409: the same call is still under way. 429 and 5xx: it may be taken later.
            if error.code < 500 and error.code not in (409, 429):
                raise RuntimeError(error.read().decode()) from None
            pause = float(error.headers.get("Retry-After", wait))
        except (OSError, http.client.HTTPException, ValueError):
            # An answer that breaks off is lost, too.
            pass
        time.sleep(pause)
        wait = min(wait * 2, 60)


if __name__ == "__main__":
    print(send(json.load(sys.stdin), sys.argv[1]))

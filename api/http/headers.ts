/** The headers of answers that clients may build on, each with its description. */
export const HEADERS = {
  Allow: "The methods that the path takes",
  "Clear-Site-Data": 'What the browser forgets of this site: `"cache", "storage"`',
  "Content-Disposition": "The file's name, where the answer is one",
  ETag: "What the answer holds, in short: sent back in If-None-Match, 304 says that it is the same (RFC 9110, 8.8.3)",
  "Idempotency-Replayed": "`true` where the first answer to the same Idempotency-Key came again",
  Link: 'The next page of an export (RFC 8288, `rel="next"`)',
  Location: "The address of the thing that the call made, or leads to",
  "Preference-Applied": "The wait that was applied (RFC 7240), e.g. `wait=10`",
  "Retry-After": "Seconds until another try makes sense",
  "WWW-Authenticate": "How a service signs in: `Bearer`",
} as const satisfies Record<string, string>;
export type HeaderName = keyof typeof HEADERS;

/** `tocsin/client`: Tocsin's API for services that send, and inboxes as they change. Of packages it needs none. */
export type * from "./api.ts";
export type { Bounds } from "./call.ts";
export { Gap, Refused, SignedOut, Unanswered } from "./errors.ts";
export type { EventOptions } from "./events.ts";
export { type Change, inbox, type InboxOptions } from "./inbox.ts";
export type { ConnectionState } from "./live/connection.ts";
export { type BulkResult, createService, type Once, type Service, type ServiceOptions } from "./service.ts";

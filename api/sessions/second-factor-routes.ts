import { Nothing } from "../http/schema.ts";
import { route } from "../http/route.ts";
import { Code, Enrolment, FactorState, RecoveryCodes } from "./schema.ts";

/** The calls under /api/second-factor: a person's own authenticator (RFC 6238) and recovery codes. */
export const secondFactor = {
  read: route({
    method: "GET",
    path: "/api/second-factor",
    id: "readSecondFactor",
    tag: "Sessions",
    summary: "Whether signing in asks for a code",
    caller: "person",
    answers: { 200: { body: FactorState } },
  }),
  enrol: route({
    method: "POST",
    path: "/api/second-factor",
    id: "enrolSecondFactor",
    tag: "Sessions",
    summary: "A new secret for an authenticator; signing in asks for no code until it is confirmed",
    caller: "person",
    confirmed: "always",
    body: Nothing,
    optionalBody: true,
    answers: { 201: { body: Enrolment } },
    problems: ["conflict", "too-many"],
  }),
  confirm: route({
    method: "POST",
    path: "/api/second-factor/confirm",
    id: "confirmSecondFactor",
    tag: "Sessions",
    summary: "Confirm the authenticator by one of its codes",
    caller: "person",
    body: Code,
    answers: { 200: { body: RecoveryCodes } },
    problems: ["conflict", "code-wrong", "too-many"],
  }),
  renewCodes: route({
    method: "POST",
    path: "/api/second-factor/recovery-codes",
    id: "renewRecoveryCodes",
    tag: "Sessions",
    summary: "New recovery codes in place of the old",
    caller: "person",
    body: Code,
    answers: { 200: { body: RecoveryCodes } },
    problems: ["conflict", "code-wrong", "too-many"],
  }),
  disable: route({
    method: "POST",
    path: "/api/second-factor/disable",
    id: "disableSecondFactor",
    tag: "Sessions",
    summary: "Take the authenticator off, by a code or a recovery code",
    caller: "person",
    body: Code,
    answers: { 204: {} },
    problems: ["conflict", "code-wrong", "too-many"],
  }),
};

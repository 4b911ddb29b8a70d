import { ByAnyId } from "../http/schema.ts";
import { route } from "../http/route.ts";
import { NewPolicy, PoliciesQuery, Policy, PolicyChange, PolicyList } from "./schema.ts";

/** The calls under /api/escalation-policies. */
export const policies = {
  list: route({
    method: "GET",
    path: "/api/escalation-policies",
    id: "listPolicies",
    tag: "Escalation",
    summary: "The policies of the supervised territories, newest first",
    caller: "supervisor",
    query: PoliciesQuery,
    answers: { 200: { body: PolicyList } },
  }),
  create: route({
    method: "POST",
    path: "/api/escalation-policies",
    id: "createPolicy",
    tag: "Escalation",
    summary: "Make a policy; the territory's default is used for critical notifications that name none",
    caller: "supervisor",
    body: NewPolicy,
    answers: { 201: { body: Policy, headers: ["Location"] } },
    problems: ["conflict"],
  }),
  read: route({
    method: "GET",
    path: "/api/escalation-policies/{id}",
    id: "readPolicy",
    tag: "Escalation",
    summary: "One policy",
    caller: "supervisor",
    params: ByAnyId,
    answers: { 200: { body: Policy } },
    problems: ["not-found"],
  }),
  change: route({
    method: "PATCH",
    path: "/api/escalation-policies/{id}",
    id: "changePolicy",
    tag: "Escalation",
    summary: "Change a policy; earlier sends go on by the rules that they began with",
    caller: "supervisor",
    confirmed: "always",
    params: ByAnyId,
    body: PolicyChange,
    answers: { 200: { body: Policy } },
    problems: ["not-found", "conflict"],
  }),
  remove: route({
    method: "DELETE",
    path: "/api/escalation-policies/{id}",
    id: "removePolicy",
    tag: "Escalation",
    summary: "Delete a policy; sends that name it are refused from then on",
    caller: "supervisor",
    confirmed: "always",
    params: ByAnyId,
    answers: { 204: {} },
    problems: ["not-found"],
  }),
};

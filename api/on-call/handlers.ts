import type { Knex } from "knex";
import type { FetchCalendar } from "../../node/calendars/fetch.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import type { InstallationKey } from "../../store/crypto/secrets.ts";
import { createTokens, hashOfSecret } from "../../store/crypto/tokens.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import type { ScheduleCalendar } from "../../store/models/Calendar.ts";
import { OnCallRole } from "../../store/models/Schedule.ts";
import { onCallOfEach } from "../../store/people/on-call.ts";
import { notFound } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import type { RateLimits } from "../middleware/limits.ts";
import { createOneByOne } from "../middleware/one-by-one.ts";
import type { Site } from "../middleware/person.ts";
import type { OwnSends } from "../notifications/own-sends.ts";
import { createCalendars } from "./calendars.ts";
import { createCalendarsIn, type Made } from "./calendars-in.ts";
import { createRoles } from "./roles.ts";
import type { onCall } from "./routes.ts";
import { createSchedules, type KeptSchedule, type NamedOverride } from "./schedules.ts";
import { type Absence, absencesIn } from "../../store/people/availability.ts";
import { createSwaps, type NamedSwap } from "./swaps.ts";
import { createSwapNotices } from "./swap-notices.ts";
import { createTurnNotices } from "./turn-notices.ts";
import { type Role, type Schedule, whileOf } from "./schema.ts";

/** How long ago a moment may be that still is now; ms. Who was away before is not known any more. */
const CURRENT = 60_000;

export interface OnCallDeps {
  knex: Knex;
  site: Site;
  limits: RateLimits;
  secrets: InstallationKey;
  vault: Vault;
  privateHosts: string[];
  fetchCalendar: FetchCalendar;
  /** Has the calendars that are due read again. */
  readCalendars: () => void;
  ownSends: OwnSends;
}

/** Looks of one person that go on or wait: each is computed, and no two of theirs at once. */
const MOST_AT_ONCE = 8;

/** Answers the calls about who is on call. */
export function onCallHandlers({
  knex,
  site,
  limits,
  secrets,
  vault,
  privateHosts,
  fetchCalendar,
  readCalendars,
  ownSends,
}: OnCallDeps): Handlers<typeof onCall> {
  const tokens = createTokens(secrets, "calendar token");
  const tellOfTurns = createTurnNotices({ ownSends });
  const tellOfSwap = createSwapNotices({ ownSends });
  const calendarOf = createCalendars(knex);
  const schedules = createSchedules(knex, tokens);
  const calendarsIn = createCalendarsIn({ knex, vault, privateHosts, fetchCalendar });
  const swaps = createSwaps(knex);
  const roles = createRoles(knex);
  const oneByOne = createOneByOne(MOST_AT_ONCE);
  return {
    who: async ({ caller: { userId }, query: { territory, role, at } }) => {
      const actor = `user:${userId}` as const;
      const look = async (trx: Transaction) => {
        const asked = OnCallRole.query(trx).whereNull("deleted_at").where({ territory_id: territory });
        if (role !== undefined) void asked.where({ role });
        const named = await asked.orderBy("role");
        const holders = await onCallOfEach(
          trx,
          actor,
          territory,
          named.map((one) => one.role),
          at,
        );
        const ids = [...new Set([...holders.values()].flatMap(({ person }) => person?.id ?? []))];
        const isPast = at.getTime() < Date.now() - CURRENT;
        const absences = isPast
          ? new Map<string, Absence>()
          : await absencesIn(trx, actor, territory, ids, at);
        return named.flatMap(({ role: one, name }) => {
          const holder = holders.get(one);
          if (holder === undefined) return [];
          const { scheduleId: schedule_id, person: who, gap } = holder;
          const person = who === null ? null : { user_id: who.id, name: who.name };
          const absence = presentAbsence(who === null ? undefined : absences.get(who.id));
          return [{ role: one, name, person, absence, gap, schedule_id }];
        });
      };
      const on_call = await oneByOne(userId, () => actAs(knex, actor, look));
      if (role !== undefined && on_call.length === 0) throw notFound();
      return { status: 200, body: { at: at.toISOString(), on_call } };
    },

    listRoles: async ({ caller, query }) => {
      const { items, next } = await roles.list(caller, query);
      return { status: 200, body: { roles: items.map(presentRole), next } };
    },
    createRole: async ({ caller, body }) => {
      const made = await roles.create(caller, body);
      return { status: 201, headers: { Location: `/api/roles/${made.id}` }, body: presentRole(made) };
    },
    readRole: async ({ caller, params }) => ({
      status: 200,
      body: presentRole(await roles.find(caller, params.id)),
    }),
    changeRole: async ({ caller, params, body }) => ({
      status: 200,
      body: presentRole(await roles.change(caller, params.id, body)),
    }),
    removeRole: async ({ caller, params }) => {
      await roles.remove(caller, params.id);
      return { status: 204 };
    },

    listSchedules: async ({ caller, query }) => {
      const { items, next } = await schedules.list(caller, query);
      return { status: 200, body: { schedules: items.map(present), next } };
    },
    createSchedule: async ({ caller, body }) => {
      const made = await schedules.create(caller, body);
      return { status: 201, headers: { Location: `/api/schedules/${made.row.id}` }, body: present(made) };
    },
    readSchedule: async ({ caller, params }) => ({
      status: 200,
      body: present(await schedules.find(caller, params.id)),
    }),
    changeSchedule: async ({ caller, params, body }) => {
      const changed = await schedules.change(caller, params.id, body);
      // Its calendar is meant by another clock now.
      if (body.zone !== undefined) readCalendars();
      return { status: 200, body: present(changed) };
    },
    removeSchedule: async ({ caller, params }) => {
      await schedules.remove(caller, params.id);
      return { status: 204 };
    },

    shifts: async ({ caller, params, query }) => {
      const { from, to } = whileOf(query);
      const { shifts, people, names } = await oneByOne(caller.userId, () =>
        schedules.shifts(caller, params.id, from, to),
      );
      const named = (id: string) => ({ user_id: id, name: names.get(id) ?? id });
      const shown = shifts.map((shift) => ({
        from: shift.from.toISOString(),
        to: shift.to.toISOString(),
        person: shift.person === null ? null : named(shift.person),
        layer: shift.layer,
      }));
      return { status: 200, body: { shifts: shown, people: people.map(named) } };
    },

    listOverrides: async ({ caller, params }) => ({
      status: 200,
      body: { overrides: (await schedules.overrides(caller, params.id)).map(presentOverride) },
    }),
    createOverride: async ({ caller, params, body }) => {
      const made = await oneByOne(caller.userId, () => schedules.override(caller, params.id, body));
      await tellOfTurns(caller, [body.user_id], made.override);
      return { status: 201, body: presentOverride(made) };
    },
    removeOverride: async ({ caller, params }) => {
      await schedules.takeBack(caller, params.id, params.override);
      return { status: 204 };
    },

    listSwaps: async ({ caller, params }) => ({
      status: 200,
      body: { swaps: (await swaps.list(caller, params.id)).map(presentSwap) },
    }),
    createSwap: async ({ caller, params, body }) => {
      const made = await oneByOne(caller.userId, () => swaps.make(caller, params.id, body));
      const { swap } = made;
      if (swap.state === "accepted") await tellOfTurns(caller, [swap.proposer_id, swap.colleague_id], swap);
      else await tellOfSwap(swap);
      return { status: 201, body: presentSwap(made) };
    },
    acceptSwap: async ({ caller, params }) => {
      const done = await oneByOne(caller.userId, () => swaps.accept(caller, params.id, params.swap));
      await tellOfSwap(done.swap);
      return { status: 200, body: presentSwap(done) };
    },
    declineSwap: async ({ caller, params }) => {
      const done = await swaps.decline(caller, params.id, params.swap);
      await tellOfSwap(done.swap);
      return { status: 200, body: presentSwap(done) };
    },
    removeSwap: async ({ caller, params }) => {
      await swaps.withdraw(caller, params.id, params.swap);
      return { status: 204 };
    },

    importCalendar: async ({ caller, params, upload }) => ({
      status: 200,
      body: presentReading(
        await oneByOne(caller.userId, () => calendarsIn.importFile(caller, params.id, upload)),
      ),
    }),
    subscribeCalendar: async ({ caller, params, body }) => ({
      status: 200,
      body: presentReading(
        await oneByOne(caller.userId, () => calendarsIn.subscribe(caller, params.id, body.url)),
      ),
    }),
    readCalendar: async ({ caller, params }) => {
      const row = await calendarsIn.find(caller, params.id);
      return { status: 200, body: { ...presentCalendar(row), unknown: row.unknown } };
    },
    removeCalendar: async ({ caller, params }) => {
      await calendarsIn.end(caller, params.id);
      return { status: 204 };
    },

    createFeed: async ({ caller, params, ctx }) => {
      const token = await schedules.openFeed(caller, params.id);
      return { status: 201, body: { url: `${site.origin ?? ctx.origin}/api/calendars/${token}`, token } };
    },
    removeFeed: async ({ caller, params }) => {
      await schedules.closeFeed(caller, params.id);
      return { status: 204 };
    },
    readFeed: async ({ params, ctx }) => {
      const hash = hashOfSecret(params.token).toString("hex");
      if (!tokens.mayBe(params.token)) throw notFound();
      await limits.feedReads.take(hash);
      const calendar = await calendarOf(hash);
      ctx.set("Content-Type", "text/calendar; charset=utf-8");
      return { status: 200, text: calendar };
    },
  };
}

const present = ({ row, roles, calendar }: KeptSchedule): Schedule => ({
  schedule_id: row.id,
  territory_id: row.territory_id,
  name: row.name,
  zone: row.zone,
  layers: row.layers,
  fallback: row.fallback,
  roles,
  calendar: calendar === null ? null : { ...presentCalendar(calendar), unknown: calendar.unknown_count },
  feed: row.feed_hash !== null,
  created_at: row.created_at.toISOString(),
});

const presentCalendar = (row: ScheduleCalendar) => ({
  source: row.next_read_at === null ? ("file" as const) : ("url" as const),
  host: row.host,
  read_at: row.read_at.toISOString(),
  reads_until: row.reads_until.toISOString(),
  failing_since: row.failing_since?.toISOString() ?? null,
  failure: row.failure,
});

const presentAbsence = (absence: Absence | undefined) =>
  absence === undefined
    ? null
    : {
        status: absence.status,
        until: absence.until.toISOString(),
        cover: absence.cover === null ? null : { user_id: absence.cover.id, name: absence.cover.name },
      };

const presentSwap = ({ swap, names }: NamedSwap) => {
  const person = (id: string) => ({ user_id: id, name: names.get(id) ?? id });
  return {
    swap_id: swap.id,
    state: swap.state,
    person: person(swap.proposer_id),
    with: person(swap.colleague_id),
    mine: { starts_at: swap.mine_starts_at.toISOString(), ends_at: swap.mine_ends_at.toISOString() },
    theirs: { starts_at: swap.theirs_starts_at.toISOString(), ends_at: swap.theirs_ends_at.toISOString() },
    expires_at: swap.expires_at.toISOString(),
  };
};

const presentReading = ({ shifts, readsUntil, unknown }: Made) => ({
  shifts,
  reads_until: readsUntil.toISOString(),
  unknown,
});

const presentOverride = ({ override, name }: NamedOverride) => ({
  override_id: override.id,
  person: { user_id: override.user_id, name },
  starts_at: override.starts_at.toISOString(),
  ends_at: override.ends_at.toISOString(),
});

const presentRole = ({ id, territory_id, role, name, code, schedule_id, created_at }: OnCallRole): Role => ({
  role_id: id,
  territory_id,
  role,
  name,
  code,
  schedule_id,
  created_at: created_at.toISOString(),
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Answer, as, type Method } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { ScimTokenWithSecret } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
let token: string;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  ({ token } = await server.make(
    ScimTokenWithSecret,
    "/api/scim/tokens",
    { name: "Entra ID" },
    as(hospital.people.admin),
  ));
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";

/** A call as a directory makes it. */
const scim = async (method: Method, path: string, body?: unknown, by = token): Promise<Answer> => {
  const answer = await server.call(
    method,
    `/scim/v2${path}`,
    body,
    { key: by },
    {
      "Content-Type": "application/scim+json",
    },
  );
  if (answer.text !== "") expect(answer.headers.get("content-type")).toMatch(/^application\/scim\+json/);
  const parsed: unknown = answer.text === "" ? null : JSON.parse(answer.text);
  return { ...answer, body: parsed };
};
const Resource = z.looseObject({ id: z.string() });
const make = async (path: "/Users" | "/Groups", body: object): Promise<string> => {
  const answer = await scim("POST", path, body);
  expect(answer.status, answer.text).toBe(201);
  return Resource.parse(answer.body).id;
};
let count = 0;
const newName = (): string => `person-${(count += 1)}@west.example`;
const aUser = (more: object = {}): Promise<string> =>
  make("/Users", { userName: newName(), displayName: "Ada Example", ...more });
const aGroup = (more: object = {}): Promise<string> =>
  make("/Groups", { displayName: `Group ${(count += 1)}`, ...more });
const refusal = (status: number, scimType?: string) => ({
  status,
  body: {
    schemas: [ERROR],
    status: String(status),
    detail: expect.any(String),
    ...(scimType === undefined ? {} : { scimType }),
  },
});

describe("people by SCIM", () => {
  it("are made without a role or a password, with an invitation, by the one form of their email, on record", async () => {
    const made = await scim("POST", "/Users", {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      userName: "Ada.Example@West.example",
      externalId: "00u1",
      name: { givenName: "Ada", familyName: "Example" },
      active: true,
      emails: [{ value: "ada@elsewhere.example", primary: true }],
      title: "Dr",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: "Nephrology" },
    });
    expect(made.status, made.text).toBe(201);
    const { id } = Resource.parse(made.body);
    expect(made.headers.get("location")).toBe(`${server.url}/scim/v2/Users/${id}`);
    expect(made.body).toMatchObject({
      externalId: "00u1",
      userName: "ada.example@west.example",
      displayName: "Ada Example",
      name: { givenName: "Ada", familyName: "Example" },
      active: true,
      emails: [{ value: "ada.example@west.example" }],
      groups: [],
      meta: { resourceType: "User", location: `${server.url}/scim/v2/Users/${id}` },
    });
    expect((await scim("GET", `/Users/${id}`)).body).toEqual(made.body);
    const rows = await hospital.asOwner(
      `SELECT password_hash, (SELECT count(*)::int FROM memberships WHERE user_id = users.id) AS roles,
         (SELECT count(*)::int FROM invitations WHERE user_id = users.id AND over_at IS NULL) AS invitations,
         (SELECT count(*)::int FROM inboxes WHERE user_id = users.id) AS inboxes
       FROM users WHERE id = $1`,
      id,
    );
    expect(rows).toEqual([{ password_hash: null, roles: 0, invitations: 1, inboxes: 1 }]);
    const [event] = await hospital.asOwner("SELECT * FROM audit_events WHERE object_id = $1", id);
    expect(event).toMatchObject({
      actor: expect.stringMatching(/^scim:/),
      action: "user.create",
      payload: { token: "Entra ID" },
    });
  });

  const NAMED = { schemas: [PATCH] };
  const op = (operation: object) => ({ ...NAMED, Operations: [operation] });
  it.each([
    [
      "a boolean as Entra ID writes it",
      op({ op: "Replace", path: "active", value: "False" }),
      { active: false },
    ],
    ["a replacement without a path", op({ op: "replace", value: { active: false } }), { active: false }],
    [
      "names of attributes with dots",
      op({ op: "Add", value: { "name.givenName": "Eve", displayName: "Eve E." } }),
      { displayName: "Eve E.", name: { givenName: "Eve" } },
    ],
    [
      "a path with its schema's name",
      op({ op: "replace", path: "urn:ietf:params:scim:schemas:core:2.0:User:displayName", value: "Eve" }),
      { displayName: "Eve" },
    ],
    [
      "names in other letters",
      op({ op: "REPLACE", path: "DisplayName", value: "Eve" }),
      { displayName: "Eve" },
    ],
    [
      "an email by its type, which follows userName",
      op({ op: "Replace", path: 'emails[type eq "work"].value', value: "x@y.example" }),
      { displayName: "Ada Example" },
    ],
    ["an external id", op({ op: "add", path: "externalId", value: "42" }), { externalId: "42" }],
    [
      "what Tocsin does not keep",
      op({
        op: "add",
        path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        value: "x",
      }),
      { active: true },
    ],
    [
      "several at once, in their order",
      {
        ...NAMED,
        Operations: [
          { op: "replace", path: "displayName", value: "One" },
          { op: "replace", path: "displayName", value: "Two" },
          { op: "remove", path: "externalId" },
        ],
      },
      { displayName: "Two" },
    ],
  ])("are changed by %s", async (_, body, expected) => {
    const id = await aUser({ externalId: "7" });
    const answer = await scim("PATCH", `/Users/${id}`, body);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject(expected);
    expect((await scim("GET", `/Users/${id}`)).body).toEqual(answer.body);
  });

  it.each([
    ["a password", "PATCH", op({ op: "replace", path: "password", value: "x" }), refusal(403, "mutability")],
    [
      "roles",
      "PATCH",
      op({ op: "add", path: "roles", value: [{ value: "admin" }] }),
      refusal(403, "mutability"),
    ],
    [
      "a role as Entra ID writes it",
      "PATCH",
      op({ op: "Add", path: 'roles[primary eq "True"].value', value: "admin" }),
      refusal(403, "mutability"),
    ],
    [
      "entitlements",
      "PATCH",
      op({ op: "add", value: { entitlements: ["admin"] } }),
      refusal(403, "mutability"),
    ],
    [
      "what is no boolean",
      "PATCH",
      op({ op: "replace", path: "active", value: "no" }),
      refusal(400, "invalidValue"),
    ],
    ["what is no operation", "PATCH", op({ op: "move", path: "active" }), refusal(400, "invalidSyntax")],
    ["no operations", "PATCH", NAMED, refusal(400, "invalidSyntax")],
    ["a removal of nothing", "PATCH", op({ op: "remove" }), refusal(400, "noTarget")],
    ["a removal of userName", "PATCH", op({ op: "remove", path: "userName" }), refusal(400, "invalidValue")],
    ["a path that is none", "PATCH", op({ op: "add", path: "a b(", value: 1 }), refusal(400, "invalidPath")],
    [
      "userName that is no email",
      "PATCH",
      op({ op: "replace", path: "userName", value: "ada" }),
      refusal(400, "invalidValue"),
    ],
    [
      "an email beyond ASCII",
      "PATCH",
      op({ op: "replace", path: "userName", value: "İ@x.example" }),
      refusal(400, "invalidValue"),
    ],
    [
      "a name with line breaks",
      "PATCH",
      op({ op: "replace", path: "displayName", value: "a\nb" }),
      refusal(400, "invalidValue"),
    ],
    ["a prototype", "PATCH", op({ op: "add", path: "__proto__.polluted", value: "x" }), { status: 200 }],
    ...["displayName", "name.formatted", "name.givenName", "name.familyName"].map(
      (path): [string, Method, object, object] => [
        `a ${path} that looks like another's`,
        "PATCH",
        op({ op: "replace", path, value: "Ada\u200b Example" }),
        refusal(400, "invalidValue"),
      ],
    ),
    [
      "a name that shows nothing",
      "PATCH",
      op({ op: "replace", path: "name.givenName", value: "\u2800" }),
      refusal(400, "invalidValue"),
    ],
    ["no userName", "PUT", { displayName: "x" }, refusal(400, "invalidValue")],
    ["a password in a whole", "PUT", { userName: "x@y.example", password: "x" }, refusal(403, "mutability")],
    ["a list", "PUT", [], refusal(400, "invalidSyntax")],
  ] as const)("are not given %s", async (_, method, body, expected) => {
    const id = await aUser();
    const before = await scim("GET", `/Users/${id}`);
    expect(await scim(method, `/Users/${id}`, body)).toMatchObject(expected);
    expect((await scim("GET", `/Users/${id}`)).body).toMatchObject({
      userName: Object(before.body).userName,
      displayName: "Ada Example",
    });
    expect(Object.prototype).not.toHaveProperty("polluted");
  });

  it("are replaced as a whole", async () => {
    const id = await aUser({ externalId: "1", name: { givenName: "Ada" } });
    const userName = newName();
    const answer = await scim("PUT", `/Users/${id}`, {
      id,
      userName,
      name: { formatted: "Eve" },
      active: true,
    });
    expect(answer.body).toMatchObject({ userName, displayName: "Eve", active: true });
    expect(answer.body).not.toHaveProperty("externalId");
    expect(answer.body).not.toHaveProperty("name.givenName");
  });

  it("are found by userName, externalId and id, and listed by pages", async () => {
    const userName = newName();
    const id = await aUser({ userName, externalId: `ext-${userName}` });
    const find = async (filter: string): Promise<unknown> =>
      (await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`)).body;
    for (const filter of [
      `userName eq "${userName.toUpperCase()}"`,
      `USERNAME EQ "${userName}"`,
      `externalId eq "ext-${userName}"`,
      `id eq "${id}"`,
      `emails[type eq "work"].value eq "${userName}"`,
      `emails[type eq "work" and value eq "${userName}"]`,
      `emails[value eq "${userName}"]`,
      `userName eq "${userName}" and externalId eq "ext-${userName}"`,
    ])
      expect(await find(filter), filter).toMatchObject({
        totalResults: 1,
        startIndex: 1,
        Resources: [{ id }],
      });
    expect(await find('userName eq "nobody@west.example"')).toMatchObject({ totalResults: 0, Resources: [] });
    for (const filter of [
      ...['userName sw "a"', 'title eq "x"', "(", 'not (userName eq "a")', "x".repeat(1_001)],
      // What names nobody would find everybody, also those whom no directory keeps.
      ...[
        'emails[type eq "work"]',
        'emails.type eq "work"',
        'emails[type eq "work"] and emails[type eq "home"]',
      ],
      ...['emails[type eq "work" or value eq "x"]', "emails[value pr]", 'emails[primary eq "true"]'],
      ...['members[value eq "x"]', 'emails[emails[value eq "x"]]'],
    ])
      expect(await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`), filter).toMatchObject(
        refusal(400, "invalidFilter"),
      );
    expect(await scim("GET", `/Groups?filter=${encodeURIComponent('emails[type eq "work"]')}`)).toMatchObject(
      refusal(400, "invalidFilter"),
    );
    await aUser();
    const all = Object((await scim("GET", "/Users")).body);
    const [first, second] = [
      Object((await scim("GET", "/Users?startIndex=1&count=1")).body),
      Object((await scim("GET", "/Users?startIndex=2&count=1")).body),
    ];
    expect([first.Resources[0].id, second.Resources[0].id]).toEqual(
      all.Resources.slice(0, 2).map((one: { id: string }) => one.id),
    );
    expect(second).toMatchObject({ totalResults: all.totalResults, startIndex: 2, itemsPerPage: 1 });
    expect(Object((await scim("GET", "/Users?startIndex=-5&count=0")).body)).toMatchObject({
      totalResults: all.totalResults,
      startIndex: 1,
      Resources: [],
    });
    expect(await scim("GET", "/Users?count=x")).toMatchObject(refusal(400, "invalidValue"));
  });

  it("have emails of their own, and one that somebody signs in by is not changed", async () => {
    const userName = newName();
    const id = await aUser({ userName });
    expect(await scim("POST", "/Users", { userName: userName.toUpperCase() })).toMatchObject(
      refusal(409, "uniqueness"),
    );
    const move = (to: string) =>
      scim("PATCH", `/Users/${id}`, op({ op: "replace", path: "userName", value: to }));
    const moved = newName();
    expect((await move(moved)).body).toMatchObject({ userName: moved });
    const open = await hospital.asOwner(
      "SELECT count(*)::int AS n FROM invitations WHERE user_id = $1 AND over_at IS NULL",
      id,
    );
    expect(open).toEqual([{ n: 1 }]);
    await server.get("/api/notifications", { person: id });
    expect(await move(newName())).toMatchObject(refusal(403, "mutability"));
    expect(
      await scim("PATCH", `/Users/${await aUser()}`, op({ op: "replace", path: "userName", value: moved })),
    ).toMatchObject(refusal(409, "uniqueness"));
  });

  it.each<[string, object[]]>([
    ["userName, which is refused", [{ op: "replace", path: "userName", value: "left@west.example" }]],
    ["a name that can't be read", [{ op: "replace", path: "displayName", value: "x\u0007" }]],
    ["roles", [{ op: "add", path: "roles", value: [{ value: "admin" }] }]],
    ["a path that can't be read", [{ op: "add", path: "x y", value: "z" }]],
  ])("are disabled in any case, though the same call says %s", async (_, others) => {
    const userName = newName();
    const id = await aUser({ userName });
    await server.get("/api/notifications", { person: id });
    const off = { op: "replace", path: "active", value: "False" };
    for (const Operations of [
      [...others, off],
      [off, ...others],
    ]) {
      const out = await scim("PATCH", `/Users/${id}`, { ...NAMED, Operations });
      expect(out, out.text).toMatchObject({
        status: 200,
        body: { userName, active: false, displayName: "Ada Example" },
      });
    }
    const [user] = await hospital.asOwner("SELECT disabled_at FROM users WHERE id = $1", id);
    expect(user).toMatchObject({ disabled_at: expect.any(Date) });
    expect(
      await hospital.asOwner("SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL", id),
    ).toEqual([]);
    const [event] = await hospital.asOwner(
      "SELECT outcome, payload FROM audit_events WHERE object_id = $1 AND action = 'user.update' ORDER BY id LIMIT 1",
      id,
    );
    expect(event).toMatchObject({
      outcome: "ok",
      payload: { disabled: true, refused: { status: expect.any(Number) } },
    });
    // By PUT as well.
    const other = await aUser();
    await server.get("/api/notifications", { person: other });
    expect((await scim("PUT", `/Users/${other}`, { userName: newName(), active: false })).body).toMatchObject(
      {
        active: false,
      },
    );
  });

  it("who were here before are found by their email, and kept by the directory from its first change on", async () => {
    const { id, email } = await aPerson(hospital, { id: `north-old-${(count += 1)}`, territory: "north" });
    const filter = encodeURIComponent(`userName eq "${email}"`);
    expect((await scim("GET", `/Users?filter=${filter}`)).body).toMatchObject({
      Resources: [{ id, displayName: id }],
    });
    const ids = async (): Promise<string[]> =>
      Object((await scim("GET", "/Users?count=200")).body).Resources.map((one: { id: string }) => one.id);
    expect(await ids()).not.toContain(id);
    const linked = await scim("PATCH", `/Users/${id}`, op({ op: "add", path: "externalId", value: "e" }));
    expect(linked.body).toMatchObject({ externalId: "e", displayName: id });
    expect(await ids()).toContain(id);
    const [event] = await hospital.asOwner(
      "SELECT * FROM audit_events WHERE object_id = $1 AND action = 'user.update'",
      id,
    );
    expect(event).toMatchObject({ payload: { token: "Entra ID", linked: true } });
  });

  it("whom an admin has disabled are not brought back", async () => {
    const id = await aUser();
    await server.delete(`/api/users/${id}`, as(hospital.people.admin));
    const back = op({ op: "replace", path: "active", value: true });
    expect(await scim("PATCH", `/Users/${id}`, back)).toMatchObject(refusal(403, "mutability"));
    const other = await aUser();
    const out = op({ op: "replace", path: "active", value: false });
    expect((await scim("PATCH", `/Users/${other}`, out)).body).toMatchObject({ active: false });
    expect((await scim("PATCH", `/Users/${other}`, back)).body).toMatchObject({ active: true });
    // The directory disabled them once; then an admin brings them back and disables them, or disables them on top.
    const { admin } = hospital.people;
    for (const again of [true, false]) {
      expect((await scim("PATCH", `/Users/${other}`, out)).status).toBe(200);
      if (again) await server.patch(`/api/users/${other}`, { disabled: false }, as(admin));
      expect((await server.delete(`/api/users/${other}`, as(admin))).status).toBe(204);
      expect(await scim("PATCH", `/Users/${other}`, back)).toMatchObject(refusal(403, "mutability"));
      await server.patch(`/api/users/${other}`, { disabled: false }, as(admin));
    }
  });

  it("are disabled and known no longer once they are deleted", async () => {
    const id = await aUser();
    expect((await scim("DELETE", `/Users/${id}`)).status).toBe(204);
    expect(await scim("DELETE", `/Users/${id}`)).toMatchObject(refusal(404));
    const [user] = await hospital.asOwner("SELECT disabled_at FROM users WHERE id = $1", id);
    expect(user).toMatchObject({ disabled_at: expect.any(Date) });
  });
});

describe("groups by SCIM", () => {
  const op = (operation: object) => ({ schemas: [PATCH], Operations: [operation] });

  it("are made, changed and deleted, with members by every way that directories write", async () => {
    const [a, b, c] = [await aUser(), await aUser(), await aUser()];
    const id = await aGroup({ externalId: "g", members: [{ value: a }, { value: "nobody" }] });
    const members = async (operation?: object): Promise<string[]> => {
      if (operation !== undefined) {
        const answer = await scim("PATCH", `/Groups/${id}`, op(operation));
        expect(answer.status, answer.text).toBe(200);
      }
      const body = Object((await scim("GET", `/Groups/${id}`)).body);
      return body.members.map((one: { value: string }) => one.value);
    };
    expect(await members()).toEqual([a]);
    expect(await members({ op: "Add", path: "members", value: [{ value: b }, { value: c }] })).toEqual([
      a,
      b,
      c,
    ]);
    expect(await members({ op: "Remove", path: `members[value eq "${b}"]` })).toEqual([a, c]);
    expect(await members({ op: "Remove", path: "members", value: [{ value: a }] })).toEqual([c]);
    expect(await members({ op: "add", value: { members: [{ value: a }] } })).toEqual([a, c]);
    expect(await members({ op: "replace", path: "members", value: [{ value: b }] })).toEqual([b]);
    expect(await members({ op: "replace", value: { id, displayName: `Renamed ${id}` } })).toEqual([b]);
    expect(await members({ op: "remove", path: "members" })).toEqual([]);
    const whole = await scim("PUT", `/Groups/${id}`, { displayName: `Whole ${id}`, members: [{ value: a }] });
    expect(whole.body).toMatchObject({
      displayName: `Whole ${id}`,
      members: [{ value: a, display: "Ada Example" }],
    });
    const filter = encodeURIComponent(`displayName eq "Whole ${id}"`);
    const found = Object((await scim("GET", `/Groups?excludedAttributes=members&filter=${filter}`)).body);
    expect(found).toMatchObject({ totalResults: 1, Resources: [{ id }] });
    expect(found.Resources[0]).not.toHaveProperty("members");
    expect((await scim("GET", `/Users/${a}`)).body).toMatchObject({ groups: [{ value: id }] });
    expect(await scim("POST", "/Groups", { displayName: `Whole ${id}` })).toMatchObject(
      refusal(409, "uniqueness"),
    );
    for (const [body, type] of [
      [op({ op: "replace", path: 'members[value eq "x"]', value: "y" }), "invalidValue"],
      [op({ op: "add", path: "members", value: [{ display: "x" }] }), "invalidValue"],
      [op({ op: "remove", path: "displayName" }), "invalidValue"],
      [op({ op: "replace", path: "displayName", value: `Whole \u202e${id}` }), "invalidValue"],
      [op({ op: "remove", path: "members[((" }), "invalidPath"],
      [op({ op: "remove", path: "members[((]" }), "invalidFilter"],
      // Conditions that would be asked of every member.
      [op({ op: "remove", path: 'members[display eq "x"]' }), "invalidFilter"],
      [op({ op: "remove", path: "members[value pr or value pr]" }), "invalidFilter"],
      [op({ op: "remove", path: 'members[emails[type eq "x"]]' }), "invalidFilter"],
    ] as const)
      expect(await scim("PATCH", `/Groups/${id}`, body)).toMatchObject(refusal(400, type));
    expect((await scim("DELETE", `/Groups/${id}`)).status).toBe(204);
    for (const gone of [id, "nothing"])
      expect(await scim("GET", `/Groups/${gone}`)).toMatchObject(refusal(404));
  });
});

describe("a group's members", () => {
  const add = (id: string, ...ids: string[][]) =>
    scim("PATCH", `/Groups/${id}`, {
      Operations: ids.map((some) => ({
        ...{ op: "add", path: "members" },
        value: some.map((value) => ({ value })),
      })),
    });

  it("are bounded, in a call, in a group and in an answer", async () => {
    const names = (from: number): string[] => Array.from({ length: 600 }, (_, at) => `m-${from + at}`);
    const [full, other] = [await aGroup(), await aGroup()];
    expect(await add(full, names(1), names(601))).toMatchObject(refusal(400, "tooMany"));
    const list = await add(
      full,
      Array.from({ length: 1_001 }, (_, at) => `m-${at}`),
    );
    expect(list).toMatchObject(refusal(400, "invalidValue"));
    expect(list.text).toMatch(/1,?000/);
    const owner = await hospital.owner("users", "scim_group_members");
    await owner.query(
      "INSERT INTO users (id, email, name) SELECT 'm-' || n, 'm-' || n || '@west.example', 'M' FROM generate_series(1, 10000) AS n",
    );
    await owner.query(
      "INSERT INTO scim_group_members (group_id, user_id) SELECT $1::uuid, 'm-' || n FROM generate_series(1, 10000) AS n",
      [full],
    );
    const one = await aUser();
    const more = await add(full, [one]);
    expect(more).toMatchObject(refusal(400, "tooMany"));
    expect(more.text).toContain("A group has 10000 members at most.");
    expect(Object((await scim("GET", `/Groups/${full}`)).body).members).toHaveLength(10_000);
    expect((await add(other, [one])).status).toBe(200);
    const { ids, pages } = await walk("/Groups");
    expect(ids).toEqual(expect.arrayContaining([full, other]));
    expect(pages).toBeGreaterThan(1);
    const whole = Object((await scim("GET", "/Groups?count=200&excludedAttributes=members")).body);
    expect(ids).toEqual(whole.Resources.map((group: { id: string }) => group.id));
    expect((await scim("DELETE", `/Groups/${full}`)).status).toBe(204);
  });

  it("who are in many groups are listed by shorter pages, each once", async () => {
    const people = [await aUser(), await aUser(), await aUser()];
    const owner = await hospital.owner("scim_groups", "scim_group_members");
    await owner.query(
      "INSERT INTO scim_groups (id, name) SELECT gen_random_uuid(), 'Many ' || n FROM generate_series(1, 4000) AS n",
    );
    await owner.query(
      "INSERT INTO scim_group_members (group_id, user_id) SELECT scim_groups.id, person FROM scim_groups, unnest($1::text[]) AS person WHERE name LIKE 'Many %'",
      [people],
    );
    const { ids, pages } = await walk("/Users");
    expect(ids).toEqual(expect.arrayContaining(people));
    expect(pages).toBeGreaterThan(1);
    const [row] = await hospital.asOwner("SELECT count(*)::int AS n FROM scim_people");
    expect(ids).toHaveLength(Number(row?.["n"]));
    await owner.query("DELETE FROM scim_groups WHERE name LIKE 'Many %'");
  });

  /** Walks a list as a client does: each page begins behind what the one before held. */
  async function walk(path: string): Promise<{ ids: string[]; pages: number }> {
    const ids: string[] = [];
    for (let pages = 1; ; pages += 1) {
      const answer = await scim("GET", `${path}?count=200&startIndex=${ids.length + 1}`);
      expect(answer.status, answer.text.slice(0, 300)).toBe(200);
      const page = Object(answer.body);
      expect(page).toMatchObject({ startIndex: ids.length + 1, itemsPerPage: page.Resources.length });
      ids.push(...page.Resources.map((one: { id: string }) => one.id));
      expect(new Set(ids).size).toBe(ids.length);
      if (ids.length >= page.totalResults) return { ids, pages };
      expect(page.Resources.length).toBeGreaterThan(0);
    }
  }
});

describe("SCIM", () => {
  it("says what there is of it", async () => {
    expect((await scim("GET", "/ServiceProviderConfig")).body).toMatchObject({
      patch: { supported: true },
      bulk: { supported: false },
      filter: { supported: true, maxResults: 200 },
      authenticationSchemes: [{ type: "oauthbearertoken" }],
    });
    expect((await scim("GET", "/ResourceTypes")).body).toMatchObject({
      totalResults: 2,
      Resources: [{ endpoint: "/Users" }, { endpoint: "/Groups" }],
    });
    expect((await scim("GET", "/ResourceTypes/User")).body).toMatchObject({ id: "User" });
    const { Resources } = Object((await scim("GET", "/Schemas")).body);
    expect(Resources).toHaveLength(2);
    for (const { id } of Resources) expect((await scim("GET", `/Schemas/${id}`)).body).toMatchObject({ id });
    for (const path of ["/Schemas/none", "/Bulk", "/Me", "/Users/", "/Groups/", "/Schemas/"])
      expect(await scim("GET", path)).toMatchObject(refusal(404));
  });

  it("refuses in its own form who has no token, another key, or a body that can't be read", async () => {
    for (const by of [
      "",
      "x",
      hospital.services.north.key,
      `${token.slice(0, -4)}AAAA`,
      token.replace("scim_", "tocsin_x"),
    ]) {
      const answer = await scim("GET", "/Users", undefined, by);
      expect(answer, by).toMatchObject(refusal(401));
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    }
    expect(await scim("POST", "/Users", "{")).toMatchObject(refusal(400, "invalidSyntax"));
    const xml = await server.call(
      "POST",
      "/scim/v2/Users",
      "<a/>",
      { key: token },
      { "Content-Type": "text/xml" },
    );
    expect(xml.status).toBe(415);
    const large = JSON.stringify({ userName: "x".repeat(300_000) });
    expect(await scim("POST", "/Users", large)).toMatchObject(refusal(413));
  });
});

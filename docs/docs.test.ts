import { globSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const DOCUMENTS = globSync(["*.md", "docs/**/*.md", "plugins/*/README.md"], { cwd: ROOT }).sort();
/** Guides to plugins name files that their readers are yet to write. */
const OWN = DOCUMENTS.filter((path) => !/\/README\.md$|plugins\.md$/.test(path));
const PACKAGES: { name: string; scripts: Record<string, string> }[] = [
  "package.json",
  "dashboard/package.json",
].map((path) => JSON.parse(read(path)));
const FOLDERS = globSync("*/", { cwd: ROOT }).map((folder) => folder.replace(/\/$/, ""));

const FILES = [".oxlintrc.json"].concat(
  globSync("**/*.{ts,svelte,sql,mjs,yml,cfg,json,md}", {
    cwd: ROOT,
    exclude: (name) => ["node_modules", ".git", ".svelte-kit", "build"].includes(name),
  }),
);
/** Files that a running program makes, or that whoever follows the guide does. */
const MADE = new Set(["demo.json", ".tocsin/demo.json", "audit-key.pem", "manifest.json"]);

const all = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? "");
/** What GitHub makes of a heading, to be linked to. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/\]\([^)]*\)/g, "")
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
const exists = (path: string): boolean =>
  path.includes("*") ? globSync(path, { cwd: ROOT }).length > 0 : existsSync(join(ROOT, path));

describe("the documents", () => {
  test("are there", () => {
    expect(DOCUMENTS).toEqual(
      expect.arrayContaining(["README.md", "ARCHITECTURE.md", "SECURITY.md", "docs/threats.md"]),
    );
    expect(FOLDERS).toContain("workflows");
  });

  test.each(DOCUMENTS)("%s links to what exists", (document) => {
    const links = all(read(document), /\]\(([^)\s]+)\)/g).filter((link) => !/^([a-z]+:|#)/.test(link));
    const missing = links.filter(
      (link) => !existsSync(join(ROOT, dirname(document), link.replace(/#.*/, ""))),
    );
    expect(missing).toEqual([]);
  });

  test.each(DOCUMENTS)("%s links to headings that there are", (document) => {
    const links = all(read(document), /\]\(((?![a-z]+:)[^)\s]*#[^)\s]+)\)/g).map((link) => link.split("#"));
    const missing = links.filter(([path = "", heading = ""]) => {
      const target = path === "" ? document : join(dirname(document), path);
      return !all(read(target), /^#+ (.+)$/gm)
        .map(anchorOf)
        .includes(heading);
    });
    expect(missing).toEqual([]);
  });

  test.each(DOCUMENTS)("%s has tables that are whole", (document) => {
    const prose = read(document).replace(/^ *```.*?^ *```/gms, "");
    const tables = all(prose, /((?:^ *\|.*\n)+)/gm).map((table) => table.trimEnd().split("\n"));
    const broken = tables.filter((rows) => {
      const widths = new Set(rows.map((row) => row.split(/(?<!\\)\|/).length));
      return widths.size !== 1 || !/^[ |:-]+$/.test(rows[1] ?? "");
    });
    expect(broken.map(([first]) => first)).toEqual([]);
  });

  test.each(OWN)("%s names files that exist", (document) => {
    const named = all(read(document), /`([\w@.*()+[\]-]+\/[\w@.*/()+[\]-]*)`/g);
    const ours = named.filter((path) => FOLDERS.includes(path.split("/")[0] ?? "") && !/[N…]_/.test(path));
    expect(ours.filter((path) => !exists(path))).toEqual([]);
  });

  test.each(OWN)("%s names files of the code by names that they have", (document) => {
    const named = all(read(document), /`([\w@./+[\]-]+\.(?:ts|svelte|sql|mjs|yml|cfg|json|md))`/g);
    const missing = named.filter(
      (name) =>
        !name.startsWith("/") && !MADE.has(name) && !FILES.some((file) => `/${file}`.endsWith(`/${name}`)),
    );
    expect(missing).toEqual([]);
  });

  test.each(DOCUMENTS)("%s names scripts that exist", (document) => {
    const scripts = new Set(PACKAGES.flatMap(({ scripts }) => Object.keys(scripts)));
    const named = all(read(document), /npm run ([a-z][\w:-]*)/g);
    expect(named.filter((name) => !scripts.has(name))).toEqual([]);
  });

  test.each(DOCUMENTS)("%s speaks of the project alone", (document) => {
    const text = read(document);
    expect(text).not.toMatch(/(?<![\w.])\/(work|root|home|Users)\//);
    expect(text).not.toMatch(/\b(TODO|FIXME|TBD|lorem ipsum)\b/i);
    expect(text).not.toMatch(/(?<!")de-?identified(?!")/i);
    expect(text).not.toMatch(/\bHIPAA[- ](compliant|certified)\b/i);
  });
});

/** Read by the tests, by a command, and by `@temporalio/envconfig`. */
const ELSEWHERE = ["CHROME_PATH", "DATABASE_BACKUP_URL", "TEMPORAL_TLS", "TEMPORAL_TLS_SERVER_NAME"];

describe("README.md", () => {
  const readme = read("README.md");

  test("has every environment variable that is read in its table, and no other", () => {
    const sources = [...globSync("config/**/*.ts", { cwd: ROOT })]
      .filter((path) => !path.endsWith(".test.ts"))
      .map(read);
    const known = sources.flatMap((source) => [
      ...all(source, /env\["([A-Z][A-Z0-9_]+)"\]/g),
      ...all(source, /readSetting\(env, "([A-Z][A-Z0-9_]+)"\)/g).flatMap((name) => [name, `${name}_FILE`]),
      ...all(source, /listOf\(([A-Z][A-Z0-9_]+)\)/g),
      ...all(source, /^ {2}([A-Z][A-Z0-9_]+): /gm),
      ...all(source, /"((?:PGSSL|REDIS_TLS|TEMPORAL_TLS)[A-Z_]*[A-Z])"/g),
      ...all(source, /\b((?:AWS|VAULT|TOCSIN_KMS)_[A-Z_]+): [a-z]/g),
    ]);
    const table = readme.split("## Configuration")[1]?.split("\n## ")[0] ?? "";
    const rows = table.split("\n").map((line) => line.split("|")[1] ?? "");
    const documented = new Set(rows.flatMap((cell) => all(cell, /`([A-Z][A-Z0-9_]+)`/g)));
    const isChannel = (name: string): boolean =>
      name.startsWith("CHANNEL_") &&
      exists(`plugins/${name.slice("CHANNEL_".length).toLowerCase()}/index.ts`);
    expect(known.length).toBeGreaterThan(20);
    expect([...documented].filter((name) => !isChannel(name)).sort()).toEqual(
      [...new Set([...known, ...ELSEWHERE])].sort(),
    );
  });

  test("gives the redactor's figure as it was measured", () => {
    const measured = read("docs/redaction.md").split("## Measured")[1] ?? "";
    const [, removed = "none", unchanged = "none"] =
      /removes ([\d.]+ %) of\s+identifiers and leaves ([\d.]+ %)/.exec(readme) ?? [];
    expect(all(measured.split("kept apart")[0] ?? "", /\*\*([\d.]+ %)\*\*/g)).toEqual([
      removed,
      expect.any(String),
      unchanged,
    ]);
    for (const count of all(readme, /\b(\d[\d,]*)\s(?:messages it was|clean messages|identifiers)/g))
      expect(measured).toContain(count);
  });

  test("names every folder of the code in ARCHITECTURE.md", () => {
    const text = read("ARCHITECTURE.md");
    const code = FOLDERS.filter(
      (folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT, exclude: ["**/node_modules"] }).length > 0,
    );
    expect(
      code.filter(
        (folder) => !text.includes(`\`${folder}/\``) && !["docs", "deploy", "node_modules"].includes(folder),
      ),
    ).toEqual([]);
  });
});

describe("docs/decisions", () => {
  const records = globSync("docs/decisions/0*.md", { cwd: ROOT }).sort();

  test("are numbered once each", () => {
    const numbers = records.map((path) => /(\d{4})-/.exec(path)?.[1]);
    expect(numbers.length).toBeGreaterThan(10);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test("are listed by number and title, each with a status and a date", () => {
    const rows = all(
      read("docs/decisions/README.md"),
      /^\| (\d+ +\| \[.*?\]\(.*?\)) +\| [a-z][^|]+ \| \d{4}-\d\d-\d\d \|$/gm,
    );
    const expected = records.map((path) => {
      const [, number, title] = /^# (\d+)\. (.*)$/m.exec(read(path)) ?? [];
      return `${number} | [${title}](${path.split("/").at(-1)})`;
    });
    expect(rows.map((row) => row.replace(/ +/g, " "))).toEqual(expected);
  });
});

test("docs/asvs.md answers each requirement of levels 1 and 2 of ASVS 5.0.0 once, and counts its answers right", () => {
  const text = read("docs/asvs.md");
  const rows = [
    ...text.matchAll(/^\| ([\d.]+) +\| ([12]) +\| .+? +\| \*\*(met|part|gap|site|none)\*\*: ./gm),
  ];
  expect(new Set(rows.map(([, number]) => number)).size).toBe(rows.length);
  const count = (column: number, value: string): number => rows.filter((row) => row[column] === value).length;
  expect([count(2, "1"), count(2, "2")]).toEqual([70, 183]);
  const said = ["met", "part", "gap", "site", "none"].map((answer) => `${count(3, answer)} ${answer}`);
  expect(text).toContain(`Of ${rows.length}: ${said.join(", ")}.`);
});

describe("docs/hipaa.md", () => {
  /** The paragraphs of 45 CFR 164 subpart C that ask for something, each of which its standard's row names. */
  const PARAGRAPHS: Record<string, string> = {
    "164.308":
      "a1iiA a1iiB a1iiC a1iiD a2 a3iiA a3iiB a3iiC a4iiA a4iiB a4iiC a5iiA a5iiB a5iiC a5iiD a6ii a7iiA a7iiB a7iiC a7iiD a7iiE a8 b",
    "164.310": "a2i a2ii a2iii a2iv b c d2i d2ii d2iii d2iv",
    "164.312": "a1 a2i a2ii a2iii a2iv b c1 c2 e1 e2i e2ii d",
    "164.314": "a1 a2iA a2iB a2iC a2ii a2iii b1 b2i b2ii b2iii b2iv",
  };
  /** `(a)(1)(ii)(A), (B)` as `a1iiA`, `a1iiB`. */
  function paragraphsIn(cell: string): string[] {
    let before: string[] = [];
    return (cell.match(/(?:\((?:[a-eA-E]|[ivx]+|\d)\))+/g) ?? []).map((group) => {
      const levels = all(group, /\((\w+)\)/g);
      before = [...before.slice(0, Math.max(0, before.length - levels.length)), ...levels];
      return before.join("");
    });
  }
  const sections = read("docs/hipaa.md").split(/^## /m);

  test.each(Object.entries(PARAGRAPHS))(
    "says of each paragraph of %s what is whose",
    (number, paragraphs) => {
      const [section = ""] = sections.filter((text) => text.split("\n", 1)[0]?.endsWith(number));
      const rows = all(section, /^\| (.*) \|$/gm)
        .slice(2)
        .map((row) => row.split(" | ").map((cell) => cell.trim()));
      expect(rows.flatMap(([label = ""]) => paragraphsIn(label)).join(" ")).toBe(paragraphs);
      for (const [label = "", program = "", tests = "", site] of rows) {
        // What the program does is held by a test; what it does not is the site's.
        const isElsewhere = program.startsWith("[");
        expect(program, label).not.toBe("");
        expect(tests !== "", label).toBe(!program.startsWith("nothing") && !isElsewhere);
        if (!isElsewhere) expect(site, label).toMatch(/./);
      }
    },
  );
});

test("CHANGELOG.md begins what is newest with what to do for an upgrade, and names migrations that there are", () => {
  const [, newest = ""] = read("CHANGELOG.md").split(/^## /m);
  const [, first = ""] = newest.split(/^### /m);
  expect(first).toMatch(/^Upgrading\n\n- /);
  const numbers = all(first, /\b(0\d{3})\b/g);
  expect(numbers.length).toBeGreaterThan(3);
  for (const number of numbers)
    expect(globSync(`store/migrations/${number}_*`, { cwd: ROOT }), number).not.toEqual([]);
});

describe("CONTRIBUTING.md", () => {
  test("shows how to add a route by a diff that fits the code", () => {
    const [diff = ""] = all(read("CONTRIBUTING.md"), /```diff\n([^]*?)```/g);
    const [, ...parts] = diff.split(/^ \/\/ (\S+)\n/m);
    const files = parts.filter((_, at) => at % 2 === 0);
    expect(files).toEqual(
      expect.arrayContaining(["api/territories/routes.ts", "api/territories/handlers.ts"]),
    );
    for (const [at, file] of files.entries()) {
      const kept = all(parts[2 * at + 1] ?? "", /^ (.*)$/gm).filter((line) => line !== "…");
      const code = read(file).split("\n");
      expect(
        code.filter((line) => kept.includes(line)),
        file,
      ).toEqual(kept);
    }
  });
});

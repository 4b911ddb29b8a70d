import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dashboardHash, explainInstall, missingPackages } from "./setup.mjs";

let root;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tocsin-setup-"));
  mkdirSync(join(root, "tools"));
  for (const file of ["setup.mjs", "services/environment.json"])
    cpSync(join(import.meta.dirname, file), join(root, "tools", file));
  json("package-lock.json", lock({ one: "1.0.0", two: "2.0.0" }));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path, text, mode = 0o644) {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
  chmodSync(join(root, path), mode);
}

function json(path, value) {
  put(path, JSON.stringify(value));
}

function lock(versions, extra = {}) {
  const packages = Object.entries(versions).map(([name, version]) => [`node_modules/${name}`, { version }]);
  return { packages: { "": {}, ...Object.fromEntries(packages), ...extra } };
}

/** An npm that notes its calls and then runs the script. */
function fakeNpm(script) {
  put("bin/npm", `#!/bin/sh\necho "$@" >> "${root}/calls"\n${script}\n`, 0o755);
}

function setUp(more = {}) {
  const env = { PATH: `${root}/bin:/usr/bin:/bin`, HOME: root, ...more };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["tools/setup.mjs"], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

const calls = () =>
  existsSync(join(root, "calls")) ? readFileSync(join(root, "calls"), "utf8").trim().split("\n") : [];

const INSTALL = `mkdir -p node_modules/.bin
cp package-lock.json node_modules/.package-lock.json
printf '#!/bin/sh\\necho v24.1.0\\n' > node_modules/.bin/node && chmod +x node_modules/.bin/node`;

test("a fresh clone is installed, the next start has nothing to do", () => {
  fakeNpm(INSTALL);
  const first = setUp();
  expect(first.output).toContain("installing the dependencies");
  expect(first.status).toBe(0);
  expect(setUp()).toEqual({ status: 0, output: "" });
  expect(calls()).toHaveLength(1);
});

/** The same beside the test; answers what it says, and how it ends. */
function beginSetUp() {
  const env = { PATH: `${root}/bin:/usr/bin:/bin`, HOME: root };
  const child = spawn(process.execPath, ["tools/setup.mjs"], { cwd: root, env });
  const begun = { output: "", ended: once(child, "close").then(([status]) => status) };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (begun.output += text));
  return begun;
}

test("two at once install once: the second waits, and finds nothing left to do", async () => {
  fakeNpm(`while [ ! -e go ]; do sleep 0.05; done\n${INSTALL}`);
  const first = beginSetUp();
  await expect.poll(calls).toHaveLength(1);
  const second = beginSetUp();
  await expect.poll(() => second.output).toContain("another start sets this clone up");
  put("go", "");
  expect([await first.ended, await second.ended]).toEqual([0, 0]);
  expect(calls()).toHaveLength(1);
  expect(existsSync(join(root, ".setup.lock"))).toBe(false);
});

test("a lock whose process is gone is broken", () => {
  fakeNpm(INSTALL);
  put(".setup.lock", String(spawnSync("/bin/true").pid));
  expect(setUp()).toMatchObject({ status: 0, output: expect.not.stringContaining("another start") });
});

test("npm gets what it needs of the environment, the build less, and neither a secret of the site's", () => {
  fakeNpm(`env > "$1.env"\n[ "$1" = ci ] && { ${INSTALL.replaceAll("\n", "; ")}; }\nexit 0`);
  put("dashboard/vite.config.ts", "export default {}");
  const secrets = { DATABASE_URL: "secret", TOCSIN_MASTER_KEY: "secret", AWS_SECRET_ACCESS_KEY: "secret" };
  expect(setUp({ ...secrets, npm_config_registry: "https://npm.example", NPM_TOKEN: "token" }).status).toBe(
    0,
  );
  const [ci, build] = ["ci", "run"].map((name) => readFileSync(join(root, `${name}.env`), "utf8"));
  expect(ci).toContain("npm_config_registry=https://npm.example");
  expect(ci).toContain("NPM_TOKEN=token");
  expect(build).not.toContain("NPM_TOKEN");
  expect(ci + build).not.toContain("secret");
});

test("a changed lock file is installed", () => {
  fakeNpm(INSTALL);
  setUp();
  json("package-lock.json", lock({ one: "1.0.1", two: "2.0.0" }));
  setUp();
  expect(calls()).toHaveLength(2);
});

test("optional packages of other platforms and workspace links are not missed", () => {
  const others = {
    "node_modules/other": { version: "1.0.0", optional: true },
    "node_modules/board": { link: true },
  };
  json("package-lock.json", lock({ one: "1.0.0" }, others));
  json("node_modules/.package-lock.json", lock({ one: "1.0.0" }));
  expect(missingPackages(root)).toEqual([]);
  json("node_modules/.package-lock.json", lock({ one: "0.9.0" }));
  expect(missingPackages(root)).toEqual(["node_modules/one"]);
});

test("a failed install says what is wrong and what to do, without a stack", () => {
  fakeNpm("echo 'npm error code ENOTFOUND' >&2; exit 1");
  const { status, output } = setUp();
  expect(status).toBe(1);
  expect(output).toContain("registry can't be reached");
  expect(output).not.toMatch(/^\s+at /m);
});

test.each([
  ["npm error ENOSPC: no space left on device", "disk is full"],
  ["npm error code EUSAGE", "disagree"],
  ["npm error code EACCES", "can't be written"],
  ["npm error network ETIMEDOUT", "registry can't be reached"],
  ["npm error something else", "npm ci failed"],
])("%s", (output, sentence) => {
  expect(explainInstall(output, root)).toContain(sentence);
});

test("Node left out by blocked install scripts is fetched, or the remedy named", () => {
  fakeNpm(
    "mkdir -p node_modules/.bin node_modules/node; cp package-lock.json node_modules/.package-lock.json",
  );
  expect(setUp().output).toMatch(/Node 24[^]*npm rebuild node/);
  const bring = `const fs = require("fs"); fs.mkdirSync("bin"); fs.writeFileSync("bin/node", "#!/bin/sh\\necho v24.1.0\\n", { mode: 0o755 });`;
  put("node_modules/node/installArchSpecificPackage.js", bring);
  expect(setUp().status).toBe(0);
});

test("the dashboard is built when its sources changed, and only then", () => {
  fakeNpm(`[ "$1" = ci ] && { ${INSTALL.replaceAll("\n", "; ")}; }\nexit 0`);
  put("dashboard/vite.config.ts", "export default {}");
  put("dashboard/src/app.html", "<p>one</p>");
  setUp();
  setUp();
  const builds = () => calls().filter((call) => call.startsWith("run build"));
  expect(builds()).toHaveLength(1);
  const before = dashboardHash(root);
  put("dashboard/src/app.html", "<p>two</p>");
  expect(dashboardHash(root)).not.toBe(before);
  setUp();
  expect(builds()).toHaveLength(2);
  // What it takes from outside of its own folder.
  for (const [at, file] of ["client/live/connection.ts", "channels/contract.ts"].entries()) {
    put(file, "export {};");
    setUp();
    expect(builds(), file).toHaveLength(3 + at);
  }
});

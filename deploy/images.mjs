/**
 * Finds out by which digest a registry has an image under its tag now, so that no later push can put another one there.
 *
 *   node deploy/images.mjs                                    those of deploy/images.env, into .env, where Compose reads them
 *   node deploy/images.mjs registry.example/tocsin:0.1.0      one of the site's own, printed as the chart's value `image`
 *   … --mirror=https://mirror.example                         asks a mirror in the place of Docker Hub
 *
 * The digest is computed from what the registry answers, never taken from its word. Who has signed in (`docker login`) is asked
 * for nothing: `auths` of `config.json` in DOCKER_CONFIG, or ~/.docker. All are found, or nothing is written. Needs Node alone.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const HUB = "docker.io";
const PATIENCE = 20_000;
/** Indexes first: one digest for every architecture. */
const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

class Refusal extends Error {}

/** The parts of `[registry/]path:tag`, as Docker reads it. */
function partsOf(image) {
  const [first = "", ...rest] = image.split("/");
  const named = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const [, path, tag] =
    /^([a-z0-9][a-z0-9._/-]*):([\w][\w.-]{0,127})$/.exec(named ? rest.join("/") : image) ?? [];
  if (path === undefined) throw new Refusal(`${image}: not an image with a tag`);
  if (named) return { registry: first, path, tag };
  return { registry: HUB, path: path.includes("/") ? path : `library/${path}`, tag };
}

/** Where a registry answers: TLS, but on this machine, as Docker has it. */
function baseOf(registry, mirror) {
  const here = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(registry);
  const base =
    registry === HUB
      ? (mirror ?? "https://registry-1.docker.io")
      : `${here ? "http" : "https"}://${registry}`;
  const { protocol, hostname, origin } = new URL(base);
  if (protocol !== "https:" && !/^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))
    throw new Refusal(`${base}: a registry is asked over https alone`);
  return origin;
}

/** `docker login` keeps Docker Hub under an address of its own. */
function signedIn(registry) {
  const file = join(process.env.DOCKER_CONFIG ?? join(homedir(), ".docker"), "config.json");
  if (!existsSync(file)) return undefined;
  const { auths = {} } = JSON.parse(readFileSync(file, "utf8"));
  return auths[registry === HUB ? "https://index.docker.io/v1/" : registry]?.auth;
}

async function ask(url, headers) {
  try {
    return await fetch(url, { headers, redirect: "error", signal: AbortSignal.timeout(PATIENCE) });
  } catch (error) {
    throw new Refusal(`${new URL(url).host} can't be reached: ${error.cause?.message ?? error.message}`);
  }
}

/** What a registry that answered 401 wants to see: https://distribution.github.io/distribution/spec/auth/token/ */
async function authorization(challenge, base, basic) {
  if (/^basic\b/i.test(challenge)) return basic && `Basic ${basic}`;
  const { realm, service, scope } = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  if (!/^bearer\b/i.test(challenge) || realm === undefined) return undefined;
  const url = new URL(realm);
  if (url.protocol !== "https:" && url.protocol !== new URL(base).protocol)
    throw new Refusal(`${base} asks for credentials at ${realm}, without TLS`);
  if (service) url.searchParams.set("service", service);
  if (scope) url.searchParams.set("scope", scope);
  const answer = await ask(url, basic ? { Authorization: `Basic ${basic}` } : {});
  if (!answer.ok) return undefined;
  const { token, access_token: other } = await answer.json();
  return `Bearer ${token ?? other}`;
}

/** The digest of an image, `sha256:…`. */
async function digestOf(image, mirror) {
  const { registry, path, tag } = partsOf(image);
  const base = baseOf(registry, mirror);
  const url = `${base}/v2/${path}/manifests/${tag}`;
  const Accept = MANIFESTS.join(", ");
  let answer = await ask(url, { Accept });
  if (answer.status === 401) {
    const basic = signedIn(registry === HUB && mirror ? new URL(mirror).host : registry);
    const Authorization = await authorization(answer.headers.get("www-authenticate") ?? "", base, basic);
    if (Authorization) answer = await ask(url, { Accept, Authorization });
  }
  if (!answer.ok) throw new Refusal(`${image}: ${new URL(base).host} answers ${answer.status}`);
  const body = Buffer.from(await answer.arrayBuffer());
  const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
  const said = answer.headers.get("docker-content-digest");
  if (said !== null && said !== digest)
    throw new Refusal(`${image}: the registry says ${said}, and what it sent is ${digest}`);
  const type = answer.headers.get("content-type")?.split(";")[0];
  if (!MANIFESTS.includes(type)) throw new Refusal(`${image}: ${type} is no manifest of an image`);
  return digest;
}

/** Puts these variables into .env, in the place of former ones; whole or not at all. */
function write(file, variables) {
  if (!existsSync(file)) throw new Refusal(`${file} is not there: run deploy/init.sh first`);
  const kept = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !Object.hasOwn(variables, line.split("=")[0]));
  const added = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  writeFileSync(`${file}.new`, `${[...kept, ...added].join("\n")}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { mirror: { type: "string" } },
  });
  const [image, ...more] = positionals;
  if (more.length > 0) throw new Refusal("one image at a time, or none for those of Compose");
  if (image !== undefined) {
    const digest = await digestOf(image, values.mirror);
    const colon = image.lastIndexOf(":");
    process.stdout.write(
      `image:\n  repository: ${image.slice(0, colon)}\n  tag: ${JSON.stringify(image.slice(colon + 1))}\n  digest: ${digest}\n`,
    );
    return;
  }
  const listed = [
    ...readFileSync(join(import.meta.dirname, "images.env"), "utf8").matchAll(/^(\w+_IMAGE)=(\S+)$/gm),
  ];
  const pinned = {};
  for (const [, name, tagged] of listed) pinned[name] = `${tagged}@${await digestOf(tagged, values.mirror)}`;
  const file = process.env.TOCSIN_ENV_FILE ?? join(import.meta.dirname, "../.env");
  write(file, pinned);
  for (const one of Object.values(pinned)) process.stdout.write(`${one}\n`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`images: ${error.message}\n`);
  process.exitCode = 1;
}

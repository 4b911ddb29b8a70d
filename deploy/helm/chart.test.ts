import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { parseEnv } from "../../config/env.ts";
import { findHelmRenderer } from "../../tools/services/helm-render.ts";

const CHART = join(import.meta.dirname, "tocsin");
const read = (name: string): string => readFileSync(join(CHART, name), "utf8");

/** The example of the chart's guide: what has to be set. */
const [, example = ""] = /```yaml\n(# site\.yaml[^]*?)```/.exec(read("README.md")) ?? [];
const DIGEST = `sha256:${"a".repeat(64)}`;
const SITE: Record<string, unknown> = {
  ...parse(example),
  image: { repository: "registry.example/tocsin", digest: DIGEST },
};
const NETWORK: Record<string, unknown> = parse(example).networkPolicy;
/** Everything that can be switched on, or set, is. */
const FULL = {
  ...SITE,
  imagePullSecrets: [{ name: "registry" }],
  channels: { existingSecret: "channels", names: ["email", "sms"] },
  temporal: { address: "temporal.example:7233", buildId: "2026.11.1" },
  env: { OIDC_ISSUER: "https://login.example", TOCSIN_AUDIT_SINK: "syslog+tls://logs.example:6514" },
  secretEnv: { OIDC_CLIENT_SECRET: { name: "oidc", key: "secret" } },
  tls: {
    node: { existingSecret: "node-tls" },
    postgres: { existingSecret: "postgres-tls", certificate: true },
    redis: { existingSecret: "redis-tls", certificate: true },
    temporal: { existingSecret: "temporal-tls", certificate: true, serverName: "temporal.example" },
  },
  worker: { autoscaling: { enabled: true } },
  anchor: { existingClaim: "anchor" },
  serviceAccount: { annotations: { "mesh.example/inject": "false" } },
  monitoring: { serviceMonitor: { enabled: true, labels: { release: "prometheus" } } },
  networkPolicy: {
    ...NETWORK,
    monitoring: [{ namespaceSelector: { matchLabels: { name: "monitoring" } } }],
  },
  podAnnotations: { note: "x" },
  nodeSelector: { "kubernetes.io/os": "linux" },
  tolerations: [{ operator: "Exists" }],
  affinity: { podAntiAffinity: {} },
};

const Variable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) }).optional(),
});
const Probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const Container = z.object({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  env: z.array(Variable),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
  securityContext: z.unknown(),
  volumeMounts: z.array(
    z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() }),
  ),
  startupProbe: Probe.optional(),
  livenessProbe: Probe.optional(),
  readinessProbe: Probe.optional(),
});
const Labels = z.record(z.string(), z.string());
const Pod = z.object({
  metadata: z.object({ labels: Labels }),
  spec: z.object({
    automountServiceAccountToken: z.literal(false),
    securityContext: z.unknown(),
    containers: z.tuple([Container]),
    volumes: z.array(
      z.object({
        name: z.string(),
        secret: z.object({ secretName: z.string(), defaultMode: z.number() }).optional(),
        emptyDir: z.object({ sizeLimit: z.string() }).optional(),
        persistentVolumeClaim: z.object({ claimName: z.string() }).optional(),
      }),
    ),
  }),
});
const Any = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), annotations: Labels.optional() }),
});
type Any = z.infer<typeof Any>;

interface Rendered {
  status: number | null;
  err: string;
  objects: Any[];
}

let program: string;
/** Renders the chart with these values, as JSON of Kubernetes' own types. */
function render(values: object): Rendered {
  const { status, stdout, stderr } = spawnSync(program, [CHART], {
    input: stringify(values),
    encoding: "utf8",
  });
  return { status, err: stderr, objects: status === 0 ? z.array(Any).parse(JSON.parse(stdout)) : [] };
}

const named = (objects: Any[], kind: string): Any[] => objects.filter((one) => one.kind === kind);
const Workload = z.object({ spec: z.object({ replicas: z.int().optional(), template: Pod }) });
const Spec = z.object({ spec: z.looseObject({}) });
const specOf = (object: Any | undefined): Record<string, unknown> => Spec.parse(object).spec;
const Selector = z.object({ matchLabels: Labels });

interface Shown {
  name: string;
  pod: z.infer<typeof Pod>;
  container: z.infer<typeof Container>;
  replicas: number | undefined;
}
/** The pods that these objects make, by what runs in them. */
function podsOf(objects: Any[]): Record<"api" | "worker" | "migration", Shown> {
  const shown = objects
    .filter(({ kind }) => kind === "Deployment" || kind === "Job")
    .map((object): Shown => {
      const { replicas, template: pod } = Workload.parse(object).spec;
      return { name: object.metadata.name, pod, container: pod.spec.containers[0], replicas };
    });
  const of = (name: string): Shown => {
    const found = shown.find(({ container }) => container.name === name);
    if (found === undefined) throw new Error(`no pod runs ${name}`);
    return found;
  };
  return { api: of("api"), worker: of("worker"), migration: of("migration") };
}
const selects = (selector: Record<string, string>, labels: Record<string, string>): boolean =>
  Object.entries(selector).every(([name, value]) => labels[name] === value);
const secretsOf = ({ pod, container }: Shown): string[] => [
  ...pod.spec.volumes.flatMap(({ secret }) => (secret === undefined ? [] : [secret.secretName])),
  ...container.env.flatMap(({ valueFrom }) => (valueFrom === undefined ? [] : [valueFrom.secretKeyRef.name])),
];

describe("the chart", () => {
  let site: Any[];
  let full: Any[];
  beforeAll(async () => {
    program = await findHelmRenderer((line) => process.stdout.write(`${line}\n`));
    const [one, other] = [render(SITE), render(FULL)];
    expect([one.err, other.err]).toEqual(["", ""]);
    [site, full] = [one.objects, other.objects];
  }, 1_800_000);
  const each = (): [string, Any[]][] => [
    ["what has to be set", site],
    ["everything", full],
  ];

  it("is rendered by Helm's own engine, into objects that an API server reads strictly", () => {
    const nodes = ["Deployment", "Deployment", "Job", "NetworkPolicy", "NetworkPolicy", "NetworkPolicy"];
    const more = ["PodDisruptionBudget", "PodDisruptionBudget", "Service", "ServiceAccount"];
    expect(site.map(({ kind }) => kind).sort()).toEqual([...nodes, ...more]);
    const all = [...nodes, ...more, "HorizontalPodAutoscaler", "Service", "ServiceMonitor"].sort();
    expect(full.map(({ kind }) => kind).sort()).toEqual(all);
    expect(JSON.parse(JSON.stringify(parse(read("Chart.yaml"))))).toMatchObject({
      appVersion: JSON.parse(readFileSync(join(CHART, "../../../package.json"), "utf8")).version,
    });
    expect(new Set(Object.values(podsOf(full)).map(({ container }) => container.image))).toEqual(
      new Set([`registry.example/tocsin:0.1.0@${DIGEST}`]),
    );
  });

  it.each([
    ["publicUrl", {}],
    ["publicUrl", { publicUrl: "http://tocsin.example" }],
    ["database", {}],
    ["ownerSecret", { database: { existingSecret: "a" } }],
    ["redis", {}],
    ["temporal", {}],
    ["masterKey", {}],
    ["auditKey", {}],
    ["one Secret", { masterKey: { existingSecret: "a" }, auditKey: { existingSecret: "a" } }],
    ["one Secret", { database: { existingSecret: "a", ownerSecret: "a" } }],
    ["replcas", { api: { replcas: 3 } }],
    ["DATABASE_URL", { env: { DATABASE_URL: "postgres://a:b@c/d" } }],
    ["OIDC_CLIENT_SECRET", { env: { OIDC_CLIENT_SECRET: "x" } }],
    ["PGPASSWORD", { env: { PGPASSWORD: "x" } }],
    ["CHANNEL_PAGER", { env: { CHANNEL_PAGER: "{}" } }],
    ["PRESIDIO_URL", { env: { PRESIDIO_URL: "https://user:secret@presidio.example" } }],
    ["image.digest", { image: { repository: "registry.example/tocsin", tag: "1.0" } }],
    ...["callers", "postgres", "redis", "temporal"].map((name): [string, object] => [
      `networkPolicy.${name}`,
      { networkPolicy: Object.fromEntries(Object.entries(NETWORK).filter(([part]) => part !== name)) },
    ]),
    ["to", { networkPolicy: { ...NETWORK, outside: [{ ports: [443] }] } }],
    ["to", { networkPolicy: { ...NETWORK, outside: [{ to: [], ports: [443] }] } }],
    ["ports", { networkPolicy: { ...NETWORK, outside: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }] }] } }],
    ...[
      ...["169.254.169.254/32", "169.254.0.0/16", "169.0.0.0/8", "168.0.0.0/7", "0.0.0.0/1", "10.0.0.0"],
      ...["fe80::/10", "fd00:ec2::254/128", "fd00::/16", "fc00::/7", "64:ff9b::/96"],
    ].map((cidr): [string, object] => [
      "cidr",
      { networkPolicy: { ...NETWORK, outside: [{ to: [{ ipBlock: { cidr } }], ports: [80] }] } },
    ]),
    ["channels", { channels: { names: ["email"] } }],
    ["buildId", { temporal: { address: "t:7233", buildId: "two words" } }],
  ])("refuses values without %s, or with it wrong (%j)", (name, change) => {
    const { [name]: _left, ...others } = SITE;
    const { status, err } = render(Object.keys(change).length === 0 ? others : { ...SITE, ...change });
    expect(status).toBe(1);
    expect(err).toContain(name);
  });

  it("runs as nobody in particular: no right to spare, no token of the cluster, nothing to write but where it must", () => {
    for (const [what, objects] of each())
      for (const { pod, container } of Object.values(podsOf(objects))) {
        expect(pod.spec.securityContext, what).toMatchObject({
          runAsNonRoot: true,
          runAsUser: 1000,
          fsGroup: 1000,
          seccompProfile: { type: "RuntimeDefault" },
        });
        expect(container.securityContext, what).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        const written = container.volumeMounts.filter(({ readOnly }) => readOnly !== true);
        for (const { mountPath } of written) expect(["/tmp", "/data"], what).toContain(mountPath);
        for (const { secret } of pod.spec.volumes) expect(secret?.defaultMode ?? 0o440).toBe(0o440);
        const volumes = pod.spec.volumes.map(({ name }) => name);
        expect(container.volumeMounts.map(({ name }) => name)).toEqual(volumes);
      }
  });

  it("takes every secret from a Secret, the two keys each from its own, the owner's login for the migration alone", () => {
    for (const [what, objects] of each()) {
      const { api, worker, migration } = podsOf(objects);
      for (const { pod, container } of [api, worker]) {
        const of = (name: string) =>
          pod.spec.volumes.find((volume) => volume.name === name)?.secret?.secretName;
        expect([of("master-key"), of("audit-key")], what).toEqual(["tocsin-master", "tocsin-audit"]);
        const at = (name: string) => container.volumeMounts.find((mount) => mount.name === name)?.mountPath;
        expect([at("master-key"), at("audit-key")], what).toEqual(["/keys/master", "/keys/audit"]);
      }
      const owners = Object.entries(podsOf(objects)).filter(([, pod]) =>
        secretsOf(pod).includes("tocsin-owner"),
      );
      expect(owners.map(([name]) => name)).toEqual(["migration"]);
      expect(secretsOf(migration).filter((name) => /master|audit|redis$/.test(name))).toEqual([]);
      for (const { name, value } of [api, worker, migration].flatMap(({ container }) => container.env))
        if (/PASSWORD|SECRET|(DATABASE|MIGRATION|REDIS)_URL$|_KEY$/.test(name) && !value?.startsWith("/tls/"))
          expect(value, name).toBeUndefined();
    }
  });

  it("gives nodes the version of their workflows where one is named", () => {
    const buildsOf = (objects: Any[]) =>
      Object.values(podsOf(objects)).map(
        ({ container }) => container.env.find(({ name }) => name === "TOCSIN_BUILD_ID")?.value,
      );
    expect(buildsOf(full)).toEqual(["2026.11.1", "2026.11.1", undefined]);
    expect(buildsOf(site)).toEqual([undefined, undefined, undefined]);
  });

  it("gives a node variables that it takes, each in the program's own table", () => {
    const table = readFileSync(join(CHART, "../../../README.md"), "utf8");
    const { api } = podsOf(full);
    for (const { name, value } of api.container.env) {
      expect(table).toContain(name.replace(/_FILE$/, ""));
      // A file is one of a volume that is mounted.
      if (value?.startsWith("/"))
        expect(
          api.container.volumeMounts.some(({ mountPath }) => value.startsWith(`${mountPath}/`)),
          value,
        ).toBe(true);
    }
    const given: Record<string, string> = {
      "tocsin-database": "postgresql://tocsin_app:secret@db.example/tocsin",
      "tocsin-redis": "rediss://:secret@cache.example:6379",
    };
    const env = Object.fromEntries(
      podsOf(site).api.container.env.map(({ name, value, valueFrom }) => [
        name,
        value ?? given[valueFrom?.secretKeyRef.name ?? ""],
      ]),
    );
    const { TOCSIN_MASTER_KEY_FILE, TOCSIN_AUDIT_KEY_FILE, ...others } = env;
    expect([TOCSIN_MASTER_KEY_FILE, TOCSIN_AUDIT_KEY_FILE]).toEqual([
      "/keys/master/master.key",
      "/keys/audit/audit.key",
    ]);
    const key = Buffer.alloc(32, 1).toString("base64");
    const config = parseEnv({ ...others, TOCSIN_MASTER_KEY: `k1:${key}`, TOCSIN_AUDIT_KEY: key }, [
      "--role=api",
    ]);
    expect(config).toMatchObject({
      role: "api",
      metricsPort: 9464,
      database: { migrationUrl: null },
      temporal: { connection: { tls: expect.anything() } },
    });
    expect(config.database.url).toContain("sslmode=verify-full");
  });

  it("asks each node how it is at a port that it has, and knows a start that waits from one that hangs", () => {
    const { api, worker } = podsOf(site);
    for (const { container } of [api, worker]) {
      const ports = container.ports.map(({ name }) => name);
      for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe])
        expect(ports).toContain(probe?.httpGet.port);
      expect(container.startupProbe?.httpGet.path).toBe("/healthz");
      expect(container.livenessProbe?.httpGet.path).toBe("/healthz");
      expect(container.readinessProbe?.httpGet.path).toBe("/readyz");
    }
    expect(api.container.command).toEqual(["node", "api/main.ts", "--role=api"]);
    expect(worker.container.command).toEqual(["node", "api/main.ts", "--role=worker"]);
  });

  it("migrates before the nodes of this version, by a Job that its network policy does not come after", () => {
    const job = named(site, "Job")[0];
    expect(job?.metadata.annotations).toMatchObject({ "helm.sh/hook": "pre-install,pre-upgrade" });
    expect(podsOf(site).migration.container.command).toEqual(["node", "tools/migrate.ts"]);
    const policy = named(site, "NetworkPolicy").find(({ metadata }) => metadata.name.endsWith("-migration"));
    expect(policy?.metadata.annotations).toMatchObject({
      "helm.sh/hook": "pre-install,pre-upgrade",
      "helm.sh/hook-weight": "-1",
    });
  });

  it("has its services, budgets, policies and metrics find the pods that they are for", () => {
    const { api, worker, migration } = podsOf(full);
    const pods = Object.entries({ api, worker, migration });
    const found = (selector: Record<string, string>): string[] =>
      pods.filter(([, { pod }]) => selects(selector, pod.metadata.labels)).map(([name]) => name);
    const services = new Map(
      named(full, "Service").map((one) => [one.metadata.name, Labels.parse(specOf(one)["selector"])]),
    );
    expect([...services].map(([name, selector]) => [name, found(selector)])).toEqual([
      // The Job's pod has no port of that name.
      ["site-tocsin-metrics", ["api", "worker", "migration"]],
      ["site-tocsin", ["api"]],
    ]);
    for (const kind of ["Deployment", "PodDisruptionBudget", "NetworkPolicy"])
      for (const one of named(full, kind)) {
        const { selector, podSelector } = specOf(one);
        const { matchLabels } = Selector.parse(selector ?? podSelector);
        expect(found(matchLabels), `${kind} ${one.metadata.name}`).toEqual([
          one.metadata.name.split("-").at(-1),
        ]);
      }
    const [monitor] = named(full, "ServiceMonitor");
    const watched = Selector.parse(specOf(monitor)["selector"]).matchLabels;
    const metrics = named(full, "Service").find(({ metadata }) =>
      selects(watched, Labels.parse(metadata["labels"])),
    );
    expect(metrics?.metadata.name).toBe("site-tocsin-metrics");
    // The alerts know the nodes by it.
    const labels = Labels.parse(metrics?.metadata["labels"]);
    expect(labels[String(specOf(monitor)["jobLabel"])]).toBe("tocsin");
  });

  it("takes a tag without a digest where the site says so", () => {
    const { err, objects } = render({ ...SITE, image: { repository: "r.example/tocsin", allowTag: true } });
    expect(err).toBe("");
    expect(podsOf(objects).api.container.image).toBe("r.example/tocsin:0.1.0");
  });

  it("lets in who is named, and out to what is named, the migration to PostgreSQL alone", () => {
    const Peer = z.strictObject({
      podSelector: Selector.optional(),
      namespaceSelector: Selector.optional(),
      ipBlock: z.strictObject({ cidr: z.string(), except: z.array(z.string()).optional() }).optional(),
    });
    const Ports = z.array(z.object({ port: z.unknown() }));
    const Policy = z.object({
      ingress: z.array(z.strictObject({ from: z.array(Peer).min(1), ports: Ports.min(1) })).optional(),
      egress: z.array(z.strictObject({ to: z.array(Peer).min(1), ports: Ports.min(1) })),
      policyTypes: z.array(z.string()),
    });
    const said = ({ podSelector, namespaceSelector, ipBlock }: z.infer<typeof Peer>): string => {
      const labels = [namespaceSelector, podSelector].flatMap((one) => Object.values(one?.matchLabels ?? {}));
      return [
        ...labels,
        ...(ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? []).map((out) => `!${out}`)] : []),
      ].join(" ");
    };
    const policy = (objects: Any[], name: string) => {
      const found = named(objects, "NetworkPolicy").find(({ metadata }) =>
        metadata.name.endsWith(`-${name}`),
      );
      const { ingress = [], egress, policyTypes } = Policy.parse(specOf(found));
      expect(policyTypes).toEqual(["Ingress", "Egress"]);
      const lines = (peers: z.infer<typeof Peer>[], ports: { port: unknown }[]): string[] =>
        peers.map((peer) => `${said(peer)} ${ports.map(({ port }) => port).join(",")}`);
      return {
        in: ingress.flatMap(({ from, ports }) => lines(from, ports)),
        out: egress.flatMap(({ to, ports }) => lines(to, ports)),
      };
    };
    const first = ["kube-system kube-dns 53,53", "10.20.1.0/28 5432"];
    const nodes = [
      ...first,
      "10.20.2.0/28 6379",
      "10.20.3.0/28 7233",
      "10.20.4.25/32 465",
      "0.0.0.0/0 !169.254.0.0/16 443",
    ];
    expect(policy(site, "api")).toEqual({ in: ["ingress http"], out: nodes });
    expect(policy(site, "worker")).toEqual({ in: [], out: nodes });
    expect(policy(full, "api").in).toEqual(["ingress http", "monitoring metrics"]);
    expect(policy(full, "worker").in).toEqual(["monitoring metrics"]);
    expect(policy(full, "migration")).toEqual({ in: [], out: first });
    const { outside: _none, ...inside } = NETWORK;
    expect(policy(render({ ...SITE, networkPolicy: inside }).objects, "worker").out).toEqual(
      nodes.slice(0, 4),
    );
    const six = [{ to: [{ ipBlock: { cidr: "::/0", except: ["2001:db8::/32"] } }], ports: [443] }];
    const wide = render({ ...SITE, networkPolicy: { ...NETWORK, outside: six } });
    expect(wide.err).toBe("");
    expect(policy(wide.objects, "api").out.at(-1)).toBe("::/0 !fe80::/10 !fd00:ec2::/32 !2001:db8::/32 443");
  });

  it("gives whoever breaks into a pod nothing of its machine, of the cluster, or of another pod's secrets", () => {
    for (const [what, objects] of each()) {
      const kinds = objects
        .map(({ kind }) => kind)
        .filter((kind) => /Secret|ConfigMap|Role|Binding/.test(kind));
      expect(kinds, what).toEqual([]);
      const text = JSON.stringify(objects);
      expect(text, what).not.toMatch(
        /"(?:hostNetwork|hostPID|hostIPC|hostPath|hostPort|privileged|shareProcessNamespace|procMount|envFrom|add)":/,
      );
      expect(text.match(/"automountServiceAccountToken":[^,}]+/g), what).toEqual(
        Array<string>(4).fill('"automountServiceAccountToken":false'),
      );
      const { api, worker, migration } = podsOf(objects);
      // What the Job has, beside the files of TLS to PostgreSQL: two logins, of which the nodes have the plain one.
      const others = secretsOf(migration).filter((name) => name !== "postgres-tls");
      expect(others, what).toEqual(["tocsin-database", "tocsin-owner"]);
      for (const node of [api, worker]) expect(secretsOf(node), what).not.toContain("tocsin-owner");
    }
  });

  it("leaves the number of workers to the autoscaler where there is one, which counts the backlog", () => {
    expect(podsOf(site).worker.replicas).toBe(2);
    expect(podsOf(full).worker.replicas).toBeUndefined();
    const spec = specOf(named(full, "HorizontalPodAutoscaler")[0]);
    expect(spec).toMatchObject({
      scaleTargetRef: { kind: "Deployment", name: podsOf(full).worker.name },
      metrics: [{ type: "External", external: { metric: { name: "tocsin_backlog" } } }],
    });
    expect(read("README.md")).toContain("as: tocsin_backlog");
  });

  it("has each of its values in the guide", () => {
    const table = read("README.md");
    for (const name of Object.keys(parse(read("values.yaml"))))
      expect(table, name).toMatch(new RegExp(`\`${name}\\b|^${name}:`, "m"));
  });
});

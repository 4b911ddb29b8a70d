import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { existing, goInstall, install } from "./go-program.ts";
import { climb } from "./ladder.ts";
import { cacheFolder } from "./on-path.ts";

const NAME = "helm-render";
const SOURCE = join(import.meta.dirname, "../../deploy/helm/render");

/**
 * The path of the program that renders a Helm chart into Kubernetes' own types (`deploy/helm/render`).
 * @throws StartProblem when there is no way to get it
 */
export function findHelmRenderer(say: (line: string) => void): Promise<string> {
  const cached = join(cacheFolder(), `${NAME}-${version()}-${process.platform}-${process.arch}`, NAME);
  const rungs = [
    { name: `${cached} from an earlier time`, get: () => existing(cached) },
    {
      name: "go install, in deploy/helm/render",
      get: () =>
        install(
          cached,
          (folder) => goInstall(".", folder, { name: "Helm's engine", cwd: SOURCE, say }),
          (program) => Promise.resolve(existing(program)),
        ),
    },
  ];
  return climb("Helm's engine", rungs, ["install Go (https://go.dev/dl), so that it can be built"]);
}

/** Of its source, and of all that it is built from. */
function version(): string {
  const hash = createHash("sha256");
  for (const file of ["main.go", "go.mod", "go.sum"]) hash.update(readFileSync(join(SOURCE, file)));
  return hash.digest("hex").slice(0, 12);
}

import { openDatabase } from "../../db/knex.ts";
import { archivePartition } from "../archive.ts";
import { partitionsBefore, SOURCES } from "../partitions.ts";

/** Archives everything before now into a folder, and kills itself at one step: node run.ts URL FOLDER STEP */
const [url = "", to = "", at] = process.argv.slice(2);
const owner = openDatabase(url, { max: 2 });
for (const source of SOURCES)
  for (const partition of await partitionsBefore(owner, source, new Date()))
    await archivePartition(owner, partition, {
      to,
      onStep: (step) => {
        if (step === at) process.kill(process.pid, "SIGKILL");
      },
    });
await owner.destroy();

import type { Channel, ChannelInstance } from "./define.ts";
export interface Running {
  channel: Channel;
  instance: ChannelInstance;
}
export interface Registry {
  get(name: string): Running | undefined;
  names(): string[];
  checks(): Promise<object[]>;
  stop(): Promise<void>;
}
export async function createRegistry({
  builtIn,
}: {
  builtIn: any[];
  env: NodeJS.ProcessEnv;
  log: unknown;
}): Promise<Registry> {
  const map = new Map<string, Running>();
  for (const channel of builtIn)
    map.set(channel.name, { channel, instance: await channel.start({}, {} as never) });
  return {
    get: (n) => map.get(n),
    names: () => [...map.keys()],
    checks: async () => [],
    stop: async () => {},
  };
}

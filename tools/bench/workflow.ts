/** A workflow that does nothing: the floor under every durable send. */
export async function empty(): Promise<void> {}

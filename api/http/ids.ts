const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for what can be an id of ours at all; anything else is not worth asking the database for. */
export const isUuid = (text: string): boolean => UUID.test(text);

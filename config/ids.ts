const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for a text that can be one of our ids. The database need not be asked about any other. */
export const isUuid = (text: string): boolean => UUID.test(text);

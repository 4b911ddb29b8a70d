const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An object's id as the record has it: UUIDs in the letters that PostgreSQL writes, however a caller wrote them, so that a search finds all. */
export const objectOf = (id: string): string => (UUID.test(id) ? id.toLowerCase() : id);

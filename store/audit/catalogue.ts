import type { Knex } from "knex";
import { actAs } from "../db/knex.ts";

/** An object of the database on which the record depends: by its name, such as `policy record on audit_events`, its definition. */
export type Catalogue = Map<string, string>;

/** Names are looked up in pg_catalog first, whatever the owner sets (`openDatabase`), so the answers are PostgreSQL's own. */
const QUERIES = {
  functions: `
    SELECT format('function %s', pg_proc.oid::regprocedure) AS name,
      concat_ws('; ', prorettype::regtype, lanname, provolatile, CASE WHEN prosecdef THEN 'as its owner' END,
        CASE WHEN proleakproof THEN 'leakproof' END, CASE WHEN proisstrict THEN 'strict' END, proconfig::text,
        coalesce(pg_get_function_sqlbody(pg_proc.oid), prosrc)) AS text
    FROM pg_catalog.pg_proc JOIN pg_catalog.pg_language ON pg_language.oid = prolang
    WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend
      WHERE classid = 'pg_catalog.pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
        AND (SELECT rolsuper FROM pg_catalog.pg_roles WHERE pg_roles.oid = proowner))`,
  // What is in a schema of the owner's own can be called by what acts here; those of extensions and of superusers can't be its doing.
  schemas: `
    SELECT format('schema %s', nspname) AS name, format('of %s', pg_get_userbyid(nspowner)) AS text FROM pg_catalog.pg_namespace
    WHERE nspname NOT IN ('public', 'information_schema') AND nspname !~ '^pg_'
      AND (nspowner = (SELECT relowner FROM pg_catalog.pg_class WHERE oid = 'public.audit_events'::regclass)
        OR NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE pg_roles.oid = nspowner))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend
        WHERE classid = 'pg_catalog.pg_namespace'::regclass AND objid = pg_namespace.oid AND deptype = 'e')`,
  triggers: `
    SELECT format('trigger %s on %s', tgname, tgrelid::regclass) AS name,
      concat_ws('; ', CASE tgenabled WHEN 'D' THEN 'off' WHEN 'A' THEN 'always on' WHEN 'R' THEN 'on for replication alone' ELSE 'on' END,
        pg_get_triggerdef(pg_trigger.oid)) AS text
    FROM pg_catalog.pg_trigger JOIN pg_catalog.pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = 'public'::regnamespace AND NOT relispartition AND NOT tgisinternal`,
  eventTriggers: `
    SELECT format('event trigger %s', evtname) AS name, concat_ws('; ', evtenabled, evtevent, evtfoid::regprocedure) AS text
    FROM pg_catalog.pg_event_trigger WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend
      WHERE classid = 'pg_catalog.pg_event_trigger'::regclass AND objid = pg_event_trigger.oid AND deptype = 'e')`,
  rules: `
    SELECT format('rule %s on %s', rulename, ev_class::regclass) AS name,
      concat_ws('; ', ev_enabled, pg_get_ruledef(pg_rewrite.oid)) AS text
    FROM pg_catalog.pg_rewrite JOIN pg_catalog.pg_class ON pg_class.oid = ev_class
    WHERE relnamespace = 'public'::regnamespace AND NOT relispartition`,
  policies: `
    SELECT format('policy %s on %s', policyname, tablename) AS name,
      concat_ws('; ', lower(permissive), cmd, roles::text, 'using ' || qual, 'check ' || with_check) AS text
    FROM pg_catalog.pg_policies JOIN pg_catalog.pg_class ON relname = tablename AND relnamespace = 'public'::regnamespace
    WHERE schemaname = 'public' AND NOT relispartition`,
  // An event's epoch is by its column's default, which is another whole number after a restore.
  tables: `
    SELECT format('%s %s', CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' ELSE 'relation' END,
        pg_class.oid::regclass) AS name,
      concat_ws('; ', relkind, relpersistence, CASE WHEN relrowsecurity THEN 'row security' END,
        CASE WHEN relforcerowsecurity THEN 'forced' END, CASE WHEN relhassubclass THEN 'inherited from' END,
        (SELECT 'inherits' FROM pg_catalog.pg_inherits WHERE inhrelid = pg_class.oid LIMIT 1),
        (SELECT 'foreign keys off' FROM pg_catalog.pg_trigger WHERE tgrelid = pg_class.oid AND tgisinternal AND tgenabled <> 'O' LIMIT 1),
        (SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END,
            attidentity, attgenerated,
            CASE WHEN pg_class.oid <> 'public.audit_events'::regclass OR attname <> 'epoch' OR pg_get_expr(adbin, adrelid) !~ '^[0-9]+$'
              THEN pg_get_expr(adbin, adrelid) END),
          ', ' ORDER BY attnum)
          FROM pg_catalog.pg_attribute LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
          WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND relkind <> 'S'),
        (SELECT string_agg(pg_get_constraintdef(pg_constraint.oid), ', ' ORDER BY conname)
          FROM pg_catalog.pg_constraint WHERE conrelid = pg_class.oid AND contype <> 'n'),
        (SELECT string_agg(pg_get_indexdef(indexrelid), ', ' ORDER BY indexrelid::regclass::text)
          FROM pg_catalog.pg_index WHERE indrelid = pg_class.oid)) AS text
    FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace AND NOT relispartition AND relkind IN ('r', 'v', 'm', 'f', 'p', 'S')`,
  wholes: `
    SELECT format('partitions of %s', pg_class.oid::regclass) AS name, concat_ws('; ', pg_get_partkeydef(pg_class.oid),
      (SELECT 'one for all other rows' FROM pg_catalog.pg_inherits JOIN pg_catalog.pg_class AS part ON part.oid = inhrelid
        WHERE inhparent = pg_class.oid AND pg_get_expr(part.relpartbound, part.oid) = 'DEFAULT')) AS text
    FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'p'`,
  // Partitions come and go with the months, and are all alike: the objects of all are one entry each, which names those that are not as the most.
  partitions: `
    WITH parts AS (SELECT part.*, inhparent, regexp_replace(inhparent::regclass::text, '^public\\.', '') AS whole
      FROM pg_catalog.pg_class AS part JOIN pg_catalog.pg_inherits ON inhrelid = part.oid WHERE relnamespace = 'public'::regnamespace AND relispartition
        AND relkind IN ('r', 'p', 'f')),
    objects AS (
      SELECT parts.oid, format('trigger %s', tgname) AS name, concat_ws('; ', tgenabled, regexp_replace(pg_get_triggerdef(pg_trigger.oid), ' ON \\S+ ', ' ')) AS text
      FROM parts JOIN pg_catalog.pg_trigger ON tgrelid = parts.oid WHERE NOT tgisinternal
      UNION ALL
      SELECT parts.oid, format('rule %s', rulename), concat_ws('; ', ev_enabled, pg_get_ruledef(pg_rewrite.oid))
      FROM parts JOIN pg_catalog.pg_rewrite ON ev_class = parts.oid
      UNION ALL
      SELECT parts.oid, format('policy %s', polname), concat_ws('; ', polcmd, polpermissive, polroles::regrole[]::text,
        pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
      FROM parts JOIN pg_catalog.pg_policy ON polrelid = parts.oid
      UNION ALL
      SELECT parts.oid, 'table', concat_ws('; ', relkind, relpersistence, CASE WHEN relrowsecurity THEN 'row security' END,
        CASE WHEN relforcerowsecurity THEN 'forced' END,
        (SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END, attgenerated,
            CASE WHEN attname <> 'epoch' OR pg_get_expr(adbin, adrelid) !~ '^[0-9]+$' THEN pg_get_expr(adbin, adrelid) END), ', ' ORDER BY attname)
          FROM pg_catalog.pg_attribute LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
          WHERE attrelid = parts.oid AND attnum > 0 AND NOT attisdropped),
        (SELECT string_agg(def, ', ' ORDER BY def) FROM (SELECT pg_get_constraintdef(pg_constraint.oid) AS def
          FROM pg_catalog.pg_constraint WHERE conrelid = parts.oid AND contype <> 'n') AS defs),
        (SELECT string_agg(def, ', ' ORDER BY def) FROM (SELECT regexp_replace(pg_get_indexdef(indexrelid), ' INDEX \\S+ ON \\S+ ', ' INDEX ') AS def
          FROM pg_catalog.pg_index WHERE indrelid = parts.oid) AS defs))
      FROM parts
      UNION ALL
      SELECT parts.oid, 'rights', coalesce((SELECT string_agg(format('%s: %s', CASE grantee WHEN 0 THEN 'everybody' ELSE 'a login' END, privilege_type), ', ' ORDER BY 1)
        FROM (SELECT * FROM aclexplode(relacl) UNION ALL
          SELECT acl.* FROM pg_catalog.pg_attribute, aclexplode(attacl) AS acl WHERE attrelid = parts.oid) AS held WHERE grantee <> relowner), 'none')
      FROM parts),
    kinds AS (SELECT inhparent, whole, name, mode() WITHIN GROUP (ORDER BY text) AS usual FROM objects JOIN parts USING (oid) GROUP BY 1, 2, 3)
    SELECT format('%s of the partitions of %s', name, whole) AS name, concat_ws('; ',
      (SELECT format('missing on %s', string_agg(relname, ', ' ORDER BY relname)) FROM parts WHERE parts.inhparent = kinds.inhparent
        AND NOT EXISTS (SELECT FROM objects WHERE objects.oid = parts.oid AND objects.name = kinds.name) HAVING count(*) > 0),
      (SELECT string_agg(format('on %s: %s', relname, text), '; ' ORDER BY relname) FROM objects JOIN parts USING (oid)
        WHERE parts.inhparent = kinds.inhparent AND objects.name = kinds.name AND text <> usual),
      usual) AS text
    FROM kinds`,
  // Every login but the owner has the same rights. Rights on columns count too.
  rights: `
    WITH granted AS (
      SELECT pg_class.oid, relowner, NULL::name AS attname, relacl AS acl FROM pg_catalog.pg_class
      WHERE relnamespace = 'public'::regnamespace AND NOT relispartition AND relkind IN ('r', 'v', 'm', 'f', 'p', 'S')
      UNION ALL
      SELECT attrelid, relowner, attname, attacl FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class ON pg_class.oid = attrelid
      WHERE relnamespace = 'public'::regnamespace AND NOT relispartition AND attacl IS NOT NULL
    ), held AS (
      SELECT granted.oid, grantee, string_agg(concat_ws(' ', privilege_type, attname, CASE WHEN is_grantable THEN 'grantable' END),
        ', ' ORDER BY privilege_type, attname) AS rights
      FROM granted CROSS JOIN LATERAL aclexplode(acl) WHERE grantee <> relowner GROUP BY granted.oid, grantee
    )
    SELECT format('rights on %s', granted.oid::regclass) AS name, coalesce(
      (SELECT string_agg(DISTINCT CASE WHEN grantee = 0 THEN 'everybody: ' ELSE '' END || rights, '; ') FROM held WHERE held.oid = granted.oid),
      'none') AS text
    FROM granted WHERE attname IS NULL`,
  defaults: `
    SELECT format('default rights of %s', pg_get_userbyid(defaclrole)) AS name, string_agg(defaclacl::text, '; ') AS text
    FROM pg_catalog.pg_default_acl
    WHERE defaclrole = (SELECT relowner FROM pg_catalog.pg_class WHERE oid = 'public.audit_events'::regclass) GROUP BY defaclrole`,
  objects: `
    WITH owner AS (SELECT relowner AS id FROM pg_catalog.pg_class WHERE oid = 'public.audit_events'::regclass),
    logins AS (SELECT 0::oid AS id UNION SELECT grantee FROM pg_catalog.pg_class CROSS JOIN LATERAL aclexplode(relacl)
      WHERE relnamespace = 'public'::regnamespace AND grantee <> relowner),
    places AS (
      SELECT 'database' AS kind, coalesce(datacl, acldefault('d', datdba)) AS acl
      FROM pg_catalog.pg_database WHERE datname = current_database()
      UNION ALL SELECT 'schema public', coalesce(nspacl, acldefault('n', nspowner)) FROM pg_catalog.pg_namespace WHERE nspname = 'public')
    SELECT format('right to make objects in the %s', kind) AS name, coalesce((SELECT string_agg(format('%s: %s',
        CASE WHEN grantee = 0 THEN 'everybody' ELSE pg_get_userbyid(grantee) END, privilege_type), '; ')
      FROM aclexplode(acl) WHERE privilege_type IN ('TEMPORARY', 'CREATE') AND grantee IN (SELECT id FROM logins EXCEPT SELECT id FROM owner)),
      'none') AS text
    FROM places`,
};

/** Reads what the database is made of: functions, triggers, rules, policies, tables, rights. Any login may. */
export async function readCatalogue(knex: Knex): Promise<Catalogue> {
  const catalogue: Catalogue = new Map();
  await actAs(knex, "sealer", async (trx) => {
    for (const query of Object.values(QUERIES)) {
      const { rows }: { rows: { name: string; text: string }[] } = await trx.raw(query);
      for (const { name, text } of rows) catalogue.set(name, text);
    }
  });
  return catalogue;
}

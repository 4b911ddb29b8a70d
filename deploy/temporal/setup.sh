#!/bin/sh
# Run by the admin-tools image before each start of the server: makes its two databases and brings them up to date.
# As in https://github.com/temporalio/samples-server/blob/main/compose/scripts/setup-postgres.sh; `create` and
# `setup-schema` fail where there is something already, `update-schema` then does what is left.
set -eu
tool() {
  temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal "$@"
}
for database in temporal temporal_visibility; do
  schema=${database#temporal_}
  tool --db "$database" create || true
  tool --db "$database" setup-schema -v 0.0 || true
  tool --db "$database" update-schema -d "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done

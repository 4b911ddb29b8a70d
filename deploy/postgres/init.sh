#!/bin/sh
# Run once by the postgres image on an empty volume: the owner of Tocsin's database, the login that its nodes run with, to which
# the migration gives its rights (no superusers), and Temporal's login, which makes its own databases.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
  --set owner_password="$TOCSIN_DATABASE_PASSWORD" --set node_password="$TOCSIN_NODE_PASSWORD" \
  --set temporal_password="$TEMPORAL_DATABASE_PASSWORD" <<'SQL'
create role tocsin_owner login nosuperuser nobypassrls password :'owner_password';
create role tocsin login nosuperuser nobypassrls noinherit nocreatedb nocreaterole password :'node_password';
create database tocsin owner tocsin_owner;
create role temporal login nosuperuser createdb password :'temporal_password';
SQL

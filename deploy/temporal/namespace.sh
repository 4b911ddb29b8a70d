#!/bin/sh
# Run by the admin-tools image once the server is healthy: its namespace, with three days of closed workflows.
set -eu
temporal operator namespace describe --namespace default ||
  temporal operator namespace create --namespace default --retention 72h

#!/bin/sh
# Writes .env beside docker-compose.yml, once: passwords of this installation's own, and what kind of installation it is.
#
#   sh deploy/init.sh try                                        demo people, plain HTTP on this machine
#   sh deploy/init.sh site https://tocsin.hospital.example /etc/ssl/tocsin.pem
#                                    no demo people; TLS with that file: certificate, those between, key;
#                                    images by digest, which node deploy/images.mjs adds
set -eu
cd "$(dirname "$0")/.."
file=${TOCSIN_ENV_FILE:-.env}

usage() {
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

secret() {
  head -c 24 /dev/urandom | od -An -vtx1 | tr -d ' \n'
}

case "${1-}" in
  try)
    [ $# -eq 1 ] || usage
    url=http://localhost:3000 demo=1 pem=/dev/null next=
    images=$(grep -v '^#' deploy/images.env)
    ;;
  site)
    [ $# -eq 3 ] || usage
    case "$2" in https://*) url=$2 ;; *) usage ;; esac
    [ -r "$3" ] || { echo "init: $3 can't be read" >&2; exit 1; }
    demo=0 pem=$3 images= next='node deploy/images.mjs && '
    ;;
  *) usage ;;
esac

if [ -e "$file" ]; then
  echo "init: $file is there already, and stays as it is. Its passwords are those of the database: without it, a new one fits nothing." >&2
  exit 1
fi
umask 077
cat > "$file.new" <<ENV
COMPOSE_PROFILES=$1
PUBLIC_URL=$url
TOCSIN_SEED_DEMO=$demo
SITE_PEM=$pem
POSTGRES_PASSWORD=$(secret)
TOCSIN_DATABASE_PASSWORD=$(secret)
TOCSIN_NODE_PASSWORD=$(secret)
TEMPORAL_DATABASE_PASSWORD=$(secret)
REDIS_PASSWORD=$(secret)
$images
ENV
mv "$file.new" "$file"
echo "init: wrote $file. Keep a copy where the backups are not. Next: ${next}docker compose up --build --detach"

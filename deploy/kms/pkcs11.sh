#!/bin/sh
# Opens a master key that an RSA key of an HSM wrapped (OAEP), which never leaves it, and whose CKA_ID is "tocsin-<id>":
# TOCSIN_KMS=command, TOCSIN_KMS_COMMAND=/etc/tocsin/pkcs11.sh. Needs pkcs11-tool (OpenSC) and base64; docs/keys.md.
#
#   PKCS11_MODULE      the HSM's library
#   PKCS11_TOKEN       the token's label
#   PKCS11_PIN_FILE    a file with its PIN, or PKCS11_PIN
#   PKCS11_HASH        of OAEP; default SHA256
set -eu
export PKCS11_PIN="${PKCS11_PIN:-$(cat "${PKCS11_PIN_FILE:?}")}"
hash=${PKCS11_HASH:-SHA256}
# pkcs11-tool looks a key up by its CKA_ID alone: with a label, it takes the first that it finds.
id=$(printf 'tocsin-%s' "$1" | od -An -v -tx1 | tr -d ' \n')
# The PIN is on no command line, which everybody on the machine sees.
key=$(base64 -d | pkcs11-tool --module "${PKCS11_MODULE:?}" --token-label "${PKCS11_TOKEN:?}" --login --pin env:PKCS11_PIN \
  --decrypt --mechanism RSA-PKCS-OAEP --hash-algorithm "$hash" --mgf "MGF1-$(echo "$hash" | tr -d -)" --id "$id" | base64 -w 0)
[ -n "$key" ] && echo "$key"

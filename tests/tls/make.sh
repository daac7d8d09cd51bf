#!/bin/sh
# Makes the certificates of tests/db_tls.rs beside itself; they are valid for 100 years and committed.
# The keys protect nothing but a test server on the loopback interface.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

authority() { # name
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \
        -subj "/CN=phasegate test authority $1" -keyout "$work/$1.key" -out "$1.crt" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
}

leaf() { # name, authority, common name, extensions, validity
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$3" \
        -keyout "$1.key" -out "$work/$1.csr" 2>/dev/null
    printf 'basicConstraints=CA:FALSE\n%s\n' "$4" >"$work/$1.ext"
    # shellcheck disable=SC2086 # the validity is several words
    openssl x509 -req -in "$work/$1.csr" -CA "$2.crt" -CAkey "$work/$2.key" -CAcreateserial -CAserial "$work/serial" \
        $5 -extfile "$work/$1.ext" -out "$1.crt" 2>/dev/null
    chmod 600 "$1.key"
}

authority ca
authority other_ca
for_server='extendedKeyUsage=serverAuth'
leaf server ca localhost "subjectAltName=DNS:localhost,IP:127.0.0.1
$for_server" '-days 36500'
leaf wrong_host ca db.example "subjectAltName=DNS:db.example
$for_server" '-days 36500'
leaf unknown_ca other_ca localhost "subjectAltName=DNS:localhost,IP:127.0.0.1
$for_server" '-days 36500'
# A negative number of days: it ended before it began to be used.
leaf expired ca localhost "subjectAltName=DNS:localhost,IP:127.0.0.1
$for_server" '-days -1'
leaf client ca ada 'extendedKeyUsage=clientAuth' '-days 36500'

#!/bin/sh
# Makes the certificates of tests/tls_probe.rs in the folder it is run in: those whose time is counted from today.
set -eu

request() { # name, common name
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" -keyout "$1.key" -out "$1.csr"
}

sign() { # name, authority or nothing for one that signs itself, days
    if [ -n "$2" ]; then signer="-CA $2.crt -CAkey $2.key"; else signer="-signkey $1.key"; fi
    # shellcheck disable=SC2086 # several words
    openssl x509 -req -in "$1.csr" $signer -set_serial "0x$(openssl rand -hex 8)" -days "$3" -extfile "$1.ext" \
        -out "$1.crt"
}

authority() { # name, authority, days
    request "$1" "authority $1"
    printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n' >"$1.ext"
    sign "$1" "$2" "$3"
}

leaf() { # name, authority, host, days
    request "$1" "$3"
    printf 'basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:%s%s\n' "$3" "${5-}" >"$1.ext"
    sign "$1" "$2" "$4"
}

authority ca '' 3650
authority other '' 3650
leaf good ca localhost 400 ',IP:127.0.0.1'
leaf soon ca localhost 30
leaf wrong_host ca db.example 400
leaf unknown other localhost 400
leaf self_signed '' localhost 400

# As `openssl req -x509` makes it: one that could sign others.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -days 400 \
    -addext subjectAltName=DNS:localhost -keyout both.key -out both.crt

# Of these two the one between ends first.
authority between ca 20
leaf chained between localhost 400
cat chained.crt between.crt >chain.crt
cp chained.key chain.key

# `openssl x509` counts days from now; a beginning is said to `openssl ca`.
dated() { # name, beginning, end
    leaf "$1" ca localhost 1
    cat >"$1.cnf" <<END
[ca]
default_ca = a
[a]
database = $1.index
new_certs_dir = .
rand_serial = yes
certificate = ca.crt
private_key = ca.key
default_md = sha256
policy = any
[any]
commonName = supplied
END
    : >"$1.index"
    openssl ca -batch -notext -config "$1.cnf" -in "$1.csr" -extfile "$1.ext" -out "$1.crt" -startdate "$2" -enddate "$3"
}

dated expired 20200101000000Z 20210101000000Z
dated later 21000101000000Z 21010101000000Z

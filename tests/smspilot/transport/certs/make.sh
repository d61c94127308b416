#!/bin/sh
# Makes the certificates of the client's TLS tests: an authority, and leaves that are good, expired,
# not valid yet and for another name. The keys guard nothing but 127.0.0.1 in tests.
set -eu
cd "$(dirname "$0")"
new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
new_key ca.key
openssl req -x509 -new -key ca.key -sha256 -subj "/CN=PilotBridge test authority" \
    -days 36500 -addext "keyUsage=critical,keyCertSign" -out ca.pem
leaf() { # name, subjectAltName, not before, not after
    new_key leaf.key
    openssl req -new -key leaf.key -subj "/CN=PilotBridge test" -out leaf.csr
    rm -rf db && mkdir db && : > db/index && echo 01 > db/serial
    printf '[ca]\ndefault_ca=d\n[d]\ndatabase=db/index\nserial=db/serial\nnew_certs_dir=db\ndefault_md=sha256\npolicy=p\nrand_serial=yes\n[p]\ncommonName=supplied\n[x]\nsubjectAltName=%s\n' "$2" > db/conf
    openssl ca -batch -config db/conf -extensions x -cert ca.pem -keyfile ca.key \
        -startdate "$3" -enddate "$4" -in leaf.csr -out leaf.pem -notext 2>/dev/null
    cat leaf.pem leaf.key > "$1.pem"
    rm -rf db leaf.csr leaf.pem leaf.key
}
leaf good IP:127.0.0.1,DNS:localhost 20200101000000Z 21200101000000Z
leaf expired IP:127.0.0.1,DNS:localhost 20200101000000Z 20210101000000Z
leaf future IP:127.0.0.1,DNS:localhost 21100101000000Z 21200101000000Z
leaf stranger DNS:elsewhere.example 20200101000000Z 21200101000000Z
rm ca.key

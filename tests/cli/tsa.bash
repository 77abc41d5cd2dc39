# A time-stamp authority of openssl's own, made anew for each test: sourced by stamp.bats, and by crypto_stamp_test.
# shellcheck shell=bash

# make_ca NAME: an authority for certificates: NAME.pem, NAME.key
make_ca() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 30 -subj "/O=Test/CN=$1" \
        2>/dev/null
}

# make_certificate CA NAME EKU [OPTION OF openssl ca...]: NAME.crt and NAME.key, by default valid from an hour ago for a month
make_certificate() {
    local ca=$1 name=$2 eku=$3
    shift 3
    mkdir -p ca.new
    : >ca.index
    [ -e ca.serial ] || echo 1000 >ca.serial
    cat >ca.cnf <<END
[ca]
default_ca = c
[c]
database = ca.index
serial = ca.serial
new_certs_dir = ca.new
default_md = sha256
policy = p
unique_subject = no
[p]
organizationName = optional
commonName = supplied
[x]
basicConstraints = CA:FALSE
extendedKeyUsage = $eku
END
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$name.key" -out "$name.csr" -subj "/O=Test/CN=Stamps of $name" 2>/dev/null
    openssl ca -batch -config ca.cnf -extensions x -cert "$ca.pem" -keyfile "$ca.key" -in "$name.csr" -out "$name.crt" -notext \
        -startdate "$(date -u -d '1 hour ago' +%Y%m%d%H%M%SZ)" -enddate "$(date -u -d '30 days' +%Y%m%d%H%M%SZ)" "$@" 2>/dev/null
}

# make_tsa CA NAME [OPTION OF openssl ca...]: an authority for time stamps: NAME.cnf beside its certificate
make_tsa() {
    local ca=$1 name=$2
    shift 2
    [ -e "$ca.pem" ] || make_ca "$ca"
    make_certificate "$ca" "$name" critical,timeStamping "$@"
    echo 01 >"$name.serial"
    cat >"$name.cnf" <<END
[tsa]
default_tsa = t
[t]
serial = $PWD/$name.serial
signer_cert = $PWD/$name.crt
signer_key = $PWD/$name.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1, millisecs:500
clock_precision_digits = 3
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
END
}

# reply NAME REQUEST RESPONSE: what the authority answers
reply() { openssl ts -reply -config "$1.cnf" -queryfile "$2" -out "$3" 2>/dev/null; }

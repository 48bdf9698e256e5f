#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# ldap - a keystore in a directory: GnuPG's schema and people of their own, on a real slapd; hung, lying, half, untrusted
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"
. "$srcdir/tests/lib/https.sh"
. "$srcdir/tests/lib/slapd.sh"

need gpg python3 strace
need_slapd
printf 'From: sam@example.com\nSubject: x\n\nhello\n' >"$tmp/m"
cf=$tmp/ldap.cf
cache=$tmp/cache
G=(gpg --batch --quiet --passphrase '' --pinentry-mode loopback)

# directory LINE...: FILE.cf anew.
directory() {
	{
		echo "search_base = $ldap_base"
		echo "cache = $cache"
		echo "timeout = 2"
		printf '%s\n' "$@"
	} >"$cf"
}

# fingerprints ADDRESS: that it is sealed to.
fingerprints() {
	key show --json "$1" | python3 -c 'import json, sys
print(*sorted(c["fingerprint"] for e in json.load(sys.stdin) for c in e["certificates"] if not c.get("retired")))'
}

make_key rita@example.org
make_key bob@example.org
make_key carol@example.org
make_key 'star*x@example.org'
sleep 1.1 # it is the newer one
"${G[@]}" --quick-gen-key 'Second <rita@example.org>' future-default default never 2>/dev/null
mapfile -t ritas < <(gpg --batch --with-colons --list-keys '<rita@example.org>' 2>/dev/null | awk -F: '/^pub/ { n = 1 } /^fpr/ && n { print $10; n = 0 }')
"${G[@]}" --armor --export "${ritas[0]}" >"$tmp/rita.asc"
"${G[@]}" --export "${ritas[0]}" >"$tmp/rita.pgp"
"${G[@]}" --export '<bob@example.org>' >"$tmp/bob.pgp"
"${G[@]}" --armor --export '<bob@example.org>' >"$tmp/bob.asc"
"${G[@]}" --armor --export '<carol@example.org>' >"$tmp/carol.asc"
"${G[@]}" --armor --export "${ritas[1]}" >"$tmp/rita2.asc"
"${G[@]}" --export '<carol@example.org>' >"$tmp/carol.pgp"
start_slapd || exit 1
ldap_tree || exit 1
settings "keystore = ldap:$cf"
sed -i "/^keystore = $(sed 's|/|\\/|g' <<<"$keystore")$/d" "$config"

# ---- GnuPG's schema ------------------------------------------------------------------

directory "server_host = 127.0.0.1" "server_port = $ldap_port"
ldap_key A rita@example.org <"$tmp/rita.asc"
ldap_key B bob@example.org <"$tmp/bob.asc"
outcome 'before the first sync' 75 deferred rita@example.org
like 'it says what to do' "$(<"$tmp/err")" 'key sync'
exits 'sync' 0 key sync
like 'counts' "$(<"$tmp/out")" '2 rows read, 2 entries written'
outcome 'mail is sealed' 0 sealed rita@example.org
is 'to her certificate' "$(plain_gpg <"$tmp/out" >/dev/null; fingerprints rita@example.org)" "${ritas[0]}"
outcome 'to his' 0 sealed bob@example.org
outcome 'an extension' 0 sealed bob+x@example.org
outcome 'who is not there is not enrolled' 0 not-enrolled nobody@example.org
strace -f -qq -e trace=openat,connect,execve -o "$tmp/trace" \
	"$MAILSEAL" --config "$config" filter -r rita@example.org <"$tmp/m" >"$tmp/out" 2>/dev/null
unlike 'a delivery loads no libldap' "$(<"$tmp/trace")" 'libldap|/ldap\.so'
unlike 'and asks no directory' "$(<"$tmp/trace")" "htons\($ldap_port\)"
like 'sync does' "$(strace -f -qq -e trace=openat -o /dev/stdout "$MAILSEAL" --config "$config" key sync 2>/dev/null)" 'libldap'
exits 'once more' 0 key sync
like 'nothing is written' "$(<"$tmp/out")" '2 rows read, 0 entries written'
exits 'no entry is put there' 78 key policy --seal off --reason x rita@example.org
like 'but in the directory' "$(<"$tmp/err")" 'only read'
exits 'list' 0 key list
like 'knows them' "$(<"$tmp/out")" 'bob@example.org'
exits 'audit' 0 key audit

# Whose certificate does not carry the address is nobody's.
ldap_key C eve@example.org <"$tmp/carol.asc"
exits 'a certificate that does not carry the address' 65 key sync
like 'is told' "$(<"$tmp/out")" 'eve@example.org: .*does not carry'
outcome 'his mail waits' 75 deferred eve@example.org
is 'and it is not enrolled for the other' "$(key list | grep -c carol)" 0
ldap_delete "pgpCertID=C,ou=GnuPG Keys,$ldap_base"
exits 'taken away' 0 key sync
outcome 'nobody again' 0 not-enrolled eve@example.org

# Another primary key in the place of the known one.
ldap_key D rita@example.org <"$tmp/rita2.asc"
sleep 1
exits 'another key for the same address' 65 key sync
like 'is not taken' "$(<"$tmp/out")" 'rita@example.org'
is 'mail goes on to the known one' "$(fingerprints rita@example.org)" "${ritas[0]}"
exits 'until somebody has looked' 0 key sync --accept-changes
outcome 'then to it' 0 sealed rita@example.org
is 'the newest' "$(fingerprints rita@example.org)" "${ritas[1]}"
ldap_modify <<LDIF
dn: pgpCertID=D,ou=GnuPG Keys,$ldap_base
changetype: modify
add: pgpDisabled
pgpDisabled: 1
LDIF
exits 'disabled there' 65 key sync
is 'goes on for now' "$(fingerprints rita@example.org)" "${ritas[1]}"
ldap_key H carol@example.org <"$tmp/carol.asc"
exits 'and back' 0 key sync --accept-changes
is 'to the first' "$(fingerprints rita@example.org)" "${ritas[0]}"
outcome 'somebody new meanwhile' 0 sealed carol@example.org
ldap_delete "pgpCertID=H,ou=GnuPG Keys,$ldap_base"
exits 'and gone' 0 key sync

# What is no certificate.
"${G[@]}" --armor --export-secret-keys '<carol@example.org>' >"$tmp/secret" 2>/dev/null
ldap_key E carol@example.org <"$tmp/secret"
ldap_key F dave@example.org < <(echo 'nothing of the kind')
exits 'a private key, and rubbish' 65 key sync
like 'are told' "$(<"$tmp/out")" 'carol@example.org: .*PRIVATE'
like 'each' "$(<"$tmp/out")" 'dave@example.org: '
outcome 'mail for them waits' 75 deferred dave@example.org
outcome 'others are sealed to' 0 sealed bob@example.org
ldap_delete "pgpCertID=E,ou=GnuPG Keys,$ldap_base" "pgpCertID=F,ou=GnuPG Keys,$ldap_base"
exits 'gone' 0 key sync

# ---- one address --------------------------------------------------------------------------

"${G[@]}" --armor --export '=<star*x@example.org>' | ldap_key G 'star*x@example.org'
exits 'one alone' 0 key sync 'star*x@example.org'
like 'is looked for by its own letters' "$(<"$tmp/out")" '1 rows read'
outcome 'and sealed to' 0 sealed 'star*x@example.org'
exits 'one that is not there' 65 key sync '"a)(pgpCertID=*"@example.org'
exits 'nor is this' 65 key sync '*@example.org'
outcome 'and nobody else is gone' 0 sealed bob@example.org
ldap_delete "pgpCertID=G,ou=GnuPG Keys,$ldap_base"
exits 'sync' 0 key sync

# ---- everybody gone --------------------------------------------------------------------------

stamp=$(<"$cache/mailseal-cache")
sleep 1
ldap_acl='by anonymous auth'
restart_slapd
exits 'a directory that shows nothing any more' 75 key sync
outcome 'leaves things as they are' 0 sealed bob@example.org
ldap_acl='by * search'
restart_slapd
code=0; key sync >"$tmp/out" 2>"$tmp/err" || code=$?
isnt 'nor one that shows no attributes' "$code" 0
outcome 'leaves things, too' 0 sealed bob@example.org
is 'and the cache gets no younger' "$(<"$cache/mailseal-cache")" "$stamp"
ldap_acl='by * read'
restart_slapd

# ---- bound, TLS -----------------------------------------------------------------------------------

ldap_acl='by anonymous auth'
restart_slapd
printf 'read-secret\n' >"$tmp/pw"
directory "server_host = ldap://127.0.0.1:$ldap_port" "bind_dn = cn=reader,$ldap_base" "bind-pw-file = $tmp/pw"
exits 'a password that everybody may read' 78 key sync
chmod 600 "$tmp/pw"
exits 'bound' 0 key sync
printf 'wrong\n' >"$tmp/pw"
exits 'a wrong password' 75 key sync
unlike 'is not told' "$(<"$tmp/err")" 'wrong'
ldap_acl='by * read'
restart_slapd

directory "server_host = ldaps://127.0.0.1:$ldaps_port" "tls_ca_cert_file = $tmp/ca.pem"
exits 'ldaps' 0 key sync
directory "server_host = ldap://127.0.0.1:$ldap_port" 'start_tls = yes' "tls_ca_cert_file = $tmp/ca.pem"
exits 'StartTLS' 0 key sync
directory "server_host = ldap://127.0.0.1:$ldap_port" 'start_tls = yes'
exits 'StartTLS, a CA that nobody trusts' 75 key sync
directory "server_host = ldaps://127.0.0.1:$ldaps_port"
exits 'ldaps, a CA that nobody trusts' 75 key sync
LDAPTLS_REQCERT=never LDAPTLS_CACERT=$tmp/ca.pem exits 'whatever the environment says' 75 key sync
directory "server_host = ldaps://127.0.0.1:$ldaps_port" "tls_ca_cert_file = $tmp/ca.pem"
restart_slapd DNS:dir.example.org
exits 'a name that is not in the certificate' 75 key sync
restart_slapd
outcome 'deliveries go on' 0 sealed bob@example.org
directory 'server_host = ldap://dir.example.org'
exits 'in the clear to another host' 78 key sync
outcome 'is a mistake for deliveries, too' 75 deferred bob@example.org

# ---- a directory that is away, hangs, answers half ---------------------------------------------------

# serves MODE: something on a port, $odd_port, that behaves so.
serves() {
	start_daemon "odd-$1" python3 - "$1" "$ldap_port" <<-'PY'
		import os, socket, sys, threading
		mode, real = sys.argv[1], int(sys.argv[2])
		s = socket.create_server(("127.0.0.1", 0))
		print(s.getsockname()[1], flush=True)
		def pump(a, b, limit=None):
		    while True:
		        data = a.recv(4096)
		        if not data or (limit is not None and limit <= 0):
		            break
		        if limit is not None:
		            data, limit = data[:limit], limit - len(data)
		        b.sendall(data)
		    a.close(); b.close()
		def talk(c):
		    if mode == "hang":
		        while c.recv(4096): pass
		    elif mode == "rubbish":
		        c.recv(4096); c.sendall(os.urandom(4096)); c.close()
		    elif mode == "huge":
		        c.recv(4096); c.sendall(b"\x30\x84\x7f\xff\xff\xff" + b"\x02\x01\x01" + b"\0" * 100000)
		        while c.recv(4096): pass
		    elif mode == "half":
		        up = socket.create_connection(("127.0.0.1", real))
		        threading.Thread(target=pump, args=(c, up), daemon=True).start()
		        pump(up, c, 1500)
		while True:
		    c, _ = s.accept()
		    threading.Thread(target=talk, args=(c,), daemon=True).start()
	PY
	wait_for grep -qx '[0-9]*' "$tmp/odd-$1.log"
	odd_port=$(head -n 1 "$tmp/odd-$1.log")
}

# quick DESCRIPTION EXIT COMMAND...: and within ten seconds.
quick() {
	local start=$SECONDS

	exits "$@"
	ok "$1: in time" [ $((SECONDS - start)) -le 10 ]
}

directory "server_host = ldap://127.0.0.1:$(free_port)"
quick 'a directory that is away' 75 key sync
serves hang
for lines in "ldap://127.0.0.1:$odd_port" "ldap://127.0.0.1:$odd_port|start_tls = yes" "ldaps://127.0.0.1:$odd_port"; do
	directory "server_host = ${lines%%|*}" "${lines#"${lines%%|*}"}" "tls_ca_cert_file = $tmp/ca.pem"
	sed -i 's/^|//' "$cf"
	quick "one that hangs: $lines" 75 key sync
done
directory "server_host = ldap://127.0.0.1:$odd_port ldap://127.0.0.1:$ldap_port"
quick 'the next one is asked' 0 key sync
for mode in rubbish huge half; do
	serves $mode
	directory "server_host = ldap://127.0.0.1:$odd_port"
	quick "one that answers $mode" 75 key sync
done
outcome 'and nobody is gone' 0 sealed bob@example.org

# More objects than the server gives at once, and than it gives at all.
for i in $(seq 1 450); do
	printf 'dn: uid=p%d,ou=people,%s\nobjectClass: inetOrgPerson\nobjectClass: pgpOwner\nuid: p%d\ncn: p\nsn: p\nmail: p%d@example.org\n\n' "$i" "$ldap_base" "$i" "$i"
done >"$tmp/people.ldif"
ldap_add <"$tmp/people.ldif"
ldap_person rita Rita@Example.org "$tmp/rita.pgp"
ldap_person bob bob@example.org "$tmp/bob.pgp"
people=('query_filter = (&(objectClass=pgpOwner)' '	(mail=%s))' 'result_attribute = pgpCert' 'owner-attribute = mail')
cache=$tmp/people
directory "server_host = ldap://127.0.0.1:$ldap_port" "${people[@]}"
exits 'people' 0 key sync
like 'those who have a certificate' "$(<"$tmp/out")" '2 rows read, 2 entries written'
outcome 'sealed, whatever the case' 0 sealed rita@example.org
outcome 'those without are not enrolled' 0 not-enrolled p7@example.org
ldap_limit=100
restart_slapd
exits 'a server that gives a part' 75 key sync
like 'says so' "$(<"$tmp/err")" 'not complete'
ldap_limit=
restart_slapd

# ---- a plain attribute ----------------------------------------------------------------------------------

ldap_person info info@example.org "$tmp/carol.pgp"
exits "the owner's mail attribute names the address" 0 key sync
outcome 'whatever the certificate carries' 0 sealed info@example.org
ldap_modify <<LDIF
dn: uid=bob,ou=people,$ldap_base
changetype: modify
delete: pgpCert
LDIF
exits 'without a certificate' 0 key sync
like 'he is removed' "$(<"$tmp/out")" 'bob@example.org: removed'
outcome 'and told' 0 not-enrolled bob@example.org
directory "server_host = ldap://127.0.0.1:$ldap_port" "${people[@]}" 'domain = example.net'
exits 'everybody of another domain: all are gone' 65 key sync
like 'is refused' "$(<"$tmp/err")" 'accept-changes'
outcome 'and nothing changes' 0 sealed rita@example.org

# ---- as docs/keys.md has it ---------------------------------------------------------------------------------

# documented N: the N-th file of the section, for this test's directory.
documented() {
	sed -n '/^## A directory: LDAP/,/^## From/p' "$srcdir/docs/keys.md" |
		awk -v n="$1" '/^```/ { on = !on; block += on; next } on && block == n' |
		sed -e "s|ldaps://ldap[12].example.org|ldaps://127.0.0.1:$ldaps_port|g; s|ldap1.example.org|127.0.0.1:$ldap_port|" \
			-e "s|/etc/mailseal/directory.password|$tmp/pw|; s|/var/lib/mailseal/directory|$tmp/documented$1|"
	echo "tls_ca_cert_file = $tmp/ca.pem"
}
echo read-secret >"$tmp/pw"
for n in 1 2; do
	documented $n >"$cf"
	like "file $n of docs/keys.md" "$(<"$cf")" 'search_base = .*,dc=example,dc=org'
	exits "file $n of docs/keys.md: sync" 0 key sync
	outcome "file $n of docs/keys.md: sealed" 0 sealed rita@example.org
	exits "file $n of docs/keys.md: one address" 0 key sync rita@example.org
done

like 'doctor looks at the cache' "$(mailseal doctor 2>&1)" 'ok .*cache: .* minutes old, and answers until it is 1440'
echo 'bind_pw = read-secret' >>"$cf" && sed -i '/^bind-pw-file/d' "$cf"
like 'and at a password that all can read' "$(mailseal doctor 2>&1)" "every user of this machine can read the directory's password"

# ---- how old it may be ------------------------------------------------------------------------------------

directory "server_host = ldap://127.0.0.1:$ldap_port" "${people[@]}" 'cache-valid = 3s'
exits 'sync' 0 key sync
outcome 'fresh' 0 sealed rita@example.org
sleep 4
outcome 'too old: could not ask' 75 deferred rita@example.org
like 'doctor says so' "$(mailseal doctor 2>&1)" 'people is 0 minutes old, and does not answer: mail waits'
outcome 'whoever it is' 75 deferred nobody@example.org
exits 'sync' 0 key sync
outcome 'fresh again' 0 sealed rita@example.org

# ---- signed -------------------------------------------------------------------------------------------------

cache=$tmp/signed
exits 'a key that signs' 0 key sign-init "$tmp/signing-key"
mapfile -t signing <"$tmp/out"
directory "server_host = ldap://127.0.0.1:$ldap_port" "${people[@]}"
{ grep -v '^keystore = ' "$config"; echo "keystore = ldap:$cf"; printf '%s\n' "${signing[@]}"; } >"$tmp/c" && mv "$tmp/c" "$config"
exits 'sync signs' 0 key sync
outcome 'sealed' 0 sealed rita@example.org
exits 'audit' 0 key audit
entry=$(find "$cache" -name rita@example.org)
sed -i '/^Signature: /d' "$entry"
outcome 'what is not signed is not believed' 75 deferred rita@example.org
exits 'nor by audit' 65 key audit
rm "$entry"
exits 'sync makes an entry again that is gone' 0 key sync
outcome 'sealed' 0 sealed rita@example.org

done_testing

# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# slapd - an LDAP directory of the test's own, on loopback: GnuPG's keys, and people
#
# $ldap_port speaks ldap:// (and StartTLS), $ldaps_port ldaps://; its administrator is cn=admin,$ldap_base
# with the password `admin`, cn=reader may read with `read-secret`, and anonymous may too, unless
# $ldap_acl says otherwise.  lib/https.sh (make_ca) must be there.

ldap_base=dc=example,dc=org
ldap_acl='by * read'
slapd_program=/usr/sbin/slapd

need_slapd() {
	PATH=$PATH:/usr/sbin need slapd
	need ldapadd ldapmodify ldapdelete openssl
	[ -r /etc/ldap/schema/core.schema ] || skip_all_unless_ci 'the schema files of slapd are not there'
}

# What GnuPG's schema calls its attributes and classes, as far as a certificate needs them, and a
# plain attribute of people.  The numbers are for examples (RFC 5612).
ldap_schema() {
	cat <<-'TXT'
		attributetype ( 1.3.6.1.4.1.32473.1.1 NAME 'pgpKey' SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 SINGLE-VALUE )
		attributetype ( 1.3.6.1.4.1.32473.1.2 NAME 'pgpCertID' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
		attributetype ( 1.3.6.1.4.1.32473.1.3 NAME 'pgpUserID' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
		attributetype ( 1.3.6.1.4.1.32473.1.4 NAME 'gpgMailbox' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
		attributetype ( 1.3.6.1.4.1.32473.1.5 NAME 'pgpRevoked' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
		attributetype ( 1.3.6.1.4.1.32473.1.6 NAME 'pgpDisabled' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
		attributetype ( 1.3.6.1.4.1.32473.1.7 NAME 'pgpCert' SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
		objectclass ( 1.3.6.1.4.1.32473.1.8 NAME 'pgpKeyInfo' SUP top STRUCTURAL MUST ( pgpCertID $ pgpKey ) MAY ( pgpUserID $ gpgMailbox $ pgpRevoked $ pgpDisabled ) )
		objectclass ( 1.3.6.1.4.1.32473.1.9 NAME 'pgpOwner' SUP top AUXILIARY MAY ( pgpCert ) )
	TXT
}

# slapd_config: for start_slapd; again after a change of $ldap_acl or $ldap_limit.
slapd_config() {
	cat >"$tmp/slapd.conf" <<-TXT
		include /etc/ldap/schema/core.schema
		include /etc/ldap/schema/cosine.schema
		include /etc/ldap/schema/inetorgperson.schema
		include $tmp/gnupg.schema
		pidfile $tmp/slapd.pid
		modulepath /usr/lib/ldap
		moduleload back_mdb
		TLSCertificateFile $tmp/slapd.pem
		TLSCertificateKeyFile $tmp/slapd.key
		sizelimit ${ldap_limit:-unlimited}
		database mdb
		maxsize 67108864
		suffix "$ldap_base"
		rootdn "cn=admin,$ldap_base"
		rootpw admin
		directory $tmp/slapd
		access to attrs=userPassword by anonymous auth by * none
		access to * by dn.exact="cn=reader,$ldap_base" read $ldap_acl
	TXT
}

slapd_answers() {
	ldapsearch -x -H "ldap://127.0.0.1:$ldap_port" -b '' -s base >/dev/null 2>&1
}

# slapd_tls NAME: its certificate. (libldap takes `localhost` for this host's own name.)
slapd_tls() {
	[ -e "$tmp/ca.pem" ] || make_ca || return
	{
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/CN=slapd' \
			-keyout "$tmp/slapd.key" -out "$tmp/.tls.csr" &&
			openssl x509 -req -in "$tmp/.tls.csr" -CA "$tmp/ca.pem" -CAkey "$tmp/ca.key" \
				-CAcreateserial -days 2 -out "$tmp/slapd.pem" \
				-extfile <(printf 'subjectAltName=%s' "$1")
	} 2>"$tmp/.openssl" || { diag_file "$tmp/.openssl"; return 1; }
}

# start_slapd [NAME]: with a TLS certificate for NAME (IP:127.0.0.1).
start_slapd() {
	slapd_tls "${1:-IP:127.0.0.1}" || return
	mkdir -p "$tmp/slapd"
	ldap_schema >"$tmp/gnupg.schema"
	slapd_config
	ldap_port=${ldap_port:-$(free_port)} ldaps_port=${ldaps_port:-$(free_port)}
	start_daemon slapd "$slapd_program" -f "$tmp/slapd.conf" -d 0 \
		-h "ldap://127.0.0.1:$ldap_port ldaps://127.0.0.1:$ldaps_port"
	slapd_pid=$daemon_pid
	wait_for slapd_answers || { diag_file "$tmp/slapd.log"; return 1; }
}

# restart_slapd [NAME]
restart_slapd() {
	stop_daemon "$slapd_pid"
	start_slapd "$@"
}

# ldap_add, ldap_modify: LDIF from stdin. ldap_delete DN...
ldap_add() { ldapadd -x -H "ldap://127.0.0.1:$ldap_port" -D "cn=admin,$ldap_base" -w admin >"$tmp/.ldap" 2>&1 || { diag_file "$tmp/.ldap"; return 1; }; }
ldap_modify() { ldapmodify -x -H "ldap://127.0.0.1:$ldap_port" -D "cn=admin,$ldap_base" -w admin >"$tmp/.ldap" 2>&1 || { diag_file "$tmp/.ldap"; return 1; }; }
ldap_delete() { ldapdelete -x -H "ldap://127.0.0.1:$ldap_port" -D "cn=admin,$ldap_base" -w admin "$@" >"$tmp/.ldap" 2>&1 || { diag_file "$tmp/.ldap"; return 1; }; }

# ldap_tree: what everything hangs on.
ldap_tree() {
	ldap_add <<-LDIF
		dn: $ldap_base
		objectClass: dcObject
		objectClass: organization
		dc: example
		o: example

		dn: cn=reader,$ldap_base
		objectClass: person
		cn: reader
		sn: reader
		userPassword: read-secret

		dn: ou=GnuPG Keys,$ldap_base
		objectClass: organizationalUnit
		ou: GnuPG Keys

		dn: ou=people,$ldap_base
		objectClass: organizationalUnit
		ou: people
	LDIF
}

# ldap_key NAME ADDRESS [LINE]...: what stdin has, armoured, as gpg --send-keys would put it there.
ldap_key() {
	local name=$1 address=$2

	shift 2
	{
		printf 'dn: pgpCertID=%s,ou=GnuPG Keys,%s\nobjectClass: pgpKeyInfo\npgpCertID: %s\n' "$name" "$ldap_base" "$name"
		printf 'pgpUserID: Somebody <%s>\n' "$address"
		[ $# -eq 0 ] || printf '%s\n' "$@"
		printf 'pgpKey:: %s\n' "$(base64 -w 0)"
	} | ldap_add
}

# ldap_person UID ADDRESS [FILE]...: with certificates as they are.
ldap_person() {
	local uid=$1 address=$2 file

	shift 2
	{
		printf 'dn: uid=%s,ou=people,%s\nobjectClass: inetOrgPerson\nobjectClass: pgpOwner\n' "$uid" "$ldap_base"
		printf 'uid: %s\ncn: %s\nsn: %s\nmail: %s\n' "$uid" "$uid" "$uid" "$address"
		for file; do printf 'pgpCert:: %s\n' "$(base64 -w 0 <"$file")"; done
	} | ldap_add
}

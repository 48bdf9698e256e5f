#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# completion - what bash offers after mailseal
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

need gpg
. "$srcdir/docs/mailseal.bash-completion" || exit 1

# offered LINE: what Tab would offer at its end, sorted, on one line.
offered() {
	COMP_LINE=$1 COMP_POINT=${#1}
	_mailseal
	[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
}

new_recipient rita@example.org || exit 1
new_recipient bob@example.org || exit 1
new_recipient rob@example.net || exit 1
program="$MAILSEAL --config $config"

is 'commands' "$(offered 'mailseal ')" \
	'--config --help --keystore --verbose --version -v auth deliver doctor filter hold key open '
is 'a command that is begun' "$(offered 'mailseal -v de')" 'deliver '
is 'options of deliver' "$(offered 'mailseal deliver --ma')" '--maildir '
is 'options of open' "$(offered 'mailseal open -')" '--as-stored --verify '
is 'options of auth' "$(offered 'mailseal auth --')" \
	'--client-address --client-name --explain --helo --json --now --resolver --sender --trust-anchor '
is 'subcommands of key' "$(offered 'mailseal --keystore /x key ')" \
	"$(sed -nE '/^} subcommands\[\] =/,/^};/ s/^\t\{ "([a-z-]+)", .*/\1/p' "$srcdir/filter/cmd-key.c" | sort | tr '\n' ' ')"
is 'subcommands of hold' "$(offered 'mailseal hold ')" 'list release show '
is 'options of hold release' "$(offered 'mailseal hold release --')" '-- --all --as-held --lmtp --maildir --recipient '
is 'options of key import' "$(offered 'mailseal key import --a')" '--add --address --all-addresses '
is 'where key fetch may look' "$(offered 'mailseal key fetch --from ')" 'dane vks wkd '
is 'options of key refresh' "$(offered 'mailseal key refresh --')" '--all --ca-file --connect-to --jitter --json '
is 'enrolled addresses, of the keystore that is named' "$(offered "$program key show ")" \
	'bob@example.org rita@example.org rob@example.net '
is 'an address that is begun' "$(offered "$program key remove ri")" 'rita@example.org '
is 'only what follows the @, where readline breaks' "$(offered "$program key export rob@")" 'example.net '
COMP_WORDBREAKS=' '
is 'the whole of it, where readline does not break' "$(offered "$program deliver -r bob@ex")" 'bob@example.org '
COMP_WORDBREAKS=' @:='

mkdir "$tmp/mail" && cd "$tmp/mail" && mkdir Maildir && touch message.eml
is 'folders for --maildir' "$(offered 'mailseal deliver --maildir ')" 'Maildir '
is 'files for open' "$(offered 'mailseal open m')" 'message.eml '
is 'files for auth' "$(offered 'mailseal auth --json m')" 'message.eml '
is 'files for --trust-anchor' "$(offered 'mailseal auth --trust-anchor m')" 'message.eml '
is 'nothing for an address' "$(offered 'mailseal auth --client-address ')" ''
is 'a word that means nothing' "$(offered 'mailseal open --nothing-such')" ''
is 'a keystore that is not there offers nothing and says nothing' \
	"$(offered "$MAILSEAL --keystore $tmp/none key show " 2>&1)" ''
done_testing

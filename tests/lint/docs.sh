#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# docs - what the program has is in its manual, and what the manual has is there
. "${srcdir:-$(dirname "$0")/../..}/tests/lib/tap.sh"

shopt -s lastpipe # so that the end of a pipe can count
cd "$srcdir" || exit 1
manual=docs/mailseal.1 conf_manual=docs/mailseal.conf.5
example=docs/mailseal.conf.example completion=docs/mailseal.bash-completion

# none DESCRIPTION: stdin names what is missing; nothing may be.
none() {
	local found

	found=$(cat)
	if [ -z "$found" ]; then pass "$1"; else fail "$1" "$found"; fi
}

# more_than DESCRIPTION COUNT LIMIT: the tests below would prove nothing of an empty list.
more_than() {
	if [ "$2" -gt "$3" ]; then pass "$1: $2"; else fail "$1: $2"; fi
}

# NAME DEFAULT of each setting, from the table in the code.
settings_of_code() {
	sed -nE 's/^\t\[SET_[A-Z_]+\] = \{ "([a-z-]+)", KIND_[A-Z]+, "([^"]*)".*/\1 \2/p' filter/config.c
}

# The names in section_of_manual's headings.
settings_of_manual() { sed -nE 's/^\.It Ic ([a-z-]+) No = .*/\1/p' "$conf_manual"; }

# item NAME: what the manual says of a setting.
item() { awk -v name="$1" '/^\.It Ic / { on = $3 == name; next } /^\.El/ { on = 0 } on' "$conf_manual"; }

# Words of the option tables: LONG, and of the getopt strings: letters.
long_options() { sed -nE 's/^\t+\{ "([a-z-]+)", (no|required)_argument,.*/\1/p' filter/*.c | sort -u; }
short_options() { sed -nE 's/.*getopt_long\(argc, argv, "([^"]*)".*/\1/p' filter/*.c | grep -o '[a-zA-Z]' | sort -u; }
commands() { sed -nE 's/^\t\{ "([a-z]+)", .*/\1/p' filter/main.c; }
subcommands() { sed -nE '/^} subcommands\[\] =/,/^};/ s/^\t\{ "([a-z-]+)", .*/\1/p' "filter/cmd-$1.c"; }

# ---- settings ------------------------------------------------------------------------

settings_of_code >"$tmp/settings"
more_than 'settings in the code' "$(wc -l <"$tmp/settings")" 15
is 'one for each name in filter/config.h' "$(wc -l <"$tmp/settings")" "$(grep -cE '^	SET_[A-Z_]+,' filter/config.h)"

cut -d ' ' -f 1 "$tmp/settings" | sort >"$tmp/names"
settings_of_manual | sort | diff "$tmp/names" - | grep '^[<>]' | none 'the manual has all settings and no other'
sed -nE 's/^#([a-z-]+) = .*/\1/p' "$example" | sort -u | diff "$tmp/names" - | grep '^[<>]' |
	none 'the example has all settings and no other'

while read -r name initial; do
	[ -z "$initial" ] || item "$name" | grep -qE "^\.Ql ${initial//+/\\+} ?[.,]?\$" || echo "$name: $initial"
done <"$tmp/settings" | none 'the manual has the defaults of the code'
while read -r name initial; do
	[ -z "$initial" ] || [ "$(grep -m 1 "^#$name = " "$example")" = "#$name = $initial" ] || echo "$name: $initial"
done <"$tmp/settings" | none 'the example has the defaults of the code'
awk '/^#[a-z-]+ = / && last !~ /^# / && last !~ /^#\[/ && last !~ /^#[a-z-]+ = / { print FILENAME ":" FNR } { last = $0 }' "$example" |
	none 'the example explains each setting in the line above'

# A configuration that is read well leads on to a keystore that is not there (75); a wrong
# one ends at the line that is wrong (78).
config_exit() {
	"$MAILSEAL" --config "$1" --keystore "dir:$tmp/none" key list >"$tmp/out" 2>&1
	echo $?
}
is 'the program accepts the example' "$(config_exit "$example")" 75
sed -E 's/^#([a-z[])/\1/' "$example" >"$tmp/all.conf"
more_than 'settings that the example offers' "$(grep -cE '^[a-z-]+ = ' "$tmp/all.conf")" 15
is 'and with every setting turned on' "$(config_exit "$tmp/all.conf")" 75 || diag_file "$tmp/out"
echo 'no-such-setting = 1' >>"$tmp/all.conf"
is 'but not what is no setting' "$(config_exit "$tmp/all.conf")" 78

# ---- commands and options --------------------------------------------------------------

more_than 'commands in the code' "$(commands | wc -l)" 4
more_than 'subcommands of key' "$(subcommands key | wc -l)" 5
more_than 'subcommands of hold' "$(subcommands hold | wc -l)" 2
more_than 'long options' "$(long_options | wc -l)" 10
more_than 'short options' "$(short_options | wc -l)" 2

for name in $(commands); do
	grep -qE "^\.Cm $name\b|^\.It Cm $name\b" "$manual" || echo "$name"
done | none 'the manual has all commands'
for command in key hold; do
	for name in $(subcommands $command); do
		grep -qE "Cm $command $name\b" "$manual" || echo "$command $name"
	done
done | none 'and the subcommands of key and hold'
for name in $(long_options); do
	grep -qE "(Fl|,|\|) -$name( |$)" "$manual" || echo "--$name"
done | none 'and the long options'
for name in $(short_options); do
	grep -qE "Fl $name( |$)" "$manual" || echo "-$name"
done | none 'and the short options'
{
	commands
	subcommands key
	subcommands hold
	long_options | sed 's/^/--/'
	short_options | sed 's/^/-/'
} | while read -r word; do
	grep -qwF -e "$word" "$completion" || echo "$word"
done | none 'so has the completion for bash'
grep -oE 'Fl -[a-z-]+' "$manual" | sed 's/^Fl -//' | sort -u | while read -r name; do
	long_options | grep -qx -e "$name" || echo "--$name"
done | none 'the manual has no option that is not there'

# ---- form --------------------------------------------------------------------------------

"$MAILSEAL" --help >"$tmp/help" 2>&1
is '--help is success' $? 0
# Where the program was configured for does not count.
sed -i 's|[^ ]*/mailseal/mailseal\.conf|/etc/mailseal/mailseal.conf|' "$tmp/help"
more_than '--help says something' "$(wc -l <"$tmp/help")" 10
awk 'NR > 24 || length > 80 { print NR ": " $0 }' "$tmp/help" | none '--help fits a screen of 24 lines and 80 columns'
for name in $(commands); do grep -q "^  $name\b" "$tmp/help" || echo "$name"; done | none '--help names all commands'

if type -P mandoc >/dev/null; then
	mandoc -Tlint -Wwarning "$manual" "$conf_manual" 2>&1 | none 'mandoc has no warning'
elif [ "${CI:-}" = true ]; then
	fail 'mandoc is not installed'
else
	skip 'mandoc is not installed' 'mandoc has no warning'
fi

for file in README docs/*.md docs/mailseal*; do
	grep -oE '\b(docs|filter|mime|auth|keystore|deliver|base|tests)/[a-z0-9_./-]+\.(c|h|md|sh|mk|[15]|example)\b' "$file" |
		sort -u | while read -r name; do [ -e "$name" ] || echo "$file: $name"; done
done | none 'files that README and docs name are there'

# ---- docs/exit-codes.md ---------------------------------------------------------------------

while read -r word; do
	grep -qF "| \`$word\` |" docs/exit-codes.md || echo "$word"
done < <(sed -nE 's/.*\[OUTCOME_[A-Z_]+\] = \{ "([a-z-]+)",.*/\1/p' filter/outcome.c) |
	none 'docs/exit-codes.md has every outcome'
sed -n '/^#!\/bin\/sh/,/^```/p' docs/exit-codes.md | sed '/^```/d' >"$tmp/guard"
for codes in 0:0 75:75 77:77 1:75 64:75 127:75; do
	is "the guard makes ${codes#*:} of ${codes%:*}" \
		"$(sh "$tmp/guard" sh -c "exit ${codes%:*}"; echo $?)" "${codes#*:}"
done
is 'and 75 of a program that is not there' "$(sh "$tmp/guard" "$tmp/no-such-program" 2>"$tmp/err"; echo $?)" 75

done_testing

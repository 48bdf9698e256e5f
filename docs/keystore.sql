-- SPDX-License-Identifier: GPL-3.0-or-later
-- mailseal's keystore in PostgreSQL (docs/keystore.md), in a database whose encoding is UTF8:
--
--	psql -d mailseal -f keystore.sql
--
-- Whoever changes entries owns the tables, or has SELECT, INSERT and UPDATE on them; whoever
-- looks up needs SELECT alone.  Nobody needs DELETE: who is removed leaves a tombstone.
BEGIN;

-- One row: that this is a keystore (format 1; 0 while `mailseal key migrate` fills it), and the
-- number of its last change.  A writer locks it, so that changes are numbered in the order in
-- which they are committed.
CREATE TABLE mailseal_keystore (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	format integer NOT NULL CHECK (format IN (0, 1)),
	number bigint NOT NULL CHECK (number >= 0)
);
INSERT INTO mailseal_keystore (format, number) VALUES (1, 0);

-- The log: a line (without its LF) for each change, each with the hash of the one before.
CREATE TABLE mailseal_changes (
	number bigint PRIMARY KEY CHECK (number > 0),
	line text NOT NULL
);

-- The last version of each entry, its signature included.
CREATE TABLE mailseal_entries (
	address text COLLATE "C" PRIMARY KEY, -- normal form, or @domain
	serial bigint NOT NULL CHECK (serial > 0),
	change bigint UNIQUE,                 -- the number of the change that made it
	entry text NOT NULL                   -- the text, as it stands in a file of dir:
);

COMMIT;

-- Golden: what version 1 of the ledger looks like on disk (SCHEMA.md). A change here is a new schema version.
CREATE TABLE runs(
  no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, state TEXT NOT NULL,
  rounds INTEGER NOT NULL, rounds_done INTEGER NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
  scenario_json TEXT NOT NULL, scenario_sha256 TEXT NOT NULL, base_dir TEXT NOT NULL, previous_run TEXT NOT NULL,
  summary_json TEXT NOT NULL, error TEXT NOT NULL, request_id TEXT NOT NULL);
CREATE UNIQUE INDEX runs_request ON runs(request_id) WHERE request_id <> '';
CREATE TABLE events(
  run INTEGER NOT NULL REFERENCES runs(no), seq INTEGER NOT NULL, time_ms INTEGER NOT NULL, kind TEXT NOT NULL,
  round INTEGER, client INTEGER, metrics TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY(run, seq)) WITHOUT ROWID;
CREATE TABLE versions(
  run INTEGER NOT NULL REFERENCES runs(no), round INTEGER NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
  state_path TEXT NOT NULL, committed_ms INTEGER NOT NULL, PRIMARY KEY(run, round)) WITHOUT ROWID;
INSERT INTO runs VALUES(1, '20261122-133001-a1b2', 'first', 'interrupted', 3, 1, 1795354201000, 1795354205000, '{"rounds":3}', 'aa', '/data', '', '', '', 'r-1');
INSERT INTO runs VALUES(2, '20261122-133002-c3d4', 'second', 'failed', 3, 0, 1795354202000, 1795354203000, '{}', 'bb', '/data', '20261122-133001-a1b2', '{"state":"failed"}', 'the disk is full', '');
INSERT INTO events VALUES(1, 1, 1795354201001, 'run_started', NULL, NULL, '{"clients":4,"rounds":3}', '{"topics":["a"]}');
INSERT INTO events VALUES(1, 2, 1795354202001, 'client_step', 1, 2, '{"step":1,"loss":0.1,"spread":null}', '');
INSERT INTO events VALUES(1, 3, 1795354203001, 'round_committed', 1, NULL, '{"version":1}', '{"sha256":"cc"}');
INSERT INTO versions VALUES(1, 1, 'runs/20261122-133001-a1b2/round-1', 'cc', 'runs/20261122-133001-a1b2/round-1/state', 1795354203001);
PRAGMA user_version = 1;

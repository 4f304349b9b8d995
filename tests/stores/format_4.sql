-- A store as Wattgraph wrote it in format 4: that of format 2, converted; its kept projection is left out.
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE sources (id TEXT PRIMARY KEY, columns TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE versions (number INTEGER PRIMARY KEY, id TEXT NOT NULL, recorded_at TEXT NOT NULL,
    statements INTEGER NOT NULL, reason TEXT NOT NULL, policy INTEGER NOT NULL) STRICT;
CREATE TABLE journal (number INTEGER PRIMARY KEY, entry TEXT NOT NULL,
    import_key TEXT GENERATED ALWAYS AS (json_extract(entry, '$.import_key')) STORED UNIQUE) STRICT;
CREATE TABLE head (only INTEGER PRIMARY KEY CHECK (only = 0), number INTEGER NOT NULL, hash TEXT NOT NULL,
    data INTEGER NOT NULL, checksum INTEGER NOT NULL DEFAULT 0, base TEXT) STRICT;
CREATE TABLE tokens (id TEXT PRIMARY KEY, columns TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE statements (id TEXT PRIMARY KEY, subject TEXT NOT NULL, subject_kind TEXT NOT NULL, property TEXT NOT NULL,
    value TEXT NOT NULL, source TEXT NOT NULL REFERENCES sources (id) DEFERRABLE INITIALLY DEFERRED,
    confidence TEXT NOT NULL, nature TEXT NOT NULL, known_from TEXT, known_from_latest TEXT NOT NULL,
    said_known_from TEXT, withdrawn TEXT, note TEXT, entered TEXT NOT NULL, as_of TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE projection (only INTEGER PRIMARY KEY CHECK (only = 0), number INTEGER NOT NULL, fingerprint TEXT NOT NULL,
    day TEXT NOT NULL, next_flip TEXT, content BLOB NOT NULL, checksum INTEGER NOT NULL) STRICT;
INSERT INTO sources (id, columns) VALUES ('filing', '{"entered":"SEEDS","kind":"FILING","origin":"filing","origin_fold":"filing","published":"2026-01-10","published_earliest":"2026-01-10","published_latest":"2026-01-10","publisher":"Regulator","publisher_fold":"regulator","reliability":"HIGH","retrieved":"2026-11-01","title":"A filing","title_fold":"a filing","url":"https://example.org/filing"}');
INSERT INTO versions (number, id, recorded_at, statements, reason, policy) VALUES (1, 'cd909fedbcf774cb', '2026-11-30T08:52:33+00:00', 8, 'load of seeds', 1);
INSERT INTO versions (number, id, recorded_at, statements, reason, policy) VALUES (2, 'd55dc6bf0bfb89d1', '2026-11-30T08:52:33+00:00', 8, 'wrong', 1);
INSERT INTO journal (number, entry) VALUES (1, '{"action":"LOAD","actor":"desk","added":8,"at":"2026-11-30T08:52:33+00:00","hash":"9ac8e94fa459a2e29b24aad8574c3be1681cdb70d88090bf155ca9d13f4c4d38","more":false,"number":1,"previous":"","reason":"load of seeds","retracted":0,"statements":8,"subjects":["Link:lease","Organization:host","Organization:lab","Source:filing"],"unchanged":0,"version":"cd909fedbcf774cb"}');
INSERT INTO journal (number, entry) VALUES (2, '{"action":"RETRACT","actor":"desk","added":0,"at":"2026-11-30T08:52:33+00:00","digest":"492d8ab0a902b64f5296269bbb6411533a6f50cc68b3388058022fed0d3f2fc7","hash":"6474b45fead71aacc456df7ceb6259163d16966ece22b4e8bf1181a157fa0673","import_key":"k1","more":false,"number":2,"previous":"9ac8e94fa459a2e29b24aad8574c3be1681cdb70d88090bf155ca9d13f4c4d38","reason":"wrong","retracted":1,"statements":8,"subjects":["Link:lease"],"unchanged":0,"version":"d55dc6bf0bfb89d1"}');
INSERT INTO head (only, number, hash, data, checksum, base) VALUES (0, 2, '6474b45fead71aacc456df7ceb6259163d16966ece22b4e8bf1181a157fa0673', 2, 20859704243, NULL);
INSERT INTO statements (id, subject, subject_kind, property, value, source, confidence, nature, known_from, known_from_latest, said_known_from, withdrawn, note, entered, as_of) VALUES ('05024732f93d078b8f2c9ad8', 'lease', 'PROVIDES_CAPACITY', 'capacities', '{"basis":"GROSS","bound":"EXACT","mw":100}', 'filing', 'HIGH', 'STATED', '2026-01-10', '2026-01-10', NULL, NULL, NULL, 'SEEDS', '2026-02');
INSERT INTO statements (id, subject, subject_kind, property, value, source, confidence, nature, known_from, known_from_latest, said_known_from, withdrawn, note, entered, as_of) VALUES ('0b4f18c9a12d6f92d252eaf0', 'lease', 'PROVIDES_CAPACITY', 'from', '"host"', 'filing', 'HIGH', 'STATED', '2026-01-10', '2026-01-10', NULL, NULL, NULL, 'SEEDS', NULL);
INSERT INTO statements (id, subject, subject_kind, property, value, source, confidence, nature, known_from, known_from_latest, said_known_from, withdrawn, note, entered, as_of) VALUES ('18facdaccd2d242fb7228eaa', 'host', 'Organization', 'name', '"Host Corp"', 'filing', 'HIGH', 'STATED', '2026-01-10', '2026-01-10', NULL, NULL, NULL, 'SEEDS', NULL);
INSERT INTO statements (id, subject, subject_kind, property, value, source, confidence, nature, known_from, known_from_latest, said_known_from, withdrawn, note, entered, as_of) VALUES ('3b65260f7417e793af2f1755', 'lease', 'PROVIDES_CAPACITY', 'announced', '"2026-Q1"', 'filing', 'HIGH', 'STATED', '2026-01-10', '2026-01-10', NULL, NULL, NULL, 'SEEDS', '2026-02');
INSERT INTO statements (id, subject, subject_kind, property, value, source, confidence, nature, known_from, known_from_latest, said_known_from, withdrawn, note, entered, as_of) VALUES ('7df08c6cdd8d0a740f0ea8d6', 'lab', 'Organization', 'kinds', '["AI_LAB"]', 'filing', 'MEDIUM', 'STATED', '2026-01-10', '2026-01-10', NULL, NULL, 'As named', 'SEEDS', NULL);
INSERT INTO statements (id, subject, subject_kind, property, value, source, confidence, nature, known_from, known_from_latest, said_known_from, withdrawn, note, entered, as_of) VALUES ('9404ca3c939d4d95a6865b2a', 'lease', 'PROVIDES_CAPACITY', 'to', '"lab"', 'filing', 'HIGH', 'STATED', '2026-01-10', '2026-01-10', NULL, NULL, NULL, 'SEEDS', NULL);
INSERT INTO statements (id, subject, subject_kind, property, value, source, confidence, nature, known_from, known_from_latest, said_known_from, withdrawn, note, entered, as_of) VALUES ('b8fdac0b05c078c1311b93d3', 'lease', 'PROVIDES_CAPACITY', 'value', '{"amount":1500000000,"bound":"EXACT","currency":"USD"}', 'filing', 'HIGH', 'STATED', '2026-01-10', '2026-01-10', NULL, '2026-11-30', NULL, 'API', '2026-02');
INSERT INTO statements (id, subject, subject_kind, property, value, source, confidence, nature, known_from, known_from_latest, said_known_from, withdrawn, note, entered, as_of) VALUES ('e2d39681855118edc3dcd619', 'lab', 'Organization', 'name', '"Lab"', 'filing', 'MEDIUM', 'STATED', '2026-01-10', '2026-01-10', NULL, NULL, 'As named', 'SEEDS', NULL);
CREATE INDEX statements_by_source ON statements (source);
CREATE INDEX statements_by_subject ON statements (subject);
CREATE TRIGGER journal_keeps_entries BEFORE DELETE ON journal BEGIN SELECT raise(ABORT, 'append only'); END;
CREATE TRIGGER journal_keeps_their_text BEFORE UPDATE ON journal BEGIN SELECT raise(ABORT, 'append only'); END;
COMMIT;
PRAGMA user_version = 4;

-- What happened: the audit chain, the outbox of effects to come, and the answers already given.

CREATE SCHEMA journal;
GRANT USAGE ON SCHEMA journal TO masthead_app;

-- One chain per subject. A row's hash covers every column of it and the hash of the row before, so an edited, missing
-- or moved row shows. Rows hold ids and hashes only, never a name, an address or a text: erasing a person breaks no
-- chain.
CREATE SEQUENCE journal.audit_id AS bigint;
CREATE TABLE journal.audit (
    id bigint NOT NULL,
    subject_kind text COLLATE "C" NOT NULL,
    subject_id bigint NOT NULL,
    seq bigint NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    at timestamptz NOT NULL,
    action text NOT NULL,
    account bigint,
    via text NOT NULL,
    os_user text NOT NULL,
    -- json, not jsonb: it keeps the exact text that was hashed.
    facts json NOT NULL,
    CONSTRAINT audit_pkey PRIMARY KEY (id),
    CONSTRAINT audit_subject_seq_unique UNIQUE (subject_kind, subject_id, seq),
    CONSTRAINT audit_account_fkey FOREIGN KEY (account) REFERENCES access.account (id),
    CONSTRAINT audit_subject_kind_form CHECK (subject_kind ~ '^[a-z]+(_[a-z]+)*$' AND octet_length(subject_kind) <= 50),
    CONSTRAINT audit_seq_positive CHECK (seq > 0),
    CONSTRAINT audit_hash_length CHECK (octet_length(previous) = 32 AND octet_length(hash) = 32),
    CONSTRAINT audit_action_form CHECK (action ~ '^[a-z]+([-_.][a-z]+)*$' AND octet_length(action) <= 100),
    CONSTRAINT audit_at_finite CHECK (isfinite(at)),
    CONSTRAINT audit_via_known CHECK (via IN ('cli', 'web', 'worker', 'importer')),
    CONSTRAINT audit_os_user_length CHECK (octet_length(os_user) <= 256),
    CONSTRAINT audit_facts_object CHECK (json_typeof(facts) = 'object' AND octet_length(facts::text) <= 65536)
);
GRANT SELECT ON journal.audit TO masthead_app;

-- Where each chain stands. Its row is locked while a chain grows: without the lock two transactions that append to one
-- subject at once would both follow the same row.
CREATE TABLE journal.audit_head (
    subject_kind text COLLATE "C" NOT NULL,
    subject_id bigint NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_head_pkey PRIMARY KEY (subject_kind, subject_id),
    CONSTRAINT audit_head_seq_positive CHECK (seq >= 0),
    CONSTRAINT audit_head_hash_length CHECK (octet_length(hash) = 32)
) WITH (fillfactor = 50);
GRANT SELECT ON journal.audit_head TO masthead_app;

-- The bytes that are hashed, version 1. Texts are UTF-8 behind their length, so that no two rows share an encoding;
-- numbers are big-endian, instants are microseconds since 1970 in UTC, and no account is 0. `audit verify` builds the
-- same bytes in Swift, from the row as it is read back.
CREATE FUNCTION journal.audit_bytes(
    id bigint, subject_kind text, subject_id bigint, seq bigint, previous bytea, at timestamptz, action text,
    account bigint, via text, os_user text, facts text
) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT convert_to('masthead audit 1', 'UTF8') || int8send(id)
        || int4send(octet_length(convert_to(subject_kind, 'UTF8'))) || convert_to(subject_kind, 'UTF8')
        || int8send(subject_id) || int8send(seq) || previous
        || int8send((extract(epoch FROM at) * 1000000)::bigint)
        || int4send(octet_length(convert_to(action, 'UTF8'))) || convert_to(action, 'UTF8')
        || int8send(coalesce(account, 0))
        || int4send(octet_length(convert_to(via, 'UTF8'))) || convert_to(via, 'UTF8')
        || int4send(octet_length(convert_to(os_user, 'UTF8'))) || convert_to(os_user, 'UTF8')
        || int4send(octet_length(convert_to(facts, 'UTF8'))) || convert_to(facts, 'UTF8')
$$;
REVOKE ALL ON FUNCTION journal.audit_bytes(
    bigint, text, bigint, bigint, bytea, timestamptz, text, bigint, text, text, text) FROM PUBLIC;

-- Appends to a subject's chain and returns the row's number in it. The only way in: the app role writes neither the
-- rows nor the heads itself.
CREATE FUNCTION journal.append(
    subject_kind text, subject_id bigint, action text, account bigint, via text, os_user text, facts jsonb
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head journal.audit_head%ROWTYPE;
    row_id bigint;
    row_at timestamptz;
    row_hash bytea;
BEGIN
    SELECT h.* INTO head FROM journal.audit_head AS h
        WHERE h.subject_kind = append.subject_kind AND h.subject_id = append.subject_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO journal.audit_head (subject_kind, subject_id, seq, hash)
            VALUES (append.subject_kind, append.subject_id, 0, decode(repeat('00', 32), 'hex'))
            ON CONFLICT ON CONSTRAINT audit_head_pkey DO NOTHING;
        SELECT h.* INTO STRICT head FROM journal.audit_head AS h
            WHERE h.subject_kind = append.subject_kind AND h.subject_id = append.subject_id FOR UPDATE;
    END IF;
    row_id := nextval('journal.audit_id');
    row_at := clock_timestamp();
    row_hash := sha256(journal.audit_bytes(
        row_id, head.subject_kind, head.subject_id, head.seq + 1, head.hash, row_at, append.action, append.account,
        append.via, append.os_user, append.facts::text));
    INSERT INTO journal.audit (
        id, subject_kind, subject_id, seq, previous, hash, at, action, account, via, os_user, facts
    ) VALUES (
        row_id, head.subject_kind, head.subject_id, head.seq + 1, head.hash, row_hash, row_at, append.action,
        append.account, append.via, append.os_user, append.facts::text::json);
    UPDATE journal.audit_head AS h SET seq = head.seq + 1, hash = row_hash
        WHERE h.subject_kind = head.subject_kind AND h.subject_id = head.subject_id;
    RETURN head.seq + 1;
END
$$;
REVOKE ALL ON FUNCTION journal.append(text, bigint, text, bigint, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journal.append(text, bigint, text, bigint, text, text, jsonb) TO masthead_app;

-- Effects to come (mail, webhooks), written with the change that causes them. A worker does them later: `sending` with
-- the worker's name, the effect, then how it ended.
CREATE TABLE journal.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY,
    type text NOT NULL,
    version integer NOT NULL,
    subject_kind text COLLATE "C" NOT NULL,
    subject_id bigint NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'pending',
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    worker text,
    last_error text,
    finished_at timestamptz,
    CONSTRAINT outbox_pkey PRIMARY KEY (id),
    CONSTRAINT outbox_type_form CHECK (type ~ '^[a-z]+([-_.][a-z]+)*$' AND octet_length(type) <= 100),
    CONSTRAINT outbox_version_positive CHECK (version > 0),
    CONSTRAINT outbox_state_known CHECK (state IN ('pending', 'sending', 'done', 'failed', 'unknown')),
    CONSTRAINT outbox_attempts_positive CHECK (attempts >= 0),
    CONSTRAINT outbox_worker_while_sending CHECK (state <> 'sending' OR worker IS NOT NULL),
    CONSTRAINT outbox_finished_when_done CHECK ((state IN ('done', 'failed')) = (finished_at IS NOT NULL))
);
CREATE INDEX outbox_due ON journal.outbox (due_at, id) WHERE state IN ('pending', 'sending');
GRANT SELECT ON journal.outbox TO masthead_app;
GRANT INSERT (type, version, subject_kind, subject_id, payload, due_at) ON journal.outbox TO masthead_app;
GRANT UPDATE (state, attempts, due_at, worker, last_error, finished_at) ON journal.outbox TO masthead_app;

-- Answers already given: the same key with the same request gets the first answer again, with another request it is
-- refused. A row is written with its answer, never before it.
CREATE TABLE journal.idempotency_key (
    id bigint GENERATED ALWAYS AS IDENTITY,
    -- Whose key it is; NULL for callers that aren't accounts.
    account bigint,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    response bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT idempotency_key_pkey PRIMARY KEY (id),
    CONSTRAINT idempotency_key_unique UNIQUE NULLS NOT DISTINCT (account, key),
    CONSTRAINT idempotency_key_account_fkey FOREIGN KEY (account) REFERENCES access.account (id),
    CONSTRAINT idempotency_key_form CHECK (octet_length(key) BETWEEN 1 AND 255),
    CONSTRAINT idempotency_key_request_hash_length CHECK (octet_length(request_hash) = 32)
);
GRANT SELECT, INSERT ON journal.idempotency_key TO masthead_app;

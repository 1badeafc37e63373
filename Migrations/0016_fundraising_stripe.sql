-- Stripe: what it told us, byte for byte, and what came of it.
--
-- An event is stored and committed before it is answered, and applied in a transaction of its own. Events come late,
-- twice, and in any order. Three things make every order end the same: an event first claims all the external ids it
-- names, in one order, and locks them; money is known by its own identity and not by its event; and an event whose gift
-- isn't known yet waits under the names it waits for.

CREATE TABLE fundraising.webhook_inbox (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT webhook_inbox_pkey PRIMARY KEY,
    processor text COLLATE "C" NOT NULL CONSTRAINT webhook_inbox_processor CHECK (processor <> ''),
    -- Our name for the address it came to; each has a secret of its own.
    endpoint text COLLATE "C" NOT NULL CONSTRAINT webhook_inbox_endpoint CHECK (endpoint <> ''),
    -- The processor's; of a body that can't be read, 'sha256:' and its hash.
    event_id text COLLATE "C" NOT NULL CONSTRAINT webhook_inbox_event CHECK (
        event_id <> '' AND octet_length(event_id) <= 255),
    type text COLLATE "C" NOT NULL,
    live boolean NOT NULL,
    -- When it happened, as the processor says.
    occurred_at timestamptz,
    body bytea NOT NULL CONSTRAINT webhook_inbox_size CHECK (octet_length(body) <= 1024 * 1024),
    sha256 bytea NOT NULL,
    -- When what names a person in the body was blotted out; the hash stays that of what came.
    redacted_at timestamptz,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'new' CONSTRAINT webhook_inbox_state CHECK (
        state IN ('new', 'applied', 'ignored', 'parked', 'dead')),
    -- Why it waits, is ignored or dead.
    reason text,
    attempts integer NOT NULL DEFAULT 0,
    settled_at timestamptz,
    CONSTRAINT webhook_inbox_event_key UNIQUE (processor, endpoint, event_id),
    CONSTRAINT webhook_inbox_hash CHECK (redacted_at IS NOT NULL OR sha256 = sha256(body))
);
CREATE INDEX webhook_inbox_open ON fundraising.webhook_inbox (id) WHERE state = 'new';
CREATE INDEX webhook_inbox_unsettled ON fundraising.webhook_inbox (state, id) WHERE state IN ('parked', 'dead');
GRANT SELECT, INSERT, UPDATE (state, reason, attempts, settled_at) ON fundraising.webhook_inbox TO masthead_app;

-- Another body under an event id that is there already: the first counts, and somebody has to look.
CREATE TABLE fundraising.webhook_conflict (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT webhook_conflict_pkey PRIMARY KEY,
    inbox_id bigint NOT NULL CONSTRAINT webhook_conflict_inbox_fkey REFERENCES fundraising.webhook_inbox,
    body bytea NOT NULL,
    sha256 bytea GENERATED ALWAYS AS (sha256(body)) STORED,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT webhook_conflict_once UNIQUE (inbox_id, sha256)
);
GRANT SELECT, INSERT ON fundraising.webhook_conflict TO masthead_app;

-- What a parked event waits for. Whoever settles that name wakes it.
CREATE TABLE fundraising.webhook_wait (
    inbox_id bigint NOT NULL CONSTRAINT webhook_wait_inbox_fkey REFERENCES fundraising.webhook_inbox,
    external_id text COLLATE "C" NOT NULL,
    CONSTRAINT webhook_wait_pkey PRIMARY KEY (inbox_id, external_id)
);
CREATE INDEX webhook_wait_name ON fundraising.webhook_wait (external_id);
GRANT SELECT, INSERT, DELETE ON fundraising.webhook_wait TO masthead_app;

-- A promise to give again and again. The n-th date is reckoned from the anchor, which never changes.
CREATE TABLE fundraising.plan (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT plan_pkey PRIMARY KEY,
    donor_id bigint CONSTRAINT plan_donor_fkey REFERENCES fundraising.donor,
    currency fundraising.currency_code NOT NULL,
    anchor timestamptz NOT NULL,
    live boolean NOT NULL,
    source text COLLATE "C" NOT NULL CONSTRAINT plan_source CHECK (source <> ''),
    external_id text COLLATE "C" NOT NULL CONSTRAINT plan_external_id CHECK (external_id <> ''),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT plan_source_key UNIQUE (source, external_id)
);
CREATE INDEX plan_donor ON fundraising.plan (donor_id);
GRANT SELECT, INSERT, UPDATE (donor_id) ON fundraising.plan TO masthead_app;

-- How a plan stood when something was said of it, in the order of happening: what changed is read off two neighbours, so
-- that it doesn't matter in which order they came in.
CREATE TABLE fundraising.plan_state (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT plan_state_pkey PRIMARY KEY,
    plan_id bigint NOT NULL CONSTRAINT plan_state_plan_fkey REFERENCES fundraising.plan,
    occurred_at timestamptz NOT NULL,
    -- Of one second the higher comes later: an end after a change after a beginning.
    rank smallint NOT NULL,
    standing text NOT NULL CONSTRAINT plan_state_standing CHECK (
        standing IN ('pending', 'active', 'paused', 'overdue', 'cancelled', 'ended')),
    amount_minor bigint NOT NULL CONSTRAINT plan_state_amount CHECK (amount_minor >= 0),
    unit text NOT NULL CONSTRAINT plan_state_unit CHECK (unit IN ('day', 'week', 'month', 'year')),
    every integer NOT NULL CONSTRAINT plan_state_every CHECK (every BETWEEN 1 AND 1000),
    -- Of a cancelled plan: whether the donor wanted it, or the card failed.
    voluntary boolean,
    source text COLLATE "C" NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT plan_state_once UNIQUE (plan_id, source, external_id)
);
GRANT SELECT, INSERT ON fundraising.plan_state TO masthead_app;

-- An asking for one instalment: which of a plan's dates it was for, and what became of it.
CREATE TABLE fundraising.instalment (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT instalment_pkey PRIMARY KEY,
    plan_id bigint CONSTRAINT instalment_plan_fkey REFERENCES fundraising.plan,
    processor text COLLATE "C" NOT NULL,
    -- The invoice, and the subscription it was made for.
    external_id text COLLATE "C" NOT NULL,
    subscription text COLLATE "C",
    due_at timestamptz NOT NULL,
    gift_id bigint CONSTRAINT instalment_gift_fkey REFERENCES fundraising.gift,
    failed_at timestamptz,
    paid_at timestamptz,
    CONSTRAINT instalment_once UNIQUE (processor, external_id)
);
CREATE INDEX instalment_plan ON fundraising.instalment (plan_id, due_at);
CREATE INDEX instalment_unclaimed ON fundraising.instalment (subscription) WHERE plan_id IS NULL;
CREATE INDEX instalment_gift ON fundraising.instalment (gift_id);
GRANT SELECT, INSERT, UPDATE (plan_id, gift_id, subscription, failed_at, paid_at) ON fundraising.instalment TO masthead_app;

-- Every external id that was ever named, and what it stands for once that is known.
CREATE TABLE fundraising.processor_ref (
    processor text COLLATE "C" NOT NULL,
    live boolean NOT NULL,
    external_id text COLLATE "C" NOT NULL CONSTRAINT processor_ref_id CHECK (
        external_id <> '' AND octet_length(external_id) <= 255),
    gift_id bigint CONSTRAINT processor_ref_gift_fkey REFERENCES fundraising.gift,
    plan_id bigint CONSTRAINT processor_ref_plan_fkey REFERENCES fundraising.plan,
    donor_id bigint CONSTRAINT processor_ref_donor_fkey REFERENCES fundraising.donor,
    CONSTRAINT processor_ref_pkey PRIMARY KEY (processor, live, external_id)
);
CREATE INDEX processor_ref_gift ON fundraising.processor_ref (gift_id) WHERE gift_id IS NOT NULL;
GRANT SELECT, INSERT, UPDATE (gift_id, plan_id, donor_id) ON fundraising.processor_ref TO masthead_app;

-- A name that stands for something goes on standing for it.
CREATE FUNCTION fundraising.ref_keeps() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.gift_id <> NEW.gift_id OR OLD.plan_id <> NEW.plan_id OR OLD.donor_id <> NEW.donor_id
       OR num_nulls(NEW.gift_id, NEW.plan_id, NEW.donor_id) > num_nulls(OLD.gift_id, OLD.plan_id, OLD.donor_id) THEN
        RAISE EXCEPTION '% stands for something else already', OLD.external_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'processor_ref_keeps';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.ref_keeps() FROM PUBLIC;
CREATE TRIGGER ref_keeps BEFORE UPDATE ON fundraising.processor_ref FOR EACH ROW EXECUTE FUNCTION fundraising.ref_keeps();

-- Where a dispute stands. Its money is entries.
CREATE TABLE fundraising.dispute (
    processor text COLLATE "C" NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    gift_id bigint NOT NULL CONSTRAINT dispute_gift_fkey REFERENCES fundraising.gift,
    amount_minor bigint NOT NULL CONSTRAINT dispute_amount CHECK (amount_minor > 0),
    currency fundraising.currency_code NOT NULL,
    status text NOT NULL,
    -- The further the later: an end is never overwritten by what came before it.
    rank smallint NOT NULL,
    reason text,
    due_at timestamptz,
    opened_at timestamptz NOT NULL,
    CONSTRAINT dispute_pkey PRIMARY KEY (processor, external_id)
);
CREATE INDEX dispute_gift ON fundraising.dispute (gift_id);
GRANT SELECT, INSERT, UPDATE (status, rank, reason, due_at) ON fundraising.dispute TO masthead_app;

-- Money on its way from the processor to the bank.
CREATE TABLE fundraising.payout (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT payout_pkey PRIMARY KEY,
    processor text COLLATE "C" NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    live boolean NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT payout_amount CHECK (amount_minor <> 0),
    currency fundraising.currency_code NOT NULL,
    arrives_on date NOT NULL,
    status text NOT NULL CONSTRAINT payout_status CHECK (status IN ('paid', 'failed')),
    CONSTRAINT payout_once UNIQUE (processor, external_id)
);
GRANT SELECT, INSERT, UPDATE (status) ON fundraising.payout TO masthead_app;

-- Which event an entry came from.
ALTER TABLE fundraising.entry ADD COLUMN inbox_id bigint CONSTRAINT entry_inbox_fkey REFERENCES fundraising.webhook_inbox;
CREATE INDEX entry_inbox ON fundraising.entry (inbox_id) WHERE inbox_id IS NOT NULL;

-- Who gave may be learnt after the money came; once known it stands, and a mistake is mended by merging donors.
GRANT UPDATE (donor_id) ON fundraising.gift TO masthead_app;
CREATE FUNCTION fundraising.gift_donor_once() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.donor_id IS NOT NULL AND NEW.donor_id IS DISTINCT FROM OLD.donor_id THEN
        RAISE EXCEPTION 'gift % has a donor already', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'gift_donor_once';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.gift_donor_once() FROM PUBLIC;
CREATE TRIGGER gift_donor_once BEFORE UPDATE OF donor_id ON fundraising.gift FOR EACH ROW
    EXECUTE FUNCTION fundraising.gift_donor_once();

INSERT INTO access.role_permission (role, permission)
SELECT roles.role, given.permission
FROM (VALUES
    ('event.read', 'development finance auditor'),
    ('event.handle', 'development finance')
) AS given (permission, roles), regexp_split_to_table(given.roles, ' ') AS roles (role);

-- Who a donor is now. Reports count by it, so that two records of one person are one giver once they are merged.
CREATE VIEW fundraising.giver AS SELECT d.id AS donor_id, d.id AS survivor_id FROM fundraising.donor d;
GRANT SELECT ON fundraising.giver TO masthead_app;

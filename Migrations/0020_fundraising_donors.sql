-- Who the donors are: where they live, that two records are one person, what may be said of them, and forgetting them.
--
-- Nothing here is money. A gift keeps the donor it was recorded with; who that is today is read through a view.

-- When everything that names this donor was removed.
ALTER TABLE fundraising.donor ADD COLUMN erased_at timestamptz;
-- Somebody known by address alone can have died, or want no mail.
ALTER TABLE fundraising.donor_identity ALTER COLUMN name DROP NOT NULL;
ALTER TABLE fundraising.donor_identity
    ADD CONSTRAINT donor_identity_lengths CHECK (
        octet_length(salutation) <= 1000 AND octet_length(spouse) <= 1000 AND octet_length(notes) <= 4000);

-- Everything in these three names somebody, and so can be removed.
CREATE TABLE fundraising.donor_address (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT donor_address_pkey PRIMARY KEY,
    donor_id bigint NOT NULL CONSTRAINT donor_address_donor_fkey REFERENCES fundraising.donor,
    -- Street and whatever stands above the town, line by line.
    street text NOT NULL CONSTRAINT donor_address_street CHECK (street <> '' AND octet_length(street) <= 1000),
    city text NOT NULL CONSTRAINT donor_address_city CHECK (city <> '' AND octet_length(city) <= 1000),
    region text CONSTRAINT donor_address_region CHECK (region <> '' AND octet_length(region) <= 1000),
    postcode text CONSTRAINT donor_address_postcode CHECK (postcode <> '' AND octet_length(postcode) <= 50),
    country char(2) NOT NULL CONSTRAINT donor_address_country CHECK (country ~ '^[A-Z]{2}$'),
    -- The first day it is right, and the first day it no longer is.
    starts date NOT NULL,
    ends date,
    added_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT donor_address_dates CHECK (starts <= ends)
);
CREATE INDEX donor_address_donor ON fundraising.donor_address (donor_id);
CREATE TABLE fundraising.donor_phone (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT donor_phone_pkey PRIMARY KEY,
    donor_id bigint NOT NULL CONSTRAINT donor_phone_donor_fkey REFERENCES fundraising.donor,
    text text NOT NULL CONSTRAINT donor_phone_text CHECK (text <> '' AND octet_length(text) <= 100),
    added_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT donor_phone_once UNIQUE (donor_id, text)
);
-- Whom to speak to at a foundation or a company.
CREATE TABLE fundraising.donor_contact (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT donor_contact_pkey PRIMARY KEY,
    donor_id bigint NOT NULL CONSTRAINT donor_contact_donor_fkey REFERENCES fundraising.donor,
    name text NOT NULL CONSTRAINT donor_contact_name CHECK (name <> '' AND octet_length(name) <= 1000),
    role text CONSTRAINT donor_contact_role CHECK (role <> '' AND octet_length(role) <= 1000),
    email text CONSTRAINT donor_contact_email CHECK (email <> '' AND octet_length(email) <= 320),
    phone text CONSTRAINT donor_contact_phone CHECK (phone <> '' AND octet_length(phone) <= 100),
    added_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX donor_contact_donor ON fundraising.donor_contact (donor_id);
GRANT SELECT, INSERT, DELETE, UPDATE (ends) ON fundraising.donor_address TO masthead_app;
GRANT SELECT, INSERT, DELETE ON fundraising.donor_phone, fundraising.donor_contact TO masthead_app;

-- That one record is another's person. Nothing is moved, so taking it back leaves no trace in the books.
CREATE TABLE fundraising.donor_merge (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT donor_merge_pkey PRIMARY KEY,
    absorbed_id bigint NOT NULL CONSTRAINT donor_merge_absorbed_fkey REFERENCES fundraising.donor,
    survivor_id bigint NOT NULL CONSTRAINT donor_merge_survivor_fkey REFERENCES fundraising.donor,
    -- NULL once it was erased.
    reason text CONSTRAINT donor_merge_reason CHECK (reason <> '' AND octet_length(reason) <= 4000),
    merged_at timestamptz NOT NULL DEFAULT now(),
    merged_by bigint NOT NULL CONSTRAINT donor_merge_merged_by_fkey REFERENCES access.account,
    undone_at timestamptz,
    undone_by bigint CONSTRAINT donor_merge_undone_by_fkey REFERENCES access.account,
    CONSTRAINT donor_merge_two CHECK (absorbed_id <> survivor_id),
    CONSTRAINT donor_merge_undone CHECK ((undone_at IS NULL) = (undone_by IS NULL))
);
CREATE UNIQUE INDEX donor_merge_absorbed_once ON fundraising.donor_merge (absorbed_id) WHERE undone_at IS NULL;
CREATE INDEX donor_merge_survivor ON fundraising.donor_merge (survivor_id) WHERE undone_at IS NULL;
GRANT SELECT, INSERT (absorbed_id, survivor_id, reason, merged_by), UPDATE (undone_at, undone_by)
    ON fundraising.donor_merge TO masthead_app;

-- A chain of merges ends at somebody; two at once can't close a circle behind each other's back.
CREATE FUNCTION fundraising.merge_rules() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.undone_at IS NOT NULL AND OLD.undone_at IS DISTINCT FROM NEW.undone_at THEN
            RAISE EXCEPTION 'merge % is undone', OLD.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'donor_merge_undone_once';
        END IF;
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(4000000000003);
    IF EXISTS (
        WITH RECURSIVE up (id) AS (
            SELECT NEW.survivor_id
            UNION SELECT m.survivor_id FROM up JOIN fundraising.donor_merge m
            ON m.absorbed_id = up.id AND m.undone_at IS NULL)
        SELECT FROM up WHERE up.id = NEW.absorbed_id) THEN
        RAISE EXCEPTION 'donor % is what donor % became', NEW.absorbed_id, NEW.survivor_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'donor_merge_no_circle';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.merge_rules() FROM PUBLIC;
CREATE TRIGGER merge_rules BEFORE INSERT OR UPDATE ON fundraising.donor_merge
    FOR EACH ROW EXECUTE FUNCTION fundraising.merge_rules();

-- Those who are part of somebody else, and whom in the end.
CREATE VIEW fundraising.absorbed AS
WITH RECURSIVE chain (donor_id, survivor_id) AS (
    SELECT m.absorbed_id, m.survivor_id FROM fundraising.donor_merge m WHERE m.undone_at IS NULL
    UNION ALL
    SELECT c.donor_id, m.survivor_id FROM chain c
    JOIN fundraising.donor_merge m ON m.absorbed_id = c.survivor_id AND m.undone_at IS NULL)
SELECT c.donor_id, c.survivor_id FROM chain c WHERE NOT EXISTS (
    SELECT FROM fundraising.donor_merge m WHERE m.absorbed_id = c.survivor_id AND m.undone_at IS NULL);
GRANT SELECT ON fundraising.absorbed TO masthead_app;

CREATE OR REPLACE VIEW fundraising.giver AS
SELECT d.id AS donor_id, coalesce(a.survivor_id, d.id) AS survivor_id
FROM fundraising.donor d LEFT JOIN fundraising.absorbed a ON a.donor_id = d.id;

-- What donors agree to when they let themselves be named, by version; a version never changes.
CREATE TABLE fundraising.naming_policy (
    version text COLLATE "C" CONSTRAINT naming_policy_pkey PRIMARY KEY
        CONSTRAINT naming_policy_version CHECK (version ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$'),
    text text NOT NULL CONSTRAINT naming_policy_text CHECK (text <> '' AND octet_length(text) <= 20000),
    -- Whoever accepts it with a gift of this much and more is named.
    threshold_minor bigint NOT NULL CONSTRAINT naming_policy_threshold CHECK (threshold_minor > 0),
    currency fundraising.currency_code NOT NULL,
    adopted_at timestamptz NOT NULL DEFAULT now(),
    adopted_by bigint NOT NULL CONSTRAINT naming_policy_adopted_by_fkey REFERENCES access.account
);
GRANT SELECT, INSERT ON fundraising.naming_policy TO masthead_app;
ALTER TABLE fundraising.gift ADD COLUMN naming_policy text COLLATE "C"
    CONSTRAINT gift_naming_policy_fkey REFERENCES fundraising.naming_policy;

-- What a donor said about being named; the last word counts.
CREATE TABLE fundraising.donor_consent (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT donor_consent_pkey PRIMARY KEY,
    donor_id bigint NOT NULL CONSTRAINT donor_consent_donor_fkey REFERENCES fundraising.donor,
    policy text COLLATE "C" NOT NULL CONSTRAINT donor_consent_policy_fkey REFERENCES fundraising.naming_policy,
    -- NULL: not to be named; also once it was erased.
    public_name text CONSTRAINT donor_consent_name CHECK (public_name <> '' AND octet_length(public_name) <= 1000),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by bigint NOT NULL CONSTRAINT donor_consent_recorded_by_fkey REFERENCES access.account
);
CREATE INDEX donor_consent_donor ON fundraising.donor_consent (donor_id);
GRANT SELECT, INSERT (donor_id, policy, public_name, recorded_by) ON fundraising.donor_consent TO masthead_app;

-- The names that may be shown: of somebody who gave something openly, by his own last word, or, where he said nothing,
-- by the policy he accepted with an open gift that reaches its threshold.
CREATE VIEW fundraising.public_name AS
SELECT w.survivor_id, coalesce(s.public_name, i.name) AS name,
       CASE WHEN s.public_name IS NULL THEN 'policy' ELSE 'consent' END AS basis,
       coalesce(s.policy, w.policy) AS policy
FROM (SELECT v.survivor_id, min(p.version) FILTER (
          WHERE m.net_minor >= p.threshold_minor AND p.currency = g.currency) AS policy
      FROM fundraising.gift g JOIN fundraising.giver v ON v.donor_id = g.donor_id
      JOIN fundraising.gift_money m ON m.gift_id = g.id
      LEFT JOIN fundraising.naming_policy p ON p.version = g.naming_policy
      WHERE g.live AND NOT g.anonymous AND m.net_minor > 0 GROUP BY v.survivor_id) w
LEFT JOIN (SELECT DISTINCT ON (v.survivor_id) v.survivor_id, c.public_name, c.policy, true AS spoke
           FROM fundraising.donor_consent c JOIN fundraising.giver v ON v.donor_id = c.donor_id
           ORDER BY v.survivor_id, c.id DESC) s ON s.survivor_id = w.survivor_id
LEFT JOIN fundraising.donor_identity i ON i.donor_id = w.survivor_id
WHERE s.public_name IS NOT NULL OR (s.spoke IS NULL AND w.policy IS NOT NULL AND i.name IS NOT NULL);
GRANT SELECT ON fundraising.public_name TO masthead_app;

-- Who had a part in a gift without giving it: counts in the reports of donors, never in money.
CREATE TABLE fundraising.soft_credit (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT soft_credit_pkey PRIMARY KEY,
    gift_id bigint NOT NULL CONSTRAINT soft_credit_gift_fkey REFERENCES fundraising.gift,
    donor_id bigint NOT NULL CONSTRAINT soft_credit_donor_fkey REFERENCES fundraising.donor,
    role text NOT NULL CONSTRAINT soft_credit_role CHECK (role IN ('advisor', 'spouse', 'employer', 'honoree')),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by bigint NOT NULL CONSTRAINT soft_credit_recorded_by_fkey REFERENCES access.account,
    CONSTRAINT soft_credit_once UNIQUE (gift_id, donor_id, role)
);
CREATE INDEX soft_credit_donor ON fundraising.soft_credit (donor_id);
GRANT SELECT, INSERT, DELETE ON fundraising.soft_credit TO masthead_app;

-- For which gifts somebody has thanked.
CREATE TABLE fundraising.thanks (
    gift_id bigint CONSTRAINT thanks_pkey PRIMARY KEY CONSTRAINT thanks_gift_fkey REFERENCES fundraising.gift,
    thanked_at timestamptz NOT NULL DEFAULT now(),
    thanked_by bigint NOT NULL CONSTRAINT thanks_thanked_by_fkey REFERENCES access.account
);
GRANT SELECT, INSERT ON fundraising.thanks TO masthead_app;

-- What is left of an event when what names a person is blotted out: by key, what the books are made from (ids,
-- amounts, currencies, times, states), and of texts only what has the form of an id.
CREATE FUNCTION fundraising.redacted(value jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE jsonb_typeof(value)
    WHEN 'object' THEN
        RETURN (SELECT coalesce(jsonb_object_agg(f.key, r.left), '{}')
                FROM jsonb_each(value) f CROSS JOIN LATERAL (SELECT fundraising.redacted(f.value) AS left) r
                WHERE r.left IS NOT NULL AND f.key IN (
                    'id', 'object', 'type', 'created', 'livemode', 'data', 'api_version',
                    'amount', 'amount_captured', 'amount_received', 'amount_refunded', 'amount_total', 'amount_paid',
                    'currency', 'fee', 'net', 'quantity', 'unit_amount', 'interval', 'interval_count', 'recurring',
                    'price', 'plan', 'items', 'lines', 'period', 'start', 'end', 'billing_cycle_anchor',
                    'payment_intent', 'charge', 'charges', 'latest_charge', 'invoice', 'customer', 'subscription',
                    'payments', 'payment', 'parent', 'subscription_details', 'balance_transaction',
                    'balance_transactions', 'payment_method_details', 'payment_method_types', 'payment_status', 'paid',
                    'status', 'mode', 'reason', 'arrival_date', 'cancellation_details', 'pause_collection',
                    'evidence_details', 'due_by', 'metadata', 'campaign', 'appeal', 'article', 'anonymous',
                    'fee_cover'));
    WHEN 'array' THEN
        RETURN (SELECT coalesce(jsonb_agg(r.left ORDER BY f.place), '[]')
                FROM jsonb_array_elements(value) WITH ORDINALITY AS f (value, place)
                CROSS JOIN LATERAL (SELECT fundraising.redacted(f.value) AS left) r WHERE r.left IS NOT NULL);
    WHEN 'string' THEN
        RETURN CASE WHEN value #>> '{}' ~ '^[A-Za-z0-9_.:-]{1,255}$' THEN value END;
    ELSE RETURN value;
    END CASE;
END $$;
REVOKE ALL ON FUNCTION fundraising.redacted(jsonb) FROM PUBLIC;

CREATE FUNCTION fundraising.redacted_body(body bytea) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN convert_to(fundraising.redacted(convert_from(body, 'UTF8')::jsonb)::text, 'UTF8');
EXCEPTION WHEN data_exception OR invalid_text_representation OR untranslatable_character THEN
    -- What can't be read can't be known to name nobody.
    RETURN '{}';
END $$;
REVOKE ALL ON FUNCTION fundraising.redacted_body(bytea) FROM PUBLIC;

-- Removes everything that names a donor and whoever was merged with him; money, dates and numbers stay. The app may
-- do this only as a whole.
CREATE FUNCTION fundraising.forget_donor(donor bigint) RETURNS TABLE (donors bigint, gifts bigint, events bigint)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who bigint[];
    theirs bigint[];
    names text[];
    addresses text[];
BEGIN
    SELECT array_agg(v.donor_id ORDER BY v.donor_id) INTO who FROM fundraising.giver v
    WHERE v.survivor_id = (SELECT o.survivor_id FROM fundraising.giver o WHERE o.donor_id = forget_donor.donor);
    IF who IS NULL THEN
        RAISE EXCEPTION 'there is no donor %', forget_donor.donor USING ERRCODE = 'no_data_found';
    END IF;
    SELECT coalesce(array_agg(g.id ORDER BY g.id), '{}') INTO theirs FROM fundraising.gift g WHERE g.donor_id = ANY (who);
    SELECT coalesce(array_agg(e.folded), '{}') INTO addresses FROM fundraising.donor_email e WHERE e.donor_id = ANY (who);
    SELECT coalesce(array_agg('"' || r.external_id || '"'), '{}') INTO names FROM fundraising.processor_ref r
    WHERE r.donor_id = ANY (who) OR r.gift_id = ANY (theirs)
       OR r.plan_id IN (SELECT p.id FROM fundraising.plan p WHERE p.donor_id = ANY (who));

    UPDATE fundraising.webhook_inbox i SET body = fundraising.redacted_body(i.body), redacted_at = now()
    WHERE i.redacted_at IS NULL AND (
        i.id IN (SELECT e.inbox_id FROM fundraising.entry e WHERE e.gift_id = ANY (theirs) AND e.inbox_id IS NOT NULL)
        OR EXISTS (SELECT FROM unnest(names) AS n (name) WHERE position(convert_to(n.name, 'UTF8') IN i.body) > 0)
        OR EXISTS (SELECT FROM unnest(addresses) AS a (folded)
                   WHERE position(a.folded IN lower(encode(i.body, 'escape'))) > 0));
    GET DIAGNOSTICS events = ROW_COUNT;
    -- Another body under a known event's id: that there was one stays, with its hash.
    UPDATE fundraising.webhook_conflict c
    SET body = convert_to(jsonb_build_object('redacted', encode(c.sha256, 'hex'))::text, 'UTF8')
    WHERE c.inbox_id IN (SELECT i.id FROM fundraising.webhook_inbox i WHERE i.redacted_at IS NOT NULL)
       OR EXISTS (SELECT FROM unnest(names) AS n (name) WHERE position(convert_to(n.name, 'UTF8') IN c.body) > 0)
       OR EXISTS (SELECT FROM unnest(addresses) AS a (folded)
                  WHERE position(a.folded IN lower(encode(c.body, 'escape'))) > 0);

    -- Of the rows of files what the books are made from.
    UPDATE fundraising.import_row r SET fields = ARRAY(
        SELECT CASE WHEN f.columns[x.place] IN (
            'external_id', 'given_at', 'amount', 'currency', 'method', 'campaign', 'appeal', 'article',
            'refunded_amount', 'refunded_at') THEN x.value END
        FROM unnest(r.fields) WITH ORDINALITY AS x (value, place) ORDER BY x.place)
    FROM fundraising.import_file f WHERE f.id = r.import_file_id AND EXISTS (
        SELECT FROM fundraising.entry e WHERE e.gift_id = ANY (theirs)
        AND e.import_file_id = r.import_file_id AND e.import_line = r.line);

    UPDATE fundraising.gift g SET note = NULL, tribute = NULL, description = NULL WHERE g.id = ANY (theirs)
        AND num_nonnulls(g.note, g.tribute, g.description) > 0;
    UPDATE fundraising.manual_refund r SET reason = NULL WHERE r.gift_id = ANY (theirs);
    UPDATE fundraising.declined_gift x SET reason = NULL, returned = NULL WHERE x.donor_id = ANY (who);
    UPDATE fundraising.donor_merge m SET reason = NULL WHERE m.absorbed_id = ANY (who) OR m.survivor_id = ANY (who);
    UPDATE fundraising.donor_consent c SET public_name = NULL WHERE c.donor_id = ANY (who);
    DELETE FROM fundraising.donor_identity i WHERE i.donor_id = ANY (who);
    DELETE FROM fundraising.donor_email e WHERE e.donor_id = ANY (who);
    DELETE FROM fundraising.donor_address a WHERE a.donor_id = ANY (who);
    DELETE FROM fundraising.donor_phone p WHERE p.donor_id = ANY (who);
    DELETE FROM fundraising.donor_contact c WHERE c.donor_id = ANY (who);
    -- What a receipt says of him is its own migration's to know.
    IF to_regprocedure('fundraising.forget_receipts(bigint[])') IS NOT NULL THEN
        EXECUTE 'SELECT fundraising.forget_receipts($1)' USING who;
    END IF;
    UPDATE fundraising.donor d SET erased_at = now() WHERE d.id = ANY (who) AND d.erased_at IS NULL;
    donors := cardinality(who);
    gifts := cardinality(theirs);
    RETURN NEXT;
END $$;
REVOKE ALL ON FUNCTION fundraising.forget_donor(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fundraising.forget_donor(bigint) TO masthead_app;

-- Why, in words that name nobody.
CREATE TABLE fundraising.donor_erasure (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT donor_erasure_pkey PRIMARY KEY,
    donor_id bigint NOT NULL CONSTRAINT donor_erasure_donor_fkey REFERENCES fundraising.donor,
    reason text NOT NULL CONSTRAINT donor_erasure_reason CHECK (reason <> '' AND octet_length(reason) <= 4000),
    erased_at timestamptz NOT NULL DEFAULT now(),
    erased_by bigint NOT NULL CONSTRAINT donor_erasure_erased_by_fkey REFERENCES access.account
);
GRANT SELECT, INSERT ON fundraising.donor_erasure TO masthead_app;

INSERT INTO access.role_permission (role, permission) VALUES ('development', 'donor.erase');

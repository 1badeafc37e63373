-- Receipts and statements: what we told donors about their gifts, for their tax returns.
--
-- What was said stands: numbers and snapshots are only ever added, by the functions below. The app role can't write the
-- tables itself, so that it can neither choose a number, nor skip one, nor state another amount than the books hold.

-- Where the numbers of a series stand in a year. Whoever takes one holds the row until he commits, so that a number
-- that was taken is there, and one that wasn't is the next to be taken.
CREATE TABLE fundraising.receipt_series (
    series text COLLATE "C" NOT NULL CONSTRAINT receipt_series_form CHECK (series ~ '^[A-Z][A-Z0-9]{0,9}$'),
    -- The tax year of the gifts.
    year integer NOT NULL CONSTRAINT receipt_series_year CHECK (year BETWEEN 1900 AND 9999),
    last_number bigint NOT NULL DEFAULT 0 CONSTRAINT receipt_series_last_number CHECK (last_number >= 0),
    CONSTRAINT receipt_series_pkey PRIMARY KEY (series, year)
);
GRANT SELECT ON fundraising.receipt_series TO masthead_app;

CREATE TABLE fundraising.receipt (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT receipt_pkey PRIMARY KEY,
    series text COLLATE "C" NOT NULL,
    year integer NOT NULL,
    number bigint NOT NULL CONSTRAINT receipt_number CHECK (number > 0),
    kind text NOT NULL CONSTRAINT receipt_kind CHECK (kind IN ('original', 'replacement')),
    gift_id bigint NOT NULL CONSTRAINT receipt_gift_fkey REFERENCES fundraising.gift,
    replaces_id bigint CONSTRAINT receipt_replaces_fkey REFERENCES fundraising.receipt
        CONSTRAINT receipt_replaces_key UNIQUE,
    -- All that is printed, as it was then: canonical JSON.
    snapshot text NOT NULL CONSTRAINT receipt_snapshot CHECK (octet_length(snapshot) <= 65536),
    amount_minor bigint NOT NULL GENERATED ALWAYS AS ((snapshot::jsonb ->> 'amount_minor')::bigint) STORED,
    currency text NOT NULL GENERATED ALWAYS AS (snapshot::jsonb ->> 'currency') STORED,
    issued_at timestamptz NOT NULL DEFAULT now(),
    issued_by bigint NOT NULL CONSTRAINT receipt_issued_by_fkey REFERENCES access.account,
    CONSTRAINT receipt_number_key UNIQUE (series, year, number),
    CONSTRAINT receipt_series_fkey FOREIGN KEY (series, year) REFERENCES fundraising.receipt_series,
    CONSTRAINT receipt_replacement CHECK ((kind = 'replacement') = (replaces_id IS NOT NULL))
);
CREATE INDEX receipt_gift ON fundraising.receipt (gift_id);
GRANT SELECT ON fundraising.receipt TO masthead_app;

-- How a receipt ended. Without a row here it is live.
CREATE TABLE fundraising.receipt_end (
    receipt_id bigint CONSTRAINT receipt_end_pkey PRIMARY KEY
        CONSTRAINT receipt_end_receipt_fkey REFERENCES fundraising.receipt,
    how text NOT NULL CONSTRAINT receipt_end_how CHECK (how IN ('voided', 'replaced')),
    reason text NOT NULL CONSTRAINT receipt_end_reason CHECK (reason ~ '\S' AND octet_length(reason) <= 4000),
    replaced_by bigint CONSTRAINT receipt_end_replaced_by_fkey REFERENCES fundraising.receipt,
    ended_at timestamptz NOT NULL DEFAULT now(),
    ended_by bigint NOT NULL CONSTRAINT receipt_end_ended_by_fkey REFERENCES access.account,
    CONSTRAINT receipt_end_replacement CHECK ((how = 'replaced') = (replaced_by IS NOT NULL))
);
GRANT SELECT ON fundraising.receipt_end TO masthead_app;

-- Each time a receipt was printed: the first is the original, the others are duplicates.
CREATE TABLE fundraising.receipt_print (
    receipt_id bigint NOT NULL CONSTRAINT receipt_print_receipt_fkey REFERENCES fundraising.receipt,
    copy bigint NOT NULL CONSTRAINT receipt_print_copy CHECK (copy > 0),
    printed_at timestamptz NOT NULL DEFAULT now(),
    printed_by bigint NOT NULL CONSTRAINT receipt_print_printed_by_fkey REFERENCES access.account,
    CONSTRAINT receipt_print_pkey PRIMARY KEY (receipt_id, copy)
);
GRANT SELECT, INSERT (receipt_id, copy, printed_by) ON fundraising.receipt_print TO masthead_app;

-- What a donor gave in a year, as we told it. A year that reads otherwise later is a further version.
CREATE TABLE fundraising.statement (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT statement_pkey PRIMARY KEY,
    donor_id bigint NOT NULL CONSTRAINT statement_donor_fkey REFERENCES fundraising.donor,
    year integer NOT NULL CONSTRAINT statement_year CHECK (year BETWEEN 1900 AND 9999),
    version integer NOT NULL CONSTRAINT statement_version CHECK (version > 0),
    snapshot text NOT NULL CONSTRAINT statement_snapshot CHECK (octet_length(snapshot) <= 4194304),
    made_at timestamptz NOT NULL DEFAULT now(),
    made_by bigint NOT NULL CONSTRAINT statement_made_by_fkey REFERENCES access.account,
    CONSTRAINT statement_version_key UNIQUE (donor_id, year, version),
    CONSTRAINT statement_snapshot_object CHECK (jsonb_typeof(snapshot::jsonb) = 'object')
);
GRANT SELECT ON fundraising.statement TO masthead_app;

-- Holds a series' numbers of a year for the rest of the transaction. Taken before the gift's row: in that order by
-- everybody, so that nobody waits for each other in a ring.
CREATE FUNCTION fundraising.lock_receipt_series(of_series text, of_year integer) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO fundraising.receipt_series (series, year) VALUES (of_series, of_year)
        ON CONFLICT ON CONSTRAINT receipt_series_pkey DO NOTHING;
    PERFORM FROM fundraising.receipt_series s WHERE s.series = of_series AND s.year = of_year FOR UPDATE;
END $$;

-- Issues a receipt under the series' next number in the gift's tax year; where it replaces one, ends that one.
CREATE FUNCTION fundraising.issue_receipt(
    of_series text, of_gift bigint, replacing bigint, why text, said text, account bigint
) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_year integer;
    live_one bigint;
    money record;
    taken bigint;
    made bigint;
BEGIN
    SELECT extract(year FROM g.tax_date) INTO STRICT of_year FROM fundraising.gift g WHERE g.id = of_gift;
    PERFORM fundraising.lock_receipt_series(of_series, of_year);
    SELECT g.kind, g.live, g.currency INTO STRICT money FROM fundraising.gift g WHERE g.id = of_gift FOR NO KEY UPDATE;
    SELECT r.id INTO live_one FROM fundraising.receipt r
    WHERE r.gift_id = of_gift
      AND NOT EXISTS (SELECT FROM fundraising.receipt_end e WHERE e.receipt_id = r.id);
    IF live_one IS DISTINCT FROM replacing THEN
        RAISE EXCEPTION 'the live receipt of gift % is %', of_gift, live_one
            USING ERRCODE = 'check_violation', CONSTRAINT = 'receipt_one_live';
    END IF;
    IF NOT money.live OR NOT EXISTS (
        SELECT FROM fundraising.gift_money m
        WHERE m.gift_id = of_gift AND m.net_minor = (said::jsonb ->> 'amount_minor')::bigint
          AND money.currency = said::jsonb ->> 'currency'
          AND (m.net_minor > 0 OR (money.kind IN ('stock', 'in_kind') AND m.gross_minor = 0))
    ) THEN
        RAISE EXCEPTION 'the books hold another amount for gift %', of_gift
            USING ERRCODE = 'check_violation', CONSTRAINT = 'receipt_states_net';
    END IF;

    UPDATE fundraising.receipt_series s SET last_number = s.last_number + 1
    WHERE s.series = of_series AND s.year = of_year RETURNING s.last_number INTO STRICT taken;
    INSERT INTO fundraising.receipt (series, year, number, kind, gift_id, replaces_id, snapshot, issued_by)
    VALUES (of_series, of_year, taken, CASE WHEN replacing IS NULL THEN 'original' ELSE 'replacement' END, of_gift,
            replacing, said, account) RETURNING id INTO STRICT made;
    IF replacing IS NOT NULL THEN
        INSERT INTO fundraising.receipt_end (receipt_id, how, reason, replaced_by, ended_by)
        VALUES (replacing, 'replaced', why, made, account);
    END IF;
    RETURN made;
END $$;

-- Voids a live receipt. The number stays taken.
CREATE FUNCTION fundraising.void_receipt(of_receipt bigint, why text, account bigint) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM fundraising.gift g JOIN fundraising.receipt r ON r.gift_id = g.id
    WHERE r.id = of_receipt FOR NO KEY UPDATE OF g;
    INSERT INTO fundraising.receipt_end (receipt_id, how, reason, ended_by)
    VALUES (of_receipt, 'voided', why, account);
END $$;

-- The version that says this: the last one when it does, else a new one.
CREATE FUNCTION fundraising.make_statement(of_donor bigint, of_year integer, said text, account bigint)
    RETURNS TABLE (statement_id bigint, is_new boolean)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last_one record;
BEGIN
    PERFORM FROM fundraising.donor d WHERE d.id = of_donor FOR NO KEY UPDATE;
    SELECT s.id, s.version, s.snapshot INTO last_one FROM fundraising.statement s
    WHERE s.donor_id = of_donor AND s.year = of_year ORDER BY s.version DESC LIMIT 1;
    is_new := NOT FOUND OR last_one.snapshot <> said;
    IF is_new THEN
        INSERT INTO fundraising.statement (donor_id, year, version, snapshot, made_by)
        VALUES (of_donor, of_year, coalesce(last_one.version, 0) + 1, said, account) RETURNING id INTO statement_id;
    ELSE
        statement_id := last_one.id;
    END IF;
    RETURN NEXT;
END $$;
REVOKE ALL ON FUNCTION fundraising.lock_receipt_series(text, integer),
    fundraising.issue_receipt(text, bigint, bigint, text, text, bigint),
    fundraising.void_receipt(bigint, text, bigint), fundraising.make_statement(bigint, integer, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fundraising.lock_receipt_series(text, integer),
    fundraising.issue_receipt(text, bigint, bigint, text, text, bigint),
    fundraising.void_receipt(bigint, text, bigint), fundraising.make_statement(bigint, integer, text, bigint)
    TO masthead_app;

-- Who issues doesn't take back.
INSERT INTO access.role_permission (role, permission)
SELECT roles.role, given.permission
FROM (VALUES
    ('receipt.read', 'development finance auditor'),
    ('receipt.issue', 'development finance'),
    ('receipt.void', 'finance')
) AS given (permission, roles), regexp_split_to_table(given.roles, ' ') AS roles (role);

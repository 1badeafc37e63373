-- What the commands refuse, the database refuses too: deposits of gifts that changed, months closed under a running posting,
-- refunds below what a write-off left, and one person's limit reached by two ways.

-- What of a gift still lies undeposited, by its own transfers.
CREATE FUNCTION fundraising.undeposited(of_gift bigint) RETURNS numeric
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(t.amount_minor) FILTER (WHERE t.debit = 'undeposited'), 0)
         - coalesce(sum(t.amount_minor) FILTER (WHERE t.credit = 'undeposited'), 0)
    FROM fundraising.entry e JOIN fundraising.transfer t ON t.entry_id = e.id WHERE e.gift_id = of_gift
$$;
REVOKE ALL ON FUNCTION fundraising.undeposited(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fundraising.undeposited(bigint) TO masthead_app;

-- The gifts of a batch that were corrected since they were put in.
CREATE VIEW fundraising.deposit_changed AS
SELECT i.batch_id, i.gift_id, i.amount_minor, n.amount_minor AS amount_now_minor
FROM fundraising.deposit_item i
CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.amount_minor), 0) AS amount_minor FROM fundraising.entry e
    WHERE e.gift_id = i.gift_id AND e.kind IN ('charge', 'adjustment')) n
WHERE n.amount_minor <> i.amount_minor;
GRANT SELECT ON fundraising.deposit_changed TO masthead_app;

-- A batch closes when sum and count are those of its slip, once, and its gifts are what they were when they were put in.
-- What still lies undeposited of them is at the bank then: what went back before isn't.
CREATE OR REPLACE FUNCTION fundraising.deposit_batch_closes() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held record;
    moved numeric;
    made bigint;
    day timestamptz;
BEGIN
    IF OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'batch % is closed', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_batch_stays_closed';
    END IF;
    IF NEW.closed_by IS NULL THEN
        RAISE EXCEPTION 'nobody closes batch %', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_batch_closed';
    END IF;
    NEW.closed_at := clock_timestamp();
    PERFORM FROM fundraising.gift g
    WHERE g.id IN (SELECT i.gift_id FROM fundraising.deposit_item i WHERE i.batch_id = OLD.id)
    ORDER BY g.id FOR NO KEY UPDATE;
    SELECT count(*) AS gifts, coalesce(sum(i.amount_minor), 0) AS total INTO held
    FROM fundraising.deposit_item i WHERE i.batch_id = OLD.id;
    IF held.gifts <> OLD.gifts OR held.total <> OLD.total_minor THEN
        RAISE EXCEPTION 'batch % holds % gifts of %', OLD.id, held.gifts, held.total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_batch_equal';
    END IF;
    IF EXISTS (SELECT FROM fundraising.deposit_changed c WHERE c.batch_id = OLD.id) THEN
        RAISE EXCEPTION 'gifts of batch % were corrected since they were put in', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_batch_unchanged';
    END IF;
    SELECT sum(fundraising.undeposited(i.gift_id)) INTO moved
    FROM fundraising.deposit_item i JOIN fundraising.gift g ON g.id = i.gift_id
    WHERE i.batch_id = OLD.id AND fundraising.received_in(g.kind) = 'undeposited';
    IF moved > 0 THEN
        day := OLD.deposited_on::timestamp AT TIME ZONE access.publication_zone();
        INSERT INTO fundraising.entry (kind, amount_minor, currency, occurred_at, posting_date, processor, external_id,
                                       recorded_by)
        VALUES ('payout', -moved, OLD.currency, day, greatest(fundraising.open_books(), OLD.deposited_on), 'manual',
                'deposit-' || OLD.id, NEW.closed_by) RETURNING id INTO STRICT made;
        INSERT INTO fundraising.transfer (entry_id, leg, debit, credit, amount_minor, currency)
        VALUES (made, 1, 'bank', 'undeposited', moved, OLD.currency);
    END IF;
    RETURN NEW;
END $$;

-- Nobody closes a month while somebody posts to it.
CREATE FUNCTION fundraising.period_waits_for_books() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(fundraising.books_lock());
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.period_waits_for_books() FROM PUBLIC;
CREATE TRIGGER period_waits_for_books BEFORE INSERT OR UPDATE ON fundraising.period
    FOR EACH ROW EXECUTE FUNCTION fundraising.period_waits_for_books();

-- A refund leaves a gift at nothing or more, as corrections do; what is in dispute isn't counted, because it may come back.
CREATE FUNCTION fundraising.refund_leaves_something() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM fundraising.entry e
        WHERE e.gift_id IN (
            SELECT f.gift_id FROM fresh f JOIN fundraising.entry w ON w.gift_id = f.gift_id AND w.kind = 'write_off'
            WHERE f.kind = 'refund')
          AND e.kind IN ('charge', 'refund', 'refund_failed', 'adjustment', 'write_off')
        GROUP BY e.gift_id HAVING sum(e.amount_minor) < 0) THEN
        RAISE EXCEPTION 'more is refunded than was received and not written off'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_refund_within_charge';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION fundraising.refund_leaves_something() FROM PUBLIC;
-- After `entry_rules`, which holds the gifts.
CREATE TRIGGER entry_rules_written_off AFTER INSERT ON fundraising.entry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION fundraising.refund_leaves_something();

-- What was changed of a gift by hand, refunds and corrections together: one person's limit is on the sum.
CREATE FUNCTION fundraising.changed_by_hand(of_gift bigint) RETURNS numeric
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT sum(r.amount_minor) FROM fundraising.manual_refund r WHERE r.gift_id = of_gift), 0)
         + coalesce((SELECT sum(abs(a.amount_minor::numeric)) FROM fundraising.manual_adjustment a
                     WHERE a.gift_id = of_gift), 0)
$$;
REVOKE ALL ON FUNCTION fundraising.changed_by_hand(bigint) FROM PUBLIC;

CREATE OR REPLACE FUNCTION fundraising.refund_takes_two() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_currency text;
BEGIN
    -- Two at once on one gift: the second counts the first.
    SELECT g.currency INTO STRICT of_currency FROM fundraising.gift g WHERE g.id = NEW.gift_id FOR NO KEY UPDATE;
    NEW.takes_two := fundraising.changed_by_hand(NEW.gift_id) + NEW.amount_minor > fundraising.limit_of_one(of_currency);
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION fundraising.adjustment_rules() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_currency text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.entry_id IS DISTINCT FROM NEW.entry_id AND OLD.entry_id IS NOT NULL
           OR OLD.approved_by IS DISTINCT FROM NEW.approved_by AND OLD.approved_by IS NOT NULL THEN
            RAISE EXCEPTION 'adjustment % is decided', OLD.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'manual_adjustment_decided_once';
        END IF;
        RETURN NEW;
    END IF;
    -- Two at once on one gift: the second counts the first.
    SELECT g.currency INTO STRICT of_currency FROM fundraising.gift g WHERE g.id = NEW.gift_id FOR NO KEY UPDATE;
    NEW.takes_two := fundraising.changed_by_hand(NEW.gift_id) + abs(NEW.amount_minor::numeric)
        > fundraising.limit_of_one(of_currency);
    RETURN NEW;
END $$;

-- Matches look for gifts by their instant.
CREATE INDEX gift_given_at ON fundraising.gift USING brin (given_at);

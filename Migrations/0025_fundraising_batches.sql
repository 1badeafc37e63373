-- Deposits: what went to the bank together, counted twice before it is believed.

CREATE TABLE fundraising.deposit_batch (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT deposit_batch_pkey PRIMARY KEY,
    currency fundraising.currency_code NOT NULL,
    -- What the slip says: the sum, and how many.
    total_minor bigint NOT NULL CONSTRAINT deposit_batch_total CHECK (total_minor > 0),
    gifts integer NOT NULL CONSTRAINT deposit_batch_gifts CHECK (gifts BETWEEN 1 AND 10000),
    deposited_on date NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    opened_by bigint NOT NULL CONSTRAINT deposit_batch_opened_by_fkey REFERENCES access.account,
    closed_at timestamptz,
    closed_by bigint CONSTRAINT deposit_batch_closed_by_fkey REFERENCES access.account,
    CONSTRAINT deposit_batch_closed CHECK ((closed_at IS NULL) = (closed_by IS NULL))
);
GRANT SELECT, INSERT (currency, total_minor, gifts, deposited_on, opened_by), UPDATE (closed_at, closed_by)
    ON fundraising.deposit_batch TO masthead_app;

-- A gift is deposited once.
CREATE TABLE fundraising.deposit_item (
    gift_id bigint CONSTRAINT deposit_item_pkey PRIMARY KEY CONSTRAINT deposit_item_gift_fkey REFERENCES fundraising.gift,
    batch_id bigint NOT NULL CONSTRAINT deposit_item_batch_fkey REFERENCES fundraising.deposit_batch,
    -- What came, corrections included and returns not; set by a trigger, whatever is said.
    amount_minor bigint NOT NULL CONSTRAINT deposit_item_amount CHECK (amount_minor > 0),
    added_at timestamptz NOT NULL DEFAULT now(),
    added_by bigint NOT NULL CONSTRAINT deposit_item_added_by_fkey REFERENCES access.account
);
CREATE INDEX deposit_item_batch ON fundraising.deposit_item (batch_id);
GRANT SELECT, INSERT (gift_id, batch_id, added_by), DELETE ON fundraising.deposit_item TO masthead_app;

-- Nothing goes into or out of a closed batch. Whoever adds holds the batch, so that nobody closes it meanwhile.
CREATE FUNCTION fundraising.deposit_item_rules() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    batch record;
    gift record;
BEGIN
    SELECT b.id, b.currency, b.closed_at INTO STRICT batch FROM fundraising.deposit_batch b
    WHERE b.id = CASE TG_OP WHEN 'DELETE' THEN OLD.batch_id ELSE NEW.batch_id END FOR NO KEY UPDATE;
    IF batch.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'batch % is closed', batch.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_batch_stays_closed';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;

    SELECT g.kind, g.currency, g.live INTO STRICT gift FROM fundraising.gift g WHERE g.id = NEW.gift_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(e.amount_minor), 0) INTO NEW.amount_minor FROM fundraising.entry e
    WHERE e.gift_id = NEW.gift_id AND e.kind IN ('charge', 'adjustment');
    IF NOT gift.live OR gift.currency <> batch.currency OR gift.kind IN ('card', 'stock', 'in_kind')
       OR NEW.amount_minor <= 0 THEN
        RAISE EXCEPTION 'gift % (%) is none that is deposited in batch %', NEW.gift_id, gift.kind, batch.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_item_deposited';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.deposit_item_rules() FROM PUBLIC;
CREATE TRIGGER deposit_item_rules BEFORE INSERT OR DELETE ON fundraising.deposit_item
    FOR EACH ROW EXECUTE FUNCTION fundraising.deposit_item_rules();

-- A batch closes when sum and count are those of its slip, once; what lay undeposited is at the bank then.
CREATE FUNCTION fundraising.deposit_batch_closes() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held record;
    made bigint;
    day timestamptz;
BEGIN
    IF OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'batch % is closed', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_batch_stays_closed';
    END IF;
    SELECT count(*) AS gifts, coalesce(sum(i.amount_minor), 0) AS total,
           coalesce(sum(i.amount_minor) FILTER (WHERE fundraising.received_in(g.kind) = 'undeposited'), 0)::bigint AS moved
    INTO held FROM fundraising.deposit_item i JOIN fundraising.gift g ON g.id = i.gift_id WHERE i.batch_id = OLD.id;
    IF held.gifts <> OLD.gifts OR held.total <> OLD.total_minor THEN
        RAISE EXCEPTION 'batch % holds % gifts of %', OLD.id, held.gifts, held.total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_batch_equal';
    END IF;
    IF held.moved > 0 THEN
        day := OLD.deposited_on::timestamp AT TIME ZONE access.publication_zone();
        INSERT INTO fundraising.entry (kind, amount_minor, currency, occurred_at, posting_date, processor, external_id,
                                       recorded_by)
        VALUES ('payout', -held.moved, OLD.currency, day, greatest(fundraising.open_books(), OLD.deposited_on), 'manual',
                'deposit-' || OLD.id, NEW.closed_by) RETURNING id INTO STRICT made;
        INSERT INTO fundraising.transfer (entry_id, leg, debit, credit, amount_minor, currency)
        VALUES (made, 1, 'bank', 'undeposited', held.moved, OLD.currency);
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.deposit_batch_closes() FROM PUBLIC;
CREATE TRIGGER deposit_batch_closes BEFORE UPDATE ON fundraising.deposit_batch
    FOR EACH ROW EXECUTE FUNCTION fundraising.deposit_batch_closes();

INSERT INTO access.role_permission (role, permission)
SELECT roles.role, given.permission
FROM (VALUES ('deposit.manage', 'development finance')) AS given (permission, roles),
     regexp_split_to_table(given.roles, ' ') AS roles (role);

-- Gifts that somebody typed in, money given back by hand, gifts declined, and months that stay closed.

ALTER TABLE fundraising.gift
    -- Erasable: no figure depends on it.
    ADD COLUMN note text CONSTRAINT gift_note CHECK (note <> '' AND octet_length(note) <= 4000),
    -- NaN is larger than infinity, and no number of shares.
    ADD COLUMN shares numeric(20, 6) CONSTRAINT gift_shares CHECK (
        shares IS NULL OR (kind = 'stock' AND shares > 0 AND shares < 'Infinity')),
    ADD COLUMN symbol text CONSTRAINT gift_symbol CHECK (
        symbol IS NULL OR (kind = 'stock' AND symbol ~ '^[A-Z0-9][A-Z0-9.-]{0,19}$')),
    ADD COLUMN description text CONSTRAINT gift_description CHECK (
        description IS NULL OR (kind = 'in_kind' AND description <> '' AND octet_length(description) <= 1000)),
    ADD CONSTRAINT gift_stock CHECK ((shares IS NULL) = (symbol IS NULL));

-- A thing without a value that we may state is there all the same: it brings no entry, and isn't awaited.
CREATE OR REPLACE VIEW fundraising.gift_money AS
SELECT g.id AS gift_id, m.gross_minor, m.refunds_minor, m.gross_minor - m.refunds_minor AS net_minor, m.disputed_minor,
       CASE WHEN g.intended_minor = 0 THEN 'received'
            WHEN m.gross_minor = 0 THEN 'pending'
            WHEN m.disputed_minor > 0 THEN 'disputed'
            WHEN m.refunds_minor >= m.gross_minor THEN 'refunded'
            WHEN m.refunds_minor > 0 THEN 'partly_refunded'
            ELSE 'received' END AS status
FROM fundraising.gift g CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.gross_minor), 0)::bigint AS gross_minor,
           coalesce(sum(c.refunds_minor), 0)::bigint AS refunds_minor,
           coalesce(sum(c.refunds_minor) FILTER (
               WHERE c.kind IN ('dispute_withdrawn', 'dispute_reinstated')), 0)::bigint AS disputed_minor
    FROM fundraising.contribution c WHERE c.gift_id = g.id) m;

-- Money somebody gave back by hand, or asks to: above a limit another person has to agree before it is an entry.
CREATE TABLE fundraising.manual_refund (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT manual_refund_pkey PRIMARY KEY,
    gift_id bigint NOT NULL CONSTRAINT manual_refund_gift_fkey REFERENCES fundraising.gift,
    amount_minor bigint NOT NULL CONSTRAINT manual_refund_amount CHECK (amount_minor > 0),
    occurred_at timestamptz NOT NULL,
    -- NULL once it was erased.
    reason text CONSTRAINT manual_refund_reason CHECK (reason <> '' AND octet_length(reason) <= 4000),
    asked_by bigint NOT NULL CONSTRAINT manual_refund_asked_by_fkey REFERENCES access.account,
    asked_at timestamptz NOT NULL DEFAULT now(),
    -- Set by a trigger, whatever is said.
    takes_two boolean NOT NULL,
    approved_by bigint CONSTRAINT manual_refund_approved_by_fkey REFERENCES access.account,
    approved_at timestamptz,
    entry_id bigint CONSTRAINT manual_refund_entry_fkey REFERENCES fundraising.entry
        CONSTRAINT manual_refund_entry_key UNIQUE,
    CONSTRAINT manual_refund_second_person CHECK (approved_by <> asked_by),
    CONSTRAINT manual_refund_approval CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CONSTRAINT manual_refund_two_people CHECK (entry_id IS NULL OR NOT takes_two OR approved_by IS NOT NULL)
);
CREATE INDEX manual_refund_gift ON fundraising.manual_refund (gift_id);
GRANT SELECT, INSERT (gift_id, amount_minor, occurred_at, reason, asked_by), UPDATE (approved_by, approved_at, entry_id)
    ON fundraising.manual_refund TO masthead_app;

-- One person gives back 1000 of the currency's own units of one gift, and not twice.
CREATE FUNCTION fundraising.refund_takes_two() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    limit_minor numeric;
    asked_minor numeric;
BEGIN
    -- Two at once on one gift: the second counts the first.
    SELECT 1000 * 10::numeric ^ c.exponent INTO limit_minor FROM fundraising.gift g
    JOIN fundraising.currency c ON c.code = g.currency WHERE g.id = NEW.gift_id FOR NO KEY UPDATE OF g;
    SELECT coalesce(sum(r.amount_minor), 0) INTO asked_minor FROM fundraising.manual_refund r
    WHERE r.gift_id = NEW.gift_id;
    NEW.takes_two := asked_minor + NEW.amount_minor > limit_minor;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.refund_takes_two() FROM PUBLIC;
CREATE TRIGGER refund_takes_two BEFORE INSERT ON fundraising.manual_refund
    FOR EACH ROW EXECUTE FUNCTION fundraising.refund_takes_two();
-- What was decided stands.
CREATE FUNCTION fundraising.refund_decided_once() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.entry_id IS DISTINCT FROM NEW.entry_id AND OLD.entry_id IS NOT NULL
       OR OLD.approved_by IS DISTINCT FROM NEW.approved_by AND OLD.approved_by IS NOT NULL THEN
        RAISE EXCEPTION 'refund % is decided', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'manual_refund_decided_once';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.refund_decided_once() FROM PUBLIC;
CREATE TRIGGER refund_decided_once BEFORE UPDATE ON fundraising.manual_refund
    FOR EACH ROW EXECUTE FUNCTION fundraising.refund_decided_once();

-- What somebody wanted to give and we didn't take. It isn't a gift, and so it is in no total.
CREATE TABLE fundraising.declined_gift (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT declined_gift_pkey PRIMARY KEY,
    donor_id bigint CONSTRAINT declined_gift_donor_fkey REFERENCES fundraising.donor,
    kind text NOT NULL CONSTRAINT declined_gift_kind CHECK (kind IN (
        'card', 'check', 'cash', 'wire', 'daf', 'ira', 'stock', 'in_kind', 'employer_match', 'bequest',
        'grant_payment')),
    amount_minor bigint NOT NULL CONSTRAINT declined_gift_amount CHECK (amount_minor >= 0),
    currency fundraising.currency_code NOT NULL,
    offered_on date NOT NULL,
    policy text NOT NULL CONSTRAINT declined_gift_policy CHECK (policy <> '' AND octet_length(policy) <= 1000),
    -- These two are NULL once they were erased.
    reason text CONSTRAINT declined_gift_reason CHECK (reason <> '' AND octet_length(reason) <= 4000),
    returned text CONSTRAINT declined_gift_returned CHECK (returned <> '' AND octet_length(returned) <= 1000),
    declined_by bigint NOT NULL CONSTRAINT declined_gift_declined_by_fkey REFERENCES access.account,
    declined_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX declined_gift_donor ON fundraising.declined_gift (donor_id);
GRANT SELECT, INSERT ON fundraising.declined_gift TO masthead_app;

-- A closed month stays closed: what comes later is posted to the first open day.
CREATE FUNCTION fundraising.period_stays_closed() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.status = 'closed' AND (NEW.status <> 'closed' OR NEW.closed_at <> OLD.closed_at) THEN
        RAISE EXCEPTION 'the month of % is closed', OLD.month
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_stays_closed';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.period_stays_closed() FROM PUBLIC;
CREATE TRIGGER period_stays_closed BEFORE UPDATE ON fundraising.period
    FOR EACH ROW EXECUTE FUNCTION fundraising.period_stays_closed();

INSERT INTO access.role_permission (role, permission) VALUES ('finance', 'refund.approve');

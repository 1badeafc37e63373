-- What reports over years of gifts read instead of every entry: what came of each gift, and of each day. Both are sums of
-- fundraising.contribution, kept with each entry and never written otherwise; `db check` compares them, and
-- fundraising.rebuild_totals() reckons them anew.

-- A gift in live mode with its money. It repeats what of a gift never changes, and its donor, so that donors are told
-- apart in one pass over one index. No foreign keys: a row comes of an entry, whose gift they hold already.
CREATE TABLE fundraising.gift_total (
    gift_id bigint CONSTRAINT gift_total_pkey PRIMARY KEY,
    donor_id bigint,
    tax_date date NOT NULL,
    currency fundraising.currency_code NOT NULL,
    gross_minor bigint NOT NULL,
    refunds_minor bigint NOT NULL,
    -- That it was charged.
    received boolean NOT NULL
);
CREATE INDEX gift_total_donor ON fundraising.gift_total (donor_id, currency, tax_date)
    INCLUDE (gross_minor, refunds_minor, received);
CREATE INDEX gift_total_day ON fundraising.gift_total USING brin (tax_date);
GRANT SELECT ON fundraising.gift_total TO masthead_app;

-- A day's money, by the day the gifts count for (tax) and by the day it was posted to (posting). Several rows a day:
-- each server process adds to one of sixteen, so that gifts that come at once don't wait for each other. Sums of a day
-- may outgrow 64 bits before anybody asks for them.
CREATE TABLE fundraising.day_total (
    basis text COLLATE "C" NOT NULL CONSTRAINT day_total_basis CHECK (basis IN ('tax', 'posting')),
    day date NOT NULL,
    currency fundraising.currency_code NOT NULL,
    part smallint NOT NULL,
    gifts bigint NOT NULL,
    gross_minor numeric NOT NULL,
    refunds_minor numeric NOT NULL,
    CONSTRAINT day_total_pkey PRIMARY KEY (basis, day, currency, part)
) WITH (fillfactor = 50);
GRANT SELECT ON fundraising.day_total TO masthead_app;

-- What entries, given by their ids, add to the two tables. The lateral parts are looked up by key, one by one, whatever
-- the planner thinks: a plan made for a file of a million serves a single gift next.
CREATE FUNCTION fundraising.add_to_totals(entries bigint[]) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH moved AS MATERIALIZED (
        SELECT c.gift_id, g.donor_id, g.tax_date, c.posting_date, c.currency, c.gross_minor, c.refunds_minor,
               c.amount_minor, c.kind = 'charge' AS is_charge
        FROM unnest(entries) AS f (id)
        CROSS JOIN LATERAL (SELECT k.* FROM fundraising.contribution k WHERE k.entry_id = f.id OFFSET 0) c
        CROSS JOIN LATERAL (
            SELECT o.donor_id, o.tax_date FROM fundraising.gift o WHERE o.id = c.gift_id AND o.live OFFSET 0) g
    ), gifts AS (
        INSERT INTO fundraising.gift_total AS t (
            gift_id, donor_id, tax_date, currency, gross_minor, refunds_minor, received)
        SELECT m.gift_id, m.donor_id, m.tax_date, m.currency, sum(m.gross_minor)::bigint,
               sum(m.refunds_minor)::bigint, bool_or(m.is_charge)
        FROM moved m GROUP BY 1, 2, 3, 4 ORDER BY 1
        ON CONFLICT ON CONSTRAINT gift_total_pkey DO UPDATE SET
            gross_minor = t.gross_minor + excluded.gross_minor,
            refunds_minor = t.refunds_minor + excluded.refunds_minor, received = t.received OR excluded.received
    )
    INSERT INTO fundraising.day_total AS t (basis, day, currency, part, gifts, gross_minor, refunds_minor)
    SELECT v.basis, v.day, m.currency, (pg_backend_pid() % 16)::smallint, count(*) FILTER (WHERE m.is_charge),
           sum(v.gross), sum(v.refunds)
    FROM moved m CROSS JOIN LATERAL (VALUES
        ('tax', m.tax_date, m.gross_minor, m.refunds_minor),
        -- By sign: a refund that failed comes back in another month than it went.
        ('posting', m.posting_date, greatest(m.amount_minor, 0), greatest(-m.amount_minor, 0))
    ) AS v (basis, day, gross, refunds)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT ON CONSTRAINT day_total_pkey DO UPDATE SET
        gifts = t.gifts + excluded.gifts, gross_minor = t.gross_minor + excluded.gross_minor,
        refunds_minor = t.refunds_minor + excluded.refunds_minor
$$;
REVOKE ALL ON FUNCTION fundraising.add_to_totals(bigint[]) FROM PUBLIC;

CREATE FUNCTION fundraising.entry_totals() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- A gift whose donor isn't known yet: whoever learns him meanwhile is waited for, or waits, so that his trigger
    -- finds the row that is made here, or this finds him.
    PERFORM FROM (SELECT DISTINCT f.gift_id FROM fresh f WHERE f.gift_id IS NOT NULL ORDER BY 1) n
    CROSS JOIN LATERAL (
        SELECT g.id FROM fundraising.gift g WHERE g.id = n.gift_id AND g.donor_id IS NULL LIMIT 1 FOR SHARE) l;
    PERFORM fundraising.add_to_totals(
        ARRAY(SELECT f.id FROM fresh f WHERE f.live AND f.gift_id IS NOT NULL AND f.kind NOT IN ('fee', 'fee_refund')));
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION fundraising.entry_totals() FROM PUBLIC;
CREATE TRIGGER entry_totals AFTER INSERT ON fundraising.entry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION fundraising.entry_totals();

CREATE FUNCTION fundraising.gift_total_donor() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE fundraising.gift_total t SET donor_id = NEW.donor_id WHERE t.gift_id = NEW.id;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION fundraising.gift_total_donor() FROM PUBLIC;
CREATE TRIGGER gift_total_donor AFTER UPDATE OF donor_id ON fundraising.gift FOR EACH ROW
    WHEN (OLD.donor_id IS DISTINCT FROM NEW.donor_id) EXECUTE FUNCTION fundraising.gift_total_donor();

-- Reckons both tables anew from all entries; nothing is added to the books meanwhile. Answers the number of gifts.
CREATE FUNCTION fundraising.rebuild_totals() RETURNS bigint
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gifts bigint;
BEGIN
    LOCK TABLE fundraising.gift, fundraising.entry IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM fundraising.gift_total;
    DELETE FROM fundraising.day_total;
    INSERT INTO fundraising.gift_total (
        gift_id, donor_id, tax_date, currency, gross_minor, refunds_minor, received)
    SELECT g.id, g.donor_id, g.tax_date, g.currency, sum(k.gross_minor)::bigint, sum(k.refunds_minor)::bigint,
           bool_or(k.kind = 'charge')
    FROM fundraising.gift g JOIN fundraising.contribution k ON k.gift_id = g.id WHERE g.live GROUP BY g.id;
    GET DIAGNOSTICS gifts = ROW_COUNT;
    INSERT INTO fundraising.day_total (basis, day, currency, part, gifts, gross_minor, refunds_minor)
    SELECT 'tax', t.tax_date, t.currency, 0, count(*) FILTER (WHERE t.received), sum(t.gross_minor),
           sum(t.refunds_minor)
    FROM fundraising.gift_total t GROUP BY t.tax_date, t.currency;
    INSERT INTO fundraising.day_total (basis, day, currency, part, gifts, gross_minor, refunds_minor)
    SELECT 'posting', k.posting_date, k.currency, 0, count(*) FILTER (WHERE k.kind = 'charge'),
           sum(greatest(k.amount_minor, 0)), sum(greatest(-k.amount_minor, 0))
    FROM fundraising.contribution k WHERE k.live GROUP BY k.posting_date, k.currency;
    RETURN gifts;
END $$;
REVOKE ALL ON FUNCTION fundraising.rebuild_totals() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fundraising.rebuild_totals() TO masthead_app;
SELECT fundraising.rebuild_totals();

-- Where the totals and the entries part: nothing, or the books' sums are wrong.
CREATE VIEW fundraising.total_mismatch AS
SELECT format('gift %s: its total says %s less %s, its entries %s less %s', coalesce(t.gift_id, k.gift_id),
              t.gross_minor, t.refunds_minor, k.gross_minor, k.refunds_minor) AS text
FROM fundraising.gift_total t FULL JOIN (
    SELECT g.id AS gift_id, g.donor_id, g.tax_date, g.currency, sum(c.gross_minor) AS gross_minor,
           sum(c.refunds_minor) AS refunds_minor, bool_or(c.kind = 'charge') AS received
    FROM fundraising.gift g JOIN fundraising.contribution c ON c.gift_id = g.id WHERE g.live GROUP BY g.id) k
    ON k.gift_id = t.gift_id
WHERE (t.donor_id, t.tax_date, t.currency, t.gross_minor, t.refunds_minor, t.received)
    IS DISTINCT FROM (k.donor_id, k.tax_date, k.currency, k.gross_minor, k.refunds_minor, k.received)
UNION ALL
SELECT format('%s %s by %s date: the total says %s less %s of %s gifts, the entries %s less %s of %s',
              coalesce(d.day, k.day), coalesce(d.currency, k.currency), coalesce(d.basis, k.basis), d.gross_minor,
              d.refunds_minor, d.gifts, k.gross_minor, k.refunds_minor, k.gifts)
FROM (SELECT t.basis, t.day, t.currency::text AS currency, sum(t.gifts) AS gifts, sum(t.gross_minor) AS gross_minor,
             sum(t.refunds_minor) AS refunds_minor
      FROM fundraising.day_total t GROUP BY 1, 2, 3) d
FULL JOIN (
    SELECT v.basis, v.day, c.currency::text AS currency, count(*) FILTER (WHERE c.kind = 'charge') AS gifts,
           sum(v.gross) AS gross_minor, sum(v.refunds) AS refunds_minor
    FROM fundraising.contribution c JOIN fundraising.gift g ON g.id = c.gift_id AND g.live
    CROSS JOIN LATERAL (VALUES ('tax', g.tax_date, c.gross_minor, c.refunds_minor),
        ('posting', c.posting_date, greatest(c.amount_minor, 0), greatest(-c.amount_minor, 0))
    ) AS v (basis, day, gross, refunds) GROUP BY 1, 2, 3) k
    ON k.basis = d.basis AND k.day = d.day AND k.currency = d.currency
WHERE (d.gifts, d.gross_minor, d.refunds_minor) IS DISTINCT FROM (k.gifts, k.gross_minor, k.refunds_minor);
GRANT SELECT ON fundraising.total_mismatch TO masthead_app;
